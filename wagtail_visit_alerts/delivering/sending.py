"""Sending: hands what is due to the mail server and records what came of it.

``deliver_due`` takes the clock, claims e-mails from the outbox until nothing is due, asks ``recipients`` again
who gets them, has ``message`` write them and sends each in an SMTP transaction of its own over one connection.
Guarantees that one e-mail's fault does not hold up the others, and that a crash at any point repeats an e-mail
with the same Message-ID at worst.
"""

import contextlib
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import message, outbox, recipients
from wagtail_visit_alerts.delivering.faults import Fault, Kind, UnsendableAddressError, classify
from wagtail_visit_alerts.models import Delivery

logger = logging.getLogger(__name__)

#: How many e-mails are claimed at once.
BATCH = 10
#: How long a run may last, well within the task time-out of 60 s that the documentation advises.
TIME_LIMIT = timedelta(seconds=40)
#: Seconds for which one step of an SMTP conversation is waited for, unless ``EMAIL_TIMEOUT`` is shorter. The
#: lease of the outbox holds for a whole conversation of such steps.
LONGEST_WAIT = 15
#: How long nothing is tried after the mail server has refused the site's settings.
SETTINGS_PAUSE = timedelta(minutes=5)


@dataclass
class Counts:
    """What became of the deliveries of a run."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    cancelled: int = 0
    handed_over: int = 0


class _StoppedError(Exception):
    """The mail server takes nothing at present: the run ends, and the fault says what comes next."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass
class _Line:
    """The connection to the mail server: opened at the first use, closed after a fault that may break it."""

    _connection: BaseEmailBackend | None = field(default=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, email: EmailMultiAlternatives) -> Fault | None:
        """Send one e-mail and return the fault, if any. Raises ``_StoppedError`` for one that others share."""
        connection = self._open()
        try:
            accepted = connection.send_messages([email])
        except Exception as error:  # a backend may raise anything; each kind has its consequence
            fault = classify(error)
            if fault.lost_connection:
                self._close()
            if fault.kind is Kind.CONFIGURATION:
                raise _StoppedError(fault) from error
            return fault
        if accepted == 0:
            return Fault(Kind.TRANSIENT, gettext("The mail backend did not send the e-mail."))
        return None

    def _open(self) -> BaseEmailBackend:
        if self._connection is not None:
            return self._connection
        wait = min(getattr(django_settings, "EMAIL_TIMEOUT", None) or LONGEST_WAIT, LONGEST_WAIT)
        try:
            self._connection = get_connection(timeout=wait)
            self._connection.open()
        except OSError as error:  # smtplib's exceptions are OSErrors too
            self._close()
            raise _StoppedError(classify(error)) from error
        except Exception as error:
            self._close()
            reason = gettext("The mail settings are wrong: %(fault)s.") % {"fault": type(error).__name__}
            raise _StoppedError(Fault(Kind.CONFIGURATION, reason)) from error
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # Taking leave of a connection that is broken raises; what counts was recorded before.
            with contextlib.suppress(Exception):
                connection.close()


def deliver_due(*, now: Callable[[], datetime], time_limit: timedelta = TIME_LIMIT) -> Counts:
    """Send what is due until nothing is, the time is over or the mail server takes nothing; return the counts.

    ``now`` is the clock. Writes deliveries, sends e-mails; may run in any number of processes at once.
    """
    counts = Counts()
    ends_at = now() + time_limit
    with _Line() as line:
        while batch := outbox.claim(now=now(), limit=BATCH):
            if not _deliver_batch(batch, line=line, now=now, ends_at=ends_at, counts=counts):
                break
    logger.info("deliveries.run", extra={"counts": vars(counts)})
    return counts


def _deliver_batch(
    batch: Sequence[outbox.Claimed],
    *,
    line: _Line,
    now: Callable[[], datetime],
    ends_at: datetime,
    counts: Counts,
) -> bool:
    """Deliver claimed e-mails; return whether the run goes on."""
    for index, claimed in enumerate(batch):
        if now() >= ends_at:
            outbox.put_back(batch[index:], due_at=now())
            outbox.wake_up()
            return False
        try:
            _deliver(claimed, line=line, now=now, counts=counts)
        except _StoppedError as stop:
            _stop(batch[index:], stop.fault, now=now(), counts=counts)
            return False
    return True


def _deliver(claimed: outbox.Claimed, *, line: _Line, now: Callable[[], datetime], counts: Counts) -> None:
    """Deliver one e-mail: ask again who gets it, write it, send it, record what came of it."""
    deliveries = _still_addressed(claimed.deliveries(), now=now(), counts=counts)
    if not deliveries:
        return
    fault = _attempt(deliveries, claimed=claimed, line=line)
    if fault is None:
        counts.sent += outbox.record_sent(deliveries, now=now())
    else:
        _record_fault(deliveries, fault, now=now(), counts=counts)


def _attempt(deliveries: Sequence[Delivery], *, claimed: outbox.Claimed, line: _Line) -> Fault | None:
    """Write and send one e-mail; return what went wrong, if anything."""
    if max(delivery.attempts for delivery in deliveries) > outbox.MAX_ATTEMPTS:
        reason = gettext("Each process that tried to send it was stopped while doing so.")
        return Fault(Kind.TRANSIENT, reason)
    try:
        email = message.build(deliveries)
    except UnsendableAddressError as error:
        return classify(error)
    except Exception as error:  # a site's own template may be broken: the other e-mails must still leave
        return _could_not_be_written(error, claimed)
    return line.send(email)


def _still_addressed(deliveries: Sequence[Delivery], *, now: datetime, counts: Counts) -> list[Delivery]:
    """Return the deliveries whose addressee still gets them; cancel or hand over the others."""
    kept = []
    for delivery in deliveries:
        verdict = recipients.recheck(delivery)
        if verdict.addressee is None:
            counts.cancelled += outbox.cancel(delivery, reason=verdict.reason)
        elif verdict.addressee.key != delivery.email_key:
            counts.handed_over += outbox.hand_over(delivery, verdict.addressee, now=now)
        else:
            outbox.correct(delivery, verdict.addressee)
            kept.append(delivery)
    return kept


def _stop(rest: Sequence[outbox.Claimed], fault: Fault, *, now: datetime, counts: Counts) -> None:
    """Record for all that was claimed that the mail server takes nothing at present."""
    if fault.kind is Kind.CONFIGURATION:
        logger.error("delivery.settings_refused", extra={"reason": fault.reason})
        counts.waiting += outbox.put_back(rest, due_at=now + SETTINGS_PAUSE, reason=fault.reason)
        return
    for claimed in rest:
        if deliveries := claimed.deliveries():
            _record_fault(deliveries, fault, now=now, counts=counts)


def _record_fault(deliveries: Sequence[Delivery], fault: Fault, *, now: datetime, counts: Counts) -> None:
    may_pass = fault.kind is not Kind.PERMANENT
    waiting = outbox.record_failure(deliveries, reason=fault.reason, may_pass=may_pass, now=now)
    counts.waiting += waiting
    counts.failed += len(deliveries) - waiting
    logger.warning(
        "delivery.failed",
        # Not the reason: a mail server repeats the address in it.
        extra={"deliveries": [delivery.pk for delivery in deliveries], "fault": fault.kind.value},
    )


def _could_not_be_written(error: Exception, claimed: outbox.Claimed) -> Fault:
    """Log where writing failed; not what the exception says, which may repeat a contact's data."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "delivery.not_written",
        extra={
            "email_id": str(claimed.email_id),
            "error": type(error).__name__,
            "place": f"{place.filename}:{place.lineno}",
        },
    )
    reason = gettext("The e-mail could not be written: %(fault)s.") % {"fault": type(error).__name__}
    return Fault(Kind.TRANSIENT, reason)
