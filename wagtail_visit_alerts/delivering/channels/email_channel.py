"""E-mail, the first channel: each message in an SMTP transaction of its own, over one connection for a run.

Goes through Django's e-mail backend. Guarantees that one step of the conversation with the mail server is waited for
``LONGEST_WAIT`` seconds at most, and that a connection which a fault may have broken is not used again.
"""

import contextlib
import logging
import traceback
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.delivering.channels.channel_registry import Channel, LineStoppedError
from wagtail_visit_alerts.delivering.faults import Fault, Kind, UnsendableAddressError, classify
from wagtail_visit_alerts.models import Delivery, PageView
from wagtail_visit_alerts.models.delivery import EMAIL

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

logger = logging.getLogger(__name__)

#: Seconds for which one step of an SMTP conversation is waited for, unless ``EMAIL_TIMEOUT`` is shorter. The
#: lease of the outbox holds for a whole conversation of such steps.
LONGEST_WAIT = 15


class EmailLine:
    """The connection to the mail server: opened at the first use, closed after a fault that may break it."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(
        self,
        deliveries: Sequence[Delivery],
        *,
        tester: "AbstractUser | None" = None,
        unsaved: Sequence[PageView] = (),
        now: datetime | None = None,
    ) -> Fault | None:
        """Write and send one e-mail, as ``Line.send`` says."""
        try:
            email = message.build(deliveries, tester=tester, unsaved=unsaved, now=now)
        except UnsendableAddressError as error:
            return classify(error)
        except Exception as error:  # a site's own template may be broken: the other e-mails must still leave
            return could_not_be_written(error, email_id=deliveries[0].email_id)
        return self.send_email(email)

    def send_email(self, email: EmailMultiAlternatives) -> Fault | None:
        """Send one e-mail that is written already, as ``send`` does."""
        connection = self._open()
        try:
            accepted = connection.send_messages([email])
        except Exception as error:  # a backend may raise anything; each kind has its consequence
            fault = classify(error)
            if fault.lost_connection:
                self.close()
            if fault.kind is Kind.CONFIGURATION:
                raise LineStoppedError(fault) from error
            return fault
        if accepted == 0:
            return Fault(Kind.TRANSIENT, gettext("The mail backend did not send the e-mail."))
        return None

    def close(self) -> None:
        """Close the connection, if it is open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # Taking leave of a connection that is broken raises; what counts was recorded before.
            with contextlib.suppress(Exception):
                connection.close()

    def _open(self) -> BaseEmailBackend:
        if self._connection is not None:
            return self._connection
        wait = min(getattr(django_settings, "EMAIL_TIMEOUT", None) or LONGEST_WAIT, LONGEST_WAIT)
        try:
            self._connection = get_connection(timeout=wait)
            self._connection.open()
        except OSError as error:  # smtplib's exceptions are OSErrors too
            self.close()
            raise LineStoppedError(classify(error)) from error
        except Exception as error:
            self.close()
            reason = gettext("The mail settings are wrong: %(fault)s.") % {"fault": type(error).__name__}
            raise LineStoppedError(Fault(Kind.CONFIGURATION, reason)) from error
        return self._connection


class EmailChannel(Channel):
    """E-mail to people, by Django's e-mail backend."""

    name = EMAIL
    label = _("E-mail")
    has_destinations = False

    def open(self) -> EmailLine:
        """Return a line that connects at its first use."""
        return EmailLine()


def send_at_once(email: EmailMultiAlternatives) -> Fault | None:
    """Send an e-mail that is in no outbox while the caller waits, and return the fault, if any.

    Each step of the conversation with the mail server is waited for ``LONGEST_WAIT`` seconds at most. Nothing is
    recorded, and nothing is tried again.
    """
    with contextlib.closing(EmailLine()) as line:
        try:
            return line.send_email(email)
        except LineStoppedError as stop:
            return stop.fault


def could_not_be_written(error: Exception, *, email_id: uuid.UUID) -> Fault:
    """Log where writing a message failed; not what the exception says, which may repeat a contact's data."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "delivery.not_written",
        extra={
            "email_id": str(email_id),
            "error": type(error).__name__,
            "place": f"{place.filename}:{place.lineno}",
        },
    )
    reason = gettext("The e-mail could not be written: %(fault)s.") % {"fault": type(error).__name__}
    return Fault(Kind.TRANSIENT, reason)
