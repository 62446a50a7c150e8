"""Days as totals count them: those of the cap's time zone, of 23 or 25 hours where the clock is changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from wagtail_visit_alerts.conf import settings

#: Contacts by the day on which something of theirs is to be counted.
ContactsByDay = dict[date, set[int]]


def day_of(moment: datetime) -> date:
    """The day that a moment is in."""
    return moment.astimezone(settings.cap_time_zone).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day, and that of the next; in UTC, so that their difference is true."""
    zone = settings.cap_time_zone
    first, following = (
        datetime.combine(each, time.min, tzinfo=zone).astimezone(UTC) for each in (day, day + timedelta(days=1))
    )
    return first, following


def days_between(first: date, last: date) -> Iterator[date]:
    """The days from the first to the last, both of them too."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def first_whole_day(*, kept_days: int, now: datetime) -> date:
    """The first day of which retention has deleted nothing yet; the first of all where it deletes nothing."""
    return day_of(now - timedelta(days=kept_days)) + timedelta(days=1) if kept_days else date.min


def by_day(moments: Iterable[tuple[int | None, datetime | None]]) -> ContactsByDay:
    """Sort contacts, by id and moment, into days; what lacks one of the two is left out."""
    found: ContactsByDay = defaultdict(set)
    for contact_id, moment in moments:
        if contact_id is not None and moment is not None:
            found[day_of(moment)].add(contact_id)
    return found
