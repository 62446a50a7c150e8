"""Sending hours: from when until when, on which days and in which time zone somebody is told.

Takes what a reader has chosen, else the site; gives moments. Guarantees that a moment it gives is within the hours by
the reader's own clock, never in the past, and never before that of something earlier.
"""

import bisect
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import ReaderPreferences
from wagtail_visit_alerts.models.reader_preferences import WEEKDAYS

EVERY_DAY: Final = frozenset(WEEKDAYS)
#: When a daily digest leaves where there are no sending hours.
MORNING: Final = time(8)
#: A window of one day a week opens again after a week at most, and where a change of the clock swallows it after
#: another one; the rest is for nights.
_DAYS_AHEAD: Final = 16


@dataclass(frozen=True)
class SendingHours:
    """From ``start`` to ``end``, the end left out, on days that begin with ``start``; equal: the whole day.

    Hours over midnight belong to the day on which they begin. ``days`` are ISO numbers, Monday is 1.
    """

    zone: zoneinfo.ZoneInfo
    start: time = time(0)
    end: time = time(0)
    days: frozenset[int] = EVERY_DAY

    def are_open(self, at: datetime) -> bool:
        """Whether somebody may be told at a moment, by the clock on their wall."""
        local = at.astimezone(self.zone)
        day, clock = local.date(), local.time()
        if self.start == self.end:
            return day.isoweekday() in self.days
        if self.start < self.end:
            return self.start <= clock < self.end and day.isoweekday() in self.days
        if clock >= self.start:
            return day.isoweekday() in self.days
        return clock < self.end and (day - timedelta(days=1)).isoweekday() in self.days

    def next_open(self, at: datetime) -> datetime:
        """The first moment from ``at`` on at which they are open: ``at`` itself where they are."""
        if self.are_open(at):
            return at
        opening = time(0) if self.start == self.end else self.start
        return next(moment for moment in self._moments(opening, at) if self.are_open(moment))

    def next_full_hour(self, after: datetime) -> datetime:
        """The next full hour of the reader's clock, or the next opening where that is outside of the hours."""
        local = after.astimezone(self.zone)
        # Counted on: at a change of the clock an hour may be there twice, or not at all.
        rest = timedelta(hours=1) - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return self.next_open(after.astimezone(UTC) + rest)

    def next_morning(self, after: datetime) -> datetime:
        """When the hours next begin, or 8:00 where they are the whole day."""
        opening = MORNING if self.start == self.end else self.start
        return next(
            moment for moment in self._moments(opening, after) if moment > after and self.are_open(moment)
        )

    def _moments(self, clock: time, after: datetime) -> Iterator[datetime]:
        """When the reader's clock next shows a time, day after day; not before ``after``."""
        today = after.astimezone(self.zone).date()
        for days in range(-1, _DAYS_AHEAD):
            moment = _moment(today + timedelta(days=days), clock, self.zone)
            if moment >= after:
                yield moment
        raise ValueError(f"{self} are never open: give at least one day")


def hours_of(preferences: ReaderPreferences | None, *, zone: zoneinfo.ZoneInfo) -> SendingHours:
    """Return a reader's own sending hours; what they have left open is the site's."""
    site = site_hours(zone)
    if preferences is None:
        return site
    start, end = preferences.hours_from, preferences.hours_until
    if start is None or end is None:
        start, end = site.start, site.end
    return SendingHours(zone, start, end, _valid_days(preferences.days) or site.days)


def site_hours(zone: zoneinfo.ZoneInfo) -> SendingHours:
    """Return the sending hours of the site's settings, by the clock of a zone; always where they can't be read.

    A system check says so then: alerts must leave all the same.
    """
    configured = settings.SENDING_HOURS
    if not isinstance(configured, Mapping) or problem_with(configured):
        return SendingHours(zone)
    start, end = (_time(configured.get(key)) or time(0) for key in ("from", "until"))
    return SendingHours(zone, start, end, _valid_days(configured.get("days", ())) or EVERY_DAY)


def problem_with(configured: Mapping[str, Any]) -> str:
    """Say what is wrong with the sending hours of the settings; empty where nothing is."""
    if unknown := configured.keys() - {"from", "until", "days"}:
        return f'it has no key "{min(unknown, key=str)}"'
    if ("from" in configured) != ("until" in configured):
        return 'it has only one of "from" and "until"'
    for key in ("from", "until"):
        if key in configured and _time(configured[key]) is None:
            return f'"{key}" is {configured[key]!r}, no time of day'
    days = configured.get("days", [])
    if isinstance(days, str) or not isinstance(days, Iterable) or set(days) - EVERY_DAY:
        return f'"days" is {days!r}, no list of numbers from 1 (Monday) to 7'
    return ""


def _time(value: object) -> time | None:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _valid_days(days: Iterable[Any]) -> frozenset[int]:
    return EVERY_DAY & {day for day in days if isinstance(day, int)}


def _moment(day: date, clock: time, zone: zoneinfo.ZoneInfo) -> datetime:
    """When a clock in a zone shows a time of a day: the first time where it does twice; never: the change itself."""
    before, after = (
        datetime.combine(day, clock.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1)
    )
    if before <= after:
        return before
    # Swallowed: what the offsets before and after the change make of it lies on both sides of the change.
    changed = bisect.bisect_left(
        range(int((before - after).total_seconds())),
        True,
        key=lambda second: (after + timedelta(seconds=second)).astimezone(zone).time() > clock,
    )
    return after + timedelta(seconds=changed)
