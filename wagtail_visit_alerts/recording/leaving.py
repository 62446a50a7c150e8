"""Leaving: how long a page view lasted, and what came of it.

Guarantees no time longer than the truth, and a dwell time only where the next page view in the same tab names the one
before it, or says that it is the next one of that tab.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from wagtail_visit_alerts.models import Ending, PageView, Visitor
from wagtail_visit_alerts.recording.reported import (
    CLOSED_AFTER,
    LONGEST_DWELL,
    LONGEST_GAP,
    End,
    InView,
    Measured,
    Previous,
    Recorded,
    duration,
)


def end_previous(before: PageView, previous: Previous, *, following: datetime, recorded: Recorded) -> None:
    """The next page view in the same tab, entered at ``following``, names the one before it: moved on, or left."""
    left_at = min(before.ended_at or following, following - duration(previous.gap_ms))
    # A wall clock that was set back meanwhile makes the gap look short; what was not spent on the page tells of it.
    spent = timedelta(milliseconds=max(previous.wall_ms, previous.monotonic_ms, 0))
    latest = before.entered_at + min(spent, following - before.entered_at)
    has_moved_on = following - min(left_at, latest) <= LONGEST_GAP
    dwell_ms = _least_ms(before, previous, until=following) if has_moved_on else None
    changes: dict[str, Any] = {
        "ending": Ending.MOVED_ON if has_moved_on else Ending.LEFT,
        "ended_at": before.ended_at or following,
        "dwell_ms": dwell_ms,
        "engaged_ms": _engaged_ms(before, previous, until=left_at, dwell_ms=dwell_ms),
        "sweep_at": following if before.contact_id else None,
    }
    if not PageView.objects.filter(pk=before.pk, ending=Ending.OPEN).update(**changes):
        return
    for name, value in changes.items():
        setattr(before, name, value)
    if before.dwell_ms is not None:
        recorded.moved_on.append(before)
    recorded.in_view.append((before, left_at))


def record_end(visitor: Visitor, end: End, *, now: datetime) -> Recorded:
    """Record that a page was left: how long it was in view, and when it counts as closed if nothing follows.

    The next page view of the tab may be known already, where it could not name this one.
    """
    page_view = _own_page_view(visitor, end)
    if page_view is None or page_view.ending != Ending.OPEN:
        return Recorded()
    if page_view.followed_at is not None:
        recorded = Recorded(here=page_view)
        previous = Previous(end.id, end.engaged_ms, end.wall_ms, end.monotonic_ms, gap_ms=0)
        end_previous(page_view, previous, following=page_view.followed_at, recorded=recorded)
        return recorded
    said = page_view.entered_at + duration(max(end.wall_ms, end.monotonic_ms))
    if page_view.ended_at is None or said > page_view.ended_at:  # else it says again what is known
        page_view.ended_at, page_view.sweep_at = now, now + CLOSED_AFTER
        page_view.left_after_ms = _least_ms(page_view, end, until=now)
    page_view.engaged_ms = _engaged_ms(page_view, end, until=now)
    page_view.save(update_fields=["engaged_ms", "ended_at", "left_after_ms", "sweep_at"])
    return Recorded(in_view=[(page_view, now)], here=page_view)


def as_previous(page_view: PageView) -> Previous | None:
    """What the next page view of the tab would say of one that was left, by its own end; None where none came."""
    if page_view.ending != Ending.OPEN or page_view.ended_at is None or page_view.left_after_ms is None:
        return None
    assert page_view.beacon_id is not None
    return Previous(
        id=page_view.beacon_id,
        engaged_ms=page_view.engaged_ms or 0,
        wall_ms=(page_view.ended_at - page_view.entered_at) // timedelta(milliseconds=1),
        monotonic_ms=page_view.left_after_ms,
        gap_ms=0,
    )


def record_in_view(visitor: Visitor, report: InView, *, now: datetime) -> Recorded:
    """Record how long a page has been in view so far."""
    page_view = _own_page_view(visitor, report)
    if page_view is None:
        return Recorded()
    until = min(now, page_view.ended_at or now)
    page_view.engaged_ms = _engaged_ms(page_view, report, until=until, dwell_ms=page_view.dwell_ms)
    page_view.save(update_fields=["engaged_ms"])
    return Recorded(in_view=[(page_view, until)], here=page_view)


def valid_ms(milliseconds: int) -> int | None:
    """A duration that can be true, else None: not negative and at most a day."""
    return milliseconds if 0 <= milliseconds <= LONGEST_DWELL // timedelta(milliseconds=1) else None


def _own_page_view(visitor: Visitor, measured: Measured) -> Any:
    """The page view that a message is about, with when the next one of its tab was entered, if one is open.

    Open is also what another one has named before it arrived itself: that came late, and may not be the next one.
    """
    page_views = PageView.objects.filter(visitor=visitor)
    later = page_views.filter(
        ~Exists(page_views.filter(follows_id=OuterRef("beacon_id"))),
        tab_id=OuterRef("tab_id"),
        ending=Ending.OPEN,
        entered_at__gt=OuterRef("entered_at"),
    )
    followed_at = Subquery(later.order_by("entered_at").values("entered_at")[:1])
    found = page_views.filter(beacon_id=measured.id).annotate(followed_at=followed_at)
    return found.select_related("address").first()


def _least_ms(
    page_view: PageView, measured: Measured, *, until: datetime, at_most: int | None = None
) -> int | None:
    """The least of the browser's two clocks' differences and the server's own bound; None without an anchor.

    A clock that went backwards says nothing, and the others still bound the time from above.
    """
    if page_view.anchored_at is None:
        return None
    bound = (until - page_view.anchored_at) // timedelta(milliseconds=1)
    said = [ms for ms in (measured.wall_ms, measured.monotonic_ms, at_most) if ms is not None and ms >= 0]
    return valid_ms(min([bound, *said])) if said and bound >= 0 else None


def _engaged_ms(
    page_view: PageView, measured: Measured, *, until: datetime, dwell_ms: int | None = None
) -> int | None:
    """The engaged time known so far: the most that a browser has claimed and its clocks and the server's bound allow.

    Never more than the dwell time, where there is one.
    """
    claimed = None
    if measured.engaged_ms >= 0:
        claimed = _least_ms(page_view, measured, until=until, at_most=measured.engaged_ms)
    known = [ms for ms in (page_view.engaged_ms, claimed) if ms is not None]
    if not known:
        return None
    return max(known) if dwell_ms is None else min(max(known), dwell_ms)
