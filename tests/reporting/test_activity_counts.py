"""How active contacts were on which day, made from their page views; and when they were seen last."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.api import signed_link
from wagtail_visit_alerts.models import DailyActivity, Source, Visitor
from wagtail_visit_alerts.reporting.activity_counts import recount_activity
from wagtail_visit_alerts.tasks import sweep

from ..browsing import VirtualBrowser
from ..factories import ContactFactory, PageViewFactory, VisitorFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.any_wagtail]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def anna():
    return ContactFactory(email="anna.nowak@example.org")


@pytest.fixture
def visitor(anna):
    return VisitorFactory(contact=anna)


def seen(visitor, *, at=NOON, minutes=1, **fields):
    """A page view that lasted so many minutes; None: nobody knows how long."""
    ended_at = None if minutes is None else at + minutes * MINUTE
    return PageViewFactory(visitor=visitor, entered_at=at, ended_at=ended_at, **fields)


def activity():
    """Day -> visits, page views and seconds in view."""
    rows = DailyActivity.objects.order_by("day", "contact")
    return {row.day.isoformat(): (row.visits, row.page_views, row.engaged_seconds) for row in rows}


def catch_up(now=NOON):
    reporting.catch_up(now=now)
    return activity()


def test_page_views_visits_and_time_in_view_are_counted(visitor):
    seen(visitor, engaged_ms=30_600)
    seen(visitor, at=NOON + 29 * MINUTE, engaged_ms=30_600)
    seen(visitor, at=NOON + 60 * MINUTE, engaged_ms=None)

    assert catch_up() == {"2026-11-24": (2, 3, 61)}


def test_two_browsers_of_a_contact_make_two_visits(anna):
    for _ in range(2):
        seen(VisitorFactory(contact=anna))

    assert catch_up() == {"2026-11-24": (2, 2, 0)}


def test_page_that_was_never_shown_does_not_count(visitor, anna):
    seen(visitor, source=Source.HOOK, is_confirmed=False)

    assert catch_up() == {}
    anna.refresh_from_db()
    assert anna.last_seen_at is None


def test_page_views_of_nobody_do_not_count():
    seen(VisitorFactory())

    assert catch_up() == {}


@pytest.mark.parametrize(
    ("moment", "minutes", "is_one"),
    [
        ("2026-11-23T22:55Z", 1, True),
        ("2026-11-23T22:20Z", 1, False),
        ("2026-11-23T22:20Z", 30, True),
        ("2026-11-22T23:30Z", 23 * 60 + 20, True),
        ("2026-11-23T22:50Z", None, True),
    ],
)
def test_visit_over_midnight_counts_on_the_day_on_which_it_began(visitor, moment, minutes, is_one):
    seen(visitor, at=datetime.fromisoformat(moment), minutes=minutes)
    seen(visitor, at=datetime.fromisoformat("2026-11-23T23:05Z"))

    assert catch_up()["2026-11-24"] == (0 if is_one else 1, 1, 0)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T21:59:59Z"),
        ("2026-10-25", "2026-10-24T22:00Z", "2026-10-25T22:59:59Z"),
    ],
    ids=["23 hours", "25 hours"],
)
def test_day_on_which_the_clock_is_changed_begins_and_ends_at_midnight(visitor, day, first, last):
    first, last = datetime.fromisoformat(first), datetime.fromisoformat(last)
    for moment in (first - timedelta(seconds=1), first, last, last + timedelta(seconds=1)):
        seen(visitor, at=moment, minutes=0)

    found = catch_up(last + timedelta(days=1))

    assert found[day] == (1, 2, 0)
    assert sum(page_views for _visits, page_views, _seconds in found.values()) == 4


def test_contact_is_last_seen_at_the_latest_entry(visitor, anna):
    seen(visitor, at=NOON - MINUTE)
    seen(visitor, at=NOON - 20 * MINUTE)

    catch_up()

    anna.refresh_from_db()
    assert anna.last_seen_at == NOON - MINUTE


def test_noting_that_does_not_count_as_a_change_of_the_contact(visitor, anna):
    before = anna.updated_at
    seen(visitor)

    catch_up()

    anna.refresh_from_db()
    assert anna.last_seen_at == NOON
    assert anna.updated_at == before


def test_history_of_a_visitor_who_becomes_known_counts_on_its_own_days(anna):
    visitor = VisitorFactory()
    seen(visitor, at=NOON - timedelta(days=5))
    catch_up()
    catch_up(NOON + 30 * MINUTE)
    catch_up(NOON + 60 * MINUTE)

    Visitor.objects.filter(pk=visitor.pk).update(
        contact=anna, identified_by=20, identified_at=NOON + 61 * MINUTE
    )
    visitor.page_views.update(contact=anna)

    assert catch_up(NOON + 62 * MINUTE) == {"2026-11-19": (1, 1, 0)}


def test_time_in_view_that_came_late_is_counted_when_the_day_is_over(visitor):
    page_view = seen(visitor, minutes=None)
    for hours in range(3):
        catch_up(NOON + timedelta(hours=hours))
    page_view.engaged_ms = 90_000
    page_view.save()

    assert catch_up(NOON + timedelta(hours=4)) == {"2026-11-24": (1, 1, 0)}
    assert catch_up(NOON + timedelta(hours=12)) == {"2026-11-24": (1, 1, 90)}


def test_page_view_that_is_told_days_later_counts_on_its_day(visitor):
    seen(visitor)
    for days in range(3):
        catch_up(NOON + timedelta(days=days))
    seen(visitor, at=NOON + timedelta(hours=3))

    assert catch_up(NOON + timedelta(days=5)) == {"2026-11-24": (2, 2, 0)}


def test_busy_contact_is_counted_every_tenth_minute_only(visitor, monkeypatch):
    monkeypatch.setattr("wagtail_visit_alerts.reporting.catching_up.MOST_PAGE_VIEWS_A_MINUTE", 1)
    seen(visitor)
    seen(visitor)
    catch_up()
    seen(visitor)

    assert catch_up(NOON + MINUTE) == {"2026-11-24": (1, 2, 0)}
    assert catch_up(NOON + 10 * MINUTE) == {"2026-11-24": (1, 3, 0)}


def test_day_of_which_retention_has_deleted_anything_stays_as_it_is(visitor, anna, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"KEEP_PAGE_VIEWS_DAYS": 10}
    seen(visitor, at=NOON - timedelta(days=10, hours=3))
    seen(visitor, at=NOON - timedelta(days=10, hours=-3))
    before = catch_up(NOON - timedelta(days=8))
    anna.page_views.filter(entered_at__lt=NOON - timedelta(days=10)).delete()

    reporting.rebuild(now=NOON)
    recount_activity(date(2026, 11, 14), [anna.pk], now=NOON)

    assert activity() == before == {"2026-11-14": (2, 2, 0)}


def test_contact_whose_link_somebody_else_had_opened_was_not_there(anna):
    with time_machine.travel(NOON, tick=False) as clock:
        token = signed_link(anna, "/").partition("va=")[2]
        for address in ("192.0.2.7", "198.51.100.7"):
            browser = VirtualBrowser()
            browser.client.defaults["REMOTE_ADDR"] = address
            browser.open("/", token=token, sign="pointermove")
            if address == "192.0.2.7":
                sweep()
                assert activity() == {"2026-11-24": (1, 1, 0)}
            clock.shift(timedelta(seconds=5))
        clock.shift(MINUTE)

        sweep()

    anna.refresh_from_db()
    assert activity() == {}
    assert anna.last_seen_at is None


def test_queries_do_not_grow_with_contacts_and_their_page_views():
    def counting(number):
        for _ in range(number):
            visitor = VisitorFactory(contact=ContactFactory())
            for minutes in range(number):
                seen(visitor, at=NOON + minutes * MINUTE)
        with counted_queries() as queries:
            recount_activity(TODAY, list(Visitor.objects.values_list("contact", flat=True)), now=NOON)
        return len(queries)

    counting(1)

    assert counting(2) == counting(12)
