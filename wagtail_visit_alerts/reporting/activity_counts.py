"""Daily activity: how active contacts were on the site, counted for days; and when each was seen last.

Takes a day and the contacts whose page views of it are to be counted anew. Guarantees that counting twice is counting
once, and that days of which retention has deleted page views stay as they are.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Contact, DailyActivity, PageView
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.models.visit import LONGEST_BREAK, runs_of_one_visit
from wagtail_visit_alerts.reporting.counting_turn import counting_turn, still_known
from wagtail_visit_alerts.reporting.differences import BATCH, Counted, write_difference
from wagtail_visit_alerts.reporting.local_days import ContactsByDay, day_bounds, first_whole_day

#: Contacts that are counted in one transaction.
CONTACTS_AT_ONCE = 200
#: A page view that began before the day may belong to a visit that goes on in it: one lasts a day at most.
_LOOK_BACK = timedelta(days=1) + LONGEST_BREAK
_COLUMNS = ("pk", "contact_id", "visitor_id", "entered_at", "ended_at", "engaged_ms")


def recount_activity(day: date, contact_ids: Iterable[int], *, now: datetime) -> int:
    """Count these contacts' visits and page views of a day, and note when they were seen last.

    Gives how many rows of ``DailyActivity`` were written. A transaction for each few hundred contacts.
    """
    if day < first_whole_day(kept_days=settings.KEEP_PAGE_VIEWS_DAYS, now=now):
        return 0
    ids, written = sorted(set(contact_ids)), 0
    for first in range(0, len(ids), CONTACTS_AT_ONCE):
        with counting_turn():
            some = still_known(ids[first : first + CONTACTS_AT_ONCE])
            existing = DailyActivity.objects.filter(day=day, contact__in=some)
            written += write_difference(existing, _counted(day, some), day=day, key=("contact_id",))
        # Not within the turn: others lock a contact's row before they take it.
        note_last_seen(some)
    return written


def contacts_with_activity(day: date) -> set[int]:
    """The contacts who have page views on a day, or had: also those whose page views have become somebody else's."""
    start, end = day_bounds(day)
    seen = PageView.objects.filter(entered_at__gte=start, entered_at__lt=end, contact__isnull=False)
    counted = DailyActivity.objects.filter(day=day)
    found = {
        contact_id
        for rows in (seen, counted)
        for contact_id in rows.order_by().values_list("contact_id", flat=True).distinct()
    }
    return {contact_id for contact_id in found if contact_id is not None}


def without_busy(pairs: ContactsByDay, *, more_than: int) -> ContactsByDay:
    """Leave out whoever has more page views on a day than this, as far as they were counted. A query for each day."""
    return {
        day: ids
        - set(
            DailyActivity.objects.filter(day=day, page_views__gt=more_than, contact__in=ids).values_list(
                "contact_id", flat=True
            )
        )
        for day, ids in pairs.items()
    }


def note_last_seen(contact_ids: Collection[int], *, or_never: bool = False) -> None:
    """Note when contacts were seen last, by their page views; one query, three where that has changed.

    Of whom no page view is left it stays what it was, unless ``or_never``.
    """
    seen = PageView.objects.filter(contact=OuterRef("pk"), is_confirmed=True).order_by("-entered_at")
    contacts = Contact.objects.filter(pk__in=contact_ids).only("last_seen_at").order_by()
    changed = []
    for contact in contacts.annotate(seen_at=Subquery(seen.values("entered_at")[:1])):
        seen_at = contact.seen_at
        if seen_at != contact.last_seen_at and (seen_at is not None or or_never):
            contact.last_seen_at = seen_at
            changed.append(contact)
    if changed:
        with atomic():
            # In the order in which others lock many contacts at once, such as an import.
            theirs = Contact.objects.filter(pk__in=[contact.pk for contact in changed]).order_by("pk")
            list(theirs.select_for_update().values_list("pk", flat=True))
            Contact.objects.bulk_update(changed, ["last_seen_at"], batch_size=BATCH)


def _counted(day: date, contact_ids: Collection[int]) -> Counted:
    counted: dict[tuple[int, ...], dict[str, int | None]] = {}
    start = day_bounds(day)[0]
    for contact_id, page_views in _seen_pages(day, contact_ids):
        begun = [run[0] for run in runs_of_one_visit(page_views)]
        of_day = [page_view for page_view in page_views if page_view.entered_at >= start]
        if of_day:
            counted[contact_id,] = {
                "visits": sum(first.entered_at >= start for first in begun),
                "page_views": len(of_day),
                "engaged_seconds": sum(page_view.engaged_ms or 0 for page_view in of_day) // 1000,
            }
    return counted


def _seen_pages(day: date, contact_ids: Collection[int]) -> Iterator[tuple[int, list[Any]]]:
    """Each contact with their page views of a day, and those before it of visits that may go on in it."""
    start, end = day_bounds(day)
    goes_on = Q(ended_at__gt=start - LONGEST_BREAK) | Q(ended_at=None, entered_at__gt=start - LONGEST_BREAK)
    rows = (
        PageView.objects.filter(contact__in=contact_ids, is_confirmed=True)
        .filter(entered_at__gte=start - _LOOK_BACK, entered_at__lt=end)
        .filter(Q(entered_at__gte=start) | goes_on)
        .order_by("contact_id")
        .values_list(*_COLUMNS, named=True)
    )
    for contact_id, page_views in groupby(rows.iterator(chunk_size=2000), key=attrgetter("contact_id")):
        yield contact_id, list(page_views)
