"""Page views and dwell times, through the endpoint, as browsers report them."""

from datetime import timedelta

import pytest
import time_machine

from wagtail_visit_alerts.models import Ending, PageView
from wagtail_visit_alerts.tasks import sweep

from .browsing import VirtualBrowser

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock):
    browser = VirtualBrowser()
    browser.open("/pricing/")
    return browser


def first():
    return PageView.objects.order_by("pk").first()


def test_next_page_in_the_same_tab_says_how_long_the_one_before_lasted(browser, clock):
    clock.shift(10)

    browser.open("/next/", after_ms=9_900)

    assert (first().ending, first().dwell_ms, first().engaged_ms) == (Ending.MOVED_ON, 9_900, 9_900)


@pytest.mark.parametrize(
    ("wall", "monotonic", "dwell"),
    [
        (9_000, 8_000, 8_000),
        (8_000, 9_000, 8_000),
        (60_000, 60_000, 10_000),
        (-3_600_000, 9_000, 9_000),
        (3_600_000, 9_000, 9_000),
        (-1, -1, None),
        (2**53 - 1, 2**53 - 1, 10_000),
    ],
    ids=[
        "monotonic is less",
        "wall is less",
        "over-claimed",
        "wall clock set back",
        "wall clock set forward",
        "both absurd",
        "enormous",
    ],
)
def test_dwell_is_the_least_of_the_clocks_and_the_servers_bound(browser, clock, wall, monotonic, dwell):
    clock.shift(10)
    previous = {"id": browser.here["id"], "wall": wall, "monotonic": monotonic, "engaged": 0, "gap": 10}

    browser.open("/next/", previous=previous)

    assert first().dwell_ms == dwell


def test_dwell_beyond_a_day_is_not_valid(browser, clock):
    clock.shift(timedelta(hours=25))

    browser.open("/next/", after_ms=25 * 3600 * 1000)

    assert (first().ending, first().dwell_ms) == (Ending.MOVED_ON, None)


def test_coming_back_after_more_than_30_seconds_is_leaving(browser, clock):
    clock.shift(60)

    browser.open("/next/", after_ms=20_000, gap_ms=31_000)

    assert (first().ending, first().dwell_ms) == (Ending.LEFT, None)


def test_gap_is_the_servers_where_the_browser_claims_less(browser, clock):
    clock.shift(10)
    browser.close()
    clock.shift(40)

    browser.open("/next/", after_ms=10_000, gap_ms=100)

    assert first().ending == Ending.LEFT


def test_page_view_that_nothing_follows_is_closed_after_30_minutes(browser, clock):
    clock.shift(60)
    browser.close()
    clock.shift(timedelta(minutes=29))
    sweep()
    assert first().ending == Ending.OPEN

    clock.shift(timedelta(minutes=2))
    sweep()

    assert (first().ending, first().dwell_ms) == (Ending.CLOSED, None)


def test_page_view_whose_end_was_lost_is_closed_after_a_day(browser, clock):
    clock.shift(timedelta(hours=24, minutes=1))

    sweep()

    assert first().ending == Ending.CLOSED


def test_page_open_for_an_hour_and_then_moved_on_from_counts(browser, clock):
    clock.shift(timedelta(hours=1))
    sweep()

    browser.open("/next/", after_ms=3_600_000)

    assert (first().ending, first().dwell_ms) == (Ending.MOVED_ON, 3_600_000)


def test_another_tab_is_not_moving_on(browser, clock):
    clock.shift(10)

    browser.open("/next/")

    assert first().ending == Ending.OPEN


def test_reload_goes_on_with_the_same_page_view(browser, clock):
    clock.shift(10)
    browser.close()
    browser.send({**browser.here, "how": "reload"})
    clock.shift(20)

    browser.open("/next/", after_ms=30_000)

    assert PageView.objects.count() == 2
    assert first().dwell_ms == 30_000


def test_duplicate_of_a_moving_on_changes_nothing(browser, clock):
    clock.shift(10)
    browser.open("/next/", after_ms=9_000)
    clock.shift(10)

    browser.send(
        {**browser.here, "previous": {**browser.here["previous"], "wall": 20_000, "monotonic": 20_000}}
    )

    assert first().dwell_ms == 9_000
    assert PageView.objects.count() == 2


def test_end_that_arrives_after_the_next_entry_changes_nothing(browser, clock):
    here = browser.here
    clock.shift(10)
    browser.open("/next/", after_ms=9_000)

    browser.send({"type": "end", "id": here["id"], "engaged": 1})

    assert (first().ending, first().dwell_ms, first().engaged_ms) == (Ending.MOVED_ON, 9_000, 9_000)


def test_lost_entry_is_healed_with_its_dwell_time(browser, clock):
    clock.shift(5)
    clocks = {"wall": 5000, "monotonic": 5000, "engaged": 0, "gap": 10}
    lost = browser.entry("/lost/", previous={"id": browser.here["id"], **clocks})
    clock.shift(10)

    browser.open(
        "/next/",
        previous={"id": lost["id"], "wall": 10_000, "monotonic": 10_000, "engaged": 0, "gap": 10},
        unsent=[{**lost, "ago": 10_000}],
    )

    dwell = dict(PageView.objects.values_list("address__text", "dwell_ms"))
    assert dwell["http://testserver/pricing/"] == 5_000
    assert dwell["http://testserver/lost/"] == 10_000


def test_lost_entry_without_an_anchor_is_history_only(clock):
    browser = VirtualBrowser()
    browser.post({"type": "end", "id": browser.entry("/")["id"], "engaged": 0})
    lost = browser.entry("/lost/", ago=60_000)

    browser.open(
        "/next/",
        previous={"id": lost["id"], "wall": 60_000, "monotonic": 60_000, "engaged": 0, "gap": 10},
        unsent=[lost],
    )

    page_view = PageView.objects.get(address__text__endswith="/lost/")
    assert (page_view.ending, page_view.dwell_ms) == (Ending.MOVED_ON, None)


def test_entry_is_dated_by_the_servers_clock(browser, clock):
    clock.shift(60)

    browser.open("/late/", ago=5_000)

    page_view = PageView.objects.get(beacon_id=browser.here["id"])
    assert page_view.entered_at.isoformat() == "2026-11-24T10:00:55+00:00"
