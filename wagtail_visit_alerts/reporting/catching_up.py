"""Catching up: what was written since the last time is counted, once a minute; a visitor's page never waits for that.

Guarantees that two who do it at once do no harm, that a crash loses nothing, and that one call takes a bounded number
of rows: what is left is the next one's.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from wagtail_visit_alerts.models import Notification
from wagtail_visit_alerts.reporting import lately_written
from wagtail_visit_alerts.reporting.activity_counts import (
    contacts_with_activity,
    note_last_seen,
    recount_activity,
    without_busy,
)
from wagtail_visit_alerts.reporting.counting_turn import note_progress, progress_of
from wagtail_visit_alerts.reporting.daily_totals import contacts_with_totals, recount_totals
from wagtail_visit_alerts.reporting.local_days import ContactsByDay, by_day, day_of

#: Whoever has more page views on one day is counted only every tenth minute, and with the rest a day later.
MOST_PAGE_VIEWS_A_MINUTE = 5000
#: Days that are counted once more when they are over, and contacts of them that one call takes.
DAYS_AGAIN = 2
CONTACTS_AGAIN = 2000


def catch_up(*, now: datetime) -> int:
    """Bring totals and activity up to date; gives how many rows were written.

    When a day is over, it and the one before are counted once more: what a browser reported late, or what was changed
    in a way that leaves no trace, is right from then on.
    """
    written = 0
    look = lately_written.for_totals(now=now)
    written += _count(look.found, recount_totals, now=now)
    look.note()
    look = lately_written.for_activity(now=now)
    due = look.found if now.minute % 10 == 0 else without_busy(look.found, more_than=MOST_PAGE_VIEWS_A_MINUTE)
    written += _count(due, recount_activity, now=now)
    look.note()
    look = lately_written.parted(now=now)
    written += _count(look.found, recount_activity, now=now)
    note_last_seen({contact_id for ids in look.found.values() for contact_id in ids}, or_never=True)
    look.note()
    return written + _count_days_again(now=now)


def recount_notifications(notification_ids: Iterable[int], *, now: datetime) -> int:
    """Count anew what became of notifications, after a change that leaves no trace; gives how many rows it wrote."""
    notifications = Notification.objects.filter(pk__in=list(notification_ids))
    return _count(by_day(notifications.values_list("contact_id", "raised_at")), recount_totals, now=now)


def _count(found: ContactsByDay, recount: Callable[..., int], *, now: datetime) -> int:
    return sum(recount(day, found[day], now=now) for day in sorted(found) if found[day])


def _count_days_again(*, now: datetime) -> int:
    """Count some contacts of the days that have just ended, unless that is done."""
    progress, today = progress_of("reporting.days_again"), day_of(now)
    if progress.done_until is not None and day_of(progress.done_until) >= today:
        return 0
    written = 0
    days = [today - timedelta(days=ago) for ago in range(DAYS_AGAIN, 0, -1)]
    totals = {day: contacts_with_totals(day) for day in days}
    activity = {day: contacts_with_activity(day) for day in days}
    left = sorted(
        {one for ids in (*totals.values(), *activity.values()) for one in ids if one > progress.last_id}
    )
    some = set(left[:CONTACTS_AGAIN])
    written += _count(_only(totals, some), recount_totals, now=now)
    written += _count(_only(activity, some), recount_activity, now=now)
    if len(left) > CONTACTS_AGAIN:
        note_progress(progress, last_id=left[CONTACTS_AGAIN - 1])
    else:
        note_progress(progress, last_id=0, done_until=now)
    return written


def _only(found: ContactsByDay, contact_ids: set[int]) -> ContactsByDay:
    return {day: ids & contact_ids for day, ids in found.items()}
