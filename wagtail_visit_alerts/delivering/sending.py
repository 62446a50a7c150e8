"""Sending: hands what is due to the channels and records what came of it.

``deliver_due`` takes the clock, claims e-mails from the outbox until nothing is due, asks ``recipients`` again
who gets them and has the channel of each recipient write and send them, one at a time over one line. Guarantees that
one e-mail's fault does not hold up the others, nor one channel's fault the other channels, and that a crash at any
point repeats an e-mail with the same Message-ID at worst.
"""

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import giving_up, outbox, postponing, recipients, retrying
from wagtail_visit_alerts.delivering.channels import Lines, LineStoppedError, channel_name
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.delivering.outbox import Claimed
from wagtail_visit_alerts.models import ChannelPause, Delivery, Purpose, Status
from wagtail_visit_alerts.models.primary import atomic, primary_alias

logger = logging.getLogger(__name__)

#: How many e-mails are claimed at once.
BATCH = 10
#: How long a run may last, well within the task time-out of 60 s that the documentation advises.
TIME_LIMIT = timedelta(seconds=40)
#: How long nothing is tried on a channel after the site's settings for it were refused.
SETTINGS_PAUSE = timedelta(minutes=5)
#: How old what was read of a batch may be when an e-mail is written from it.
FRESH = timedelta(seconds=2)
#: What a database raises that is away. Any other error of it is one of the e-mail in hand.
DATABASE_AWAY = (OperationalError, InterfaceError)
#: When it is tried again to record what was accepted while the database is away: within the lease.
RECORDED_AGAIN_AFTER = tuple(timedelta(seconds=seconds) for seconds in (0.2, 1, 3, 5, 8, 12))
#: After how many lost connections one after the other nothing more is sent to the mail server in a run.
MOST_LOST_CONNECTIONS = 3


@dataclass
class Counts:
    """What became of the deliveries of a run."""

    sent: int = 0
    waiting: int = 0
    postponed: int = 0
    failed: int = 0
    cancelled: int = 0
    handed_over: int = 0
    #: The channels that took nothing for a fault that all they carry shares, some of them for a while already.
    closed: list[str] = field(default_factory=list)


def deliver_due(
    *,
    now: Callable[[], datetime],
    time_limit: timedelta = TIME_LIMIT,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Counts:
    """Send what is due until nothing is, the time is over or the process is to stop; return the counts.

    ``now`` is the clock. Writes deliveries, sends e-mails; may run in any number of processes at once. What is in
    hand when the process is to stop is finished, the rest given back.
    """
    with Lines() as lines:
        run = _Run(now, ends_at=now() + time_limit, is_stopping=is_stopping, lines=lines)
        run.deliver()
    run.counts.closed = sorted(run.closed.keys() | ChannelPause.paused(now()))
    logger.info("deliveries.run", extra={"counts": vars(run.counts)})
    return run.counts


@dataclass
class _Run:
    """One run: until when it lasts, which lines it has open, which channels take nothing, and what came of it."""

    now: Callable[[], datetime]
    ends_at: datetime
    is_stopping: Callable[[], bool]
    lines: Lines
    counts: Counts = field(default_factory=Counts)
    closed: dict[str, Fault] = field(default_factory=dict)
    #: How many connections to the mail server were lost, one after the other.
    lost: int = 0

    def deliver(self) -> None:
        """Deliver batch after batch."""
        while not self._is_over():
            leave_out = self.closed.keys() | ChannelPause.paused(self.now())
            batch = outbox.claim(now=self.now(), limit=BATCH, leave_out=leave_out)
            if not batch:
                return
            self._deliver_batch(deque(batch))
        outbox.wake_up()

    def _is_over(self) -> bool:
        return self.is_stopping() or self.now() >= self.ends_at

    def _deliver_batch(self, batch: deque[Claimed]) -> None:
        """Deliver claimed e-mails one after the other; what is not begun, whatever happens, is given back."""
        emails: dict[UUID, list[Delivery]] = {}
        read_at: datetime | None = None
        try:
            while batch and not self._is_over():
                if read_at is None or self.now() - read_at > FRESH:
                    emails, read_at = outbox.read(batch), self.now()
                claimed = batch.popleft()
                if deliveries := emails.get(claimed.email_id):
                    self._deliver_safely(claimed, deliveries)
        finally:
            if batch:
                outbox.put_back(batch, due_at=self.now())

    def _deliver_safely(self, claimed: Claimed, deliveries: Sequence[Delivery]) -> None:
        """Deliver one e-mail; what nobody has foreseen is a fault of this e-mail alone."""
        name = channel_name(deliveries[0])
        try:
            if name in self.closed:
                raise LineStoppedError(self.closed[name])
            self._deliver_one(claimed, deliveries)
        except LineStoppedError as stop:
            self._close(name, claimed, deliveries, fault=stop.fault)
        except DATABASE_AWAY:
            raise
        except Exception as error:  # the other e-mails must still leave; a fault in the code may be mended
            place = traceback.extract_tb(error.__traceback__)[-1]
            # Not what the error says: that may repeat a contact's data.
            logger.error(
                "delivery.broke",
                extra={
                    "deliveries": [delivery.pk for delivery in deliveries],
                    "error": type(error).__name__,
                    "place": f"{place.filename}:{place.lineno}",
                },
            )
            reason = gettext("It could not be sent: %(fault)s.") % {"fault": type(error).__name__}
            self._record_fault(deliveries, Fault(Kind.TRANSIENT, reason))

    def _deliver_one(self, claimed: Claimed, deliveries: Sequence[Delivery]) -> None:
        """Ask again who gets it, write it, send it, record what came of it."""
        deliveries = self._still_addressed(deliveries)
        if not deliveries or not self._begins(deliveries):
            return
        fault = self._attempt(claimed, deliveries)
        if fault is None:
            self.lost = 0
            self._record_sent(deliveries)
            return
        self._record_fault(deliveries, fault)
        if deliveries[0].destination is None:
            self.lost = self.lost + 1 if fault.lost_connection else 0
            if self.lost >= MOST_LOST_CONNECTIONS:
                self.closed[channel_name(deliveries[0])] = fault

    def _begins(self, deliveries: Sequence[Delivery]) -> bool:
        """Begin an attempt, or give an alert back that is not to be sent yet; return which of the two."""
        with postponing.turn_of(deliveries[0].email_key):
            is_alert = deliveries[0].purpose == Purpose.ALERT
            until = postponing.judge(deliveries, now=self.now()) if is_alert else None
            if until is None:
                return outbox.begin(deliveries, now=self.now())
            self.counts.postponed += outbox.postpone(
                deliveries, due_at=until.due_at, waits_for=until.waits_for, now=self.now()
            )
        return False

    def _attempt(self, claimed: Claimed, deliveries: Sequence[Delivery]) -> Fault | None:
        """Write and send one e-mail; return what went wrong, if anything."""
        attempts = max(delivery.attempts for delivery in deliveries)
        if claimed.lapsed and attempts > retrying.most_attempts():
            reason = gettext("Each process that tried to send it was stopped while doing so.")
            return Fault(Kind.PERMANENT, reason)
        return self.lines.send(deliveries, now=self.now())

    def _record_sent(self, deliveries: Sequence[Delivery]) -> None:
        """Record what has left, also by a database that is away for a moment: what is not recorded is sent again."""
        for pause in (*RECORDED_AGAIN_AFTER, None):
            try:
                self.counts.sent += outbox.record_sent(deliveries, now=self.now())
                break
            except DATABASE_AWAY:
                if pause is None:
                    raise
                logger.warning(
                    "delivery.record_delayed",
                    extra={"deliveries": [delivery.pk for delivery in deliveries]},
                )
                time.sleep(pause.total_seconds())
                connections[primary_alias()].close_if_unusable_or_obsolete()
        outbox.record_attachment_faults(deliveries)

    def _still_addressed(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Return the deliveries whose addressee still gets them; cancel or hand over the others."""
        kept = []
        for delivery in deliveries:
            verdict = recipients.recheck(delivery, now=self.now())
            if verdict.addressee is None:
                self.counts.cancelled += outbox.cancel(delivery, reason=verdict.reason)
            elif verdict.addressee.key != delivery.email_key:
                self.counts.handed_over += outbox.hand_over(delivery, verdict.addressee, now=self.now())
            else:
                outbox.correct(delivery, verdict.addressee)
                kept.append(delivery)
        return kept

    def _close(self, name: str, claimed: Claimed, deliveries: Sequence[Delivery], *, fault: Fault) -> None:
        """Record that a channel takes nothing at present: for this run, or, by its settings, for everybody."""
        is_first = name not in self.closed
        self.closed[name] = fault
        if fault.kind is not Kind.CONFIGURATION:
            self._record_fault(deliveries, fault)
            return
        until = self.now() + SETTINGS_PAUSE
        if is_first:
            ChannelPause.begin(name, until=until, reason=fault.reason)
            logger.error("delivery.settings_refused", extra={"channel": name, "reason": fault.reason})
        self.counts.waiting += outbox.put_back([claimed], due_at=until, reason=fault.reason)

    def _record_fault(self, deliveries: Sequence[Delivery], fault: Fault) -> None:
        """Record a failed attempt; whoever stands in is told where it was the last one."""
        may_pass = fault.kind is not Kind.PERMANENT
        with atomic():
            waiting = outbox.record_failure(
                deliveries,
                reason=fault.reason,
                may_pass=may_pass,
                retry_after=fault.retry_after,
                now=self.now(),
            )
            failed = [delivery for delivery in deliveries if delivery.status == Status.FAILED]
            if failed:
                giving_up.tell(failed, now=self.now())
        self.counts.waiting += waiting
        self.counts.failed += len(failed)
        logger.warning(
            "delivery.failed",
            # Not the reason: a mail server repeats the address in it.
            extra={"deliveries": [delivery.pk for delivery in deliveries], "fault": fault.kind.value},
        )
