"""How active one contact was: read from the daily activity, so that it costs the same however much they looked at.

Takes a contact and the last day; gives numbers by day or by week, and their sums. One query for a year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from wagtail_visit_alerts.models import Contact, DailyActivity

#: How far back it is read.
YEAR = timedelta(days=364)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Activity:
    """Visits that began, and page views that were entered."""

    visits: int = 0
    page_views: int = 0

    def __add__(self, other: "Activity") -> "Activity":
        return Activity(self.visits + other.visits, self.page_views + other.page_views)


@dataclass(frozen=True)
class YearOfActivity:
    """The days on which a contact was active, of the year that ends with a day of the cap's time zone."""

    last_day: date
    days: Mapping[date, Activity]

    def of_last_days(self, count: int) -> Activity:
        """The sum of so many days."""
        return self._between(self.last_day - timedelta(days=count - 1), self.last_day)

    def by_day(self, count: int) -> list[tuple[date, Activity]]:
        """The last days, the latest last, also those without activity."""
        days = [self.last_day - timedelta(days=back) for back in range(count)]
        return [(day, self.days.get(day, Activity())) for day in reversed(days)]

    def by_week(self, count: int) -> list[tuple[date, Activity]]:
        """The last calendar weeks by their Mondays, the latest, which may not be over yet, last."""
        monday = self.last_day - timedelta(days=self.last_day.weekday())
        mondays = [monday - WEEK * back for back in range(count)]
        return [(day, self._between(day, day + timedelta(days=6))) for day in reversed(mondays)]

    def _between(self, first: date, last: date) -> Activity:
        return sum((one for day, one in self.days.items() if first <= day <= last), start=Activity())


def read_activity(contact: Contact, *, last_day: date) -> YearOfActivity:
    """Read the year of a contact that ends with this day. One query, at most a row a day."""
    rows = DailyActivity.objects.filter(contact=contact, day__gt=last_day - YEAR, day__lte=last_day)
    days = {
        day: Activity(visits, page_views)
        for day, visits, page_views in rows.values_list("day", "visits", "page_views")
    }
    return YearOfActivity(last_day, days)
