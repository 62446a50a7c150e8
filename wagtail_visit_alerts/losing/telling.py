"""Tells the authors of alerts what these have lost: one e-mail for each author, which names all of it.

Takes the losses of which nobody has been told. Guarantees that one reader's fault does not hold up the others, that
what could not be sent is tried again by the next sweep, and that a repeat after a crash has the same Message-ID.
"""

import logging
import smtplib
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Alert, Loss
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.models.preferred_language import preferred_language

TEMPLATES = "wagtail_visit_alerts/email"
#: Losses that one sweep tells of, and seconds for which one step of an SMTP conversation is waited for.
BATCH = 200
LONGEST_WAIT = 15

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reader:
    """Whom an e-mail goes to: a user of the site, or one of Django's ``ADMINS``, then without a user."""

    address: str
    user: Any = None


def tell(*, now: datetime) -> int:
    """Tell the readers of all losses that nobody has been told of; gives how many losses. Sends and writes."""
    losses = list(
        Loss.objects.untold(now)
        .select_related("alert__author")
        .prefetch_related("alert__recipients__user")[:BATCH]
    )
    by_reader = _by_reader(losses)
    with_reader = {loss.pk for of_reader in by_reader.values() for loss in of_reader}
    # Nobody to tell is said in the log once, and holds up no others; the admin shows the loss anyway.
    Loss.objects.filter(pk__in=[loss.pk for loss in losses if loss.pk not in with_reader]).update(told_at=now)
    return len(_send(by_reader, now=now)) if by_reader else 0


def readers_of(alert: Alert) -> list[Reader]:
    """Who is told: the author; where they have no active account, those who chose "me"; else Django's ``ADMINS``."""
    author = alert.author
    if author is not None and _is_reachable(author):
        return [Reader(address_of(author), author)]
    users = [recipient.user for recipient in alert.recipients.all() if _is_reachable(recipient.user)]
    return [Reader(address_of(user), user) for user in users] or [
        Reader(admin if isinstance(admin, str) else admin[1]) for admin in django_settings.ADMINS
    ]


def _is_reachable(user: Any) -> bool:
    return user.is_active and bool(address_of(user))


def _by_reader(losses: list[Loss]) -> dict[Reader, list[Loss]]:
    found: dict[Reader, list[Loss]] = defaultdict(list)
    for loss in losses:
        readers = readers_of(loss.alert)
        if not readers:
            logger.warning("loss.nobody_to_tell", extra={"alert_id": loss.alert_id, "loss_id": loss.pk})
        for reader in readers:
            found[reader].append(loss)
    return found


def _send(by_reader: dict[Reader, list[Loss]], *, now: datetime) -> set[int]:
    """Send the e-mails over one connection; gives the ids of the losses that at least one reader was told of.

    What was sent is written down at once. A mail server that can't be reached ends the run; the next sweep goes on.
    """
    told: set[int] = set()
    connection = get_connection(timeout=LONGEST_WAIT)
    try:
        connection.open()
        for reader, losses in by_reader.items():
            try:
                connection.send_messages([_email(reader, losses)])
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError) as error:
                _could_not_tell(error, losses)
                continue
            ids = {loss.pk for loss in losses}
            Loss.objects.filter(pk__in=ids).update(told_at=now)
            told |= ids
    except OSError as error:  # smtplib's other exceptions are OSErrors too
        _could_not_tell(error, [])
    finally:
        connection.close()
    return told


def _could_not_tell(error: Exception, losses: list[Loss]) -> None:
    """Log it without what the exception says: that holds the address."""
    logger.warning(
        "loss.not_told", extra={"loss_ids": [loss.pk for loss in losses], "fault": type(error).__name__}
    )


def _email(reader: Reader, losses: list[Loss]) -> EmailMultiAlternatives:
    with translation.override(preferred_language(reader.user)):
        context = {"alerts": _by_alert(losses), "language": translation.get_language()}
        subject, text = _subject(losses), render_to_string(f"{TEMPLATES}/loss.txt", context)
        html = render_to_string(f"{TEMPLATES}/loss.html", context)
    email = EmailMultiAlternatives(
        subject=subject,
        body=text.strip() + "\n",
        from_email=settings.from_email,
        to=[reader.address],
        headers={
            "Message-ID": _message_id(reader, losses),
            "Auto-Submitted": "auto-generated",  # RFC 3834, section 5
            "X-Auto-Response-Suppress": "All",  # Exchange's own way to say the same
        },
    )
    email.attach_alternative(html.strip(), "text/html")
    return email


def _by_alert(losses: list[Loss]) -> list[dict[str, Any]]:
    alerts: dict[int, dict[str, Any]] = {}
    for loss in losses:
        entry = alerts.setdefault(
            loss.alert_id, {"alert": loss.alert, "url": _edit_url(loss.alert), "losses": [], "went_off": False}
        )
        entry["losses"].append(loss)
        entry["went_off"] = entry["went_off"] or loss.switched_off
    return list(alerts.values())


def _subject(losses: list[Loss]) -> str:
    names = {loss.alert_id: loss.alert.name for loss in losses}
    off = {loss.alert_id for loss in losses if loss.switched_off}
    if len(names) == 1:
        text = (
            gettext("Alert “%(name)s” was switched off")
            if off
            else gettext("Alert “%(name)s” has lost something")
        )
        return " ".join((text % {"name": next(iter(names.values()))}).split())
    if off:
        text = ngettext("%(count)d alert was switched off", "%(count)d alerts were switched off", len(off))
        return text % {"count": len(off)}
    text = ngettext("%(count)d alert has lost something", "%(count)d alerts have lost something", len(names))
    return text % {"count": len(names)}


def _edit_url(alert: Alert) -> str:
    """Where the alert is mended; empty where the site has no such place or says no address."""
    try:
        path = reverse("wagtailsnippets_wagtail_visit_alerts_alert:edit", args=[alert.pk])
    except NoReverseMatch:  # a site without Wagtail's admin
        return ""
    return settings.base_url + path if settings.base_url else ""


def _message_id(reader: Reader, losses: list[Loss]) -> str:
    """The same for the same losses and reader, and nothing can be read in it."""
    host = urlsplit(settings.base_url).hostname or parseaddr(settings.from_email)[1].rpartition("@")[2]
    what = ",".join(str(loss.pk) for loss in losses)
    token = uuid.uuid5(uuid.NAMESPACE_OID, f"{django_settings.SECRET_KEY}:{reader.address}:{what}")
    return f"<{token.hex}@{host.encode('ascii', 'ignore').decode() or 'localhost'}>"
