import json
import logging
from io import BytesIO
from uuid import uuid4

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client, RequestFactory

from wagtail_visit_alerts.models import Ending, PageView, Visitor
from wagtail_visit_alerts.visits import rate_limit

from ..browsing import ENDPOINT, USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, MonitoredPageFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = pytest.mark.django_db

CLOCKS = {"wall": 1000, "monotonic": 1000, "engaged": 1000}


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
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "http://testserver:80"}, 200),
        ({"Origin": "http://testserver:8000"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "http://testserver@evil.example"}, 403),
        ({"Origin": "http://sub.testserver"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Origin": ""}, 403),
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
    ("host", "origin", "secure", "status"),
    [
        ("www.example.com:8000", "http://www.example.com:8000", False, 200),
        ("www.example.com:8000", "http://www.example.com", False, 403),
        ("WWW.example.com", "http://www.example.com", False, 200),
        ("www.example.com", "https://www.example.com", True, 200),
        ("www.example.com", "https://www.example.com:443", True, 200),
        ("www.example.com", "http://www.example.com", True, 403),
        ("[2001:db8::1]:8000", "http://[2001:db8::1]:8000", False, 200),
    ],
)
def test_origin_is_compared_with_its_scheme_and_port(client, host, origin, secure, status):
    response = client.post(
        ENDPOINT,
        {"version": 1, **VirtualBrowser().entry("/")},
        content_type="application/json",
        headers={"User-Agent": USER_AGENT, "Host": host, "Origin": origin},
        secure=secure,
    )

    assert response.status_code == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("text/plain", 403),
        ("application/x-www-form-urlencoded", 403),
        ("multipart/form-data; boundary=x", 403),
        ("application/json-seq", 403),
        ("", 403),
    ],
)
def test_message_is_json_by_its_content_type(browser, content_type, status):
    response = browser.client.post(
        ENDPOINT,
        json.dumps({"version": 1, **browser.entry("/")}),
        content_type=content_type,
        headers=browser.headers,
    )

    assert response.status_code == status


class Unreadable(BytesIO):
    """A body of which nothing may be read."""

    def read(self, *args):
        raise AssertionError("The body was read.")


class CutOff(BytesIO):
    """A body that ends before it should, as when a browser goes away."""

    def read(self, *args):
        raise ConnectionResetError


def post_raw(browser, body, length):
    """Post a body with a Content-Length of its own choosing, or without one."""
    environ = {} if length is None else {"CONTENT_LENGTH": length}
    request = RequestFactory().generic(
        "POST", ENDPOINT, b"x", content_type="application/json", headers=browser.headers
    )
    request.environ.pop("CONTENT_LENGTH")
    return browser.client.request(**{**request.environ, **environ, "wsgi.input": body})


@pytest.mark.parametrize("length", ["8193", "10000000000", "-1", "many", "٣", None, ""])
def test_body_that_is_announced_wrongly_is_refused_unread(browser, length):
    assert post_raw(browser, Unreadable(), length).status_code == 400


@pytest.mark.parametrize("length", ["5", "400"])
def test_body_that_is_not_as_long_as_it_says_is_refused(browser, length):
    message = json.dumps({"version": 1, **browser.entry("/")}).encode()

    response = post_raw(browser, BytesIO(message[:100] if length == "400" else message), length)

    assert response.status_code == 400


def test_body_that_is_cut_off_is_refused(browser):
    assert post_raw(browser, CutOff(), "300").status_code == 400


def test_body_over_a_lower_limit_of_the_site_is_refused(browser, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert browser.post(browser.entry("/")).status_code == 400


def test_body_of_8_kib_is_read(browser):
    message = {"version": 1, **browser.entry("/"), "padding": ""}
    message["padding"] = "x" * (8 * 1024 - len(json.dumps(message)))

    response = browser.client.post(
        ENDPOINT, json.dumps(message), content_type="application/json", headers=browser.headers
    )

    assert response.status_code == 200


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
        b'{"version": 1, "type": "end", "id": "7f2d2d51-6a57-4f6e-9d52-2b7d5e1c1d10", "engaged": 5}',
        b'{"version": 1, "type": "in_view", "id": "7f2d2d51-6a57-4f6e-9d52-2b7d5e1c1d10", "engaged": 5}',
        b'{"version": 1, "type": "in_view", "engaged": 5, "wall": 5, "monotonic": 5}',
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

    other.send({"type": "end", **browser.measured(5)})
    other.send({"type": "in_view", **browser.measured(60_000)})
    other.open("/next/", previous={"id": browser.here["id"], "wall": 1, "monotonic": 1, "engaged": 1, "gap": 1})

    assert page_view_of(browser).ending == Ending.OPEN
    assert page_view_of(browser).ended_at is None
    assert page_view_of(browser).engaged_ms is None


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_only_a_post_is_answered_and_nothing_is_cached(browser, method):
    response = getattr(browser.client, method)(ENDPOINT, headers=browser.headers)

    assert response.status_code == 405
    assert "no-store" in response["Cache-Control"]


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


def test_end_without_the_headers_of_a_page_decides_nothing_for_a_browser_without_a_key(browser):
    browser.headers["User-Agent"] = ""
    browser.here = browser.entry("/")

    assert not browser.close().cookies


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


def test_day_of_an_off_cookie_is_not_begun_again_by_each_message(browser):
    browser.client.force_login(UserFactory(is_superuser=True))
    browser.open("/")

    assert not browser.post(browser.entry("/pricing/")).cookies


def test_flood_of_one_address_is_refused_whatever_keys_it_brings(monkeypatch):
    monkeypatch.setattr(rate_limit, "ADDRESS_BURST", 5)
    monkeypatch.setattr(rate_limit, "ADDRESS_PER_SECOND", 0.0)
    client = Client(REMOTE_ADDR="8.8.8.8")

    statuses = []
    for _ in range(7):
        client.cookies.clear()
        statuses.append(VirtualBrowser(client).post(VirtualBrowser().entry("/")).status_code)

    assert statuses == [200] * 5 + [429] * 2
    other = VirtualBrowser(Client(REMOTE_ADDR="8.8.8.9"))
    assert other.post(other.entry("/")).status_code == 200


def test_addresses_of_one_ipv6_network_share_a_limit(monkeypatch):
    monkeypatch.setattr(rate_limit, "ADDRESS_BURST", 3)
    monkeypatch.setattr(rate_limit, "ADDRESS_PER_SECOND", 0.0)
    browsers = [VirtualBrowser(Client(REMOTE_ADDR=f"2a00:1450:4001:{number}::1")) for number in range(1, 6)]

    statuses = [browser.post(browser.entry("/")).status_code for browser in browsers]

    assert statuses == [200] * 3 + [429] * 2


def test_office_of_700_people_behind_one_address_is_recorded():
    client = Client(REMOTE_ADDR="8.8.8.8")

    for number in range(700):
        client.cookies["va"] = "off"
        browser = VirtualBrowser(client)
        assert browser.post(browser.entry(f"/{number}/")).status_code == 200
        assert browser.post({"type": "end", "id": str(uuid4()), **CLOCKS}).status_code == 200


def test_proxy_that_the_site_has_not_counted_limits_nobody(monkeypatch):
    monkeypatch.setattr(rate_limit, "ADDRESS_BURST", 1)
    browser = VirtualBrowser(Client(REMOTE_ADDR="10.0.0.1"))

    assert {browser.post(browser.entry("/")).status_code for _ in range(5)} == {200}


def test_buckets_are_bounded_and_keep_the_latest():
    buckets = rate_limit._Buckets(limit=3)
    empty = {"burst": 1, "per_second": 0.0}
    buckets.take_from("busy", **empty)

    for number in range(10):
        buckets.take_from(f"stranger {number}", **empty)
        assert not buckets.take_from("busy", **empty)

    assert not buckets.take_from("stranger 9", **empty)
    assert buckets.take_from("stranger 0", **empty)


def browser_of(kind):
    """A browser that is not at its first message, by whose it is."""
    known = VirtualBrowser()
    known.open("/", contact=ContactFactory())
    unknown = VirtualBrowser()
    unknown.open("/")
    logged_in = VirtualBrowser()
    logged_in.open("/")
    logged_in.client.force_login(UserFactory())
    staff = VirtualBrowser()
    staff.open("/")
    staff.client.force_login(ContactFactory().owner)
    robot = VirtualBrowser(**{"User-Agent": "Mozilla/5.0 HeadlessChrome/156.0"})
    out = VirtualBrowser()
    out.client.cookies["va"] = "out"
    browsers = {
        "contact": known,
        "anybody": unknown,
        "user": logged_in,
        "staff": staff,
        "bot": robot,
        "out": out,
    }
    return browsers[kind]


@pytest.mark.parametrize("kind", ["anybody", "user", "staff", "bot", "out"])
@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_answer_is_the_same_for_a_contact_as_for_anybody(kind):
    MonitoredPageFactory(path="/pricing/")
    contact, other = browser_of("contact"), browser_of(kind)

    answers = [each.post(each.entry("/pricing/")) for each in (contact, other)]

    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers == answers[1].headers
    assert [list(answer.cookies) for answer in answers] == [["va"], ["va"]]


def test_session_and_user_are_left_alone_while_the_session_cookie_stays(browser):
    browser.client.force_login(UserFactory())
    browser.open("/")

    with counted_queries() as queries:
        browser.post(browser.entry("/about/"))

    assert not [sql for sql in queries if "django_session" in sql or "auth_user" in sql]


def test_endpoint_needs_no_token_and_weakens_none():
    browser = VirtualBrowser(Client(enforce_csrf_checks=True))

    assert browser.post(browser.entry("/")).status_code == 200
    assert browser.client.post("/login/", {}, headers=browser.headers).status_code == 403


CACHE = "django.middleware.cache."


def test_sites_cache_never_keeps_an_answer(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.MIDDLEWARE = [
        f"{CACHE}UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        f"{CACHE}FetchFromCacheMiddleware",
    ]
    browser, other = VirtualBrowser(Client()), VirtualBrowser(Client())

    browser.open("/")
    answer = other.post(other.entry("/"))

    assert answer.json()["again"]
    assert "no-store" in answer["Cache-Control"]
    assert answer.cookies["va"].value != browser.client.cookies["va"].value


def test_site_with_languages_answers_without_a_redirect(settings):
    settings.ROOT_URLCONF = "tests.urls_with_languages"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    browser = VirtualBrowser(Client(), **{"Accept-Language": "pl"})

    response = browser.open("/pl/")

    assert response.status_code == 200
    assert PageView.objects.count() == 1


def test_endpoint_answers_under_asgi(settings):
    browser = VirtualBrowser()
    # Its host is heard of already: the asynchronous client closes a response in a thread with a connection of its
    # own, where what is due then would be written outside of the test's transaction.
    browser.open("/")
    client = AsyncClient()

    async def visit():
        for _ in range(2):
            response = await client.post(
                ENDPOINT,
                {"version": 1, **browser.entry("/pricing/")},
                content_type="application/json",
                headers=browser.headers,
            )
        return response

    response = async_to_sync(visit)()

    assert response.json() == {"again": False, "at": []}
    assert PageView.objects.filter(address__text__endswith="/pricing/").count() == 1


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
