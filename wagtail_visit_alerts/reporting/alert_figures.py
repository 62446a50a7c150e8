"""Figures of alerts, read from daily totals: of one alert by day, by contact, by owner; of all alerts side by side.

Takes a user and a period; gives numbers of the alerts and contacts that the user may view, and of no others. What was
kept of erased contacts and deleted alerts counts for those who may view any. Costs the same however many page views
there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Max, Q, QuerySet, Sum

from wagtail_visit_alerts.models import Alert, Contact, DailyTotal
from wagtail_visit_alerts.models.alert import VIEW_ANY_ALERT
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.reporting.periods import Span


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What came of page views; each number is what the column of ``DailyTotal`` says, over some days."""

    matched: int = 0
    raised: int = 0
    capped: int = 0
    nobody: int = 0
    too_short: int = 0
    closed: int = 0
    sent: int = 0
    failed: int = 0
    taken: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})

    @property
    def share_taken(self) -> float | None:
        """Which share of the alerts sent somebody has taken on, from 0 to 1; none where none was sent."""
        return min(self.taken / self.sent, 1) if self.sent else None


#: The columns that are added up.
NAMES = tuple(one.name for one in fields(Figures))


@dataclass(frozen=True, kw_only=True)
class OfAlert:
    """The figures of one alert, or of all that were deleted, with the most that one contact raised in a day."""

    alert_id: int | None
    figures: Figures
    most_in_a_day: int


@dataclass(frozen=True, kw_only=True)
class People:
    """How many people are behind some figures: contacts, and those who were erased since."""

    known: int = 0
    erased: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.known + self.erased


@dataclass(frozen=True, kw_only=True)
class OfContact:
    """The figures of one contact, and the last day on which one of their page views counted."""

    contact_id: int
    figures: Figures
    last_day: date


@dataclass(frozen=True, kw_only=True)
class OfOwner:
    """The figures of the contacts of one owner, as owners are now; ``erased``: of contacts that are gone."""

    owner_id: int | None
    erased: bool
    figures: Figures
    contacts: int


def sees_any_contact(user: Any) -> bool:
    """Whether the user's figures are of all contacts, and not of their own only."""
    return bool(user.has_perm(VIEW_ANY))


def sees_any_alert(user: Any) -> bool:
    """Whether the user's figures are of all alerts, deleted ones included."""
    return any(map(user.has_perm, VIEW_ANY_ALERT))


def of_viewable(totals: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """Of totals of contacts, those of alerts and contacts that the user may view."""
    if not sees_any_alert(user):
        totals = totals.filter(alert__in=Alert.objects.viewable_by(user).order_by())
    if not sees_any_contact(user):
        totals = totals.filter(contact__in=Contact.objects.viewable_by(user).order_by())
    return totals


def totals_viewable_by(user: Any) -> QuerySet[DailyTotal]:
    """The daily totals of alerts and contacts that the user may view, in no order."""
    return of_viewable(DailyTotal.objects.order_by(), user)


def within(totals: QuerySet[Any], span: Span) -> QuerySet[Any]:
    """The totals of these days."""
    return totals.filter(day__gte=span.first, day__lte=span.last)


def by_day(totals: QuerySet[DailyTotal], span: Span) -> dict[date, Figures]:
    """The figures of each day on which there are any. One query."""
    rows = within(totals, span).values("day").annotate(**sums_of_figures())
    return {row["day"]: figures_in(row) for row in rows}


def added_up(days: dict[date, Figures], span: Span) -> Figures:
    """The figures of a period, from those of its days. No query."""
    return sum((figures for day, figures in days.items() if span.first <= day <= span.last), Figures())


def people_in(totals: QuerySet[DailyTotal], span: Span) -> People:
    """How many people there were. One query."""
    found = within(totals, span).aggregate(
        known=Count("contact", distinct=True), erased=Count("stand_in", distinct=True)
    )
    return People(**found)


def people_by_alert(
    totals: QuerySet[DailyTotal], span: Span, *, alert_ids: Iterable[int | None]
) -> dict[int | None, int]:
    """How many people there were behind each of these alerts; None stands for all deleted ones. One query."""
    ids = set(alert_ids)
    of_these = Q(alert__in=ids - {None})
    if None in ids:
        of_these |= Q(alert__isnull=True)
    rows = within(totals, span).filter(of_these).values("alert")
    counted = rows.annotate(people=Count("contact", distinct=True) + Count("stand_in", distinct=True))
    return {row["alert"]: row["people"] for row in counted}


def by_alert(totals: QuerySet[DailyTotal], span: Span) -> list[OfAlert]:
    """The figures of each alert of which there are any; one for all that are deleted. One query."""
    rows = within(totals, span).values("alert").annotate(**sums_of_figures(), most=Max("raised"))
    return [
        OfAlert(alert_id=row["alert"], figures=figures_in(row), most_in_a_day=row["most"] or 0) for row in rows
    ]


def by_contact(totals: QuerySet[DailyTotal], span: Span) -> QuerySet[DailyTotal, dict[str, Any]]:
    """A row for each contact, the one with most alerts first: to be cut, and handed to ``of_contacts``."""
    return (
        within(totals, span)
        .filter(contact__isnull=False)
        .values("contact")
        .annotate(total_raised=Sum("raised"), total_matched=Sum("matched"))
        .order_by("-total_raised", "-total_matched", "contact")
    )


def of_contacts(totals: QuerySet[DailyTotal], span: Span, rows: Iterable[dict[str, Any]]) -> list[OfContact]:
    """All figures of the contacts in these rows of ``by_contact``, in their order. One query."""
    ids = [row["contact"] for row in rows]
    of_these = within(totals, span).filter(contact__in=ids).values("contact")
    found = {
        row["contact"]: OfContact(contact_id=row["contact"], figures=figures_in(row), last_day=row["last_day"])
        for row in of_these.annotate(**sums_of_figures(), last_day=Max("day"))
    }
    return [found[contact_id] for contact_id in ids if contact_id in found]


def by_owner(totals: QuerySet[DailyTotal], span: Span) -> list[OfOwner]:
    """What became of the alerts raised, by the owners of the contacts as these are now, most alerts first. One query.

    Page views that raised nothing are not among these figures, nor contacts about whom nothing was raised.
    """
    names = ("raised", "sent", "failed", "taken")
    rows = (
        within(totals, span)
        .filter(raised__gt=0)
        .values(
            owner=F("contact__owner"),
            erased=ExpressionWrapper(Q(contact__isnull=True), output_field=BooleanField()),
        )
        .annotate(
            **{f"total_{name}": Sum(name) for name in names},
            contacts=Count("contact", distinct=True) + Count("stand_in", distinct=True),
        )
        .order_by("-total_raised", "owner")
    )
    return [
        OfOwner(
            owner_id=row["owner"],
            erased=bool(row["erased"]),
            figures=Figures(**{name: int(row[f"total_{name}"]) for name in names}),
            contacts=row["contacts"],
        )
        for row in rows
    ]


def sums_of_figures() -> dict[str, Sum]:
    """What to ask a query for, so that ``figures_in`` finds it in its rows."""
    return {f"total_{name}": Sum(name) for name in NAMES}


def figures_in(row: dict[str, Any]) -> Figures:
    """The figures in a row of such a query, as plain numbers: PostgreSQL and MariaDB add up to a decimal type."""
    return Figures(**{name: int(row[f"total_{name}"] or 0) for name in NAMES})
