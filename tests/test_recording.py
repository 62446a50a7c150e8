"""Page views and dwell times, through the endpoint, as browsers report them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from wagtail.models import Page, Site

from wagtail_visit_alerts.models import Ending, Match, PageView, Source, Visitor
from wagtail_visit_alerts.tasks import sweep

from .browsing import USER_AGENT, VirtualBrowser
from .factories import ContactFactory, MonitoredPageFactory
from .testapp.models import ContentPage

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


def test_sweep_is_no_sign_of_the_visitor(browser, clock):
    seen_at = Visitor.objects.get().last_seen_at
    clock.shift(timedelta(hours=25))

    sweep()

    assert first().ending == Ending.CLOSED
    assert Visitor.objects.get().last_seen_at == seen_at


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

    browser.send({"type": "end", "id": here["id"], "engaged": 1, "wall": 1, "monotonic": 1})

    assert (first().ending, first().dwell_ms, first().engaged_ms) == (Ending.MOVED_ON, 9_000, 9_000)


def test_lost_entry_is_healed_with_its_dwell_time(browser, clock):
    clock.shift(5)
    clocks = {"wall": 5000, "monotonic": 5000, "engaged": 0, "gap": 10}
    lost = browser.entry("/lost/", previous={"id": browser.here["id"], **clocks})
    clock.shift(10.01)

    browser.open(
        "/next/",
        previous={"id": lost["id"], "wall": 10_000, "monotonic": 10_000, "engaged": 0, "gap": 10},
        unsent=[{**lost, "ago": 10_010}],
    )

    dwell = dict(PageView.objects.values_list("address__text", "dwell_ms"))
    assert dwell["http://testserver/pricing/"] == 5_000
    assert dwell["http://testserver/lost/"] == 10_000


def test_lost_entry_without_an_anchor_is_history_only(clock):
    browser = VirtualBrowser()
    browser.post(browser.entry("/never-confirmed/"))
    lost = browser.entry("/lost/", ago=60_010)

    browser.open(
        "/next/",
        tab=lost["tab"],
        previous={"id": lost["id"], "wall": 60_000, "monotonic": 60_000, "engaged": 0, "gap": 10},
        unsent=[lost],
    )

    page_view = PageView.objects.get(address__text__endswith="/lost/")
    assert (page_view.ending, page_view.dwell_ms) == (Ending.MOVED_ON, None)


def test_healed_entry_is_measured_by_nothing_earlier_than_the_server_had_measured(clock):
    """A forger may claim to have entered long ago, and to have left at once."""
    browser = VirtualBrowser()
    browser.open("/first/", ago=60_000)
    heard_at = timezone.now()
    first = {"id": browser.here["id"], "wall": 0, "monotonic": 0, "engaged": 0, "gap": 0}
    lost = [browser.entry(path, previous=first, ago=60_000) for path in ("/second/", "/third/")]

    browser.open("/fourth/", unsent=lost)

    assert set(PageView.objects.values_list("anchored_at", flat=True)) == {heard_at}


def test_entry_is_dated_by_the_servers_clock(browser, clock):
    clock.shift(60)

    browser.open("/late/", ago=5_000)

    page_view = PageView.objects.get(beacon_id=browser.here["id"])
    assert page_view.entered_at.isoformat() == "2026-11-24T10:00:55+00:00"


def test_clock_set_back_while_away_makes_no_short_gap_of_a_long_one(browser, clock):
    clock.shift(timedelta(hours=1))

    browser.open("/next/", after_ms=20_000, gap_ms=-50)

    assert (first().ending, first().dwell_ms) == (Ending.LEFT, None)


def test_clock_set_back_on_the_page_does_not_hide_that_it_was_moved_on_from(browser, clock):
    clock.shift(600)
    clocks = {"wall": -3_000_000, "monotonic": 599_000, "engaged": 0, "gap": 1000}

    browser.open("/next/", previous={"id": browser.here["id"], **clocks})

    assert (first().ending, first().dwell_ms) == (Ending.MOVED_ON, 599_000)


def test_sleep_in_which_a_clock_stood_still_is_no_time_away(browser, clock):
    clock.shift(timedelta(hours=1))
    clocks = {"wall": 3_599_000, "monotonic": 10_000, "engaged": 0, "gap": 1000}

    browser.open("/next/", previous={"id": browser.here["id"], **clocks})

    assert (first().ending, first().dwell_ms) == (Ending.MOVED_ON, 10_000)


def test_page_view_of_another_tab_is_not_moved_on_from(browser, clock):
    clock.shift(10)

    browser.open("/next/", tab="5b0b1d5e-0000-4000-8000-000000000000", after_ms=9_000)

    assert (first().ending, first().dwell_ms) == (Ending.OPEN, None)


def test_time_in_view_is_never_more_than_the_dwell_time(clock):
    browser = VirtualBrowser()
    clock.shift(10)
    browser.open("/pricing/", ago=10_000)
    clock.shift(5)
    browser.close(engaged_ms=14_000)  # a second ago
    clock.shift(2)

    browser.open("/next/", after_ms=14_000, ago=3_000)

    assert (first().dwell_ms, first().engaged_ms) == (4_000, 4_000)


def test_time_in_view_that_was_believed_is_not_lost_by_a_later_claim(browser, clock):
    clock.shift(60)
    browser.report_in_view(60_000)
    clocks = {"wall": 60_000, "monotonic": 60_000, "engaged": 60_000, "gap": 3_600_000}

    browser.open("/next/", previous={"id": browser.here["id"], **clocks})

    assert (first().ending, first().engaged_ms) == (Ending.LEFT, 60_000)


def test_duplicate_of_an_end_does_not_put_off_the_closing(browser, clock):
    clock.shift(10)
    browser.close(engaged_ms=10_000)
    clock.shift(timedelta(minutes=29))
    browser.close(engaged_ms=10_000)
    clock.shift(timedelta(minutes=2))

    sweep()

    assert first().ending == Ending.CLOSED


def test_end_after_a_reload_that_was_lost_counts(browser, clock):
    clock.shift(10)
    browser.close(engaged_ms=10_000)
    clock.shift(timedelta(minutes=10))
    browser.close(engaged_ms=610_000)
    clock.shift(1)

    browser.open("/next/", after_ms=610_000, gap_ms=1000)

    assert (first().ending, first().dwell_ms) == (Ending.MOVED_ON, 610_000)


def test_message_of_absurd_numbers_is_recorded_like_any_other(clock):
    browser = VirtualBrowser()
    most = 2**53 - 1

    response = browser.open("/pricing/", navigation=most, ago=most)
    browser.open("/next/", after_ms=most, gap_ms=most)

    assert response.status_code == 200
    assert (first().ending, first().dwell_ms) == (Ending.LEFT, None)


@pytest.mark.parametrize("is_new", [False, True], ids=["again", "for the first time"])
def test_restored_page_view_that_is_told_late_ends_none_that_came_after_it(browser, clock, is_new):
    """The tab was closed; nothing came after the last page."""
    restored = browser.entry("/restored/", how="restore")
    if not is_new:
        browser.send(restored)
    clock.shift(40)
    clocks = {"wall": 39_000, "monotonic": 39_000, "engaged": 0, "gap": 1000}
    browser.open("/last/", previous={"id": restored["id"], **clocks})
    clock.shift(60)
    browser.close(engaged_ms=60_000)
    clock.shift(1)

    browser.send(restored)
    browser.close(engaged_ms=60_000)

    last = PageView.objects.get(address__text__endswith="/last/")
    assert (last.ending, last.dwell_ms) == (Ending.OPEN, None)


def test_end_of_the_last_page_is_no_moving_on_to_an_earlier_one_that_was_told_late(browser, clock):
    restored = browser.entry("/restored/", how="restore")
    clock.shift(40)
    clocks = {"wall": 39_000, "monotonic": 39_000, "engaged": 0, "gap": 1000}
    browser.open("/last/", previous={"id": restored["id"], **clocks})
    clock.shift(60)
    browser.send(restored)

    browser.close(engaged_ms=60_000)

    last = PageView.objects.get(address__text__endswith="/last/")
    assert (last.ending, last.dwell_ms) == (Ending.OPEN, None)


class TestContactWithoutARecentBeacon:
    """The server's rows of a contact whose beacon has not run for a day are judged by the sweep."""

    @pytest.fixture
    def browser(self, clock):
        home = Page.objects.get(pk=Site.objects.get(is_default_site=True).root_page_id)
        home.add_child(instance=ContentPage(title="Price list", slug="pricing"))
        browser = VirtualBrowser()
        browser.open("/elsewhere/", contact=ContactFactory())
        Visitor.objects.update(beacon_seen_at=None)
        MonitoredPageFactory(path="/pricing/", alert__cap_times=100)
        return browser

    @staticmethod
    def fetch(browser):
        browser.client.get("/pricing/", headers={"User-Agent": USER_AGENT})

    @staticmethod
    def recorded():
        return list(
            PageView.objects.filter(address__text__endswith="/pricing/").values_list("source", flat=True)
        )

    def test_lost_entry_that_is_healed_is_the_row_which_the_sweep_has_judged(self, browser, clock):
        self.fetch(browser)
        lost = browser.entry("/pricing/")
        clock.shift(120)
        sweep()

        browser.open("/next/", unsent=[{**lost, "ago": 119_500}])

        assert self.recorded() == [Source.BOTH]
        assert Match.objects.count() == 1

    def test_so_is_one_that_was_kept_for_more_than_a_day(self, browser, clock):
        self.fetch(browser)
        lost = browser.entry("/pricing/")
        clock.shift(120)
        sweep()
        clock.shift(timedelta(hours=25))

        browser.open("/next/", unsent=[{**lost, "ago": 25 * 3_600_000 + 119_500}])

        assert self.recorded() == [Source.BOTH]

    def test_entry_that_arrives_after_the_sweep_is_the_row_which_it_has_judged(self, browser, clock):
        self.fetch(browser)
        clock.shift(90)
        sweep()

        browser.open("/pricing/", navigation=300)

        assert self.recorded() == [Source.BOTH]
        assert Match.objects.count() == 1

    def test_reload_takes_away_no_page_view_that_the_sweep_has_judged(self, browser, clock):
        self.fetch(browser)
        clock.shift(90)
        sweep()
        browser.open("/pricing/", how="restore")

        browser.send({**browser.here, "how": "reload"})

        assert self.recorded() == [Source.HOOK, Source.BEACON]

    def test_sweep_that_comes_an_hour_late_raises_all_the_same(self, browser, clock):
        self.fetch(browser)
        clock.shift(timedelta(hours=1))

        sweep()

        assert Match.objects.count() == 1

    def test_later_page_view_is_another_one(self, browser, clock):
        self.fetch(browser)
        clock.shift(timedelta(minutes=20))
        sweep()

        browser.open("/pricing/")

        assert self.recorded() == [Source.HOOK, Source.BEACON]

    def test_beacon_that_is_faster_than_the_hook_leaves_one_row(self, browser, clock):
        browser.open("/pricing/", navigation=300)
        self.fetch(browser)
        clock.shift(61)

        sweep()

        assert self.recorded() == [Source.BEACON]
        assert Match.objects.count() == 1

    def test_what_the_server_alone_took_for_the_end_is_corrected_by_the_beacon(self, browser, clock):
        self.fetch(browser)
        clock.shift(90)
        browser.client.get(
            "/pricing/", headers={"User-Agent": USER_AGENT, "Referer": "http://testserver/pricing/"}
        )
        clock.shift(61)
        sweep()

        browser.open("/pricing/", navigation=151_000)  # was loaded in a tab behind

        claimed = PageView.objects.get(source=Source.BOTH)
        assert (claimed.ending, claimed.dwell_ms, claimed.ended_at) == (Ending.OPEN, None, None)


def test_kept_entry_looks_no_fresher_for_a_clock_that_was_set_back(clock):
    MonitoredPageFactory(path="/pricing/")
    browser = VirtualBrowser()
    browser.open("/", contact=ContactFactory())
    lost = browser.entry("/pricing/")
    clock.shift(timedelta(hours=2))
    clocks = {"wall": 5_000, "monotonic": 7_199_000, "engaged": 0, "gap": 10}

    browser.open("/next/", previous={"id": lost["id"], **clocks}, unsent=[{**lost, "ago": 0}])

    page_view = PageView.objects.get(address__text__endswith="/pricing/")
    assert page_view.entered_at.isoformat() == "2026-11-24T10:00:00.990000+00:00"
    assert not Match.objects.exists()
