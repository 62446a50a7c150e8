"""Daily totals: what alerts made of contacts' page views, and what became of the e-mails, counted for days.

Takes a day and the contacts of whom something is to be counted anew on it; gives the rows of ``DailyTotal``,
``DailyPageTotal`` and ``DailyLatency`` that their matches, unmet minimums, deliveries and takings come to. Guarantees
that counting twice is counting once. Rows of an erased contact or a deleted alert are never touched, nor days of
which retention has deleted anything: they can't be made again.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import (
    DailyLatency,
    DailyPageTotal,
    DailyTotal,
    Delivery,
    Match,
    Notification,
    Outcome,
    Purpose,
    Status,
    Taking,
    UnmetMinimum,
)
from wagtail_visit_alerts.reporting.counting_turn import counting_turn, still_known
from wagtail_visit_alerts.reporting.differences import write_difference
from wagtail_visit_alerts.reporting.latency_classes import class_of
from wagtail_visit_alerts.reporting.local_days import day_bounds, first_whole_day
from wagtail_visit_alerts.reporting.monthly_totals import forget_month

#: Contacts that are counted in one transaction.
CONTACTS_AT_ONCE = 500


@dataclass
class Figures:
    """The figures of one alert about one contact on one day; the columns of ``DailyTotal`` say what they mean."""

    matched: int = 0
    raised: int = 0
    capped: int = 0
    nobody: int = 0
    too_short: int = 0
    closed: int = 0
    sent: int = 0
    failed: int = 0
    taken: int = 0


@dataclass
class _Day:
    """What is counted of some contacts on one day. The keys begin with the ids of alert and contact."""

    start: datetime
    end: datetime
    contact_ids: Collection[int]
    totals: dict[tuple[int, ...], Figures] = field(default_factory=lambda: defaultdict(Figures))
    pages: dict[tuple[int, ...], dict[str, int | None]] = field(default_factory=dict)
    latencies: Counter[tuple[int, ...]] = field(default_factory=Counter)
    #: Alert and contact of matches whose page views are deleted: their pages can't be counted again.
    without_pages: set[tuple[int, ...]] = field(default_factory=set)


def recount_totals(day: date, contact_ids: Iterable[int], *, now: datetime) -> int:
    """Count what alerts made of these contacts' page views on a day; gives how many rows were written.

    A transaction for each few hundred contacts. Does nothing for a day of which retention has deleted anything.
    """
    if day < first_whole_day(kept_days=settings.KEEP_NOTIFICATIONS_DAYS, now=now):
        return 0
    ids, written = sorted(set(contact_ids)), 0
    for first in range(0, len(ids), CONTACTS_AT_ONCE):
        with counting_turn():
            changed = _recount(day, still_known(ids[first : first + CONTACTS_AT_ONCE]))
            if changed:
                forget_month(day)
            written += changed
    return written


def contacts_with_totals(day: date) -> set[int]:
    """The contacts of whom something is counted on a day, or was: also those whose figures have gone to nothing."""
    start, end = day_bounds(day)
    matches = Match.objects.filter(happened_at__gte=start, happened_at__lt=end, alert__isnull=False)
    unmet = UnmetMinimum.objects.filter(happened_at__gte=start, happened_at__lt=end, alert__isnull=False)
    totals = DailyTotal.objects.filter(day=day, alert__isnull=False, contact__isnull=False)
    found = {
        contact_id
        for rows in (matches, unmet, totals)
        for contact_id in rows.order_by().values_list("contact_id", flat=True).distinct()
    }
    return {contact_id for contact_id in found if contact_id is not None}


def _recount(day: date, contact_ids: Collection[int]) -> int:
    start, end = day_bounds(day)
    counted = _Day(start, end, contact_ids)
    _forget_met_minimums(counted)
    _count_matches(counted)
    _count_unmet_minimums(counted)
    _count_notifications(counted)
    of_contacts = {"day": day, "contact__in": contact_ids, "alert__isnull": False}
    by_contact = ("alert_id", "contact_id")
    return (
        write_difference(
            DailyTotal.objects.filter(**of_contacts),
            {key: asdict(figures) for key, figures in counted.totals.items()},
            day=day,
            key=by_contact,
        )
        + write_difference(
            DailyPageTotal.objects.filter(**of_contacts),
            counted.pages,
            day=day,
            key=(*by_contact, "address_id"),
            left_alone=counted.without_pages,
        )
        + write_difference(
            DailyLatency.objects.filter(**of_contacts),
            {key: {"emails": number} for key, number in counted.latencies.items()},
            day=day,
            key=(*by_contact, "seconds"),
        )
    )


def _forget_met_minimums(counted: _Day) -> None:
    """Delete the unmet minimums of page views that have satisfied the alert after all, by a late message."""
    match = Match.objects.filter(page_view=OuterRef("page_view"), alert=OuterRef("alert"))
    met = _of(UnmetMinimum.objects.filter(Exists(match)), "happened_at", counted)
    if met_ids := list(met.values_list("pk", flat=True)):
        UnmetMinimum.objects.filter(pk__in=met_ids).delete()


def _count_matches(counted: _Day) -> None:
    matches = _of(Match.objects.all(), "happened_at", counted).values_list(
        "alert_id", "contact_id", "outcome", "page_view__address_id", "page_view__page_id"
    )
    for alert_id, contact_id, outcome, address_id, page_id, number in matches.annotate(number=Count("pk")):
        key, is_raised = (alert_id, contact_id), outcome == Outcome.RAISED
        figures = counted.totals[key]
        figures.matched += number
        figures.raised += number if is_raised else 0
        figures.capped += number if outcome == Outcome.CAPPED else 0
        figures.nobody += number if outcome == Outcome.NOBODY else 0
        if address_id is None:
            counted.without_pages.add(key)
            continue
        page = counted.pages.setdefault((*key, address_id), {"matched": 0, "raised": 0, "page_id": None})
        page["matched"] = (page["matched"] or 0) + number
        page["raised"] = (page["raised"] or 0) + (number if is_raised else 0)
        page["page_id"] = max(page["page_id"] or 0, page_id or 0) or None


def _count_unmet_minimums(counted: _Day) -> None:
    unmet = _of(UnmetMinimum.objects.all(), "happened_at", counted).values_list(
        "alert_id", "contact_id", "kind"
    )
    for alert_id, contact_id, kind, number in unmet.annotate(number=Count("pk")):
        figures = counted.totals[alert_id, contact_id]
        if kind == UnmetMinimum.Kind.TOO_SHORT:
            figures.too_short += number
        else:
            figures.closed += number


def _count_notifications(counted: _Day) -> None:
    deliveries = Delivery.objects.filter(notification=OuterRef("pk"), purpose=Purpose.ALERT, resend=0)
    first_sent = deliveries.filter(status=Status.SENT).order_by("sent_at").values("sent_at")[:1]
    notifications = _of(Notification.objects.all(), "raised_at", counted).values_list(
        "alert_id",
        "contact_id",
        "raised_at",
        Subquery(first_sent),
        Exists(deliveries.filter(status=Status.FAILED)),
        Exists(Taking.objects.filter(notification=OuterRef("pk"))),
    )
    for alert_id, contact_id, raised_at, sent_at, has_failed, is_taken in notifications:
        figures = counted.totals[alert_id, contact_id]
        figures.failed += bool(has_failed)
        figures.taken += bool(is_taken)
        if sent_at is not None:
            figures.sent += 1
            counted.latencies[alert_id, contact_id, class_of((sent_at - raised_at).total_seconds())] += 1


def _of(rows: QuerySet[Any], moment: str, counted: _Day) -> QuerySet[Any]:
    """Those of the rows that are of the contacts and the day, and of an alert that still exists."""
    during = {f"{moment}__gte": counted.start, f"{moment}__lt": counted.end}
    return rows.filter(contact__in=counted.contact_ids, alert__isnull=False, **during).order_by()
