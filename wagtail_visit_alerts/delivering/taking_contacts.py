"""Taking: one reader of an alert says "I'm on it", and the others learn that.

Takes a delivery, which says who the reader is and which contact they mean; writes who has taken the notifications of
that e-mail about that contact, and what the other readers of the alerts are told. Guarantees one taker for each
notification, however many click at once, and that nobody is told twice.
"""

from collections.abc import Sequence
from datetime import datetime

from wagtail_visit_alerts import signals
from wagtail_visit_alerts.delivering import outbox
from wagtail_visit_alerts.delivering.addressee import Addressee, is_the_contact
from wagtail_visit_alerts.delivering.muting import muted_keys
from wagtail_visit_alerts.models import Delivery, Notification, Purpose, Role, Status, Taking
from wagtail_visit_alerts.models.email_address import email_key
from wagtail_visit_alerts.models.primary import atomic

#: Whoever has an alert in one of these states has read it or will.
_READ_OR_TO_BE_READ = (Status.WAITING, Status.CLAIMED, Status.SENT)


def take(delivery: Delivery, *, now: datetime) -> list[Taking]:
    """Let the delivery's reader take its contact, and return who has taken each notification by now.

    What somebody has taken before stays theirs. The other readers of the alerts get an e-mail, once; what is about
    to tell them of the alert itself still goes. Writes, sends ``contact_taken``, and wakes up the deliveries on
    commit.
    """
    with atomic():
        notifications = _locked_notifications(delivery)
        new = [
            made
            for notification in notifications
            for made, is_new in [_taken(notification, delivery, now=now)]
            if is_new
        ]
        if new:
            told = [
                (taking.notification, _others_to_tell(taking.notification, delivery, now=now)) for taking in new
            ]
            signals.contact_taken.send(sender=Taking, contact=delivery.notification.contact, takings=new)
            if outbox.write(told, now=now, purpose=Purpose.TAKEN):
                outbox.wake_up()
    return takings_of(delivery)


def give_back(delivery: Delivery) -> int:
    """Undo what the delivery's reader has taken; return how many notifications nobody has taken now.

    Whom nobody has told yet is not told; whoever was is told nothing more.
    """
    with atomic():
        own = [taking for taking in takings_of(delivery) if is_takers(taking, delivery)]
        notification_ids = [taking.notification_id for taking in own]
        waiting = Delivery.objects.filter(
            notification__in=notification_ids, purpose=Purpose.TAKEN, status=Status.WAITING
        )
        # Locked in the order in which ``claim`` locks.
        locked = Delivery.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).order_by("pk")
        untold = [each.pk for each in locked.select_for_update() if each.status == Status.WAITING]
        Delivery.objects.filter(pk__in=untold).delete()
        Taking.objects.filter(pk__in=[taking.pk for taking in own]).delete()
    return len(own)


def takings_of(delivery: Delivery) -> list[Taking]:
    """Who has taken what the delivery's e-mail tells of its contact. One query."""
    found = Taking.objects.filter(notification__in=_notifications(delivery)).select_related("user")
    return list(found.order_by("taken_at", "pk"))


def is_takers(taking: Taking, delivery: Delivery) -> bool:
    """Whether the reader of a delivery is the one who took it."""
    if taking.user_id is not None or delivery.user_id is not None:
        return taking.user_id == delivery.user_id
    return email_key(taking.email) == delivery.email_key


def _notifications(delivery: Delivery) -> Sequence[int]:
    """The ids of the notifications about the delivery's contact that its e-mail carries."""
    carried = Delivery.objects.filter(
        email_id=delivery.email_id,
        purpose=Purpose.ALERT,
        notification__contact=delivery.notification.contact_id,
    )
    return list(carried.values_list("notification", flat=True))


def _locked_notifications(delivery: Delivery) -> list[Notification]:
    """The same, locked in the order of their ids: two who click at once do it one after the other."""
    carried = Notification.objects.filter(pk__in=_notifications(delivery))
    return list(carried.order_by("pk").select_for_update())


def _taken(notification: Notification, delivery: Delivery, *, now: datetime) -> tuple[Taking, bool]:
    """Who has taken a notification: the delivery's reader, and newly, unless somebody was faster."""
    return Taking.objects.get_or_create(
        notification=notification,
        defaults={"user": delivery.user, "email": delivery.email, "taken_at": now},
    )


def _others_to_tell(notification: Notification, taker: Delivery, *, now: datetime) -> list[Addressee]:
    """The other readers of a notification, who have not muted its alert and were not told before."""
    if notification.alert_id is None:
        return []
    deliveries = Delivery.objects.filter(notification=notification).select_related("user").order_by("pk")
    told = {each.email_key for each in deliveries if each.purpose == Purpose.TAKEN}
    left_out = (
        told
        | {taker.email_key}
        | muted_keys(notification.alert_id, contact_id=notification.contact_id, now=now)
    )
    others: dict[str, Addressee] = {}
    for each in deliveries:
        reads_it = each.purpose == Purpose.ALERT and each.status in _READ_OR_TO_BE_READ and each.email
        is_taker = each.user_id is not None and each.user_id == taker.user_id
        if not reads_it or is_taker or each.email_key in left_out:
            continue
        addressee = Addressee(each.user, each.email, Role(each.role))
        if not is_the_contact(addressee, notification.contact):
            others.setdefault(each.email_key, addressee)
    return list(others.values())
