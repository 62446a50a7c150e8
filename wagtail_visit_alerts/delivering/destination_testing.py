"""Tests of destinations: what they would be told, marked as a test, sent at once while somebody waits.

Takes a notification that exists in memory only, or makes one up; gives what went wrong. Nothing is written.
"""

import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.channels import Lines, LineStoppedError
from wagtail_visit_alerts.delivering.faults import Fault
from wagtail_visit_alerts.models import (
    Address,
    Alert,
    Contact,
    Delivery,
    Destination,
    Match,
    Method,
    Notification,
    Outcome,
    PageView,
    Role,
    Source,
    Visitor,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

logger = logging.getLogger(__name__)


def switched_on(alert: Alert) -> list[Destination]:
    """Return the destinations that an alert, saved or not, is sent to."""
    return [one.destination for one in alert.destinations.all() if one.destination.is_on]


def send_tests(
    destinations: Iterable[Destination],
    notification: Notification,
    *,
    tester: "AbstractUser",
    unsaved: Sequence[PageView] = (),
    now: datetime,
) -> Fault | None:
    """Send a notification to destinations as a test; return the first fault, with whose it is."""
    found = None
    for destination in destinations:
        fault = _send(destination, notification, tester=tester, unsaved=unsaved, now=now)
        if fault is not None and found is None:
            words = {"destination": destination.name, "fault": fault.reason}
            found = Fault(fault.kind, gettext("Destination “%(destination)s”: %(fault)s") % words)
    return found


def send_made_up(destination: Destination, *, tester: "AbstractUser", now: datetime) -> Fault | None:
    """Send an alert about nobody to a destination, switched on or not; return the fault, if any."""
    contact = Contact(name=gettext("Sample contact"), email="sample.contact@example.org")
    alert = Alert(name=gettext("Test of the destination “%(name)s”") % {"name": destination.name})
    visitor = Visitor(contact=contact, identified_by=Method.API, last_seen_at=now)
    page_view = PageView(
        visitor=visitor,
        contact=contact,
        address=Address(text=f"{settings.base_url or 'http://localhost'}/"),
        source=Source.BEACON,
        entered_at=now,
    )
    match = Match(page_view=page_view, alert=alert, contact=contact, outcome=Outcome.RAISED, happened_at=now)
    notification = Notification(match=match, alert=alert, alert_name=alert.name, contact=contact, raised_at=now)
    return _send(destination, notification, tester=tester, unsaved=[page_view], now=now)


def _send(
    destination: Destination,
    notification: Notification,
    *,
    tester: "AbstractUser",
    unsaved: Sequence[PageView],
    now: datetime,
) -> Fault | None:
    delivery = Delivery(
        notification=notification,
        role=Role.DESTINATION,
        destination=destination,
        email_key=destination.key,
        email_id=uuid.uuid4(),
        due_at=now,
    )
    with Lines() as lines:
        try:
            fault = lines.send([delivery], tester=tester, unsaved=unsaved, now=now)
        except LineStoppedError as stop:
            fault = stop.fault
    if fault is not None:
        logger.warning(
            "test.not_sent",
            extra={"tester_id": tester.pk, "destination_id": destination.pk, "fault": fault.kind.value},
        )
    return fault
