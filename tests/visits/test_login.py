import pytest
import time_machine
from django.db import connection

from wagtail_visit_alerts import api
from wagtail_visit_alerts.models import Method, PageView, Visitor

from ..factories import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db


def log_in(browser, user):
    user.set_password("secret")
    user.save()
    return browser.client.post(
        "/login/", {"username": user.username, "password": "secret"}, headers=browser.headers
    )


def contact_of(browser, url):
    browser.open(url)
    return PageView.objects.get(beacon_id=browser.here["id"]).contact


@pytest.fixture
def anna():
    return ContactFactory(name="Anna", user=UserFactory())


@pytest.fixture
def tomasz():
    return ContactFactory(name="Tomasz", user=UserFactory())


def test_login_makes_a_visitor_known(browser, anna):
    browser.open("/")

    log_in(browser, anna.user)

    visitor = Visitor.objects.get()
    assert (visitor.contact, visitor.identified_by) == (anna, Method.LOGIN)
    assert PageView.objects.get().contact == anna


def test_login_before_the_first_message_is_found_out_by_it(browser, anna):
    log_in(browser, anna.user)

    assert contact_of(browser, "/") == anna


def test_login_by_another_person_parts_the_browser_from_the_first(browser, anna, tomasz):
    browser.open("/")
    log_in(browser, anna.user)
    log_in(browser, tomasz.user)

    assert contact_of(browser, "/pricing/") == tomasz
    assert PageView.objects.filter(contact=anna).count() == 1


def test_login_of_a_user_who_is_no_contact_parts_the_browser_from_the_first(browser, anna):
    browser.open("/", contact=anna)

    log_in(browser, UserFactory())

    assert contact_of(browser, "/pricing/") is None


def test_logout_ends_what_a_login_has_bound(browser, anna):
    browser.open("/")
    log_in(browser, anna.user)

    browser.client.post("/logout/", headers=browser.headers)

    assert contact_of(browser, "/pricing/") is None


def test_logout_leaves_what_a_link_has_bound(browser, anna):
    browser.open("/", contact=anna)

    browser.client.post("/logout/", headers=browser.headers)

    assert contact_of(browser, "/pricing/") == anna


def test_link_of_another_contact_is_ignored_while_a_login_lives(browser, anna, tomasz):
    browser.open("/")
    log_in(browser, anna.user)

    browser.open("/pricing/", contact=tomasz)

    assert PageView.objects.get(beacon_id=browser.here["id"]).contact == anna


def test_link_of_another_contact_gives_the_browser_a_new_key(browser, anna, tomasz):
    browser.open("/", contact=anna)
    key = browser.client.cookies["va"].value.partition("~")[0]

    browser.open("/pricing/", contact=tomasz)

    assert browser.client.cookies["va"].value.partition("~")[0] != key
    assert PageView.objects.get(beacon_id=browser.here["id"]).contact == tomasz
    assert PageView.objects.filter(contact=anna).count() == 1


def test_retired_key_records_nothing_until_the_browser_has_the_new_one(browser, anna, tomasz):
    browser.open("/", contact=anna)
    old = browser.client.cookies["va"].value
    browser.open("/pricing/", contact=tomasz)
    count = PageView.objects.count()
    browser.client.cookies["va"] = old

    response = browser.post(browser.entry("/about/"))

    assert response.json()["again"]
    assert PageView.objects.count() == count
    assert contact_of(browser, "/about/") == tomasz


def test_token_without_a_sign_of_life_identifies_nobody(browser, anna):
    token = api.signed_link(anna, "/").partition("va=")[2]

    browser.open("/", token=token)

    assert PageView.objects.get().contact is None


def test_login_by_somebody_found_by_their_address_parts_the_browser_from_the_first(browser, anna):
    tomasz = ContactFactory(email="tomasz@example.org")
    browser.open("/")
    log_in(browser, anna.user)
    log_in(browser, UserFactory(email="tomasz@example.org"))

    assert contact_of(browser, "/pricing/") == tomasz
    assert Visitor.objects.get(contact=tomasz).identified_by == Method.FORM


def test_login_that_nobody_told_us_of_parts_the_browser_by_its_next_message(browser, anna):
    browser.open("/")
    log_in(browser, anna.user)
    browser.client.force_login(UserFactory())  # its request carries no cookie of ours

    assert contact_of(browser, "/pricing/") is None
    assert PageView.objects.filter(contact=anna).count() == 1


def test_session_with_another_cookie_leaves_what_a_link_has_bound(browser, anna):
    browser.client.force_login(UserFactory())
    browser.open("/", contact=anna)
    session = browser.client.session
    session.cycle_key()
    browser.client.cookies["sessionid"] = session.session_key

    assert contact_of(browser, "/pricing/") == anna


def test_login_by_another_person_that_nobody_told_us_of_is_found_out_by_the_next_message(browser, anna, tomasz):
    browser.open("/")
    log_in(browser, anna.user)
    browser.client.force_login(tomasz.user)

    assert contact_of(browser, "/pricing/") == tomasz


def test_session_that_ends_by_itself_leaves_the_browser_known(browser, anna):
    browser.open("/")
    log_in(browser, anna.user)
    del browser.client.cookies["sessionid"]

    assert contact_of(browser, "/pricing/") == anna


def test_login_of_a_colleague_by_their_address_switches_the_browser_off(browser, anna, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["example.net"]}
    browser.open("/", contact=anna)
    log_in(browser, UserFactory(email="jan@example.net"))

    browser.open("/pricing/")

    assert browser.client.cookies["va"].value == "off"
    assert PageView.objects.filter(contact=anna).count() == PageView.objects.count() == 1


class TestDeletedContact:
    def test_cookie_of_a_deleted_contact_is_nobodys(self, browser, anna):
        browser.open("/", contact=anna)
        anna.delete()

        assert contact_of(browser, "/pricing/") is None
        assert PageView.objects.count() == 1

    def test_key_that_it_had_for_long_is_replaced(self, browser, anna):
        with time_machine.travel("2026-11-24T10:00:00+00:00"):
            browser.open("/", contact=anna)
        key = browser.client.cookies["va"].value.partition("~")[0]
        anna.delete()

        with time_machine.travel("2026-11-24T12:00:00+00:00"):
            assert contact_of(browser, "/pricing/") is None

        assert browser.client.cookies["va"].value.partition("~")[0] != key

    def test_user_of_a_deleted_contact_is_known_as_nobody(self, browser, anna):
        browser.open("/")
        log_in(browser, anna.user)
        anna.delete()

        assert contact_of(browser, "/pricing/") is None

    def test_page_that_was_open_meanwhile_is_left_without_a_trace(self, browser, anna):
        browser.open("/", contact=anna)
        anna.delete()

        assert browser.close().status_code == 200
        assert not PageView.objects.exists()

    def test_new_contact_with_the_address_starts_anew(self, browser, anna):
        browser.open("/", contact=anna)
        anna.delete()
        again = ContactFactory(email=anna.email)

        browser.open("/pricing/", contact=again)

        assert PageView.objects.get().contact == again


def test_login_strengthens_what_a_link_had_bound(browser, anna):
    browser.open("/", contact=anna)

    log_in(browser, anna.user)

    visitor = Visitor.objects.get()
    assert (visitor.contact, visitor.identified_by) == (anna, Method.LOGIN)


def test_login_works_where_our_tables_are_missing(browser, anna, caplog):
    browser.open("/")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wagtail_visit_alerts_visitor RENAME TO missing")

    response = log_in(browser, anna.user)

    assert response.status_code == 302
    assert "login.not_noted" in caplog.text
