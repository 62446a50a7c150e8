"""Monthly totals: what the daily totals of whole months come to for each alert, so that a year is read at once.

Takes daily totals; gives sums of months that are over. Guarantees that reading by month gives what reading by day
does: a month of which a daily total changes loses its sums, is read by day meanwhile, and is added up again by the
sweep.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime

from wagtail_visit_alerts.models import DailyTotal, MonthlyTotal
from wagtail_visit_alerts.reporting.alert_figures import by_alert
from wagtail_visit_alerts.reporting.counting_turn import counting_turn
from wagtail_visit_alerts.reporting.periods import Span, Step, month_of, today

#: Months that one sweep adds up: each takes about as long as reading its daily totals.
MONTHS_AT_ONCE = 3


def add_up_months(*, now: datetime) -> int:
    """Add up some of the months that are over and have no sums yet, the latest first; gives how many."""
    done = 0
    for month in _without_sums(now=now):
        with counting_turn():
            if not MonthlyTotal.objects.filter(month=month).exists():
                _add_up(month)
        done += 1
        if done == MONTHS_AT_ONCE:
            break
    return done


def forget_month(day: date) -> None:
    """Drop the sums of the month that a day is in, where a daily total has changed. Call it in that transaction."""
    MonthlyTotal.objects.filter(month=day.replace(day=1)).delete()


def _without_sums(*, now: datetime) -> Iterator[date]:
    """The months before this one that have daily totals and no sums, the latest first."""
    first = DailyTotal.objects.order_by("day").values_list("day", flat=True).first()
    if first is None:
        return
    last = today(now=now).replace(day=1).toordinal() - 1
    if first.toordinal() > last:
        return
    months = Span(first.replace(day=1), date.fromordinal(last)).parts(Step.MONTH)
    found = set(MonthlyTotal.objects.order_by().values_list("month", flat=True).distinct())
    for month in reversed(months):
        days = {"day__gte": month.first, "day__lte": month.last}
        if month.first not in found and DailyTotal.objects.filter(**days).exists():
            yield month.first


def _add_up(month: date) -> None:
    MonthlyTotal.objects.bulk_create(
        [
            MonthlyTotal(
                month=month, alert_id=one.alert_id, most_in_a_day=one.most_in_a_day, **asdict(one.figures)
            )
            for one in by_alert(DailyTotal.objects.order_by(), month_of(month))
        ],
        batch_size=500,
    )
