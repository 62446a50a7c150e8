"""Recording: what a browser and the page-serve hook report becomes page views.

Takes the messages of one visitor in any order, any number of times, and gives the page views that were entered and
those that were moved on from. Guarantees: one row a page view, whoever reports it first; a dwell time only where
the next page view in the same tab names the one before it, and never longer than the truth. Call it inside a
transaction that has begun with ``lock_visitor``.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, Subquery

from wagtail_visit_alerts.models import Ending, PageView, RulesVersion, Source, Visitor

#: Between leaving a page and entering the next one in the same tab; longer is leaving the site (design 3.2).
LONGEST_GAP = timedelta(seconds=30)
#: Nothing following within this time of a page view's end: closed (design 3.2).
CLOSED_AFTER = timedelta(minutes=30)
#: A dwell time beyond a day is not valid; a page view whose end was never reported is closed then.
LONGEST_DWELL = timedelta(minutes=1440)
#: Between the hook's clock and the moment that the beacon says its navigation began (design 3.2).
CLAIM_WINDOW = timedelta(seconds=10)
#: After which a row that only the server saw is judged (design 3.2).
JUDGED_AFTER = timedelta(minutes=1)
#: A visitor whose beacon has run within this time would have run it on the page, had it been shown.
BEACON_EXPECTED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Previous:
    """What an entry says of the page view before it in the same tab; all times in milliseconds."""

    id: uuid.UUID
    wall_ms: int
    monotonic_ms: int
    engaged_ms: int
    gap_ms: int


@dataclass(frozen=True)
class Entry:
    """A page was entered. ``how``: "load", "reload" (the same page view goes on) or "restore" (back/forward)."""

    id: uuid.UUID
    tab: uuid.UUID
    url: str
    page_id: int | None
    how: str
    ago_ms: int
    navigation_ms: int | None = None
    previous: Previous | None = None
    unsent: "tuple[Entry, ...]" = ()


@dataclass(frozen=True)
class End:
    """A page was left, whatever came next."""

    id: uuid.UUID
    engaged_ms: int


@dataclass(frozen=True)
class Served:
    """What the page-serve hook noted of a response."""

    url: str
    page_id: int
    came_from: str | None
    served_at: datetime


@dataclass
class Recorded:
    """What a message changed: page views entered, and page views moved on from after a valid dwell time."""

    entered: list[PageView] = field(default_factory=list)
    moved_on: list[PageView] = field(default_factory=list)


def with_rules_version(visitors: Any) -> Any:
    """Visitors, each with the number of the rules: it costs no query of its own."""
    version = RulesVersion.objects.filter(pk=RulesVersion.ONLY_ROW).values("number")[:1]
    return visitors.annotate(rules_version=Subquery(version))


def lock_visitor(key_hash: str, *, by_beacon: bool, now: datetime) -> Visitor | None:
    """Begin a recording transaction: write and read the visitor's row, which orders their messages.

    None where no visitor in use has this key.
    """
    seen = {"last_seen_at": now, **({"beacon_seen_at": now} if by_beacon else {})}
    written = Visitor.objects.with_key(key_hash).in_use().update(**seen)
    return with_rules_version(Visitor.objects.with_key(key_hash)).get() if written else None


def record_entry(
    visitor: Visitor, entry: Entry, *, address_ids: dict[str, int], page_ids: set[int], now: datetime
) -> Recorded:
    """Record an entry message, with the earlier entries that it carries because they were not confirmed.

    ``address_ids`` has the key of each URL in the message, ``page_ids`` those of its pages that exist.
    """
    recorded = Recorded()
    entries = [*entry.unsent, entry]
    known = _KnownPageViews(visitor, entries, now=now)
    for one in entries:
        _record_one(
            visitor,
            one,
            known=known,
            recorded=recorded,
            address_id=address_ids[one.url],
            page_id=one.page_id if one.page_id in page_ids else None,
            is_late=one is not entry,
            now=now,
        )
    return recorded


class _KnownPageViews:
    """The visitor's page views that a message may be about, read in one query."""

    def __init__(self, visitor: Visitor, entries: Iterable[Entry], *, now: datetime) -> None:
        ids = {entry.id for entry in entries} | {entry.previous.id for entry in entries if entry.previous}
        wanted = Q(beacon_id__in=ids)
        for entry in entries:
            if (began := began_at(entry, now=now)) is not None:
                window = (began - CLAIM_WINDOW, began + CLAIM_WINDOW)
                wanted |= Q(beacon_id=None, entered_at__range=window)
        rows = list(PageView.objects.filter(wanted, visitor=visitor).select_related("address"))
        self.by_id = {row.beacon_id: row for row in rows if row.beacon_id is not None}
        self.unclaimed = [row for row in rows if row.beacon_id is None]

    def take_unclaimed(self, *, address_id: int, began: datetime | None) -> PageView | None:
        """The hook's row of this page view: same URL, nearest to when the navigation began."""
        if began is None:
            return None
        rows = [
            row
            for row in self.unclaimed
            if row.address_id == address_id and abs(row.entered_at - began) <= CLAIM_WINDOW
        ]
        if not rows:
            return None
        nearest = min(rows, key=lambda row: abs(row.entered_at - began))
        self.unclaimed.remove(nearest)
        return nearest


def began_at(entry: Entry, *, now: datetime) -> datetime | None:
    """When the navigation of an entry began, on the server's clock; None for one that asked no server."""
    if entry.navigation_ms is None or entry.how == "restore":
        return None
    return now - timedelta(milliseconds=entry.navigation_ms)


def entered_at(entry: Entry, *, now: datetime) -> datetime:
    """When the page was entered, on the server's clock."""
    return now - min(timedelta(milliseconds=entry.ago_ms), LONGEST_DWELL)


def _record_one(
    visitor: Visitor,
    entry: Entry,
    *,
    known: _KnownPageViews,
    recorded: Recorded,
    address_id: int,
    page_id: int | None,
    is_late: bool,
    now: datetime,
) -> None:
    before = known.by_id.get(entry.previous.id) if entry.previous else None
    own = known.by_id.get(entry.id)
    hook_row = (
        known.take_unclaimed(address_id=address_id, began=began_at(entry, now=now))
        if own is None or entry.how == "reload"
        else None
    )
    if own is not None:
        if entry.how == "reload":
            _continue(own, hook_row=hook_row)
    else:
        if hook_row is not None:
            anchor: datetime | None = hook_row.anchored_at
        elif is_late:
            anchor = (before.ended_at or before.anchored_at) if before is not None else None
        else:
            anchor = now
        own = hook_row or PageView(visitor=visitor, address_id=address_id)
        own.source = Source.BEACON if hook_row is None else Source.BOTH
        own.contact_id = visitor.contact_id
        own.page_id = page_id if hook_row is None else hook_row.page_id
        own.beacon_id, own.tab_id = entry.id, entry.tab
        own.is_confirmed = True
        own.entered_at, own.anchored_at = entered_at(entry, now=now), anchor
        own.sweep_at = own.entered_at + LONGEST_DWELL
        own.save()
        known.by_id[entry.id] = own
        recorded.entered.append(own)
    if before is not None and entry.previous is not None and before is not own:
        _end_previous(before, entry.previous, entry=entry, recorded=recorded, now=now)


def _continue(page_view: PageView, *, hook_row: PageView | None) -> None:
    """A reload: the same page view goes on, and the row that the hook wrote for it is not another one."""
    if hook_row is not None:
        hook_row.delete()
    PageView.objects.filter(pk=page_view.pk, ending=Ending.OPEN).update(
        ended_at=None, sweep_at=F("entered_at") + LONGEST_DWELL
    )


def _end_previous(
    before: PageView, previous: Previous, *, entry: Entry, recorded: Recorded, now: datetime
) -> None:
    """The next page view in the same tab names the one before it: moved on, or left and came back."""
    following = entered_at(entry, now=now)
    gap = timedelta(milliseconds=max(0, previous.gap_ms))
    if before.ended_at is not None:
        gap = max(gap, following - before.ended_at)
    changes: dict[str, Any] = {
        "ended_at": before.ended_at or following,
        "engaged_ms": _valid_ms(previous.engaged_ms),
        "sweep_at": None,
    }
    if gap > LONGEST_GAP:
        PageView.objects.filter(pk=before.pk, ending=Ending.OPEN).update(ending=Ending.LEFT, **changes)
        return
    changes["dwell_ms"] = _dwell_ms(before, previous, following=following)
    if PageView.objects.filter(pk=before.pk, ending=Ending.OPEN).update(ending=Ending.MOVED_ON, **changes):
        before.ending = Ending.MOVED_ON
        for name, value in changes.items():
            setattr(before, name, value)
        if before.dwell_ms is not None:
            recorded.moved_on.append(before)


def _valid_ms(milliseconds: int) -> int | None:
    """A duration that can be true, else None: not negative and at most a day."""
    return milliseconds if 0 <= milliseconds <= LONGEST_DWELL // timedelta(milliseconds=1) else None


def _dwell_ms(before: PageView, previous: Previous, *, following: datetime) -> int | None:
    """The least of the browser's two clocks' differences and the server's own bound; None without an anchor.

    A clock that went backwards says nothing, and the others still bound the time from above.
    """
    if before.anchored_at is None:
        return None
    bound = (following - before.anchored_at) // timedelta(milliseconds=1)
    differences = [ms for ms in (previous.wall_ms, previous.monotonic_ms) if ms >= 0]
    return _valid_ms(min([bound, *differences])) if differences and bound >= 0 else None


def record_end(visitor: Visitor, end: End, *, now: datetime) -> None:
    """Record that a page was left. Nothing depends on it but how soon the page view counts as closed."""
    PageView.objects.filter(visitor=visitor, beacon_id=end.id, ending=Ending.OPEN).update(
        ended_at=now, engaged_ms=_valid_ms(end.engaged_ms), sweep_at=now + CLOSED_AFTER
    )


def record_served(visitor: Visitor, served: Served, *, address_id: int, came_from_id: int | None) -> PageView:
    """Write the hook's row of a page view: unclaimed, so that a beacon claims it or the sweep judges it."""
    return PageView.objects.create(
        visitor=visitor,
        contact_id=visitor.contact_id,
        address_id=address_id,
        page_id=served.page_id,
        came_from_id=came_from_id,
        source=Source.HOOK,
        is_confirmed=False,
        entered_at=served.served_at,
        anchored_at=served.served_at,
        sweep_at=served.served_at + JUDGED_AFTER,
    )


def sweep_page_view(page_view: PageView, *, now: datetime) -> Recorded:
    """Judge or close a page view whose time has come.

    A row that only the server saw is dropped where the visitor's beacon runs: then the page was never shown.
    """
    if not page_view.is_confirmed:
        return _confirm_served(page_view, now=now)
    PageView.objects.filter(pk=page_view.pk, ending=Ending.OPEN, sweep_at__lte=now).update(
        ending=Ending.CLOSED, sweep_at=None
    )
    return Recorded()


def _confirm_served(page_view: PageView, *, now: datetime) -> Recorded:
    beacon_seen_at = page_view.visitor.beacon_seen_at
    if beacon_seen_at is not None and beacon_seen_at > page_view.entered_at - BEACON_EXPECTED_WITHIN:
        page_view.delete()
        return Recorded()
    page_view.is_confirmed = True
    page_view.sweep_at = page_view.entered_at + LONGEST_DWELL
    page_view.save(update_fields=["is_confirmed", "sweep_at"])
    recorded = Recorded(entered=[page_view])
    before = (
        PageView.objects.filter(visitor=page_view.visitor, entered_at__lt=page_view.entered_at)
        .order_by("-entered_at", "-pk")
        .first()
    )
    if before is None or before.beacon_id is not None or before.address_id != page_view.came_from_id:
        return recorded
    dwell = page_view.entered_at - before.entered_at
    moved_on = PageView.objects.filter(pk=before.pk, ending=Ending.OPEN).update(
        ending=Ending.MOVED_ON,
        ended_at=page_view.entered_at,
        dwell_ms=_valid_ms(dwell // timedelta(milliseconds=1)),
        sweep_at=None,
    )
    if moved_on and dwell <= LONGEST_DWELL:
        before.refresh_from_db()
        recorded.moved_on.append(before)
    return recorded
