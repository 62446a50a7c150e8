"""Giving up: when a delivery has failed for good, whoever stands in for the contact's owner is told, once.

Takes the deliveries that failed; writes others into the outbox, which leave like every e-mail. Guarantees that nobody
is told twice of one notification, that nobody is told of their own address, nor the contact of anything, and that
such a delivery which fails itself tells nobody.
"""

from collections.abc import Sequence
from datetime import datetime

from wagtail_visit_alerts.delivering import outbox, recipients
from wagtail_visit_alerts.delivering.recipients import Addressee
from wagtail_visit_alerts.models import Delivery, Notification, Purpose, Status


def tell(failed: Sequence[Delivery], *, now: datetime) -> int:
    """Tell the fallback of each alert that a delivery of it was given up; return how many deliveries were written.

    To be called inside the transaction that records the failure.
    """
    alerts = [delivery for delivery in failed if delivery.purpose == Purpose.ALERT]
    notification_ids = sorted({delivery.notification_id for delivery in alerts})
    # Locked in one order: two recipients of one notification may be given up at the same moment.
    locked = Notification.objects.filter(pk__in=notification_ids).order_by("pk").select_for_update()
    there = {
        notification.pk for notification in locked
    }  # the contact of another may have been erased meanwhile
    told = {
        delivery.notification_id: (delivery.notification, _not_told_yet(delivery))
        for delivery in alerts
        if delivery.notification_id in there
    }
    return outbox.write(list(told.values()), now=now, purpose=Purpose.GIVEN_UP)


def _not_told_yet(failed: Delivery) -> list[Addressee]:
    """Who is to be told that this delivery has failed."""
    notification = failed.notification
    if notification.alert is None:
        return []
    others = Delivery.objects.filter(notification=notification)
    unreached = others.filter(status=Status.FAILED) | others.filter(purpose=Purpose.GIVEN_UP)
    left_out = {failed.email_key, *unreached.values_list("email_key", flat=True)}
    standing_in = recipients.fallbacks(notification.alert, notification.contact)
    return [addressee for addressee in standing_in if addressee.key not in left_out]
