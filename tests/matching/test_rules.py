from datetime import timedelta

import pytest
from django.db import connection
from wagtail.models import Locale, Page, Site

from wagtail_visit_alerts.matching import rules_of_version, satisfied
from wagtail_visit_alerts.models import MonitoredPage, RulesVersion

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
    return MonitoredPageFactory(kind=MonitoredPage.Kind.PAGE, path="", page=page.page_ptr, **more).alert_id


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
