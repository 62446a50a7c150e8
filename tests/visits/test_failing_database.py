"""A page, a form and a login of the site work whatever our part of the database does."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from wagtail_visit_alerts import api
from wagtail_visit_alerts.models import Contact, NotRecorded, PageView, Reason, Visitor
from wagtail_visit_alerts.visits import counting

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, UserFactory
from ..testapp.models import ContentPage, FormPage

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

READ_ONLY = {
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE"),
}


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def read_only():
    """The database answers and takes nothing, as a replica, a full disk or a maintenance does."""
    on, off = READ_ONLY[connection.vendor]
    execute(on)
    try:
        yield
    finally:
        execute(off)


@contextmanager
def without_our_tables():
    """The database is one in which our migrations have not run."""
    tables = [model._meta.db_table for model in apps.get_app_config("wagtail_visit_alerts").get_models()]
    quote = connection.ops.quote_name
    for table in tables:
        execute(f"ALTER TABLE {quote(table)} RENAME TO {quote(f'gone_{table}')}")
    try:
        yield
    finally:
        for table in tables:
            execute(f"ALTER TABLE {quote(f'gone_{table}')} RENAME TO {quote(table)}")


FAULTS = pytest.mark.parametrize("failing", [read_only, without_our_tables])


@pytest.fixture
def site(transactional_db):
    """Wagtail's first pages, which a test that commits takes away."""
    ContentType.objects.clear_cache()  # it holds the ids from before such a test
    Locale.objects.get_or_create(language_code="en")
    root = Page.objects.filter(depth=1).first() or Page.add_root(instance=Page(title="Root", slug="root"))
    home = root.add_child(instance=ContentPage(title="Home", slug="home-of-the-test"))
    Site.objects.all().delete()
    Site.objects.create(hostname="testserver", root_page=home, is_default_site=True)
    return home


@pytest.fixture
def pricing(site):
    return site.add_child(instance=ContentPage(title="Price list", slug="pricing"))


@pytest.fixture
def form_page(site):
    page = site.add_child(instance=FormPage(title="Contact us", slug="contact"))
    page.form_fields.create(label="Email", field_type="email", required=True)
    page.save()
    return page


@pytest.fixture
def known(pricing):
    """A browser that has been identified as a contact's."""
    browser = VirtualBrowser()
    browser.open("/elsewhere/", contact=ContactFactory())
    return browser


def fetch(browser, path="/pricing/"):
    return browser.client.get(path, headers={"User-Agent": USER_AGENT})


@FAULTS
def test_page_is_served_and_the_fault_is_logged(known, failing, caplog):
    with failing():
        response = fetch(known)

    assert response.status_code == 200
    assert "Price list" in response.content.decode()
    assert "page_view.not_noted" in caplog.text


@FAULTS
def test_page_that_was_not_noted_leaves_the_connection_as_it_was(known, failing):
    with failing():
        fetch(known)

    fetch(known)

    assert PageView.objects.filter(address__text="http://testserver/pricing/").count() == 1


@FAULTS
def test_page_for_an_unknown_visitor_is_served_without_a_log_entry(pricing, failing, caplog):
    with failing():
        response = fetch(VirtualBrowser())

    assert response.status_code == 200
    assert caplog.text == ""


@FAULTS
@pytest.mark.parametrize("send", ["open", "close", "report_in_view"])
def test_beacon_is_told_to_come_again(known, failing, send, caplog):
    message = {
        "open": lambda: known.post(known.entry("/pricing/")),
        "close": known.close,
        "report_in_view": lambda: known.report_in_view(5000),
    }[send]

    with failing():
        response = message()

    assert response.status_code == 503
    assert response.json().keys() == {"error"}
    assert "message.not_recorded" in caplog.text


@FAULTS
def test_withdrawal_drops_the_cookie_all_the_same(known, failing):
    with failing():
        response = known.post({"type": "withdraw"})

    assert response.status_code == 503
    assert response.cookies["va"]["max-age"] == 0


@FAULTS
def test_form_of_the_site_goes_on(known, failing, caplog):
    request, response = RequestFactory(headers={"User-Agent": USER_AGENT}).post("/offer/"), HttpResponse()

    with failing():
        contact = api.identify_from_form(request, "anna.nowak@example.org", response=response)

    assert contact is None
    assert "identification.not_written" in caplog.text


@FAULTS
def test_site_that_knows_whose_browser_it_is_goes_on(known, failing, caplog):
    contact, request = ContactFactory(), RequestFactory(headers={"User-Agent": USER_AGENT}).post("/order/")

    with failing():
        api.identify(request, contact, response=HttpResponse())

    assert "identification.not_written" in caplog.text


def test_form_page_takes_the_submission_where_our_tables_are_missing(known, form_page):
    with without_our_tables():
        response = known.client.post(
            "/contact/", {"email": "anna@example.org"}, headers={"User-Agent": USER_AGENT}
        )

    assert response.status_code == 200
    assert form_page.get_submission_class().objects.count() == 1
    assert not Contact.objects.filter(email="anna@example.org").exists()


def test_person_is_logged_in_and_out_where_our_tables_are_missing(known, caplog):
    user = UserFactory()
    user.set_password("secret")
    user.save()

    with without_our_tables():
        login = {"username": user.username, "password": "secret"}
        logged_in = known.client.post("/login/", login, headers=known.headers)
        is_logged_in = Session.objects.exists()
        logged_out = known.client.post("/logout/", headers=known.headers)

    assert (logged_in.status_code, is_logged_in, logged_out.status_code) == (302, True, 302)
    assert caplog.text.count("login.not_noted") == 2


@FAULTS
def test_visit_goes_on_once_the_database_is_back(known, failing):
    with failing():
        known.post(message := known.entry("/pricing/"))

    known.post(message)

    assert Visitor.objects.count() == 1
    assert PageView.objects.filter(address__text="http://testserver/pricing/").count() == 1


@FAULTS
def test_numbers_wait_for_the_database(known, failing):
    now = timezone.now()
    counting.count(Reason.BOT, now=now)

    with failing():
        counting.write_due(now=now + timedelta(minutes=2))
    counting.write_due(now=now + timedelta(minutes=4))

    assert NotRecorded.objects.get().number == 1
