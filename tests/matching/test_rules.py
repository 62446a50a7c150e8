from datetime import timedelta

import pytest
from django.db import connection
from wagtail.models import Locale, Page, Site

from wagtail_visit_alerts.matching import compile_rules, forget_rules, rules_of_version, satisfied
from wagtail_visit_alerts.models import Alert, MonitoredPage, RulesVersion

from ..factories import AlertFactory, MonitoredPageFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return Page.objects.get(pk=Site.objects.get().root_page_id)


@pytest.fixture
def products(home):
    return home.add_child(instance=ContentPage(title="Products", slug="products"))


@pytest.fixture
def scale(products):
    return products.add_child(instance=ContentPage(title="Scale", slug="scale"))


def alerts_for(*, url="http://testserver/elsewhere/", page=None):
    rules = rules_of_version(RulesVersion.current())
    return [rule.alert_id for rule in rules.matching(url=url, page_id=page.pk if page else None)]


def watching(page, **more):
    return MonitoredPageFactory(kind=MonitoredPage.Kind.PAGE, path="", page_id=page.pk, **more).alert_id


def test_page_is_watched_wherever_its_address_is(scale):
    alert_id = watching(scale)

    assert alerts_for(page=scale) == [alert_id]


def test_renamed_page_stays_watched(scale):
    alert_id = watching(scale)
    scale.slug, scale.title = "weight", "Weight"
    scale.save()

    assert alerts_for(page=scale) == [alert_id]


def test_subpages_are_watched_only_where_asked_for(products, scale):
    watching(products)
    alert_id = watching(products, include_subpages=True)

    assert alerts_for(page=scale) == [alert_id]


def test_page_moved_below_a_watched_page_is_watched_from_then_on(home, products):
    alert_id = watching(products, include_subpages=True)
    page = home.add_child(instance=ContentPage(title="New", slug="new"))
    assert alerts_for(page=page) == []

    page.move(products, pos="last-child")

    assert alerts_for(page=page) == [alert_id]


def test_page_moved_away_is_watched_no_longer(home, products, scale):
    watching(products, include_subpages=True)
    assert alerts_for(page=scale)

    scale.move(home, pos="last-child")

    assert alerts_for(page=scale) == []


def test_alias_counts_with_its_source(home, scale):
    alert_id = watching(scale)
    alias = scale.create_alias(parent=home, update_slug="same-scale")

    assert alerts_for(page=alias) == [alert_id]


def test_translation_is_watched_where_asked_for(home, scale):
    polish = Locale.objects.create(language_code="pl")
    watching(scale)
    alert_id = watching(scale, include_translations=True)

    translation = scale.copy_for_translation(polish, copy_parents=True)

    assert alerts_for(page=translation) == [alert_id]


def test_new_page_is_watched_though_a_browser_has_named_its_id_before(home, products):
    alert_id = watching(products, include_subpages=True)
    new = ContentPage(pk=Page.objects.latest("pk").pk + 1, title="New", slug="new")
    assert not rules_of_version(RulesVersion.current()).knows_page(new.pk)

    products.add_child(instance=new)

    assert rules_of_version(RulesVersion.current()).knows_page(new.pk)
    assert alerts_for(page=new) == [alert_id]


def test_deleted_page_leaves_its_row_without_a_match(scale):
    alert_id = watching(scale)
    scale.delete()

    assert MonitoredPage.objects.get(alert_id=alert_id).page is None
    assert alerts_for(url="http://testserver/products/scale/") == []


def test_url_of_one_site_is_not_that_of_another(home):
    other = Site.objects.create(hostname="other.example", root_page=home)
    alert_id = MonitoredPageFactory(path="/pricing/", site=other).alert_id

    assert alerts_for(url="http://other.example/pricing/") == [alert_id]
    assert alerts_for(url="http://testserver/pricing/") == []


def test_url_of_any_site_is_that_of_each(home):
    Site.objects.create(hostname="other.example", root_page=home)
    alert_id = MonitoredPageFactory(path="/pricing/").alert_id

    assert alerts_for(url="http://other.example/pricing/") == [alert_id]
    assert alerts_for(url="http://testserver/pricing/") == [alert_id]


def test_host_that_is_no_site_belongs_to_the_default_one():
    alert_id = MonitoredPageFactory(path="/pricing/", site=Site.objects.get()).alert_id

    assert alerts_for(url="http://127.0.0.1:8000/pricing/") == [alert_id]


def test_query_is_ignored_unless_the_pattern_names_a_parameter():
    plain = MonitoredPageFactory(path="/search/").alert_id
    named = MonitoredPageFactory(path="/search/?topic=price*").alert_id

    assert alerts_for(url="http://testserver/search/?topic=scales") == [plain]
    assert alerts_for(url="http://testserver/search/?topic=prices&page=2") == [plain, named]


def test_alert_that_is_off_matches_nothing():
    MonitoredPageFactory(path="/pricing/", alert__is_on=False)

    assert alerts_for(url="http://testserver/pricing/") == []


def test_switching_an_alert_on_is_noticed():
    row = MonitoredPageFactory(path="/pricing/", alert__is_on=False)
    assert alerts_for(url="http://testserver/pricing/") == []

    row.alert.is_on = True
    row.alert.save()

    assert alerts_for(url="http://testserver/pricing/") == [row.alert_id]


def test_row_without_a_minimum_is_satisfied_by_the_entry_and_the_others_by_moving_on():
    alert = AlertFactory()
    at_once = MonitoredPageFactory(path="/pricing/", minimum_minutes=0)
    MonitoredPageFactory(alert=alert, path="/pricing/", minimum_minutes="1.5")
    rules = rules_of_version(RulesVersion.current()).matching(url="http://testserver/pricing/", page_id=None)

    assert satisfied(rules, dwell=None).keys() == {at_once.alert_id}
    assert satisfied(rules, dwell=timedelta(seconds=89)).keys() == set()
    assert satisfied(rules, dwell=timedelta(seconds=90)).keys() == {alert.pk}


def test_matching_costs_no_query_once_compiled(scale):
    watching(scale)
    alerts_for(page=scale)
    rules = rules_of_version(RulesVersion.current())

    with counted_queries() as queries:
        rules.matching(url="http://testserver/products/scale/", page_id=scale.pk)

    assert queries == []


def test_subpages_of_a_translation_are_watched_where_asked_for(home, products, scale):
    polish = Locale.objects.create(language_code="pl")
    alert_id = watching(products, include_translations=True, include_subpages=True)
    assert alerts_for(page=scale) == [alert_id]

    translation = scale.copy_for_translation(polish, copy_parents=True)

    assert alerts_for(page=translation) == [alert_id]


def test_page_is_saved_where_our_tables_are_missing(products, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wagtail_visit_alerts_rulesversion RENAME TO missing")

    products.delete()

    assert "rules_version.not_written" in caplog.text


URL = "http://testserver/blog/jobs/"


def test_exception_keeps_its_alert_from_a_page_view_and_no_other_alert():
    alert = MonitoredPageFactory(path="/blog/**").alert
    MonitoredPageFactory(alert=alert, path="/blog/jobs/", is_exception=True)
    other = MonitoredPageFactory(path="/blog/**").alert

    assert alerts_for(url=URL) == [other.pk]
    assert alerts_for(url="http://testserver/blog/news/") == [alert.pk, other.pk]


def test_exception_of_a_page_with_its_subpages_holds_below_a_watched_one(home, products, scale):
    alert_id = watching(home, include_subpages=True)
    alert = Alert.objects.get(pk=alert_id)
    watching(products, alert=alert, is_exception=True, include_subpages=True)

    assert alerts_for(page=home) == [alert_id]
    assert alerts_for(page=products) == alerts_for(page=scale) == []


def test_minimum_minutes_of_an_exception_count_for_nothing():
    alert = MonitoredPageFactory(path="/blog/**").alert
    MonitoredPageFactory(alert=alert, path="/blog/jobs/", is_exception=True, minimum_minutes=5)

    assert alerts_for(url=URL) == []


def test_alert_whose_rows_are_all_exceptions_watches_nothing():
    MonitoredPageFactory(path="/blog/jobs/", is_exception=True)

    assert alerts_for(url=URL) == []
    assert alerts_for(url="http://testserver/elsewhere/") == []


def test_exceptions_are_told_from_watching_rows_with_the_place_of_each():
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, path="/pricing/", sort_order=0)
    MonitoredPageFactory(alert=alert, path="/blog/**", sort_order=1)
    MonitoredPageFactory(alert=alert, path="/blog/jobs/", sort_order=2, is_exception=True)

    rows = rules_of_version(RulesVersion.current()).watching(url=URL, page_id=None)

    assert [(row.row_number, row.is_exception) for row in rows] == [(1, False), (2, True)]


def draft(*rows):
    """An alert in memory, as the wizard has it before it is saved."""
    alert = Alert(name="Draft")
    alert.monitored_pages.set([MonitoredPage(kind=MonitoredPage.Kind.URL, **row) for row in rows])
    return alert


def test_alerts_in_memory_are_compiled_and_told_apart():
    drafts = [draft({"path": "/blog/**"}, {"path": "**jobs**"}), draft({"path": "/blog/*/"})]

    rows = compile_rules(drafts).matching(url=URL, page_id=None)

    assert len({row.alert_id for row in rows}) == 2
    assert len({row.monitored_page_id for row in rows}) == 3
    assert sorted(row.row_number for row in rows) == [0, 0, 1]
    assert all(row.alert_id < 0 and row.monitored_page_id < 0 for row in rows)


def test_exception_of_an_alert_in_memory_holds():
    rules = compile_rules([draft({"path": "**"}, {"path": "/blog/jobs/", "is_exception": True})])

    assert rules.matching(url=URL, page_id=None) == []
    assert [row.is_exception for row in rules.watching(url=URL, page_id=None)] == [False, True]


def test_alert_changed_in_memory_is_compiled_as_it_is_there(scale):
    row = MonitoredPageFactory(path="/old/")
    row.alert.monitored_pages.set([MonitoredPage(kind=MonitoredPage.Kind.PAGE, page_id=scale.pk)])

    rules = compile_rules([row.alert])

    assert rules.matching(url="http://testserver/old/", page_id=None) == []
    [rule] = rules.matching(url=URL, page_id=scale.pk)
    assert rule.alert_id == row.alert_id


def test_row_in_memory_whose_page_is_gone_watches_nothing(scale):
    alert = Alert(name="Draft")
    alert.monitored_pages.set([MonitoredPage(kind=MonitoredPage.Kind.PAGE, page_id=scale.pk)])
    page_id = scale.pk
    scale.delete()

    assert compile_rules([alert]).matching(url=URL, page_id=page_id) == []


def test_compiling_costs_two_queries_however_many_rows_there_are(home, products, scale):
    for page in (home, products, scale):
        watching(page, include_translations=page is scale)
        MonitoredPageFactory()
    version = RulesVersion.current()
    forget_rules()

    with counted_queries() as queries:
        rules_of_version(version)

    assert len(queries) == 2, "\n".join(queries)


def test_compiling_in_memory_costs_two_queries_however_many_rows_there_are(home, products, scale):
    alert = Alert(name="Draft")
    pages = [MonitoredPage(kind=MonitoredPage.Kind.PAGE, page_id=page.pk) for page in (home, products, scale)]
    alert.monitored_pages.set(pages)

    with counted_queries() as queries:
        compile_rules([alert])

    assert len(queries) == 2, "\n".join(queries)


def test_many_pages_are_met_in_two_queries(home, products, scale):
    alert_id = watching(products, include_translations=True, include_subpages=True)
    alias = scale.create_alias(parent=home, update_slug="same-scale")
    rules = rules_of_version(RulesVersion.current())
    pages = [home, products, scale, alias]

    with counted_queries() as queries:
        rules.meet_pages([*(page.pk for page in pages), 999_999])
        found = [bool(rules.matching(url=URL, page_id=page.pk)) for page in pages]

    assert len(queries) == 2, "\n".join(queries)
    assert found == [False, True, True, True]
    assert not rules.knows_page(999_999)
    assert rules.matching(url=URL, page_id=scale.pk)[0].alert_id == alert_id


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"path": "/blog/**"}, "not on /blog/** on any site"),
        ({"path": "/blog/**", "minimum_minutes": 5}, "not on /blog/** on any site"),
    ],
)
def test_exception_in_words_says_not_on(fields, words):
    assert MonitoredPage(kind=MonitoredPage.Kind.URL, is_exception=True, **fields).in_words == words


def test_exception_is_another_row_than_the_one_that_watches_the_same():
    kind = MonitoredPage.Kind.URL
    watched, excepted = (MonitoredPage(kind=kind, path="/", is_exception=flag) for flag in (False, True))

    assert watched.target != excepted.target
