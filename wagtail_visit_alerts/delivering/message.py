"""The message: one e-mail, HTML and plain text, from the deliveries that it carries.

``build`` takes deliveries to one address and gives an e-mail that is ready to be sent, in its reader's language
and time zone. Guarantees a subject of one line, a Message-ID that is the same at every attempt, the headers of
automatic mail, and that no answer to it reaches the contact.
"""

import re
import zoneinfo
from collections.abc import Sequence
from contextlib import ExitStack
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import css_inline
from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language_bidi, gettext

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import contents, wording
from wagtail_visit_alerts.delivering.faults import UnsendableAddressError
from wagtail_visit_alerts.models import Delivery

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

TEMPLATES = "wagtail_visit_alerts/email"
#: The longest subject that is sent whatever a site's own template makes of it.
LONGEST_SUBJECT = 200

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def build(deliveries: Sequence[Delivery]) -> EmailMultiAlternatives:
    """Write the e-mail of deliveries that share an ``email_id``; at least one.

    They are best read with ``Delivery.objects.with_what_is_told()``. Raises ``UnsendableAddressError`` for an
    address that mail can't be sent to, and whatever a template raises.
    """
    first = deliveries[0]
    _require_sendable(first.email)
    reader = contents.reader_of(deliveries) or (first.notification.alert and first.notification.alert.author)
    with ExitStack() as stack:
        # Never the language or zone at hand: in a task they are the worker's, in a request the visitor's.
        stack.enter_context(translation.override(_language(reader)))
        stack.enter_context(timezone.override(_time_zone(reader)))
        subject, text, html = _render(contents.read(deliveries))
    email = EmailMultiAlternatives(
        subject=subject, body=text, from_email=settings.from_email, to=[first.email], headers=_headers(first)
    )
    email.attach_alternative(html, "text/html")
    return email


def _render(told: contents.Contents) -> tuple[str, str, str]:
    """Return subject, plain text and HTML."""
    # Sides by name: programs that read mail don't know the logical ones.
    direction, start, end = ("rtl", "right", "left") if get_language_bidi() else ("ltr", "left", "right")
    context = {
        "contents": told,
        "language": translation.get_language(),
        "direction": direction,
        "start": start,
        "end": end,
    }
    subject = render_to_string(f"{TEMPLATES}/subject.txt", context)
    text = render_to_string(f"{TEMPLATES}/alert.txt", context)
    html = render_to_string(f"{TEMPLATES}/alert.html", context)
    return (
        wording.one_line(subject, longest=LONGEST_SUBJECT),
        re.sub(r"[ \t]*\n(?:[ \t]*\n){2,}", "\n\n", text).strip() + "\n",
        _inliner.inline(html),
    )


def _headers(delivery: Delivery) -> dict[str, str]:
    host = _host()
    return {
        "Message-ID": f"<{delivery.email_id.hex}@{host}>",
        "List-Id": f"<visit-alerts.{host}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834, section 5
        "X-Auto-Response-Suppress": "All",  # Exchange's own way to say the same
    }


def _host() -> str:
    """The host that message ids are made at: the site's, or else the sender's."""
    host = urlsplit(settings.base_url).hostname or parseaddr(settings.from_email)[1].rpartition("@")[2]
    try:
        return host.encode("idna").decode("ascii") or "localhost"
    except UnicodeError:
        return "localhost"


def _language(reader: "AbstractUser | None") -> str:
    """The language a user has chosen in Wagtail; the site's where they have chosen none.

    Wagtail's own ``get_preferred_language`` takes the active language in that case, which is somebody else's.
    """
    profile = getattr(reader, "wagtail_userprofile", None)
    return (profile.preferred_language if profile else "") or django_settings.LANGUAGE_CODE


def _time_zone(reader: "AbstractUser | None") -> zoneinfo.ZoneInfo:
    """The time zone a user has chosen in Wagtail, or the site's; also where the chosen one exists no more."""
    profile = getattr(reader, "wagtail_userprofile", None)
    try:
        return zoneinfo.ZoneInfo(profile.get_current_time_zone() if profile else django_settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(django_settings.TIME_ZONE)


def _require_sendable(address: str) -> None:
    """Refuse what Django 5.2 would send to a wrong mailbox: it has no SMTPUTF8 and takes spaces and lists."""
    local, _at, domain = address.rpartition("@")
    if not local or not domain or not local.isascii() or re.search(r"[\s,;<>]", address):
        raise UnsendableAddressError(
            gettext("The address can't be used for e-mail: check its spelling, without accents before the “@”.")
        )
