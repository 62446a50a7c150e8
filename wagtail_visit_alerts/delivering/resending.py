"""Resending: what a person has sent again, or tried again after it was given up.

Takes deliveries that are over; writes to the outbox what is due from now on, and wakes up the queue once that is
committed. Guarantees that pressing twice sends once, that no slot of the cap is taken, and that nobody is told who
may not be any more: before the attempt it is judged again as for any delivery.
"""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from wagtail_visit_alerts.delivering.waking import wake_up
from wagtail_visit_alerts.models import Delivery, Notification, Purpose, Status, WaitsFor
from wagtail_visit_alerts.models.primary import atomic

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: How many deliveries one call tries again, and how many of them it holds locked at a time.
MOST_AT_ONCE = 5000
BATCH = 500


def send_again(delivery: Delivery, *, by: "AbstractUser", now: datetime) -> Delivery | None:
    """Send an alert that was sent once more to the same recipient, by an e-mail of its own; return its delivery.

    None where there is nothing to send again: it was not sent, it tells no alert, the alert or the contact is gone,
    or an earlier resend to that recipient is still on its way.
    """
    if delivery.status != Status.SENT or delivery.purpose != Purpose.ALERT:
        return None
    with atomic():
        notification = Notification.objects.select_for_update().filter(pk=delivery.notification_id).first()
        if notification is None or notification.alert_id is None:
            return None
        to_them = Delivery.objects.filter(
            notification=notification, email_key=delivery.email_key, purpose=Purpose.ALERT
        )
        if to_them.filter(status__in=[Status.WAITING, Status.CLAIMED]).exists():
            return None
        latest = max(to_them.values_list("resend", flat=True), default=0)
        again = Delivery.objects.create(
            notification=notification,
            purpose=delivery.purpose,
            role=delivery.role,
            user_id=delivery.user_id,
            destination_id=delivery.destination_id,
            email=delivery.email,
            email_key=delivery.email_key,
            email_id=uuid.uuid4(),
            resend=latest + 1,
            resent_by_id=by.pk,
            due_at=now,
        )
        wake_up()
    return again


def retry(deliveries: QuerySet[Delivery], *, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Try those of these deliveries again that were given up, at most ``limit`` of them; return how many.

    They are due at once, and have all their attempts before them. What is tried again keeps its Message-ID: should
    the mail server have accepted it after all, the repeat is recognisable.
    """
    given_up = deliveries.filter(status=Status.FAILED, notification__alert__isnull=False).order_by("pk")
    delivery_ids = list(given_up.values_list("pk", flat=True)[:limit])
    changed = 0
    for start in range(0, len(delivery_ids), BATCH):
        with atomic():  # locked in the order in which ``outbox.claim`` locks
            locked = list(
                Delivery.objects.filter(pk__in=delivery_ids[start : start + BATCH])
                .order_by("pk")
                .select_for_update()
                .values_list("pk", flat=True)
            )
            changed += Delivery.objects.filter(pk__in=locked, status=Status.FAILED).update(
                status=Status.WAITING,
                due_at=now,
                waits_for=WaitsFor.NOTHING,
                attempts=0,
                first_tried_at=None,
                failed_at=None,
                claim=None,
                claimed_until=None,
            )
    if changed:
        wake_up()
    return changed
