"""Faults of a mail server: which of them may pass, and what to say of them in the log.

Takes the exception that sending raised; gives a ``Fault``. Its reason is fit to be stored and shown: it holds
the mail server's own words about an address or a message, never those about a login.
"""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.utils.translation import gettext

from wagtail_visit_alerts.errors import VisitAlertsError

#: A server's answer to the size that is announced together with the sender (RFC 1870, section 6.1).
TOO_LARGE = 552


class UnsendableAddressError(VisitAlertsError, ValueError):
    """An address that no mail server can be asked to deliver to."""


class Kind(Enum):
    """What to do about a fault."""

    #: It won't pass: this e-mail is given up at once.
    PERMANENT = "permanent"
    #: It may pass: this e-mail is tried again after a pause.
    TRANSIENT = "transient"
    #: The site's settings are wrong, not the e-mail: nothing is tried for a while, and no attempt counts.
    CONFIGURATION = "configuration"


@dataclass(frozen=True)
class Fault:
    """What went wrong. A lost connection has to be closed before it is used again."""

    kind: Kind
    reason: str
    lost_connection: bool = False
    #: How long the other side has asked to be left alone.
    retry_after: timedelta = timedelta(0)


def classify(error: Exception) -> Fault:
    """Return what an exception means that opening a connection or sending an e-mail has raised."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()), (0, b""))
        return _of_code(code, _said(gettext("The mail server refused the recipient"), code, words))
    if isinstance(error, smtplib.SMTPDataError):
        code = error.smtp_code
        return _of_code(code, _said(gettext("The mail server refused the e-mail"), code, error.smtp_error))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _of_settings(gettext("The mail server refused the login"), error.smtp_code)
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code == TOO_LARGE:
        return _of_code(error.smtp_code, gettext("The e-mail is larger than the mail server takes."))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _refused_by_code(gettext("The mail server refused the sender's address"), error.smtp_code)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused_by_code(gettext("The mail server refused the connection"), error.smtp_code)
    return _without_code(error)


def _without_code(error: Exception) -> Fault:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Fault(Kind.TRANSIENT, gettext("The mail server closed the connection."), lost_connection=True)
    if isinstance(error, smtplib.SMTPException):
        return Fault(
            Kind.CONFIGURATION,
            gettext("The mail server does not offer what the settings ask for (encryption or login)."),
            lost_connection=True,
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return Fault(
            Kind.CONFIGURATION, gettext("The mail server's certificate is not trusted."), lost_connection=True
        )
    if isinstance(error, OSError):
        name = error.strerror or type(error).__name__
        reason = gettext("The mail server can't be reached: %(fault)s.") % {"fault": name}
        return Fault(Kind.TRANSIENT, reason, lost_connection=True)
    if isinstance(error, UnsendableAddressError):
        return Fault(Kind.PERMANENT, str(error))
    if isinstance(error, ValueError):  # BadHeaderError and what smtplib says of an impossible address
        return Fault(
            Kind.PERMANENT, gettext("The address or a header of the e-mail is not allowed in an e-mail.")
        )
    reason = gettext("The mail backend failed: %(fault)s.") % {"fault": type(error).__name__}
    return Fault(Kind.TRANSIENT, reason, lost_connection=True)


def _of_code(code: int, reason: str) -> Fault:
    """A refusal of this one e-mail: for good with a code from 500 (RFC 5321, section 4.2.1)."""
    kind = Kind.PERMANENT if code >= 500 else Kind.TRANSIENT
    return Fault(kind, reason, lost_connection=_ends_session(code))


def _refused_by_code(reason: str, code: int) -> Fault:
    """A refusal of this site as a whole: its settings are wrong, unless the code says "later"."""
    if code >= 500:
        return _of_settings(reason, code)
    return Fault(Kind.TRANSIENT, f"{reason}: {code}.", lost_connection=True)


def _of_settings(reason: str, code: int) -> Fault:
    return Fault(Kind.CONFIGURATION, f"{reason}: {code}.", lost_connection=True)


def _ends_session(code: int) -> bool:
    """Whether the server closes the connection after this answer (421, RFC 5321 section 3.8)."""
    return code == 421


def _said(what: str, code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{what}: {code} {' '.join(text.split())}".strip()
