"""Figures of long periods, of several alerts: whole months by their sums, the other days one by one.

Takes daily totals and, where figures are of all contacts, monthly ones; gives what ``alert_figures`` gives of the
daily ones alone, and reads a year as fast as a month.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from wagtail_visit_alerts.models import Alert, Contact, DailyTotal, MonthlyTotal
from wagtail_visit_alerts.reporting import alert_figures
from wagtail_visit_alerts.reporting.alert_figures import (
    Figures,
    OfAlert,
    People,
    figures_in,
    sees_any_alert,
    sees_any_contact,
    sums_of_figures,
    within,
)
from wagtail_visit_alerts.reporting.periods import LONGEST_BY_DAY, Span, Step


def sums_viewable_by(user: Any) -> QuerySet[MonthlyTotal]:
    """The monthly totals of alerts that the user may view: none where they see some contacts only."""
    sums = MonthlyTotal.objects.order_by()
    if not sees_any_contact(user):
        return sums.none()
    return sums if sees_any_alert(user) else sums.filter(alert__in=Alert.objects.viewable_by(user).order_by())


def by_day_or_month(
    totals: QuerySet[DailyTotal], sums: QuerySet[MonthlyTotal], *spans: Span
) -> dict[date, Figures]:
    """The figures of each day of these periods; those of a whole month that has sums stand at its first day.

    A query for the months, and one for each run of days between them.
    """
    months, rest = divided(sums, *spans)
    rows: Any = sums.filter(month__in=months).values("month").annotate(**sums_of_figures())
    found: dict[date, Figures] = {row["month"]: figures_in(row) for row in rows}
    for part in rest:
        found |= alert_figures.by_day(totals, part)
    return found


def by_alert(totals: QuerySet[DailyTotal], sums: QuerySet[MonthlyTotal], span: Span) -> list[OfAlert]:
    """The figures of each alert of which there are any; one for all that are deleted. A query for each part."""
    months, rest = divided(sums, span)
    figures: dict[int | None, Figures] = defaultdict(Figures)
    most: dict[int | None, int] = defaultdict(int)
    of_months = sums.filter(month__in=months).values("alert")
    rows: Any = of_months.annotate(**sums_of_figures(), most=Max("most_in_a_day"))
    found = [OfAlert(alert_id=row["alert"], figures=figures_in(row), most_in_a_day=row["most"]) for row in rows]
    for part in rest:
        found += alert_figures.by_alert(totals, part)
    for one in found:
        figures[one.alert_id] += one.figures
        most[one.alert_id] = max(most[one.alert_id], one.most_in_a_day)
    return [
        OfAlert(alert_id=alert_id, figures=sum_, most_in_a_day=most[alert_id])
        for alert_id, sum_ in figures.items()
    ]


def people_in(totals: QuerySet[DailyTotal], span: Span) -> People:
    """How many people there were. One query or two.

    In a long period each contact is looked for: there are fewer of them than totals.
    """
    if span.days <= LONGEST_BY_DAY:
        return alert_figures.people_in(totals, span)
    of_period = within(totals, span)
    known = Contact.objects.order_by().filter(Exists(of_period.filter(contact=OuterRef("pk"))))
    erased = of_period.filter(contact__isnull=True).aggregate(people=Count("stand_in", distinct=True))
    return People(known=known.count(), erased=erased["people"])


def divided(sums: QuerySet[MonthlyTotal], *spans: Span) -> tuple[list[date], list[Span]]:
    """The whole months of these periods that have sums, by their first days, and the other days. One query."""
    parts = sorted((part for span in spans for part in span.parts(Step.MONTH)), key=lambda part: part.first)
    whole = [part.first for part in parts if part.is_month]
    months = set(sums.filter(month__in=whole).values_list("month", flat=True).distinct())
    rest: list[Span] = []
    for part in parts:
        if part.first in months and part.is_month:
            continue
        if rest and (part.first - rest[-1].last).days == 1:
            rest[-1] = Span(rest[-1].first, part.last)
        else:
            rest.append(part)
    return sorted(months), rest
