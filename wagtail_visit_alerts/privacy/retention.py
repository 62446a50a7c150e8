"""Retention: what is older than the settings let it be is deleted, a little at a time.

Takes the clock; gives the number of rows that went, by table. Guarantees that one call reads and deletes a bounded
number of rows in each transaction, whatever the tables hold, and that what is left is the next call's.

What still waits to be sent stays, and what still counts for a frequency cap.

What has a time in an index is found by it. The other tables are gone through by their ids, some thousands of rows a
call, and from the beginning again once the end is reached: an index more would have to be paid by each page view.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wagtail_visit_alerts.capping import period_bounds
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import (
    ContactImport,
    DailyActivity,
    Delivery,
    Heartbeat,
    LinkUse,
    Match,
    Notification,
    NotRecorded,
    PageView,
    Period,
    Progress,
    SignedLink,
    Slot,
    Status,
    SubmittedForm,
    TestVisit,
    UnmetMinimum,
    Visitor,
    WizardRun,
)
from wagtail_visit_alerts.models.contact_import import MAX_AGE as UPLOADS_KEPT_FOR
from wagtail_visit_alerts.privacy.deleting_rows import BATCH, Budget, delete_in_batches, delete_rows
from wagtail_visit_alerts.privacy.erasing import finish_erasures

logger = logging.getLogger(__name__)

#: How often it is done: by the schedule, or by whoever calls ``purge_if_due`` every minute.
EVERY = timedelta(minutes=10)
#: How long one call goes on. Well within the task time-out of 60 s that the documentation advises.
LASTS = timedelta(seconds=20)
#: How long a browser is remembered that was seen as a contact's: as long as its cookie holds.
BROWSERS_KEPT_FOR = timedelta(days=400)
#: How long a test visit is kept, for its findings.
TEST_VISITS_KEPT_FOR = timedelta(days=1)
#: How long an alert that was raised may still be needed: no cap has a longer period, nothing waits longer to be sent.
NEEDED_FOR = timedelta(days=31)
#: How long it is kept what was not recorded, and why: numbers, of nobody.
COUNTS_KEPT_FOR = timedelta(days=400)
#: Rows that one call looks at in each table that is gone through by ids.
LOOKED_AT = 10_000
#: Rows of one table that one transaction looks at.
STEP = 1_000


@dataclass
class Purged:
    """What one call has deleted: rows by the name of their table, and contacts whose erasure it has finished."""

    rows: Counter[str] = field(default_factory=Counter)
    erased: int = 0

    def __str__(self) -> str:
        parts = [f"{number} {name}" for name, number in sorted(self.rows.items()) if number]
        return ", ".join([*parts, f"{self.erased} contacts erased"])


@dataclass(frozen=True)
class _Cutoffs:
    """Until when each kind is deleted; None: never."""

    page_views: datetime | None
    unidentified: datetime | None
    notifications: datetime | None
    now: datetime

    @property
    def needed_from(self) -> datetime:
        """What was raised since then may still be needed, however short the time is for which it is kept."""
        return self.now - NEEDED_FOR


def purge_if_due(
    *, now: Callable[[], datetime], is_stopping: Callable[[], bool] = lambda: False
) -> Purged | None:
    """Do it unless it was done within the last minutes; for cron, where no schedule runs. One query if it was."""
    if Heartbeat.objects.filter(name=Heartbeat.PURGE, heard_at__gt=now() - EVERY).exists():
        return None
    return purge(now=now, is_stopping=is_stopping)


def purge(
    *,
    now: Callable[[], datetime],
    lasts: timedelta | None = LASTS,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Purged:
    """Finish erasures that were begun, and delete what is too old; at most for ``lasts``, else until all is done."""
    budget = Budget(now=now, lasts=lasts, is_stopping=is_stopping)
    purged = Purged(erased=finish_erasures(budget=budget))
    cutoffs = _cutoffs(now())
    for rows in _found_by_time(cutoffs):
        purged.rows[rows.model._meta.model_name] += delete_in_batches(rows, budget=budget)
    if cutoffs.unidentified is not None:
        purged.rows["pageview"] += _delete_unidentified(cutoffs.unidentified, budget=budget)
    for name, rows in _found_by_id(cutoffs):
        purged.rows[rows.model._meta.model_name] += _go_through(
            rows, name=name, budget=budget, all_of_it=lasts is None
        )
    Heartbeat.beat(Heartbeat.PURGE, now=now())
    logger.info("purge.done", extra={"rows": dict(purged.rows), "erased": purged.erased})
    return purged


def _cutoffs(now: datetime) -> _Cutoffs:
    def before(days: int) -> datetime | None:
        return now - timedelta(days=days) if days > 0 else None

    return _Cutoffs(
        page_views=before(settings.KEEP_PAGE_VIEWS_DAYS),
        unidentified=before(settings.KEEP_UNIDENTIFIED_DAYS),
        notifications=before(settings.KEEP_NOTIFICATIONS_DAYS),
        now=now,
    )


def _found_by_time(cutoffs: _Cutoffs) -> Iterator[QuerySet[Any]]:
    """What is too old, in the order of an index; and small tables."""
    if (until := cutoffs.page_views) is not None:
        yield PageView.objects.filter(entered_at__lt=until, contact__isnull=False).order_by("entered_at")
        yield LinkUse.objects.filter(opened_at__lt=until).order_by("opened_at")
        day = timezone.localdate(until, settings.cap_time_zone)
        yield DailyActivity.objects.filter(day__lt=day).order_by("day")
    if (until := cutoffs.notifications) is not None:
        raised = Notification.objects.filter(raised_at__lt=until).order_by("raised_at")
        yield raised.exclude(Exists(_waiting_deliveries("notification")), raised_at__gte=cutoffs.needed_from)
    now = cutoffs.now
    yield TestVisit.objects.filter(started_at__lt=now - TEST_VISITS_KEPT_FOR)
    yield ContactImport.objects.filter(uploaded_at__lt=now - UPLOADS_KEPT_FOR)
    yield WizardRun.objects.abandoned(now)
    yield NotRecorded.objects.filter(day__lt=timezone.localdate(now - COUNTS_KEPT_FOR, settings.cap_time_zone))


def _delete_unidentified(until: datetime, *, budget: Budget) -> int:
    """Delete the page views of visitors who are nobody known, and the visitors of whom nothing is left then.

    By the index of contacts, in which nobody known is an entry of its own.
    """
    deleted = 0
    while not budget.is_spent:
        # In the order of that index, both its columns: else PostgreSQL reads all of a year's by their time alone.
        old = PageView.objects.filter(contact=None, entered_at__lt=until).order_by("contact_id", "entered_at")
        found = list(old.values_list("pk", "visitor_id")[:BATCH])
        deleted += delete_rows(old, [page_view_id for page_view_id, _visitor_id in found])
        gone = Visitor.objects.filter(_is_forgotten_visitor(until))
        delete_rows(gone, {visitor_id for _page_view_id, visitor_id in found})
        if len(found) < BATCH:
            break
    return deleted


def _is_forgotten_visitor(until: datetime) -> Q:
    """That a visitor is nobody known, was not seen since, and has no page view."""
    return Q(~Exists(PageView.objects.filter(visitor=OuterRef("pk"))), contact=None, last_seen_at__lt=until)


def _found_by_id(cutoffs: _Cutoffs) -> Iterator[tuple[str, QuerySet[Any]]]:
    """What is too old or of no use, in tables that are gone through, by the name that its progress is kept by."""
    if (until := cutoffs.notifications) is not None:
        begun = min(period_bounds(cutoffs.now, period)[0] for period in Period)
        counts = Exists(Slot.objects.filter(match=OuterRef("pk"), taken_at__gte=begun))
        is_needed = Q(counts) | Q(Exists(_waiting_deliveries("notification__match")))
        matches = Match.objects.filter(happened_at__lt=until)
        yield "matches", matches.exclude(is_needed, happened_at__gte=cutoffs.needed_from)
        yield "unmet minimums", UnmetMinimum.objects.filter(happened_at__lt=until)
    if (until := cutoffs.page_views) is not None:
        yield "forms", SubmittedForm.objects.filter(submitted_at__lt=until)
        unused = ~Exists(LinkUse.objects.filter(link=OuterRef("pk")))
        over = min(until, cutoffs.now - timedelta(days=settings.LINK_MAX_AGE_DAYS))
        yield "links", SignedLink.objects.filter(unused, first_opened_at__lt=over)
    if (until := cutoffs.unidentified) is not None:
        yield "visitors", Visitor.objects.filter(_is_forgotten_visitor(until))
    if (until := cutoffs.page_views) is not None:
        no_page_views = ~Exists(PageView.objects.filter(visitor=OuterRef("pk")))
        long_ago = min(until, cutoffs.now - BROWSERS_KEPT_FOR)
        lost = Visitor.objects.filter(no_page_views, last_seen_at__lt=long_ago, contact__isnull=False)
        yield "contacts' visitors", lost


def _waiting_deliveries(path: str) -> QuerySet[Delivery]:
    """The deliveries that are not sent yet, of the row that a path leads to."""
    return Delivery.objects.filter(status__in=(Status.WAITING, Status.CLAIMED), **{path: OuterRef("pk")})


def _go_through(old: QuerySet[Any], *, name: str, budget: Budget, all_of_it: bool) -> int:
    """Look at the next rows of a table by their ids, or at all, and delete those that are too old; gives how many."""
    model = old.model
    progress, _is_new = Progress.objects.get_or_create(name=f"privacy.{name}")
    progress.last_id = 0 if all_of_it else progress.last_id
    deleted = looked_at = 0
    while (all_of_it or looked_at < LOOKED_AT) and not budget.is_spent:
        ids = list(
            model.objects.filter(pk__gt=progress.last_id).order_by("pk").values_list("pk", flat=True)[:STEP]
        )
        if ids:
            among = old.filter(pk__gt=progress.last_id, pk__lte=ids[-1])
            deleted += delete_rows(old, list(among.values_list("pk", flat=True)))
        looked_at += len(ids)
        progress.last_id = ids[-1] if len(ids) == STEP else 0  # from the beginning again, the next time
        progress.save(update_fields=["last_id"])
        if len(ids) < STEP:
            break
    return deleted
