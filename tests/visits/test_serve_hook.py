import pytest
import time_machine
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from wagtail.models import PageViewRestriction

from wagtail_visit_alerts.models import Contact, Delivery, PageView, Source, SubmittedForm, Visitor
from wagtail_visit_alerts.tasks import sweep

from ..browsing import USER_AGENT
from ..factories import ContactFactory, MonitoredPageFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return ContactFactory(name="Anna Nowak")


@pytest.fixture
def known(browser, anna):
    """A browser that has been identified as Anna's, away from the monitored page."""
    browser.open("/elsewhere/", contact=anna)
    return browser


def fetch(browser, path="/pricing/", **headers):
    return browser.client.get(path, headers={"User-Agent": USER_AGENT, **headers})


def from_hook():
    return PageView.objects.filter(source=Source.HOOK)


def test_page_served_to_a_contact_is_noted(known, anna, pricing):
    fetch(known)

    page_view = from_hook().get()
    assert page_view.contact == anna
    assert page_view.page_id == pricing.pk
    assert str(page_view.address) == "http://testserver/pricing/"


def test_beacon_claims_the_row_of_the_hook(known, pricing):
    fetch(known)

    known.open("/pricing/", navigation=200)

    page_view = PageView.objects.get(page=pricing)
    assert page_view.source == Source.BOTH


def test_restored_page_never_claims_the_row_of_the_hook(known, pricing):
    fetch(known)

    known.open("/pricing/", how="restore")

    assert PageView.objects.filter(address__text__endswith="/pricing/").count() == 2


def test_reload_absorbs_the_new_row_of_the_hook(known, pricing):
    fetch(known)
    known.open("/pricing/")
    fetch(known)

    known.send({**known.here, "how": "reload"})

    assert PageView.objects.filter(page=pricing).count() == 1


def test_row_that_only_the_server_saw_raises_its_alert_in_the_sweep(anna, browser, pricing):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        browser.open("/elsewhere/", contact=anna)
        Visitor.objects.update(beacon_seen_at=None)
        MonitoredPageFactory(path="/pricing/")
        fetch(browser)
        clock.shift(61)

        sweep()

    assert from_hook().get().is_confirmed
    assert Delivery.objects.count() == 1


def test_row_of_a_visitor_whose_beacon_runs_is_dropped_by_the_sweep(anna, browser, pricing):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        browser.open("/elsewhere/", contact=anna)
        MonitoredPageFactory(path="/pricing/")
        fetch(browser)
        clock.shift(61)

        sweep()

    assert not from_hook().exists()
    assert not Delivery.objects.exists()


def test_moving_on_without_a_beacon_is_told_by_the_referer(anna, browser, home, pricing):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        browser.open("/elsewhere/", contact=anna)
        Visitor.objects.update(beacon_seen_at=None)
        MonitoredPageFactory(path="/pricing/", minimum_minutes=1)
        fetch(browser)
        clock.shift(90)
        fetch(browser, "/contact/", Referer="http://testserver/pricing/")
        home.add_child(instance=type(pricing)(title="About", slug="about"))
        fetch(browser, "/about/", Referer="http://testserver/pricing/")
        clock.shift(61)

        sweep()

    assert PageView.objects.get(page=pricing).dwell_ms == 90_000
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Fetch-Dest": "iframe"},
        {"HX-Request": "true"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"Sec-GPC": "1"},
        {"DNT": "1"},
    ],
    ids=lambda headers: "-".join(headers),
)
def test_request_that_is_no_page_view_of_a_person_is_not_noted(known, pricing, headers):
    fetch(known, **headers)

    assert not from_hook().exists()


def test_page_that_does_not_exist_is_not_noted(known, home):
    fetch(known, "/nowhere/")

    assert not from_hook().exists()


def test_password_form_is_not_noted(known, pricing):
    PageViewRestriction.objects.create(page=pricing, restriction_type="password", password="secret")

    response = fetch(known)

    assert response.status_code == 200
    assert "page-view.js" not in response.content.decode()
    assert not from_hook().exists()


def test_restricted_page_carries_the_beacon_once_its_password_was_given(browser, pricing):
    restriction = PageViewRestriction.objects.create(
        page=pricing, restriction_type="password", password="secret"
    )
    browser.client.post(
        reverse("wagtailcore_authenticate_with_password", args=[restriction.pk, pricing.pk]),
        {"password": "secret", "return_url": "/pricing/"},
    )

    assert "page-view.js" in fetch(browser).content.decode()


def test_page_for_an_unknown_visitor_costs_no_query_and_no_header(pricing, client):
    fetch_plain = lambda: client.get("/pricing/", headers={"User-Agent": USER_AGENT})  # noqa: E731  # used twice
    fetch_plain()

    with counted_queries() as queries:
        response = fetch_plain()

    assert not [sql for sql in queries if "wagtail_visit_alerts" in sql]
    assert not response.cookies
    assert "Vary" not in response.headers


def test_page_is_the_same_for_a_contact_as_for_anybody(known, pricing, client):
    assert fetch(known).content == client.get("/pricing/").content


def test_page_for_a_contact_costs_two_queries_after_the_response(
    known, pricing, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        fetch(known)

    with counted_queries() as queries:
        fetch(known)

    assert len([sql for sql in queries if "wagtail_visit_alerts" in sql]) <= 2


def test_page_is_served_where_our_tables_are_missing(known, pricing, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wagtail_visit_alerts_visitor RENAME TO missing")

    response = fetch(known)

    assert response.status_code == 200
    assert "page_view.not_noted" in caplog.text


def test_submitted_form_page_identifies_its_contact(browser, form_page):
    browser.open("/contact/")

    submit(browser, your_name="Anna Nowak", email="anna.nowak@example.org", company="Nowak sp. z o.o.")

    contact = Visitor.objects.get().contact
    assert contact.email == "anna.nowak@example.org"
    assert contact.company == "Nowak sp. z o.o."
    assert contact.fields_given_by_form == ["company", "name"]


@override_settings(
    WAGTAIL_VISIT_ALERTS={
        "CONSENT": "not_required",
        "CONTACT_FIELDS": [
            {"name": "employees", "type": "number"},
            {"name": "is_partner", "type": "yes_no"},
            {"name": "topics", "type": "text"},
        ],
        "FORM_FIELDS": {"employees": ["how_many"]},
    }
)
def test_form_page_fills_the_fields_that_the_site_declares(browser, form_page):
    for label, field_type in (("How many", "number"), ("Is partner", "checkbox")):
        form_page.form_fields.create(label=label, field_type=field_type, required=False)
    form_page.form_fields.create(label="Topics", field_type="checkboxes", choices="a\nb", required=False)
    form_page.save()
    browser.open("/contact/")

    submit(browser, email="anna.nowak@example.org", how_many="12", is_partner="on", topics=["a", "b"])

    assert Contact.objects.get().extra == {"employees": 12, "is_partner": True, "topics": "a, b"}


def test_form_page_gives_a_key_to_a_browser_without_one(browser, form_page):
    response = submit(browser, email="anna.nowak@example.org")

    assert "va" in response.cookies
    browser.open("/contact/")
    assert PageView.objects.get().contact.email == "anna.nowak@example.org"


def test_invalid_form_identifies_nobody(browser, form_page):
    submit(browser, email="not an address")

    assert not Visitor.objects.exists()


def test_form_for_somebody_else_gives_the_browser_a_new_key(known, anna, form_page):
    key = known.client.cookies["va"].value.partition("~")[0]

    submit(known, email="tomasz@example.org")

    assert known.client.cookies["va"].value.partition("~")[0] != key
    known.open("/pricing/")
    assert PageView.objects.get(address__text__endswith="/pricing/").contact.email == "tomasz@example.org"
    assert PageView.objects.filter(contact=anna).count() == 1


def test_submitted_form_page_is_part_of_the_contacts_history(browser, form_page):
    browser.open("/contact/")

    submit(browser, email="anna.nowak@example.org")

    form = SubmittedForm.objects.get()
    assert (form.contact, form.page_id, form.name) == (
        Visitor.objects.get().contact,
        form_page.pk,
        form_page.title,
    )


def test_form_that_names_nobody_is_part_of_the_history_of_the_contact_whose_browser_it_is(
    known, anna, form_page
):
    form_page.form_fields.filter(field_type="email").update(required=False)

    submit(known, your_name="Anna", company="Młyn")

    assert SubmittedForm.objects.get().contact == anna


def test_form_that_names_nobody_is_noted_for_nobody_in_a_strangers_browser(browser, form_page):
    form_page.form_fields.filter(field_type="email").update(required=False)
    browser.open("/contact/")

    submit(browser, your_name="Somebody")

    assert not SubmittedForm.objects.exists()


def test_form_of_a_browser_that_is_not_recorded_is_not_noted(known, form_page):
    known.client.post(
        "/contact/", {"email": "anna.nowak@example.org"}, headers={"User-Agent": USER_AGENT, "Sec-GPC": "1"}
    )

    assert not SubmittedForm.objects.exists()


def submit(browser, **fields):
    return browser.client.post("/contact/", fields, headers={"User-Agent": USER_AGENT})


def test_page_that_fails_to_render_is_not_noted(known, pricing):
    ContentPage.template, template = "testapp/missing.html", ContentPage.template
    known.client.raise_request_exception = False
    try:
        response = fetch(known)
    finally:
        ContentPage.template = template

    assert response.status_code == 500
    assert not from_hook().exists()


def test_page_stored_in_a_cache_is_noted_once(known, pricing, settings):
    cache = "django.middleware.cache."
    settings.MIDDLEWARE = [
        f"{cache}UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        f"{cache}FetchFromCacheMiddleware",
    ]

    cookies, known.client = known.client.cookies, Client()
    known.client.cookies = cookies

    first = fetch(known)
    second = fetch(known)

    assert second.content == first.content
    assert from_hook().count() == 1
