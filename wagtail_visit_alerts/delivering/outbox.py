"""The outbox: what is to be sent, kept in the database and lent to one process at a time.

``write`` takes raised notifications and their addressees inside the caller's transaction; ``wake_up`` asks the
queue for a delivery run once that is committed; ``claim`` lends what is due; the other functions take a claim
back with what came of it. Guarantees that no two processes hold the same e-mail, that a process which dies
holds it for the length of a lease only, and that a process whose lease has ended neither begins an attempt nor
changes anything any more.
"""

import logging
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import retrying
from wagtail_visit_alerts.delivering.recipients import Addressee
from wagtail_visit_alerts.delivering.waking import wake_up
from wagtail_visit_alerts.models import Delivery, Notification, Purpose, Status, WaitsFor
from wagtail_visit_alerts.models.delivery import EMAIL, DeliveryQuerySet
from wagtail_visit_alerts.models.primary import atomic

__all__ = [
    "Claimed",
    "begin",
    "cancel",
    "cancel_waiting",
    "claim",
    "correct",
    "hand_over",
    "postpone",
    "put_back",
    "read",
    "record_attachment_faults",
    "record_failure",
    "record_sent",
    "wake_up",
    "write",
]

logger = logging.getLogger(__name__)

#: How long a process may hold an e-mail. Longer than a run (``sending.TIME_LIMIT``) and one whole SMTP
#: conversation of about ten steps, each of which may take ``email_channel.LONGEST_WAIT``.
LEASE = timedelta(minutes=5)

#: How many deliveries one digest carries at most; what is above that leaves as another one.
LONGEST_DIGEST = 100

#: What is put together when it is claimed.
_FOLDED = (WaitsFor.DIGEST, WaitsFor.CEILING)
_FOLDING = Q(waits_for__in=_FOLDED, attempts=0, purpose=Purpose.ALERT)
#: What decides whether, and with what, a delivery is claimed.
_CLAIMED_BY = (
    "status",
    "due_at",
    "claimed_until",
    "email_id",
    "email_key",
    "waits_for",
    "attempts",
    "purpose",
)
_MAX_REASON_LENGTH = Delivery._meta.get_field("reason").max_length


@dataclass(frozen=True)
class Claimed:
    """One e-mail that this process holds: the token proves it."""

    token: uuid.UUID
    email_id: uuid.UUID
    #: Whether a process before this one has held it until its lease was over: it may have died of it.
    lapsed: bool = False

    def deliveries(self) -> list[Delivery]:
        """Read what the e-mail carries, as it is now; nothing once the lease has ended."""
        return read([self]).get(self.email_id, [])


def read(claimed: Sequence[Claimed]) -> dict[uuid.UUID, list[Delivery]]:
    """Read what claimed e-mails carry, as it is now: by the e-mails' ids, without those whose lease has ended.

    A few queries, however many e-mails there are. What belongs to one user is one object: what it remembers of
    the user's permissions holds for all of them.
    """
    held = Delivery.objects.filter(
        status=Status.CLAIMED,
        claim__in={email.token for email in claimed},
        email_id__in=[email.email_id for email in claimed],
    )
    users: dict[int, Any] = {}
    emails: dict[uuid.UUID, list[Delivery]] = {}
    for delivery in held.with_what_is_told().order_by("pk"):
        if delivery.user is not None:
            delivery.user = users.setdefault(delivery.user.pk, delivery.user)
        emails.setdefault(delivery.email_id, []).append(delivery)
    return emails


def write(
    raised: Sequence[tuple[Notification, Sequence[Addressee]]],
    *,
    now: datetime,
    purpose: Purpose = Purpose.ALERT,
) -> int:
    """Write the deliveries of what one page view raised, and return their number.

    What one address gets of one contact in a call leaves as one e-mail. To be called inside the transaction
    that writes the notifications.
    """
    email_ids: dict[tuple[int, str], uuid.UUID] = {}
    deliveries = [
        Delivery(
            notification=notification,
            purpose=purpose,
            role=addressee.role,
            user_id=addressee.user_id,
            destination_id=addressee.destination_id,
            email=addressee.email,
            email_key=addressee.key,
            email_id=email_ids.setdefault((notification.contact_id, addressee.key), uuid.uuid4()),
            due_at=now,
        )
        for notification, addressees in raised
        for addressee in addressees
    ]
    return len(Delivery.objects.bulk_create(deliveries))


def claim(*, now: datetime, limit: int, leave_out: Collection[str] = ()) -> list[Claimed]:
    """Claim at most ``limit`` e-mails that are due, each whole, and count the attempt; none when none is due.

    What waits for a digest of one address becomes one e-mail here, so that each attempt carries the same. What
    leaves on the channels ``leave_out`` stays where it is. An e-mail whose lease has ended is claimed alone: if it
    was that e-mail of which its process died, no other one is held up by the next death.

    Locks the rows in the order of their ids for the length of a few statements. Another process may win all of a
    batch: then the next one is tried.
    """
    while delivery_ids := _longest_due(now, limit=limit, leave_out=leave_out):
        if claimed := _lock_and_claim(delivery_ids, now=now):
            return claimed
    return []


def begin(deliveries: Sequence[Delivery], *, now: datetime) -> bool:
    """Note that claimed deliveries are about to be sent; whether this process holds them still."""
    changed = _held(deliveries).update(first_tried_at=Coalesce("first_tried_at", Value(now)))
    for delivery in deliveries:
        delivery.first_tried_at = delivery.first_tried_at or now
    if changed < len(deliveries):
        _log_lost_lease(deliveries, changed=changed)
    return changed == len(deliveries)


def record_sent(deliveries: Sequence[Delivery], *, now: datetime) -> int:
    """Record that the mail server has accepted the e-mail with these claimed deliveries; return how many."""
    return _give_back(deliveries, status=Status.SENT, sent_at=now, reason="")


def record_attachment_faults(deliveries: Sequence[Delivery]) -> None:
    """Note why the e-mail of deliveries has left without an attachment; no query where it has them all."""
    for delivery in deliveries:
        if delivery.attachment_fault:
            Delivery.objects.filter(pk=delivery.pk).update(attachment_fault=delivery.attachment_fault)


def record_failure(
    deliveries: Sequence[Delivery],
    *,
    reason: str,
    may_pass: bool,
    retry_after: timedelta = timedelta(0),
    now: datetime,
) -> int:
    """Record a failed attempt: tried again after a pause while the fault may pass, else given up for good.

    What may pass is tried for ``RETRY_HOURS`` from the first attempt on, the last time when they end; the pause is no
    shorter than ``retry_after``, for which the other side has asked. Returns how many deliveries wait for another
    attempt; what is given up has the status "failed", in memory too.
    """
    due_at = retrying.next_attempt_at(deliveries, retry_after=retry_after, now=now) if may_pass else None
    if due_at is not None:
        first_tried_at = retrying.first_attempt_at(deliveries, now=now)
        return _give_back(
            deliveries, status=Status.WAITING, due_at=due_at, first_tried_at=first_tried_at, reason=reason
        )
    if may_pass:
        reason = gettext("Given up after %(attempts)d attempts: %(reason)s") % {
            "attempts": max(delivery.attempts for delivery in deliveries),
            "reason": reason,
        }
    if _give_back(deliveries, status=Status.FAILED, failed_at=now, reason=reason):
        for delivery in deliveries:
            delivery.status = Status.FAILED
    return 0


def put_back(claimed: Sequence[Claimed], *, due_at: datetime, reason: str | None = None) -> int:
    """Give e-mails back that could not be tried, without counting an attempt; return how many deliveries.

    With a reason nothing could be tried at all: the hours for which they are tried begin anew.
    """
    changes: dict[str, Any] = {}
    if reason is not None:
        changes = {"first_tried_at": None, "reason": reason[:_MAX_REASON_LENGTH]}
    return Delivery.objects.filter(
        status=Status.CLAIMED,
        claim__in={email.token for email in claimed},
        email_id__in={email.email_id for email in claimed},
    ).update(
        **changes,
        status=Status.WAITING,
        due_at=due_at,
        attempts=F("attempts") - 1,
        claim=None,
        claimed_until=None,
    )


def postpone(deliveries: Sequence[Delivery], *, due_at: datetime, waits_for: WaitsFor, now: datetime) -> int:
    """Give claimed deliveries back that are not to be sent yet, without counting an attempt; return how many."""
    return _give_back(
        deliveries,
        status=Status.WAITING,
        due_at=max(due_at, now),
        waits_for=waits_for,
        attempts=F("attempts") - 1,
    )


def cancel(delivery: Delivery, *, reason: str) -> int:
    """Record that nobody may be told by this claimed delivery any more."""
    return _give_back([delivery], status=Status.CANCELLED, reason=reason)


def cancel_waiting(notification_ids: Sequence[int], *, reason: str) -> set[int]:
    """Cancel what still waits of these notifications; gives those of which nobody was told or is being told."""
    waiting = Delivery.objects.filter(notification__in=notification_ids, status=Status.WAITING)
    delivery_ids = list(waiting.values_list("pk", flat=True))
    with atomic():  # locked in the order in which ``claim`` locks
        locked = Delivery.objects.filter(pk__in=delivery_ids).order_by("pk").select_for_update()
        still_waiting = [delivery.pk for delivery in locked if delivery.status == Status.WAITING]
        Delivery.objects.filter(pk__in=still_waiting).update(
            status=Status.CANCELLED, reason=reason[:_MAX_REASON_LENGTH]
        )
    others = Delivery.objects.filter(notification__in=notification_ids).exclude(status=Status.CANCELLED)
    return set(notification_ids) - set(others.values_list("notification", flat=True))


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
    others = Delivery.objects.filter(
        notification=delivery.notification_id, email_key=addressee.key, purpose=delivery.purpose
    )
    if others.exclude(pk=delivery.pk).exists():
        return cancel(delivery, reason=gettext("The contact's new owner gets this alert already."))
    return _give_back(
        [delivery],
        status=Status.WAITING,
        due_at=now,
        waits_for=WaitsFor.NOTHING,
        attempts=0,
        first_tried_at=None,
        reason="",
        user=addressee.user,
        role=addressee.role,
        email=addressee.email,
        email_key=addressee.key,
        email_id=uuid.uuid5(delivery.email_id, addressee.key),
    )


def _longest_due(now: datetime, *, limit: int, leave_out: Collection[str]) -> list[int]:
    """The ids of all deliveries of the e-mails that have been due for longest, at most ``limit`` e-mails."""
    reachable = _without(Delivery.objects.all(), leave_out)
    first = reachable.order_by("due_at", "pk")
    columns = ("due_at", "email_id", "email_key", "waits_for", "attempts", "purpose")
    waiting = list(
        first.filter(status=Status.WAITING, due_at__lte=now).values_list(*columns, named=True)[:limit]
    )
    lapsed = (
        first.filter(status=Status.CLAIMED, claimed_until__lt=now).values_list(*columns, named=True).first()
    )
    if lapsed is not None and (not waiting or lapsed.due_at <= waiting[0].due_at):
        waiting = [lapsed]
    if not waiting:
        return []
    due = reachable.due(now).order_by("due_at", "pk")
    found = due.filter(email_id__in={row.email_id for row in waiting}).values_list("pk", flat=True)
    keys = {row.email_key for row in waiting if _is_folded(row)}
    folded = due.filter(_FOLDING, email_key__in=keys).values_list("pk", flat=True) if keys else due.none()
    return list(dict.fromkeys([*found, *folded[: limit * LONGEST_DIGEST]]))


def _lock_and_claim(delivery_ids: Sequence[int], *, now: datetime) -> list[Claimed]:
    """Claim those of the deliveries that are still due, and put together what waits for a digest."""
    token = uuid.uuid4()
    with atomic():
        # Locked in one order first, so that two processes never wait for each other, nor share an e-mail. By
        # the primary key alone: MariaDB locks in the order of the index it reads, not in the one asked for.
        rows = Delivery.objects.filter(pk__in=delivery_ids).order_by("pk").select_for_update()
        locked = {row.pk: row for row in rows.only(*_CLAIMED_BY)}
        held = [locked[pk] for pk in delivery_ids if pk in locked and _is_due(locked[pk], now)]
        digests = _digests(held)
        held = [row for row in held if not _is_folded(row) or row.pk in digests]
        Delivery.objects.filter(pk__in=[row.pk for row in held]).update(
            status=Status.CLAIMED,
            claim=token,
            claimed_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
        for email_id in set(digests.values()):
            of_digest = [pk for pk, digest_id in digests.items() if digest_id == email_id]
            Delivery.objects.filter(pk__in=of_digest).update(email_id=email_id)
    emails = {digests.get(row.pk, row.email_id): row.status == Status.CLAIMED for row in held}
    return [Claimed(token, email_id, lapsed) for email_id, lapsed in emails.items()]


def _digests(rows: Sequence[Delivery]) -> dict[int, uuid.UUID]:
    """A fresh e-mail for all that one address waits for, by the ids of the deliveries; the longest due first."""
    by_key: dict[str, list[int]] = {}
    for row in rows:
        if _is_folded(row):
            by_key.setdefault(row.email_key, []).append(row.pk)
    return {
        pk: email_id for pks in by_key.values() for email_id in [uuid.uuid4()] for pk in pks[:LONGEST_DIGEST]
    }


def _without(deliveries: DeliveryQuerySet, channels: Collection[str]) -> DeliveryQuerySet:
    """Those that leave on none of these channels."""
    if not channels:
        return deliveries
    if EMAIL in channels:
        deliveries = deliveries.filter(destination__isnull=False)
    return deliveries.exclude(destination__channel__in=channels)


def _is_folded(row: Any) -> bool:
    return row.waits_for in _FOLDED and row.attempts == 0 and row.purpose == Purpose.ALERT


def _is_due(row: Delivery, now: datetime) -> bool:
    if row.status == Status.WAITING:
        return row.due_at <= now
    return row.status == Status.CLAIMED and row.claimed_until is not None and row.claimed_until < now


def _held(deliveries: Sequence[Delivery]) -> DeliveryQuerySet:
    """Those of these deliveries that are still held as they were read."""
    return Delivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries],
        status=Status.CLAIMED,
        claim__in={delivery.claim for delivery in deliveries},
    )


def _give_back(deliveries: Sequence[Delivery], **changes: Any) -> int:
    """Change deliveries that are still held as they were read; what another process holds by now stays."""
    if "reason" in changes:
        changes["reason"] = changes["reason"][:_MAX_REASON_LENGTH]
    changed = _held(deliveries).update(claim=None, claimed_until=None, **changes)
    if changed < len(deliveries):
        _log_lost_lease(deliveries, changed=changed)
    return changed


def _log_lost_lease(deliveries: Sequence[Delivery], *, changed: int) -> None:
    logger.warning(
        "delivery.lease_lost",
        extra={"deliveries": [delivery.pk for delivery in deliveries], "changed": changed},
    )
