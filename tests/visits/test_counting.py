from datetime import date
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from wagtail_visit_alerts.models import Heartbeat, NotRecorded, PageView, Reason
from wagtail_visit_alerts.visits import counting, rate_limit

from ..browsing import ENDPOINT, USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
#: As Outlook's scanner calls itself: nothing a person's browser would.
SCANNER = {"User-Agent": "python-requests/2.32.3"}


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def written(clock):
    """Lets a minute pass and one more message come, and gives the numbers of the table by reason."""

    def numbers():
        clock.shift(61)
        VirtualBrowser().post(VirtualBrowser().entry("/"))
        return dict(NotRecorded.objects.values_list("reason", "number"))

    return numbers


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({"User-Agent": CRAWLER}, Reason.BOT), ({"DNT": "1"}, Reason.PRIVACY_SIGNAL)],
    ids=str,
)
def test_page_views_of_an_excluded_browser_are_counted_by_reason(browser, written, headers, reason):
    browser.headers |= headers

    browser.open("/")
    browser.open("/pricing/")

    assert written() == {reason: 2}


def test_page_view_counts_once_however_many_messages_it_has(browser, written):
    browser.headers["User-Agent"] = CRAWLER
    browser.open("/")

    browser.report_in_view(5000)
    browser.close()

    assert written() == {Reason.BOT: 1}


def test_excluded_network_is_counted(browser, settings, written):
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": ["127.0.0.1"]}
    browser.open("/")
    settings.WAGTAIL_VISIT_ALERTS = {}

    assert written() == {Reason.NETWORK: 1}


def test_missing_consent_is_counted(browser, settings, written):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": {"cookie": "consent", "value": "yes"}}
    browser.open("/")
    settings.WAGTAIL_VISIT_ALERTS = {}

    assert written() == {Reason.NO_CONSENT: 1}


def test_opting_out_is_counted(browser, written):
    browser.client.cookies["va"] = "out"

    browser.open("/")

    assert written() == {Reason.OPTED_OUT: 1}


def test_staff_are_counted_as_such_and_as_off_later_that_day(browser, written):
    browser.client.force_login(UserFactory(is_superuser=True))

    browser.open("/")
    browser.open("/pricing/")

    assert written() == {Reason.STAFF: 1, Reason.OFF: 1}


def test_too_many_messages_are_counted(browser, monkeypatch, written):
    monkeypatch.setattr(rate_limit, "BURST", 2)
    browser.open("/")

    for _ in range(3):
        browser.post(browser.here)

    assert written() == {Reason.TOO_MANY: 2}


@pytest.mark.parametrize(
    ("body", "headers"),
    [("{", {}), ("{}", {}), ('{"version": 1}', {"Sec-Fetch-Site": "cross-site"})],
    ids=["no JSON", "no message", "another site"],
)
def test_refused_message_is_counted(browser, written, body, headers):
    browser.client.post(ENDPOINT, body, content_type="application/json", headers={**browser.headers, **headers})

    assert written() == {Reason.REFUSED: 1}


def test_message_that_the_database_could_not_take_is_counted(browser, written):
    browser.open("/")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wagtail_visit_alerts_pageview RENAME TO missing")
    assert browser.post(browser.entry("/pricing/")).status_code == 503
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE missing RENAME TO wagtail_visit_alerts_pageview")

    assert written() == {Reason.NOT_WRITTEN: 1}


def test_what_is_recorded_is_not_counted(browser, written):
    browser.open("/")
    browser.close()

    assert written() == {}


def fetch(client, path, *, method="get", **headers):
    return getattr(client, method)(path, headers={"User-Agent": USER_AGENT, **headers})


@pytest.mark.parametrize(
    ("method", "path", "headers", "reasons"),
    [
        ("get", "/pricing/", {}, {}),
        ("get", "/pricing/", {"Sec-Purpose": "prefetch;prerender"}, {Reason.PREFETCH: 1}),
        ("get", "/pricing/", {"X-Moz": "prefetch"}, {Reason.PREFETCH: 1}),
        ("get", "/pricing/", SCANNER, {}),
        ("head", "/pricing/", {}, {}),
        ("get", "/pricing/?va=token", {}, {}),
        ("head", "/pricing/?va=token", {}, {Reason.LINK_CHECKED: 1}),
        ("get", "/pricing/?va=token", SCANNER, {Reason.LINK_CHECKED: 1}),
        ("get", "/pricing/?va=token", {"Purpose": "preview"}, {Reason.LINK_CHECKED: 1}),
        ("head", "/pricing/?va=", {}, {}),
        ("head", "/pricing/?nova=token", {}, {}),
        ("head", "/pricing/?va=test.token", {}, {}),
        ("head", "/nowhere/?va=token", {}, {}),
    ],
)
def test_page_that_nobody_looks_at_is_counted(client, pricing, written, method, path, headers, reasons):
    fetch(client, path, method=method, **headers)

    assert written() == reasons


def test_page_fetched_ahead_for_a_contact_is_counted_and_not_noted(browser, pricing, written):
    browser.open("/", contact=ContactFactory())

    fetch(browser.client, "/pricing/", **{"Sec-Purpose": "prefetch"})

    assert written() == {Reason.PREFETCH: 1}
    assert not PageView.objects.filter(page=pricing).exists()


def test_number_of_parameters_breaks_no_page(client, pricing, caplog):
    response = fetch(client, "/pricing/?va=token&" + "&".join(f"p{number}=1" for number in range(2000)))

    assert response.status_code == 200


def test_numbers_are_written_once_a_minute_after_a_response(browser, clock):
    browser.headers["User-Agent"] = CRAWLER
    browser.open("/")
    clock.shift(59)

    with counted_queries() as queries:
        browser.open("/")
    assert queries == []

    clock.shift(2)
    browser.open("/")
    assert NotRecorded.objects.get().number == 3


def test_page_for_an_unknown_visitor_never_writes_numbers(client, clock, pricing):
    fetch(client, "/pricing/", **{"Sec-Purpose": "prefetch"})
    clock.shift(3600)

    with counted_queries() as queries:
        fetch(client, "/pricing/")

    assert not [sql for sql in queries if "wagtail_visit_alerts" in sql]


def test_numbers_of_several_processes_add_up(browser, clock, written):
    NotRecorded.add(5, day=date(2026, 11, 24), reason=Reason.BOT)
    browser.headers["User-Agent"] = CRAWLER
    browser.open("/")

    assert written() == {Reason.BOT: 6}


@pytest.mark.parametrize(("zone", "day"), [("", 25), ("Europe/Warsaw", 25), ("UTC", 24)])
def test_day_is_that_of_the_installations_calendar(settings, clock, browser, zone, day):
    settings.WAGTAIL_VISIT_ALERTS = {"TIME_ZONE": zone}
    clock.move_to("2026-11-24T23:30:00Z")
    browser.headers["User-Agent"] = CRAWLER
    browser.open("/")
    clock.shift(61)

    browser.close()

    assert NotRecorded.objects.get().day == date(2026, 11, day)


def test_numbers_that_can_not_be_written_are_kept_and_the_answer_is_sent(browser, clock, caplog):
    browser.headers["User-Agent"] = CRAWLER
    browser.open("/")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wagtail_visit_alerts_notrecorded RENAME TO missing")
    clock.shift(61)

    response = browser.post(browser.entry("/"))

    assert response.status_code == 200
    assert "counts.not_written" in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE missing RENAME TO wagtail_visit_alerts_notrecorded")
    clock.shift(61)
    browser.open("/")
    assert NotRecorded.objects.get().number == 3


def test_host_that_can_not_be_written_is_kept(browser, clock):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wagtail_visit_alerts_heartbeat RENAME TO missing")
    browser.open("/")
    heard_at = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE missing RENAME TO wagtail_visit_alerts_heartbeat")

    clock.shift(61)
    counting.write_due(now=timezone.now())

    assert Heartbeat.objects.get().heard_at == heard_at


def test_no_number_is_lost_between_threads(clock):
    def count_often():
        for _ in range(500):
            counting.count(Reason.BOT, now=now)

    now = timezone.now()
    threads = [Thread(target=count_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    clock.shift(61)
    counting.write_due(now=timezone.now())
    assert NotRecorded.objects.get().number == 4000


def test_first_beacon_of_a_host_is_heard_of_at_once(clock):
    VirtualBrowser(Host="www.example.com:8000").open("/")

    assert dict(Heartbeat.objects.values_list("name", "heard_at")) == {"www.example.com": timezone.now()}


def test_later_beacons_of_a_host_are_heard_of_once_a_minute(clock):
    browser = VirtualBrowser()
    browser.open("/")
    first = timezone.now()
    clock.shift(59)
    browser.open("/about/")
    assert Heartbeat.objects.get().heard_at == first

    clock.shift(61)
    browser.open("/pricing/")
    assert Heartbeat.objects.get().heard_at == timezone.now()


def test_beacon_of_somebody_who_is_not_recorded_is_not_heard_of(clock, written):
    VirtualBrowser(Host="www.example.com", **{"User-Agent": CRAWLER}).open("/")

    written()

    assert not Heartbeat.objects.exists()


def test_made_up_hosts_do_not_fill_the_table(clock):
    for number in range(300):
        counting.heard_from(f"host{number}.example", now=timezone.now())
    clock.shift(61)
    counting.write_due(now=timezone.now())
    for number in range(300, 600):
        counting.heard_from(f"host{number}.example", now=timezone.now())
    clock.shift(61)
    counting.write_due(now=timezone.now())

    assert Heartbeat.objects.count() <= 101
