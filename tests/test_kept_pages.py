"""Pages that the browser had already, kept in memory or opened ahead: they may not see what the one before has left.

In Firefox a page that was kept sees the tab's storage as it was; in Chromium one that was opened ahead does not see
what was written last. So their entries can't name the page view before them.
"""

from datetime import timedelta

import pytest
import time_machine

from wagtail_visit_alerts.models import Ending, Match, PageView

from .browsing import VirtualBrowser
from .factories import ContactFactory, MonitoredPageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock):
    """Has read the price list for three minutes, and could go back."""
    browser = VirtualBrowser()
    browser.open("/blog/", contact=ContactFactory())
    browser.open("/pricing/", after_ms=0)
    clock.shift(timedelta(minutes=3))
    return browser


def prices():
    return PageView.objects.get(address__text__endswith="/pricing/")


def test_page_left_for_one_that_was_kept_is_moved_on_from_by_its_own_end(browser):
    browser.close(engaged_ms=179_000)

    browser.open("/blog/", how="restore")

    assert (prices().ending, prices().dwell_ms) == (Ending.MOVED_ON, 179_000)


def test_end_may_arrive_after_the_entry_of_the_page_that_was_kept(browser):
    left = browser.measured(179_000)
    browser.open("/blog/", how="restore")

    browser.send({"type": "end", **left})

    assert (prices().ending, prices().dwell_ms) == (Ending.MOVED_ON, 179_000)


def test_alert_is_raised_whichever_of_the_two_arrives_first(browser):
    MonitoredPageFactory(kind="url", path="/pricing/", minimum_minutes=2)
    left = browser.measured(179_000)
    browser.open("/blog/", how="restore")

    browser.send({"type": "end", **left})

    assert Match.objects.count() == 1


def test_page_that_was_kept_names_an_earlier_one_in_vain(browser):
    first = PageView.objects.order_by("pk").first()
    browser.close(engaged_ms=179_000)
    stale = {"id": str(first.beacon_id), "wall": 100, "monotonic": 100, "engaged": 100, "gap": 180_000}

    browser.open("/blog/", how="restore", previous=stale)

    first.refresh_from_db()
    assert (first.ending, prices().ending, prices().dwell_ms) == (Ending.MOVED_ON, Ending.MOVED_ON, 179_000)


def test_page_shown_again_after_a_minute_elsewhere_is_no_moving_on(browser, clock):
    browser.close(engaged_ms=179_000)
    clock.shift(60)

    browser.open("/blog/", how="restore")

    assert (prices().ending, prices().dwell_ms) == (Ending.LEFT, None)


def test_nothing_is_known_of_a_page_whose_end_was_lost(browser):
    browser.open("/blog/", how="restore")

    assert (prices().ending, prices().dwell_ms) == (Ending.OPEN, None)


def test_page_shown_again_in_another_tab_is_no_moving_on(browser):
    browser.close(engaged_ms=179_000)
    browser.here = None

    browser.open("/blog/", how="restore")

    assert prices().ending == Ending.OPEN


def test_page_that_was_loaded_must_name_the_one_before(browser):
    browser.close(engaged_ms=179_000)

    browser.open("/blog/")

    assert prices().ending == Ending.OPEN


def test_dwell_is_no_longer_than_the_servers_bound(browser):
    browser.close(engaged_ms=500_000)

    browser.open("/blog/", how="restore")

    assert prices().dwell_ms == 180_000
