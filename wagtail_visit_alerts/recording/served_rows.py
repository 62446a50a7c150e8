"""Served rows: page views that only the server saw, until a beacon claims them or the sweep judges them."""

from datetime import datetime, timedelta

from wagtail_visit_alerts.models import Ending, PageView, Source, Visitor
from wagtail_visit_alerts.recording.leaving import valid_ms
from wagtail_visit_alerts.recording.reported import (
    BEACON_EXPECTED_WITHIN,
    JUDGED_AFTER,
    LONGEST_DWELL,
    Recorded,
    Served,
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
        ending=Ending.CLOSED, sweep_at=now if page_view.contact_id else None
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
        dwell_ms=valid_ms(dwell // timedelta(milliseconds=1)),
        sweep_at=page_view.entered_at if before.contact_id else None,
    )
    if moved_on and dwell <= LONGEST_DWELL:
        before.refresh_from_db()
        recorded.moved_on.append(before)
    return recorded
