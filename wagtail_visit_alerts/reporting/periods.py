"""Periods that figures are of: from which day to which, the period to compare with, and the parts on a chart.

Takes the choice of a person and today's date; gives days, both ends included. Days are those of the cap's time zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_visit_alerts.conf import settings

#: The longest period that figures are read of: what reading costs grows with its days.
MAX_DAYS = 366
#: A longer one is shown by month unless somebody asks for other parts: more bars are too thin to be told apart.
LONGEST_BY_DAY = 92
_DAY = timedelta(days=1)


class Choice(TextChoices):
    """The periods to choose from."""

    DAYS_7 = "7", _("Last 7 days")
    DAYS_30 = "30", _("Last 30 days")
    DAYS_90 = "90", _("Last 90 days")
    MONTH = "month", _("This month")
    LAST_MONTH = "last_month", _("Last month")
    YEAR = "year", _("This year")
    OWN = "own", _("From one day to another")


class Step(TextChoices):
    """How long the parts of a period are."""

    DAY = "day", pgettext_lazy("figures by", "Day")
    WEEK = "week", pgettext_lazy("figures by", "Week")
    MONTH = "month", pgettext_lazy("figures by", "Month")


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1

    @property
    def is_month(self) -> bool:
        """Whether these are the days of one whole calendar month."""
        return self.first.day == 1 and self.last == _last_of_month(self.first)

    @property
    def before(self) -> "Span":
        """The period to compare with: the month before a whole month, else as many days right before."""
        last = self.first - _DAY
        return Span(last.replace(day=1) if self.is_month else self.first - timedelta(days=self.days), last)

    def parts(self, step: Step) -> list["Span"]:
        """The days, weeks (from Monday) or months of the period; the first and the last may be incomplete."""
        return list(self._parts(step))

    def _parts(self, step: Step) -> Iterator["Span"]:
        first = self.first
        while first <= self.last:
            last = min(_last_of(first, step), self.last)
            yield Span(first, last)
            first = last + _DAY


def month_of(day: date) -> Span:
    """The whole calendar month that a day is in."""
    return Span(day.replace(day=1), _last_of_month(day))


def today(*, now: datetime) -> date:
    """The day that it is where caps and totals are counted."""
    return now.astimezone(settings.cap_time_zone).date()


def span_of(choice: Choice, *, on: date) -> Span:
    """The days of a chosen period, seen from a day. Raises ``ValueError`` for the one that has dates of its own."""
    match choice:
        case Choice.DAYS_7 | Choice.DAYS_30 | Choice.DAYS_90:
            return Span(on - timedelta(days=int(choice) - 1), on)
        case Choice.MONTH:
            return Span(on.replace(day=1), on)
        case Choice.LAST_MONTH:
            last = on.replace(day=1) - _DAY
            return Span(last.replace(day=1), last)
        case Choice.YEAR:
            return Span(on.replace(month=1, day=1), on)
    raise ValueError(f"The period “{choice}” has no days of its own: make a Span of its dates.")


def usual_step(span: Span) -> Step:
    """The parts that a chart of the period has unless somebody asks for others."""
    return Step.DAY if span.days <= LONGEST_BY_DAY else Step.MONTH


def _last_of(day: date, step: Step) -> date:
    match step:
        case Step.WEEK:
            return day + timedelta(days=6 - day.weekday())
        case Step.MONTH:
            return _last_of_month(day)
        case _:
            return day


def _last_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
