"""Entering: an entry message becomes page views, with the earlier entries that it carries.

Guarantees one row a page view, whoever reports it first, the beacon or the page-serve hook.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from wagtail_visit_alerts.models import Address, Ending, PageView, Source, Visitor
from wagtail_visit_alerts.recording.leaving import as_previous, end_previous
from wagtail_visit_alerts.recording.reported import (
    CLAIM_WINDOW,
    JUDGED_CLAIM_WINDOW,
    LONGEST_DWELL,
    Entry,
    Previous,
    Recorded,
    began_at,
    entry_times,
)


def record_entry(
    visitor: Visitor, entry: Entry, *, address_ids: dict[str, int], page_ids: set[int], now: datetime
) -> Recorded:
    """Record an entry message, with the earlier entries that it carries because they were not confirmed.

    ``address_ids`` has the key of each URL in the message, ``page_ids`` those of its pages that exist.
    """
    recorded = Recorded()
    known = _KnownPageViews(visitor, entry, now=now)
    for one in (*entry.unsent, entry):
        own, (before, previous) = known.by_id.get(one.id), known.before(one)
        served = None
        if own is None or one.how == "reload":
            # A reload takes no row that the sweep has judged: somebody may have been told of that page view.
            served = known.take_served(one, address_id=address_ids[one.url], even_judged=own is None)
        if own is None:
            own = served or PageView(visitor=visitor, address=Address(pk=address_ids[one.url], text=one.url))
            own.contact_id = visitor.contact_id
            own.anchored_at = _anchor(served, before=before, is_late=one is not entry, now=now)
            if served is None:
                own.page_id = one.page_id if one.page_id in page_ids else None
            _enter(own, one, is_served=served is not None, entered=known.times[one.id])
            known.by_id[one.id] = own
            recorded.entered.append(own)
        elif one.how == "reload":
            _continue(own, served=served)
        if before is not None and previous is not None and before is not own:
            end_previous(before, previous, following=own.entered_at, recorded=recorded)
    recorded.here = known.by_id[entry.id]
    return recorded


class _KnownPageViews:
    """The visitor's page views that a message may be about, read in one query."""

    def __init__(self, visitor: Visitor, entry: Entry, *, now: datetime) -> None:
        entries = [*entry.unsent, entry]
        self.times = entry_times(entry, now=now)
        self.began = {one.id: began_at(one, entered=self.times[one.id], now=now) for one in entries}
        wanted = Q(beacon_id__in=self.times.keys())
        if any(one.how == "restore" for one in entries):
            wanted |= Q(tab_id=entry.tab, ending=Ending.OPEN) | Q(follows_id=entry.id)
        for began in self.began.values():
            if began is not None:
                window = (began - JUDGED_CLAIM_WINDOW, began + CLAIM_WINDOW)
                wanted |= Q(beacon_id=None, entered_at__range=window)
        rows = list(PageView.objects.filter(wanted, visitor=visitor).select_related("address"))
        self.by_id: dict[uuid.UUID, PageView] = {
            row.beacon_id: row for row in rows if row.beacon_id is not None
        }
        self._served = [row for row in rows if row.beacon_id is None]

    def before(self, entry: Entry) -> tuple[PageView | None, Previous | None]:
        """The page view that an entry names as the one before it, where it was in the same tab, and its times.

        A page that the browser had kept or opened ahead may see only an old copy of the tab's storage, and names
        none or an earlier one: then it is the one that this tab has left last, by that one's own end. But not where
        the message is late: what the tab has left last may have come after it.
        """
        row, previous = self.by_id.get(entry.previous.id) if entry.previous else None, entry.previous
        if row is None or previous is None or row.tab_id != entry.tab:
            row = previous = None
        if entry.how != "restore" or (row is not None and row.ending == Ending.OPEN):
            return row, previous
        is_late = entry.id in self.by_id or any(other.follows_id == entry.id for other in self.by_id.values())
        return (None, None) if is_late else self._left_last(entry)

    def _left_last(self, entry: Entry) -> tuple[PageView | None, Previous | None]:
        left = [
            (row, previous)
            for row in self.by_id.values()
            if row.tab_id == entry.tab
            and row.beacon_id != entry.id
            and row.entered_at <= self.times[entry.id]
            and (previous := as_previous(row)) is not None
        ]
        return max(left, key=lambda one: one[0].entered_at, default=(None, None))

    def take_served(self, entry: Entry, *, address_id: int, even_judged: bool) -> PageView | None:
        """The hook's row of this page view: same URL, nearest to when the navigation began."""
        began = self.began[entry.id]
        if began is None:
            return None
        rows = [
            row
            for row in _of_navigation(self._served, began=began, address_id=address_id)
            if even_judged or not row.is_confirmed
        ]
        if not rows:
            return None
        nearest = min(rows, key=lambda row: abs(row.entered_at - began))
        self._served.remove(nearest)
        return nearest


def _of_navigation(rows: Iterable[PageView], *, began: datetime, address_id: int) -> Iterable[PageView]:
    """The hook's rows that may be those of a navigation."""
    for row in rows:
        earliest = began - (JUDGED_CLAIM_WINDOW if row.is_confirmed else CLAIM_WINDOW)
        if row.address_id == address_id and earliest <= row.entered_at <= began + CLAIM_WINDOW:
            yield row


def _anchor(
    served: PageView | None, *, before: PageView | None, is_late: bool, now: datetime
) -> datetime | None:
    """When the server first knew of a page view: bounds its times. None for a lost entry of which nothing tells.

    That of a lost entry is when the page view before it ended, as far as the server had measured any of it by then:
    that end is the browser's word, too.
    """
    if served is not None:
        return served.anchored_at
    if not is_late:
        return now
    if before is None or before.anchored_at is None:
        return None
    return max(before.ended_at or before.anchored_at, before.anchored_at)


def _enter(page_view: PageView, entry: Entry, *, is_served: bool, entered: datetime) -> None:
    page_view.source = Source.BOTH if is_served else Source.BEACON
    page_view.beacon_id, page_view.tab_id = entry.id, entry.tab
    page_view.follows_id = entry.previous.id if entry.previous else None
    page_view.is_confirmed = True
    page_view.entered_at, page_view.sweep_at = entered, entered + LONGEST_DWELL
    # What the sweep may have concluded from the server's requests alone, the beacon knows better.
    page_view.ending, page_view.ended_at, page_view.dwell_ms = Ending.OPEN, None, None
    page_view.save()


def _continue(page_view: PageView, *, served: PageView | None) -> None:
    """A reload: the same page view goes on, and the row that the hook wrote for it is not another one.

    The row in memory keeps when the page was left before: where the reload was told late, together with what came
    after it, that may be the leaving which counts.
    """
    if served is not None:
        served.delete()
    PageView.objects.filter(pk=page_view.pk, ending=Ending.OPEN).update(
        ended_at=None, sweep_at=F("entered_at") + LONGEST_DWELL
    )
