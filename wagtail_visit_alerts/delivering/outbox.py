"""The outbox: what is to be sent, kept in the database and lent to one process at a time.

``write`` takes raised notifications and their addressees inside the caller's transaction; ``wake_up`` asks the
queue for a delivery run once that is committed; ``claim`` lends what is due; the other functions take a claim
back with what came of it. Guarantees that no two processes hold the same e-mail, that a process which dies
holds it for the length of a lease only, and that a process whose lease has ended changes nothing any more.
"""

import logging
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering.recipients import Addressee
from wagtail_visit_alerts.delivering.waking import wake_up
from wagtail_visit_alerts.models import Delivery, Notification, Status
from wagtail_visit_alerts.models.primary import atomic

__all__ = [
    "Claimed",
    "cancel",
    "claim",
    "correct",
    "hand_over",
    "put_back",
    "record_failure",
    "record_sent",
    "wake_up",
    "write",
]

logger = logging.getLogger(__name__)

#: How long a process may hold an e-mail. Longer than a run (``sending.TIME_LIMIT``) and one whole SMTP
#: conversation of about ten steps, each of which may take ``sending.LONGEST_WAIT``.
LEASE = timedelta(minutes=5)

#: The pause after the first failure; each further one is twice as long as the one before.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=55)
#: Pauses are longer by a random part of up to this share, so that what failed together does not return
#: together.
JITTER = 0.09
#: With these pauses the last attempt is made about 24 hours after the first.
MAX_ATTEMPTS = 31

_MAX_REASON_LENGTH = Delivery._meta.get_field("reason").max_length
_random = random.SystemRandom()


@dataclass(frozen=True)
class Claimed:
    """One e-mail that this process holds: the token proves it."""

    token: uuid.UUID
    email_id: uuid.UUID

    def deliveries(self) -> list[Delivery]:
        """Read what the e-mail carries, as it is now; nothing once the lease has ended."""
        held = Delivery.objects.held_with(self.token).filter(email_id=self.email_id)
        return list(held.with_what_is_told().order_by("pk"))


def write(raised: Sequence[tuple[Notification, Sequence[Addressee]]], *, now: datetime) -> int:
    """Write the deliveries of what one page view raised, and return their number.

    What one address gets of one contact in a call leaves as one e-mail. To be called inside the transaction
    that writes the notifications.
    """
    email_ids: dict[tuple[int, str], uuid.UUID] = {}
    deliveries = [
        Delivery(
            notification=notification,
            role=addressee.role,
            user_id=addressee.user_id,
            email=addressee.email,
            email_key=addressee.key,
            email_id=email_ids.setdefault((notification.contact_id, addressee.key), uuid.uuid4()),
            due_at=now,
        )
        for notification, addressees in raised
        for addressee in addressees
    ]
    return len(Delivery.objects.bulk_create(deliveries))


def claim(*, now: datetime, limit: int) -> list[Claimed]:
    """Claim at most ``limit`` e-mails that are due, each whole, and count the attempt; none when none is due.

    Locks the rows in the order of their ids for the length of two statements. Another process may win all of a
    batch: then the next one is tried.
    """
    while email_ids := _due_email_ids(now, limit):
        token = uuid.uuid4()
        due = list(Delivery.objects.due(now).filter(email_id__in=email_ids).values_list("pk", flat=True))
        with atomic():
            # Locked in one order first, so that two processes never wait for each other, nor share an e-mail. By
            # the primary key alone: MariaDB locks in the order of the index it reads, not in the one asked for.
            locked = list(
                Delivery.objects.filter(pk__in=due)
                .order_by("pk")
                .select_for_update()
                .values_list("pk", flat=True)
            )
            Delivery.objects.due(now).filter(pk__in=locked).update(
                status=Status.CLAIMED, claim=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
            )
            won = set(Delivery.objects.held_with(token).values_list("email_id", flat=True))
        if won:
            return [Claimed(token, email_id) for email_id in email_ids if email_id in won]
    return []


def record_sent(deliveries: Sequence[Delivery], *, now: datetime) -> int:
    """Record that the mail server has accepted the e-mail with these claimed deliveries; return how many."""
    return _give_back(deliveries, status=Status.SENT, sent_at=now, reason="")


def record_failure(deliveries: Sequence[Delivery], *, reason: str, may_pass: bool, now: datetime) -> int:
    """Record a failed attempt: tried again after a pause while the fault may pass, else given up for good.

    Returns how many deliveries wait for another attempt.
    """
    attempts = max((delivery.attempts for delivery in deliveries), default=0)
    if may_pass and attempts < MAX_ATTEMPTS:
        return _give_back(deliveries, status=Status.WAITING, due_at=now + pause(attempts), reason=reason)
    if may_pass:
        reason = gettext("Given up after %(attempts)d attempts: %(reason)s") % {
            "attempts": attempts,
            "reason": reason,
        }
    _give_back(deliveries, status=Status.FAILED, reason=reason)
    return 0


def put_back(claimed: Sequence[Claimed], *, due_at: datetime, reason: str | None = None) -> int:
    """Give e-mails back that could not be tried, without counting an attempt; return how many deliveries."""
    tokens = {email.token for email in claimed}
    changes: dict[str, Any] = {} if reason is None else {"reason": reason[:_MAX_REASON_LENGTH]}
    return Delivery.objects.filter(
        status=Status.CLAIMED, claim__in=tokens, email_id__in={email.email_id for email in claimed}
    ).update(
        status=Status.WAITING,
        due_at=due_at,
        attempts=F("attempts") - 1,
        claim=None,
        claimed_until=None,
        **changes,
    )


def cancel(delivery: Delivery, *, reason: str) -> int:
    """Record that nobody may be told by this claimed delivery any more."""
    return _give_back([delivery], status=Status.CANCELLED, reason=reason)


def correct(delivery: Delivery, addressee: Addressee) -> None:
    """Note under which role and as which user the same address gets a claimed delivery now."""
    if (delivery.role, delivery.user_id) == (addressee.role, addressee.user_id):
        return
    delivery.role, delivery.user_id = addressee.role, addressee.user_id
    Delivery.objects.filter(pk=delivery.pk).update(role=addressee.role, user=addressee.user_id)


def hand_over(delivery: Delivery, addressee: Addressee, *, now: datetime) -> int:
    """Address a claimed delivery to somebody else: another e-mail, due now, with attempts of its own.

    What is handed over from one e-mail to one person stays one e-mail. A person who gets this notification by
    another delivery already gets it once: then this one is cancelled.
    """
    others = Delivery.objects.filter(notification=delivery.notification_id, email_key=addressee.key)
    if others.exclude(pk=delivery.pk).exists():
        return cancel(delivery, reason=gettext("The contact's new owner gets this alert already."))
    return _give_back(
        [delivery],
        status=Status.WAITING,
        due_at=now,
        attempts=0,
        user=addressee.user,
        role=addressee.role,
        email=addressee.email,
        email_key=addressee.key,
        email_id=uuid.uuid5(delivery.email_id, addressee.key),
    )


def pause(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: between 60 and 66 seconds at first, an hour at most."""
    doubled = FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10)
    return min(doubled, LONGEST_PAUSE) * (1 + _random.uniform(0, JITTER))


def _due_email_ids(now: datetime, limit: int) -> list[uuid.UUID]:
    """The e-mails that have been due for longest, at most ``limit`` of them."""
    rows = Delivery.objects.due(now).order_by("due_at", "pk").values_list("email_id", flat=True)[:limit]
    return list(dict.fromkeys(rows))


def _give_back(deliveries: Sequence[Delivery], *, reason: str = "", **changes: Any) -> int:
    """Change deliveries that are still held as they were read; what another process holds by now stays."""
    tokens = {delivery.claim for delivery in deliveries}
    changed = Delivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries], status=Status.CLAIMED, claim__in=tokens
    ).update(claim=None, claimed_until=None, reason=reason[:_MAX_REASON_LENGTH], **changes)
    if changed < len(deliveries):
        logger.warning(
            "delivery.lease_lost",
            extra={"deliveries": [delivery.pk for delivery in deliveries], "changed": changed},
        )
    return changed
