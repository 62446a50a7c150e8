import json
import logging

import pytest
import time_machine

from wagtail_visit_alerts.models import Ending, PageView, Visitor

from ..browsing import ENDPOINT, USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, MonitoredPageFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as traveller:
        yield traveller


def page_view_of(browser):
    return PageView.objects.get(beacon_id=browser.here["id"])


def test_first_message_without_a_cookie_writes_nothing_and_is_asked_to_repeat(browser):
    response = browser.post(browser.entry("/"))

    assert response.json() == {"again": True, "at": []}
    assert response.cookies["va"]["httponly"]
    assert not Visitor.objects.exists()


def test_client_without_cookies_leaves_no_rows(browser):
    for _ in range(3):
        browser.post(browser.entry("/"))
        browser.client.cookies.clear()

    assert not Visitor.objects.exists()


def test_repeated_message_is_recorded(browser):
    browser.open("/pricing/")

    assert str(page_view_of(browser).address) == "http://testserver/pricing/"


def test_https_cookie_has_the_host_prefix(browser):
    response = browser.client.post(
        ENDPOINT,
        {"version": 1, **browser.entry("/")},
        content_type="application/json",
        headers=browser.headers,
        secure=True,
    )

    assert response.cookies["__Host-va"]["secure"]


def test_cookie_key_is_stored_as_a_hash_only(browser):
    browser.open("/")

    key = browser.client.cookies["va"].value.partition("~")[0]
    assert key not in Visitor.objects.get().key_hash


def test_unknown_key_older_than_ten_minutes_is_replaced(browser, clock):
    browser.post(browser.entry("/"))
    old = browser.client.cookies["va"].value
    clock.shift(11 * 60)

    response = browser.post(browser.entry("/"))

    assert response.json()["again"]
    assert browser.client.cookies["va"].value.partition("~")[0] != old.partition("~")[0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_only_the_same_origin_may_report(client, headers, status):
    response = client.post(
        ENDPOINT,
        {"version": 1, **VirtualBrowser().entry("/")},
        content_type="application/json",
        headers={"User-Agent": USER_AGENT, **headers},
    )

    assert response.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"[" * 8000,
        b'{"version": 2, "type": "entry"}',
        b'{"version": 1, "type": "other"}',
        b'{"version": 1, "type": "end", "id": 5, "engaged": 1}',
        b'{"version": 1, "type": "end", "id": "x", "engaged": 1}',
        b'{"version": 1, "type": "end", "id": "7f2d2d51-6a57-4f6e-9d52-2b7d5e1c1d10", "engaged": NaN}',
        b'{"version": 1, "type": "end", "id": "7f2d2d51-6a57-4f6e-9d52-2b7d5e1c1d10", "engaged": true}',
        b" " * 9000,
        b"\xff\xfe",
    ],
)
def test_malformed_message_is_refused(browser, body):
    response = browser.client.post(ENDPOINT, body, content_type="application/json", headers=browser.headers)

    assert response.status_code == 400


@pytest.mark.parametrize("url", ["https://evil.example/", "pricing", "", 5, "/" + "x" * 5000, "/\ud800", "/ż"])
def test_url_that_is_no_path_of_the_site_is_refused(browser, url):
    response = browser.client.post(
        ENDPOINT,
        json.dumps({"version": 1, **browser.entry(url)}),
        content_type="application/json",
        headers=browser.headers,
    )

    assert response.status_code == 400


@pytest.mark.parametrize("token", ["\ud800", "\0", "a.b.\ud800", 5, {}, "x" * 5000])
def test_hostile_token_identifies_nobody_and_breaks_nothing(browser, token):
    browser.post(browser.entry("/"))
    message = {"version": 1, **browser.entry("/"), "token": token, "sign": "scroll"}

    response = browser.client.post(
        ENDPOINT, json.dumps(message), content_type="application/json", headers=browser.headers
    )

    assert response.status_code == 200
    assert PageView.objects.get().contact is None


def test_double_slash_in_a_path_names_no_other_host(browser):
    browser.open("//evil.example/x")

    assert str(page_view_of(browser).address) == "http://testserver//evil.example/x"


def test_query_string_is_dropped_but_for_the_campaign(browser):
    browser.open("/pricing/?utm_source=mail&session=secret")

    assert str(page_view_of(browser).address) == "http://testserver/pricing/?utm_source=mail"


def test_parameter_that_a_pattern_names_is_kept(browser):
    MonitoredPageFactory(path="/search/?topic=price*")

    browser.open("/search/?topic=prices&page=2")

    assert str(page_view_of(browser).address) == "http://testserver/search/?topic=prices"


def test_page_id_that_does_not_exist_is_ignored(browser):
    browser.open("/", page=999_999)

    assert page_view_of(browser).page_id is None


def test_message_of_another_visitor_changes_nothing_of_theirs(browser, clock):
    browser.open("/")
    other = VirtualBrowser()
    other.open("/")
    clock.shift(60)

    other.send({"type": "end", "id": browser.here["id"], "engaged": 5})
    other.open("/next/", previous={"id": browser.here["id"], "wall": 1, "monotonic": 1, "engaged": 1, "gap": 1})

    assert page_view_of(browser).ending == Ending.OPEN
    assert page_view_of(browser).ended_at is None


def test_automated_browser_gets_a_cookie_that_costs_no_query(browser):
    browser.headers["User-Agent"] = "Mozilla/5.0 HeadlessChrome/156.0"
    browser.open("/")

    with counted_queries() as queries:
        browser.open("/")

    assert browser.client.cookies["va"].value == "off"
    assert queries == []


def test_end_of_an_excluded_browser_leaves_its_cookie(browser):
    browser.open("/")
    browser.headers["User-Agent"] = "Mozilla/5.0 HeadlessChrome/156.0"

    browser.close()

    assert browser.client.cookies["va"].value != "off"


def test_privacy_signal_is_respected(browser):
    browser.open("/", navigation=5)
    count = PageView.objects.count()

    browser.headers["Sec-GPC"] = "1"
    browser.open("/pricing/")

    assert PageView.objects.count() == count


def test_staff_are_not_recorded(browser):
    browser.client.force_login(UserFactory(is_superuser=True))

    browser.open("/")

    assert browser.client.cookies["va"].value == "off"
    assert not PageView.objects.exists()


def test_salesperson_is_not_recorded(browser):
    browser.client.force_login(ContactFactory().owner)

    browser.open("/")

    assert not PageView.objects.exists()


def test_staff_are_recorded_where_the_site_says_so(browser, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RECORD_STAFF": True}
    browser.client.force_login(UserFactory(is_superuser=True))

    browser.open("/")

    assert PageView.objects.count() == 1


def test_anonymous_page_views_are_not_kept_where_the_site_says_so(browser, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RECORD_ANONYMOUS": False}

    browser.open("/")

    assert not Visitor.objects.exists()


def test_forged_token_keeps_no_anonymous_page_view_where_the_site_says_so(browser, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RECORD_ANONYMOUS": False}

    browser.open("/", token="forged", sign="pointermove")

    assert not Visitor.objects.exists()


def test_anonymous_after_a_logout_is_not_recorded_where_the_site_says_so(browser, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RECORD_ANONYMOUS": False}
    contact = ContactFactory(user=UserFactory())
    browser.client.force_login(contact.user)
    browser.open("/")
    browser.client.post("/logout/", headers=browser.headers)

    browser.open("/pricing/")

    assert PageView.objects.count() == PageView.objects.filter(contact=contact).count() == 1


def test_flood_of_one_browser_is_refused(browser):
    browser.open("/")

    statuses = {browser.post(browser.here).status_code for _ in range(150)}

    assert statuses == {200, 429}


def test_answer_is_the_same_for_a_contact_as_for_anybody(browser):
    MonitoredPageFactory(path="/pricing/")
    known = VirtualBrowser()
    known.open("/", contact=ContactFactory())
    browser.open("/")

    answers = [b.post(b.entry("/pricing/")) for b in (known, browser)]

    assert answers[0].json() == answers[1].json()
    assert answers[0].headers.keys() == answers[1].headers.keys()


def test_no_personal_data_in_the_log(browser, caplog):
    caplog.set_level(logging.DEBUG)
    MonitoredPageFactory(path="/pricing/")

    browser.open("/pricing/", contact=ContactFactory(email="anna.nowak@example.org", name="Anna Nowak"))

    assert "anna" not in caplog.text.lower()


class TestBudget:
    """Design section 6; warm, statements of the transaction not counted."""

    @pytest.fixture
    def warm(self, browser, clock, django_capture_on_commit_callbacks):
        MonitoredPageFactory(path="/monitored/")
        with django_capture_on_commit_callbacks(execute=True):
            browser.open("/", contact=ContactFactory())
            browser.open("/next/", after_ms=100)
        return browser

    def test_entry_of_a_contact_costs_five_queries(self, warm):
        with counted_queries() as queries:
            warm.open("/", after_ms=100)

        assert len(queries) <= 5, "\n".join(queries)

    def test_entry_after_a_login_costs_nine_queries(self, warm):
        user = UserFactory()
        warm.client.force_login(user)

        with counted_queries() as queries:
            warm.open("/", after_ms=100)

        assert len(queries) <= 9, "\n".join(queries)

    def test_session_is_read_once(self, warm):
        warm.client.force_login(UserFactory())
        warm.open("/", after_ms=100)

        with counted_queries() as queries:
            warm.open("/next/", after_ms=100)

        assert len(queries) <= 5, "\n".join(queries)
