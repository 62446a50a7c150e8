import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection, connections, transaction

from wagtail_visit_alerts import capping
from wagtail_visit_alerts.models import Match, Period, Slot

from .factories import AlertFactory, ContactFactory, MatchFactory, PageViewFactory

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def take(alert, contact, now=MORNING):
    match = MatchFactory(alert=alert, contact=contact, page_view=PageViewFactory(), happened_at=now)
    return capping.take_slot(match, alert=alert, now=now)


@pytest.mark.parametrize(
    ("day", "period", "name"),
    [
        (date(2026, 11, 24), Period.DAY, "2026-11-24"),
        (date(2026, 11, 24), Period.WEEK, "2026-W48"),
        (date(2027, 1, 1), Period.WEEK, "2026-W53"),
        (date(2026, 11, 24), Period.MONTH, "2026-11"),
    ],
)
def test_period_has_its_calendar_name(day, period, name):
    assert capping.period_name(day, period) == name


def test_week_begins_on_monday_in_the_installations_zone():
    start, end = capping.period_bounds(MORNING, Period.WEEK)

    assert start.isoformat() == "2026-11-23T00:00:00+01:00"
    assert end.isoformat() == "2026-11-30T00:00:00+01:00"


def test_day_on_which_the_clock_is_changed_has_25_hours():
    start, end = capping.period_bounds(datetime(2026, 10, 25, 12, tzinfo=UTC), Period.DAY)

    assert (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() == 25 * 3600


def test_month_ends_where_the_next_begins():
    start, end = capping.period_bounds(datetime(2026, 12, 31, 12, tzinfo=UTC), Period.MONTH)

    assert (start.date(), end.date()) == (date(2026, 12, 1), date(2027, 1, 1))


@pytest.mark.django_db
@pytest.mark.database
class TestSlots:
    def test_as_many_slots_as_the_cap_allows(self):
        alert, contact = AlertFactory(cap_times=3, cap_period=Period.WEEK), ContactFactory()

        taken = [take(alert, contact) for _ in range(5)]

        assert [slot.number if slot else None for slot in taken] == [1, 2, 3, None, None]

    def test_each_contact_has_slots_of_their_own(self):
        alert = AlertFactory()

        assert take(alert, ContactFactory())
        assert take(alert, ContactFactory())

    def test_evening_and_next_morning_are_two_days_in_the_installations_zone(self):
        alert, contact = AlertFactory(), ContactFactory()

        assert take(alert, contact, datetime(2026, 11, 24, 22, 59, tzinfo=UTC))
        assert take(alert, contact, datetime(2026, 11, 24, 23, 1, tzinfo=UTC))
        assert not take(alert, contact, datetime(2026, 11, 25, 22, 59, tzinfo=UTC))

    def test_zone_of_the_setting_wins_over_the_active_one(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"TIME_ZONE": "Asia/Tokyo"}
        alert, contact = AlertFactory(), ContactFactory()

        assert take(alert, contact, datetime(2026, 11, 24, 14, 59, tzinfo=UTC))
        assert take(alert, contact, datetime(2026, 11, 24, 15, 1, tzinfo=UTC))

    def test_what_was_raised_before_the_frequency_changed_counts_in_the_current_period(self):
        alert, contact = AlertFactory(cap_times=1, cap_period=Period.DAY), ContactFactory()
        take(alert, contact)

        alert.cap_period = Period.WEEK
        alert.save()

        assert take(alert, contact) is None

    def test_lower_cap_holds_at_once(self):
        alert, contact = AlertFactory(cap_times=3), ContactFactory()
        take(alert, contact)
        take(alert, contact)

        alert.cap_times = 2
        alert.save()

        assert take(alert, contact) is None


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
def test_cap_holds_however_many_page_views_come_at_once():
    alert, contact = AlertFactory(cap_times=3), ContactFactory()
    matches = [MatchFactory(alert=alert, contact=contact, page_view=PageViewFactory()) for _ in range(12)]
    start = threading.Barrier(4)

    def run(mine):
        start.wait()
        for match in mine:
            with transaction.atomic():
                capping.take_slot(
                    Match.objects.select_related("contact").get(pk=match.pk), alert=alert, now=MORNING
                )
        connections.close_all()

    threads = [threading.Thread(target=run, args=(matches[index::4],)) for index in range(4)]
    if connection.vendor == "sqlite":  # an in-memory database is one connection's own
        start = threading.Barrier(1)
        for thread in threads:
            thread.run()
    else:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(Slot.objects.values_list("number", flat=True)) == [1, 2, 3]
