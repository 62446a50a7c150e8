"""Rebuilding: all totals are made again from the rows that the other stages have written, day by day.

By the functions that keep them up to date, so that the figures are the same. What can't be made again stays: totals
of erased contacts and deleted alerts, and days of which retention has deleted anything or soon will.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import OperationalError
from django.db.models import Max, Min

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Match, PageView, UnmetMinimum
from wagtail_visit_alerts.models.primary import is_busy
from wagtail_visit_alerts.reporting.activity_counts import contacts_with_activity, recount_activity
from wagtail_visit_alerts.reporting.daily_totals import contacts_with_totals, recount_totals
from wagtail_visit_alerts.reporting.lately_written import note_all_counted
from wagtail_visit_alerts.reporting.local_days import day_of, days_between, first_whole_day
from wagtail_visit_alerts.reporting.monthly_totals import add_up_months

T = TypeVar("T")

#: Retention goes on meanwhile: a day of which it may delete something within this time can't be made again for sure.
LONGEST_RUN = timedelta(days=1)

#: Waits for one step, each as long as the "timeout" of the site's database: ten minutes where that is 20 seconds.
MOST_WAITS = 30


def rebuild(
    *,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Make the totals and activity of these days again, all by default; gives how many rows were written.

    Adds up the months that are over, too. May run while the site is used, takes a transaction for each few hundred
    contacts of a day, waits for others who write, and may be stopped and begun again. ``progress`` is told each day
    that is done.
    """
    note = note_all_counted(now=now) if since is None and until is None else None
    written = 0
    first, last = _days_with_sources()
    kept_days = max(settings.KEEP_NOTIFICATIONS_DAYS, settings.KEEP_PAGE_VIEWS_DAYS)
    if not (settings.KEEP_NOTIFICATIONS_DAYS and settings.KEEP_PAGE_VIEWS_DAYS):
        kept_days = 0
    until_done = now + LONGEST_RUN
    first = max(first, since or first, first_whole_day(kept_days=kept_days, now=until_done))
    for day in days_between(first, min(last, until or last)):
        written += _patiently(partial(_rebuild_day, day, now=until_done))
        if progress is not None:
            progress(day.isoformat())
    if note is not None:
        _patiently(note)
    while _patiently(partial(add_up_months, now=now)):
        pass  # a few months at a time
    return written


def _patiently(write: Callable[[], T]) -> T:
    """Do what can safely be begun again, once more whenever SQLite was busy for longer than one waits for it.

    Whoever waits for SQLite stands in no queue but looks again every tenth of a second. Beside somebody who writes
    one transaction after the other a wait may end without a turn, and this has hours of work to lose.
    """
    for _wait in range(MOST_WAITS):
        try:
            return write()
        except OperationalError as error:
            if not is_busy(error):
                raise
    return write()


def _rebuild_day(day: date, *, now: datetime) -> int:
    return recount_totals(day, contacts_with_totals(day), now=now) + recount_activity(
        day, contacts_with_activity(day), now=now
    )


def _days_with_sources() -> tuple[date, date]:
    """The first and the last day of which there is something to count; an empty span where there is nothing."""
    moments = [
        moment
        for rows, name in ((Match, "happened_at"), (UnmetMinimum, "happened_at"), (PageView, "entered_at"))
        for moment in _ends(rows, name)
        if moment is not None
    ]
    return (day_of(min(moments)), day_of(max(moments))) if moments else (date.max, date.min)


def _ends(rows: Any, name: str) -> tuple[datetime | None, datetime | None]:
    found = rows.objects.aggregate(first=Min(name), last=Max(name))
    return found["first"], found["last"]
