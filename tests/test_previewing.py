"""The e-mail before there is one: equals what arrives, writes nothing, shows no contact whom one may not view."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, Site
from wagtail.users.models import UserProfile

from wagtail_visit_alerts import previewing
from wagtail_visit_alerts.delivering.faults import Kind
from wagtail_visit_alerts.models import (
    Alert,
    Clock,
    Delivery,
    Method,
    MonitoredPage,
    PageView,
    Recipient,
    Visitor,
)
from wagtail_visit_alerts.previewing import (
    ContactNotViewable,
    NoSuchAddress,
    Place,
    preview,
    sample_places,
    send_test,
)
from wagtail_visit_alerts.tasks import deliver

from .browsing import VirtualBrowser
from .factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    MonitoredPageFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from .testapp.models import ContentPage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DESCRIPTION = '<p data-block-key="x">Call <b>at once</b>.</p><ul><li><a href="/pricing/">Prices</a></li></ul>'


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def site():
    """The site as its page views name it."""
    Site.objects.update(hostname="testserver", port=80)
    return Site.objects.get(is_default_site=True)


@pytest.fixture
def home(site):
    return Page.objects.get(pk=site.root_page_id)


@pytest.fixture
def pricing(home):
    return home.add_child(instance=ContentPage(title="Price list", slug="pricing"))


@pytest.fixture
def reader():
    """A salesperson who may enter the admin and view what is theirs."""
    return user_with("access_admin", "view_own_contact", "view_alert", first_name="Marta", last_name="Kowalska")


@pytest.fixture
def anna(reader):
    contact = ContactFactory(
        email="anna.nowak@example.org", name="Anna Nowak", company="Młyn", owner=reader, extra={"budget": 20000}
    )
    contact.tags.add("key account")
    contact.save()
    return contact


def user_with(*codenames, **fields):
    user = UserFactory(**fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def alert_on(page=None, *, path="", minutes=None, **fields):
    """An alert that is on, watching a page or a path."""
    alert = AlertFactory(**{"name": "Price list", "description": DESCRIPTION, **fields})
    MonitoredPageFactory(
        alert=alert,
        kind="page" if page else "url",
        page=page,
        path=path,
        minimum_minutes=minutes,
    )
    return alert


def arrived(address):
    """The one e-mail that reached an address."""
    deliver()
    [email] = [email for email in mail.outbox if email.to == [address]]
    return email


def headers_of(email):
    """The headers of an e-mail as it is sent, without what differs between any two."""
    headers = dict(email.message().items())
    for name in ("Message-ID", "Date", "Content-Type"):
        del headers[name]
    return headers


def text_of(email):
    """The text, without the links that only what is in the outbox can have."""
    return re.sub(r".*\n\S+/visit-alerts/(take|mute)/\S+\s+", "", email.body).strip()


def html_of(email):
    """The HTML, without the same links."""
    page = BeautifulSoup(email.alternatives[0].content, "html.parser")
    for link in page.find_all("a", href=re.compile("/visit-alerts/(take|mute)/")):
        row = link.find_parent("tr")
        link.find_parent("td").decompose()
        if (gap := row.find(class_="button-gap")) is not None:
            gap.decompose()
    while empty := [row for row in page.find_all("tr") if not row.get_text(strip=True)]:
        if not [row.decompose() for row in empty if not row.find("div")]:
            break
    return re.sub(r"\s+", "", str(page))


def assert_same(shown, sent):
    assert shown.subject == sent.subject
    assert text_of(shown) == text_of(sent)
    assert html_of(shown) == html_of(sent)
    assert headers_of(shown) == headers_of(sent)
    assert shown.attachments == sent.attachments


# It equals what arrives


def test_preview_of_a_page_equals_the_email_that_arrives(anna, reader, pricing):
    alert = alert_on(pricing)
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    VirtualBrowser().open("/pricing/", contact=anna, page=pricing.pk)

    assert_same(shown, arrived(reader.email))
    assert "Anna Nowak is looking at" in shown.body
    assert "at once" in shown.body


def test_preview_of_a_url_equals_the_email_that_arrives(anna, reader):
    alert = alert_on(path="/shop/**")
    shown = preview(
        alert, contact=anna, page=None, url="http://testserver/shop/a/?x=1#y", reader=reader, now=NOW
    )

    VirtualBrowser().open("/shop/a/?x=1", contact=anna)

    assert_same(shown, arrived(reader.email))


def test_preview_for_a_contact_with_a_history_equals_the_email_that_arrives(anna, reader, pricing, clock):
    browser = VirtualBrowser()
    browser.open("/about/", contact=anna)
    clock.shift(timedelta(minutes=5))
    alert = alert_on(pricing)
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW + timedelta(minutes=5))

    browser.open("/pricing/", page=pricing.pk)

    assert_same(shown, arrived(reader.email))
    assert shown.body.index("testserver/about/") < shown.body.index("Price list *")


def test_preview_with_minutes_equals_the_email_that_arrives_when_the_contact_moves_on(
    anna, reader, pricing, home, clock
):
    alert = alert_on(pricing, minutes=2)
    end = NOW + timedelta(minutes=2)
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=end)
    browser = VirtualBrowser()
    browser.open("/pricing/", contact=anna, page=pricing.pk)
    clock.shift(timedelta(minutes=2))

    browser.open("/", page=home.pk, after_ms=120_000)

    assert_same(shown, arrived(reader.email))
    assert "Anna Nowak spent 2 min on" in shown.body


def test_preview_with_minutes_in_view_equals_the_email_that_arrives(anna, reader, pricing, clock):
    alert = alert_on(pricing, minutes=2, clock=Clock.IN_VIEW)
    end = NOW + timedelta(minutes=2)
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=end)
    browser = VirtualBrowser()
    browser.open("/pricing/", contact=anna, page=pricing.pk)
    clock.shift(timedelta(minutes=2))

    browser.report_in_view(120_000)

    assert_same(shown, arrived(reader.email))
    assert "In view for: 2 min" in shown.body


@pytest.mark.parametrize(
    ("attachment_format", "body"),
    [
        ("txt", "{{ contact.name }} looks at {{ page.title }}, {{ visits|length }} visits"),
        ("html", "<p>{{ contact.name }}</p>"),
        ("csv", "name,url\n{{ contact.name }},{{ page.url }}"),
        ("txt", "{{ contact.name|no_such_filter }}"),
    ],
)
def test_preview_with_an_attachment_equals_the_email_that_arrives(
    anna, reader, pricing, attachment_format, body
):
    alert = alert_on(
        pricing,
        attachment_source="template",
        attachment_format=attachment_format,
        attachment_name="{{ contact.company }}",
        attachment_body=body,
    )
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    VirtualBrowser().open("/pricing/", contact=anna, page=pricing.pk)

    sent = arrived(reader.email)
    assert shown.attachments == sent.attachments
    assert_same(shown, sent)
    assert bool(sent.attachments) == ("no_such_filter" not in body)


def test_preview_of_an_alert_that_is_not_saved_equals_the_email_that_arrives_once_it_is(anna, reader, pricing):
    alert = Alert(name="Price list", description=DESCRIPTION, author=UserFactory(), is_on=True)
    alert.monitored_pages = [MonitoredPage(kind="page", page=pricing)]
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    alert.save()
    VirtualBrowser().open("/pricing/", contact=anna, page=pricing.pk)

    shown.body = shown.body.replace("/alerts/inspect/0/", f"/alerts/inspect/{alert.pk}/")
    html = shown.alternatives.pop().content
    shown.attach_alternative(html.replace("/alerts/inspect/0/", f"/alerts/inspect/{alert.pk}/"), "text/html")
    assert_same(shown, arrived(reader.email))
    assert "Open the alert “Price list”" in shown.alternatives[0].content


def test_preview_shows_how_the_contact_was_recognised_the_last_time(anna, reader, pricing):
    VisitorFactory(contact=anna, identified_by=Method.FORM, last_seen_at=NOW - timedelta(days=9))
    VisitorFactory(contact=anna, identified_by=Method.LOGIN, last_seen_at=NOW - timedelta(days=1))

    shown = preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert "They logged in to the site." in shown.body


# As its reader would get it


def test_owner_reads_it_as_the_owner(anna, reader, pricing):
    shown = preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert "because you are the main owner of this contact" in shown.body


def test_who_chose_me_reads_it_as_such_and_as_it_arrives(anna, pricing):
    reader = user_with("access_admin", "view_contact")
    alert = alert_on(pricing, send_to_owner=False)
    alert.recipients.add(Recipient(user=reader))
    alert.save()
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    VirtualBrowser().open("/pricing/", contact=anna, page=pricing.pk)

    assert_same(shown, arrived(reader.email))
    assert "because you chose to receive the alert “Price list”" in shown.body


def test_who_chose_me_in_an_alert_that_is_not_saved_reads_it_as_such(anna, pricing):
    reader = user_with("view_contact")
    alert = Alert(name="Price list", author=reader, send_to_owner=False)
    alert.monitored_pages = [MonitoredPage(kind="page", page=pricing)]
    alert.recipients = [Recipient(user=UserFactory()), Recipient(user=reader)]

    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert "because you chose to receive the alert “Price list”" in shown.body


def test_reader_in_cc_reads_it_as_it_arrives_there(anna, pricing):
    author = UserFactory()
    UserProfile.objects.create(user=author, preferred_language="pl")
    reader = user_with("access_admin", "view_contact", email="boss@example.com")
    alert = alert_on(pricing, author=author, send_to_owner=False, cc="Boss@Example.com")
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    VirtualBrowser().open("/pricing/", contact=anna, page=pricing.pk)

    assert_same(shown, arrived("Boss@Example.com"))


def test_author_reads_it_as_the_fallback_of_a_contact_without_owner(anna, pricing):
    author = user_with("access_admin", "view_contact")
    anna.owner = None
    anna.save()
    alert = alert_on(pricing, author=author)
    shown = preview(alert, contact=anna, page=pricing, url="", reader=author, now=NOW)

    VirtualBrowser().open("/pricing/", contact=anna, page=pricing.pk)

    assert_same(shown, arrived(author.email))
    assert "in place of an owner" in shown.body


def test_anybody_else_reads_it_as_one_who_chose_me(anna, pricing):
    reader = user_with("view_contact")

    shown = preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert "because you chose to receive the alert “Price list”" in shown.body
    assert shown.to == [reader.email]


def test_preview_is_in_the_readers_language(anna, reader, pricing):
    UserProfile.objects.create(user=reader, preferred_language="pl")

    shown = preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert 'lang="pl"' in shown.alternatives[0].content


def test_reader_without_an_address_is_shown_it_all_the_same(anna, reader, pricing):
    reader.email = ""
    reader.save()

    shown = preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert shown.to == []


@pytest.mark.parametrize("codename", ["access_admin", "view_own_contact", "view_alert"])
def test_contact_whom_the_reader_may_not_view_is_not_shown(anna, pricing, codename):
    reader = user_with(codename)

    with pytest.raises(ContactNotViewable) as caught:
        preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert (caught.value.user_id, caught.value.contact_id) == (reader.pk, anna.pk)
    assert "Nowak" not in str(caught.value)


def test_owner_without_permission_to_view_is_not_shown_the_contact_in_the_admin(anna, pricing):
    anna.owner = UserFactory()

    with pytest.raises(ContactNotViewable):
        preview(alert_on(pricing), contact=anna, page=pricing, url="", reader=anna.owner, now=NOW)


# Nothing is written


def test_nothing_is_written_by_a_preview(anna, reader, pricing):
    alert = alert_on(pricing, minutes=1)
    models = list(apps.get_app_config("wagtail_visit_alerts").get_models())
    before = {model: list(model._default_manager.values()) for model in models}

    with CaptureQueriesContext(
        connection,
    ) as queries:
        preview(alert, contact=anna, page=None, url="", reader=reader, now=NOW)

    assert {model: list(model._default_manager.values()) for model in models} == before
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert mail.outbox == []


def test_preview_leaves_the_alert_as_it_was(anna, reader, pricing):
    alert = Alert(name="Price list", author=reader)
    alert.monitored_pages = [MonitoredPage(kind="page", page=pricing)]

    preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    assert alert.pk is None
    assert [row.page for row in alert.monitored_pages.all()] == [pricing]


def test_preview_costs_a_bounded_number_of_queries(anna, reader, home, pricing, django_assert_max_num_queries):
    alert = AlertFactory()
    for number in range(30):
        page = home.add_child(instance=ContentPage(title=f"Page {number}", slug=f"page-{number}"))
        MonitoredPageFactory(alert=alert, kind="page", path="", page=page)
    alert = Alert.objects.get(pk=alert.pk)

    with django_assert_max_num_queries(30):
        preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)


# Where: the pages that an alert watches


def test_page_of_a_row_is_a_place(pricing):
    assert sample_places(alert_on(pricing)) == [Place("Price list", "http://testserver/pricing/", pricing.pk)]


def test_live_page_that_a_url_matches_is_a_place(pricing):
    assert sample_places(alert_on(path="/pri*")) == [
        Place("Price list", "http://testserver/pricing/", pricing.pk)
    ]


def test_page_viewed_of_late_that_a_url_matches_is_a_place(anna):
    PageViewFactory(visitor__contact=anna, address=AddressFactory(text="http://testserver/shop/anvil/"))

    assert sample_places(alert_on(path="/shop/**")) == [
        Place("testserver/shop/anvil/", "http://testserver/shop/anvil/", None)
    ]


def test_page_viewed_by_a_contact_whom_the_viewer_may_not_view_is_no_place(anna):
    PageViewFactory(visitor__contact=anna, address=AddressFactory(text="http://testserver/shop/anvil/"))
    PageViewFactory(visitor__contact=None, address=AddressFactory(text="http://testserver/blog/news/"))
    alert = alert_on(path="/shop/**")
    MonitoredPageFactory(alert=alert, path="/blog/**")

    places = sample_places(Alert.objects.get(pk=alert.pk), viewer=UserFactory())

    assert [place.url for place in places] == ["http://testserver/shop/", "http://testserver/blog/news/"]


def test_page_far_down_the_tree_is_found_by_the_path_that_a_row_spells_out(home, pricing, monkeypatch):
    monkeypatch.setattr(previewing, "MOST_PAGES", 1)
    late = home.add_child(instance=ContentPage(title="Late", slug="late"))

    assert sample_places(alert_on(path="/late/")) == [Place("Late", "http://testserver/late/", late.pk)]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/shop/", "http://testserver/shop/"),
        ("/shop/**", "http://testserver/shop/"),
        ("/shop/*/terms/", "http://testserver/shop/example/terms/"),
        ("**shop**", "http://testserver/shop"),
        ("/shop/?a=*", "http://testserver/shop/?a=example"),
    ],
)
def test_path_that_no_page_matches_is_a_place_with_its_stars_filled_in(path, url):
    alert = alert_on(path=path)

    assert [place.url for place in sample_places(alert)] == [url]
    rules = previewing.matching.compile_rules([alert])
    assert rules.matching(url=url, page_id=None)


def test_places_come_in_the_order_of_the_rows_without_exceptions_and_each_once(home, pricing):
    alert = alert_on(path="/pricing/")
    alert.monitored_pages.update(sort_order=0)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=home, sort_order=1)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=pricing, sort_order=2)
    MonitoredPageFactory(alert=alert, path="/about/", is_exception=True, sort_order=3)

    assert [place.label for place in sample_places(alert)] == ["Price list", home.title]


def test_page_that_an_exception_leaves_out_is_no_place(home, pricing):
    alert = alert_on(home)
    alert.monitored_pages.update(include_subpages=True)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=home, is_exception=True, sort_order=2)

    assert [place.label for place in sample_places(Alert.objects.get(pk=alert.pk))] == ["Price list"]


def test_page_that_is_not_live_is_no_place(pricing):
    alert = alert_on(pricing)
    pricing.unpublish()

    assert sample_places(Alert.objects.get(pk=alert.pk)) == []


def test_preview_without_a_page_is_about_the_first_place_of_the_alert(anna, reader, pricing):
    shown = preview(alert_on(pricing), contact=anna, page=None, url="", reader=reader, now=NOW)

    assert shown.subject == "Anna Nowak is looking at: Price list"


def test_preview_of_an_alert_that_watches_nothing_yet_is_about_the_site(anna, reader):
    shown = preview(Alert(name="New", author=reader), contact=anna, page=None, url="", reader=reader, now=NOW)

    assert "http://testserver" in shown.body


def test_path_of_the_site_is_an_address_of_it(anna, reader, pricing):
    shown = preview(alert_on(pricing), contact=anna, page=None, url="/shop/?x=1", reader=reader, now=NOW)

    assert "\nhttp://testserver/shop/\n" in shown.body


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://[", "pricing", "http://testserver:x/"])
def test_text_that_is_no_address_is_refused_in_words(anna, reader, pricing, url):
    with pytest.raises(NoSuchAddress, match="is no web address of a page"):
        preview(alert_on(pricing), contact=anna, page=None, url=url, reader=reader, now=NOW)


def test_places_cost_a_bounded_number_of_queries(home, django_assert_max_num_queries):
    alert = AlertFactory()
    for number in range(40):
        page = home.add_child(instance=ContentPage(title=f"Page {number}", slug=f"page-{number}"))
        MonitoredPageFactory(alert=alert, kind="page", path="", page=page)
        MonitoredPageFactory(alert=alert, path=f"/other-{number}/**")

    with django_assert_max_num_queries(14):
        assert len(sample_places(Alert.objects.get(pk=alert.pk))) == 80


# A test is sent


def test_test_is_sent_to_the_one_who_asks_and_says_that_it_is_one(anna, pricing):
    tester = user_with("view_contact", first_name="Jan", last_name="Lis")
    alert = alert_on(pricing, cc="boss@example.com")

    fault = send_test(alert, contact=anna, page=pricing, url="", tester=tester, now=NOW)

    [email] = mail.outbox
    assert fault is None
    assert email.recipients() == [tester.email]
    assert email.subject == "Test: Anna Nowak is looking at: Price list"
    assert email.body.startswith(
        "This is a test of the alert “Price list”, sent by Jan Lis: no contact has visited"
    )


def test_test_is_the_preview_but_for_saying_that_it_is_one(anna, reader, pricing):
    alert = alert_on(pricing, minutes=3)
    shown = preview(alert, contact=anna, page=pricing, url="", reader=reader, now=NOW)

    send_test(alert, contact=anna, page=pricing, url="", tester=reader, now=NOW)

    [email] = mail.outbox
    assert email.subject == f"Test: {shown.subject}"
    assert email.body.endswith(shown.body)


def test_test_of_an_alert_that_is_not_saved_links_to_none(anna, reader, pricing):
    alert = Alert(name="Price list", author=UserFactory(), is_on=True)
    alert.monitored_pages = [MonitoredPage(kind="page", page=pricing)]

    send_test(alert, contact=anna, page=pricing, url="", tester=reader, now=NOW)

    [email] = mail.outbox
    assert "/alerts/inspect/" not in email.body + email.alternatives[0].content


def test_nothing_is_written_by_a_test(anna, reader, pricing):
    send_test(alert_on(pricing), contact=anna, page=pricing, url="", tester=reader, now=NOW)

    assert not PageView.objects.exists()
    assert not Visitor.objects.exists()
    assert not Delivery.objects.exists()


def test_test_to_an_account_without_address_says_what_is_missing(anna, reader, pricing):
    reader.email = ""
    reader.save()

    fault = send_test(alert_on(pricing), contact=anna, page=pricing, url="", tester=reader, now=NOW)

    assert fault.reason == "Your account has no e-mail address: add one in your account's settings."
    assert mail.outbox == []


def test_test_to_an_address_that_mail_cannot_reach_says_so(anna, reader, pricing):
    reader.email = "zażółć@example.com"
    reader.save()

    fault = send_test(alert_on(pricing), contact=anna, page=pricing, url="", tester=reader, now=NOW)

    assert "check its spelling" in fault.reason
    assert fault.kind is Kind.PERMANENT


def test_test_about_a_contact_whom_one_may_not_view_is_not_sent(anna, pricing):
    with pytest.raises(ContactNotViewable):
        send_test(alert_on(pricing), contact=anna, page=pricing, url="", tester=UserFactory(), now=NOW)

    assert mail.outbox == []


def test_mail_server_that_is_down_is_said_and_not_whom_it_was_about(anna, reader, pricing, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    fault = send_test(alert_on(pricing), contact=anna, page=pricing, url="", tester=reader, now=NOW)

    assert fault.reason == "The mail server can't be reached: Connection refused."
    assert "test.not_sent" in caplog.text
    for personal in (reader.email, "Nowak", "Kowalska"):
        assert personal not in caplog.text


def test_template_that_fails_is_said(anna, reader, pricing, settings, tmp_path):
    (tmp_path / "wagtail_visit_alerts/email").mkdir(parents=True)
    (tmp_path / "wagtail_visit_alerts/email/alert.txt").write_text("{% broken %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    fault = send_test(alert_on(pricing), contact=anna, page=pricing, url="", tester=reader, now=NOW)

    assert fault.reason == "The e-mail could not be written: TemplateSyntaxError."
