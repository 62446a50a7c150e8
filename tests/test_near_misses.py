"""Page views that ended before an alert's minimum time had counted, from the browser's messages to the row."""

from datetime import datetime, timedelta

import pytest
import time_machine

from wagtail_visit_alerts.models import Clock, DailyTotal, Ending, Match, PageView, Source, UnmetMinimum
from wagtail_visit_alerts.tasks import sweep

from .browsing import VirtualBrowser
from .factories import AlertFactory, ContactFactory, MonitoredPageFactory, PageViewFactory
from .query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

START = datetime.fromisoformat("2026-11-24T10:00:00+00:00")


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(clock):
    return ContactFactory(email="anna.nowak@example.org", owner__email="marta@example.com")


@pytest.fixture
def browser(clock, anna):
    """Anna's browser, on the front page."""
    browser = VirtualBrowser()
    browser.open("/", contact=anna)
    return browser


@pytest.fixture(params=[Clock.MOVED_ON, Clock.IN_VIEW])
def row(request, clock):
    """A row of an alert that asks for two minutes on the price list, by each clock."""
    return MonitoredPageFactory(minimum_minutes=2, alert__clock=request.param)


def stay(browser, clock, *, seconds, then="/"):
    """Enter the price list, stay, and move on; ``then`` is empty where it is closed."""
    browser.open("/pricing/")
    clock.shift(timedelta(seconds=seconds))
    if then:
        browser.open(then, after_ms=seconds * 1000)
    else:
        browser.close(engaged_ms=seconds * 1000)


def kinds():
    sweep()
    return list(UnmetMinimum.objects.order_by("pk").values_list("kind", flat=True))


def test_page_that_was_moved_on_from_too_early_is_too_short(browser, clock, row, anna):
    stay(browser, clock, seconds=60)

    assert kinds() == ["short"]
    made = UnmetMinimum.objects.get()
    assert (made.alert_id, made.contact_id, made.happened_at) == (row.alert_id, anna.pk, START)


def test_page_that_was_closed_counts_as_closed_once_nothing_can_follow(browser, clock, row):
    stay(browser, clock, seconds=60, then="")
    assert kinds() == []

    clock.shift(timedelta(minutes=31))

    assert kinds() == ["closed"]


def test_site_that_was_left_counts_as_closed(browser, clock, row):
    browser.open("/pricing/")
    clock.shift(timedelta(minutes=20))
    browser.open("/", after_ms=60_000, gap_ms=19 * 60 * 1000)

    assert kinds() == ["closed"]


def test_page_that_was_closed_late_counts_where_the_alert_waits_for_moving_on(browser, clock):
    MonitoredPageFactory(minimum_minutes=2)
    stay(browser, clock, seconds=600, then="")
    clock.shift(timedelta(minutes=31))

    assert kinds() == ["closed"]


def test_page_view_that_raised_the_alert_is_no_near_miss(browser, clock, row):
    stay(browser, clock, seconds=121)

    assert kinds() == []
    assert Match.objects.exists()


def test_row_without_a_minimum_beside_it_makes_it_no_near_miss(browser, clock, row):
    MonitoredPageFactory(alert=row.alert)
    stay(browser, clock, seconds=60)

    assert kinds() == []


@pytest.mark.parametrize("fields", [{"is_on": False}, {"only_tags": ["vip"]}], ids=str)
def test_alert_that_is_off_or_about_others_misses_nobody(browser, clock, fields):
    MonitoredPageFactory(minimum_minutes=2, **{f"alert__{name}": value for name, value in fields.items()})
    stay(browser, clock, seconds=60)

    assert kinds() == []


def test_exception_of_an_alert_is_no_near_miss(browser, clock, row):
    MonitoredPageFactory(alert=row.alert, is_exception=True)
    stay(browser, clock, seconds=60)

    assert kinds() == []


def test_alert_made_after_the_page_view_misses_nobody(browser, clock):
    stay(browser, clock, seconds=60, then="")
    clock.shift(timedelta(minutes=31))
    MonitoredPageFactory(minimum_minutes=2)

    assert kinds() == []


def test_page_view_before_the_contact_was_recognised_is_history(clock, anna, row):
    browser = VirtualBrowser()
    stay(browser, clock, seconds=60, then="")
    clock.shift(timedelta(minutes=5))
    browser.open("/", contact=anna)
    clock.shift(timedelta(minutes=31))

    assert kinds() == []


def test_visitor_whom_nobody_knows_leaves_no_near_miss_and_no_mark(clock, row):
    stay(VirtualBrowser(), clock, seconds=60)

    assert PageView.objects.get(ending=Ending.MOVED_ON).sweep_at is None
    assert kinds() == []


def test_server_alone_knows_no_time_in_view(clock, anna):
    MonitoredPageFactory(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
    PageViewFactory(
        visitor__contact=anna, source=Source.HOOK, ending=Ending.CLOSED, ended_at=START, sweep_at=START
    )

    assert kinds() == []


def test_every_alert_is_missed_once_however_often_it_is_swept(browser, clock, row):
    MonitoredPageFactory(alert=row.alert, path="/**", minimum_minutes=5)
    MonitoredPageFactory(minimum_minutes=3)
    stay(browser, clock, seconds=60)

    assert kinds() == ["short", "short"]
    clock.shift(timedelta(minutes=1))
    assert kinds() == ["short", "short"]
    assert not PageView.objects.exclude(ending=Ending.OPEN).exclude(sweep_at=None).exists()


def test_near_miss_that_a_late_message_turns_into_a_match_goes(browser, clock):
    MonitoredPageFactory(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
    browser.open("/pricing/")
    left = dict(browser.here)
    clock.shift(timedelta(seconds=130))
    clocks = {"wall": 130_000, "monotonic": 130_000, "engaged": 10_000, "gap": 100}
    browser.open("/", previous={"id": left["id"], **clocks})
    assert kinds() == ["short"]
    assert DailyTotal.objects.get().too_short == 1

    browser.send(
        {"type": "in_view", "id": left["id"], "wall": 125_000, "monotonic": 125_000, "engaged": 121_000}
    )

    assert kinds() == []
    total = DailyTotal.objects.get()
    assert (total.matched, total.too_short) == (1, 0)


def test_page_view_that_goes_on_after_all_is_judged_anew(browser, clock, row):
    stay(browser, clock, seconds=60)
    sweep()
    PageView.objects.filter(ending=Ending.MOVED_ON).exclude(dwell_ms=None).update(
        ending=Ending.LEFT, dwell_ms=None, sweep_at=START
    )

    assert set(kinds()) == {"closed"}


def test_queries_do_not_grow_with_the_page_views(browser, clock, anna):
    for alert in AlertFactory.create_batch(3):
        MonitoredPageFactory(alert=alert, minimum_minutes=2)

    def judging(number):
        for _ in range(number):
            PageViewFactory(
                visitor__contact=anna,
                ending=Ending.MOVED_ON,
                ended_at=START + timedelta(seconds=50),
                dwell_ms=50_000,
                engaged_ms=50_000,
                sweep_at=START,
            )
        with counted_queries() as queries:
            sweep()
        return sum("unmetminimum" in sql or "sweep_at" in sql for sql in queries)

    judging(1)

    assert judging(2) == judging(20)
    assert UnmetMinimum.objects.count() == 3 * 23
