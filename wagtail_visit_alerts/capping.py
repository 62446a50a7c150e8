"""Capping: an alert about a contact at most N times in a calendar day, week or month.

Takes an alert, a contact and the moment that counts, gives a slot or none. A slot is a unique row, so two page
views on two servers at the same time can't exceed the cap, whatever the database. Call it inside the transaction
that raises the alert, in the order of alert ids: then two transactions never wait for each other.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Alert, Match, Period, Slot


def period_name(day: date, period: str) -> str:
    """The name of the calendar period that a day is in: "2026-11-24", ISO week "2026-W48" or "2026-11"."""
    if period == Period.WEEK:
        year, week, _weekday = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if period == Period.MONTH else day.isoformat()


def period_bounds(now: datetime, period: str) -> tuple[datetime, datetime]:
    """The first moment of the period that ``now`` is in, and that of the next; weeks begin on Monday.

    Both in the installation's one time zone, so that a day has 23 or 25 hours where the clock is changed.
    """
    zone = settings.cap_time_zone
    first = now.astimezone(zone).date()
    if period == Period.DAY:
        following = first + timedelta(days=1)
    elif period == Period.WEEK:
        first -= timedelta(days=first.weekday())
        following = first + timedelta(days=7)
    else:
        first = first.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(first, time.min, tzinfo=zone), datetime.combine(following, time.min, tzinfo=zone)


def take_slot(match: Match, *, alert: Alert, now: datetime) -> Slot | None:
    """Take one of the alert's slots about the match's contact in the period that ``now`` is in; None: all taken.

    What was raised in the current period before the alert's frequency was changed counts too.
    """
    period = period_name(now.astimezone(settings.cap_time_zone).date(), alert.cap_period)
    start, end = period_bounds(now, alert.cap_period)
    taken = list(
        Slot.objects.filter(
            alert=alert, contact=match.contact, taken_at__gte=start, taken_at__lt=end
        ).values_list("period", "number")
    )
    numbers = {number for name, number in taken if name == period}
    capacity = alert.cap_times - sum(name != period for name, _number in taken)
    for number in range(1, capacity + 1):
        if number in numbers:
            continue
        slot = Slot(alert=alert, contact=match.contact, period=period, number=number, match=match, taken_at=now)
        # The insert is silent where another transaction took the number; only reading it back tells whose it is.
        Slot.objects.bulk_create([slot], ignore_conflicts=True)
        if (won := Slot.objects.filter(match=match).first()) is not None:
            return won
    return None


def free_slots(notification_ids: Collection[int]) -> int:
    """Give the slots of notifications back that nobody was told of, because they were a mistake; gives how many."""
    slots = Slot.objects.filter(match__notification__in=notification_ids)
    return Slot.objects.filter(pk__in=list(slots.values_list("pk", flat=True))).delete()[0]
