"""The message: one e-mail, HTML and plain text, from the deliveries that it carries.

``build`` takes deliveries to one address and gives an e-mail that is ready to be sent, in its reader's language
and time zone. Guarantees a subject of one line, a Message-ID that is the same at every attempt, the headers of
automatic mail, and that no answer to it reaches the contact.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import css_inline
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language_bidi, gettext

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import attachments, contents, digest, email_attachments, news, wording
from wagtail_visit_alerts.delivering.contents import Contents
from wagtail_visit_alerts.delivering.digest import Digest
from wagtail_visit_alerts.delivering.email_size import STEPS, fits
from wagtail_visit_alerts.delivering.faults import UnsendableAddressError
from wagtail_visit_alerts.delivering.reader_clock import time_zone_of
from wagtail_visit_alerts.delivering.reader_headers import EmailToOne, is_sendable, readers_named
from wagtail_visit_alerts.models import Delivery, PageView, Purpose
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.preferred_language import preferred_language

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

TEMPLATES = "wagtail_visit_alerts/email"
#: Names of templates, beside those of the purposes.
ALERT, DIGEST = "alert", "digest"
#: The longest subject that is sent whatever a site's own template makes of it.
LONGEST_SUBJECT = 200
#: What a delivery's column holds.
LONGEST_ATTACHMENT_FAULT = 255

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def build(
    deliveries: Sequence[Delivery],
    *,
    tester: "AbstractUser | None" = None,
    unsaved: Sequence[PageView] = (),
    now: datetime | None = None,
) -> EmailToOne:
    """Write the e-mail of deliveries that share an ``email_id`` and a purpose; at least one.

    They are best read with ``Delivery.objects.with_what_is_told()``. With a ``tester`` the e-mail says that they
    have sent it as a test; ``unsaved`` are page views of it that only exist in memory. By ``now`` it says whether it
    is late; None: it is not. Raises ``UnsendableAddressError`` for an address that mail can't be sent to, and
    whatever a template raises. An attachment that can't be made raises nothing: the e-mail says so, and
    ``attachment_fault`` of its delivery why.
    """
    _require_sendable(deliveries[0].email)
    return write(deliveries, tester=tester, unsaved=unsaved, now=now)


def write(
    deliveries: Sequence[Delivery],
    *,
    tester: "AbstractUser | None" = None,
    unsaved: Sequence[PageView] = (),
    now: datetime | None = None,
) -> EmailToOne:
    """Write the same e-mail as ``build``, to be looked at: whether its address can be sent to is not asked."""
    with _as_its_reader(deliveries):
        kind, told = _read(deliveries, unsaved=unsaved, now=now)
        files = _files(deliveries, told)
        # A digest is its reader's own; who else reads an alert is named.
        named = readers_named(deliveries) if kind == ALERT else ([deliveries[0].email], [])
        context = {
            **_direction(),
            "tester": "" if tester is None else wording.one_line(display_name(tester)),
            "attachment_faults": files.made.not_made,
            "attachments_left_out": files.left_out,
        }
        for bounds in STEPS:
            subject, text, html = _render(
                kind, {**context, "contents": told.within(bounds)}, is_test=tester is not None
            )
            email = _email(deliveries[0], named=named, subject=subject, text=text, html=html)
            if fits(email, html=html):
                break
    for attachment in files.made.attachments:
        email.attach(attachment.filename, attachment.content, attachment.mimetype)
    return email


def attach(deliveries: Sequence[Delivery], *, unsaved: Sequence[PageView] = ()) -> attachments.Made:
    """Make the attachments of the e-mail alone, as ``build`` attaches them, to be looked at."""
    with _as_its_reader(deliveries):
        return email_attachments.make(deliveries, told=contents.read(deliveries, unsaved=unsaved)).made


@contextmanager
def _as_its_reader(deliveries: Sequence[Delivery]) -> Iterator[None]:
    """Work in the language and time zone of the e-mail's reader; of the alert's author where that is an address.

    Never in those at hand: in a task they are the worker's, in a request the visitor's.
    """
    reader = contents.reader_of(deliveries) or (
        deliveries[0].notification.alert and deliveries[0].notification.alert.author
    )
    with translation.override(preferred_language(reader)), timezone.override(time_zone_of(reader)):
        yield


def _read(
    deliveries: Sequence[Delivery], *, unsaved: Sequence[PageView], now: datetime | None
) -> tuple[str, Contents | Digest]:
    """What the e-mail says, and the name of the templates that lay it out."""
    purpose = deliveries[0].purpose
    if purpose != Purpose.ALERT:
        return str(purpose), news.read(deliveries, now=now)
    if digest.is_digest(deliveries):
        return DIGEST, digest.read(deliveries)
    return ALERT, contents.read(deliveries, unsaved=unsaved, now=now)


def _files(deliveries: Sequence[Delivery], told: Contents | Digest) -> email_attachments.Files:
    """Make the attachments of the alerts, and note on each delivery why its own could not be made, if so."""
    if deliveries[0].purpose != Purpose.ALERT:
        return email_attachments.Files()
    files = email_attachments.make(deliveries, told=told if isinstance(told, Contents) else None)
    reasons = {each.alert.pk: each.text for each in files.made.not_made}
    for delivery in deliveries:
        reason = reasons.get(delivery.notification.alert_id, "")
        delivery.attachment_fault = wording.one_line(reason, longest=LONGEST_ATTACHMENT_FAULT)
    return files


def _direction() -> dict[str, str | None]:
    """The active language, and the sides on which its lines start and end."""
    # Sides by name: programs that read mail don't know the logical ones.
    direction, start, end = ("rtl", "right", "left") if get_language_bidi() else ("ltr", "left", "right")
    return {"language": translation.get_language(), "direction": direction, "start": start, "end": end}


def _render(kind: str, context: dict[str, Any], *, is_test: bool) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of one kind of e-mail."""
    subject: str = render_to_string(f"{TEMPLATES}/subject.txt", context)
    text = render_to_string(f"{TEMPLATES}/{kind}.txt", context)
    html = render_to_string(f"{TEMPLATES}/{kind}.html", context)
    if is_test:
        # Here, not in the template: a site's own subject says it as well.
        subject = gettext("Test: %(subject)s") % {"subject": subject.strip()}
    return (
        wording.one_line(subject, longest=LONGEST_SUBJECT),
        re.sub(r"[ \t]*\n(?:[ \t]*\n){2,}", "\n\n", text).strip() + "\n",
        _inliner.inline(html),
    )


def _email(
    first: Delivery, *, named: tuple[Sequence[str], Sequence[str]], subject: str, text: str, html: str
) -> EmailToOne:
    named_to, named_cc = named
    email = EmailToOne(
        subject=subject,
        body=text,
        from_email=settings.from_email,
        to=list(filter(None, [first.email])),
        headers=_headers(first),
        named_to=named_to,
        named_cc=named_cc,
    )
    email.attach_alternative(html, "text/html")
    return email


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


def _require_sendable(address: str) -> None:
    """Refuse what Django 5.2 would send to a wrong mailbox: it has no SMTPUTF8 and takes spaces and lists."""
    if not is_sendable(address):
        raise UnsendableAddressError(
            gettext("The address can't be used for e-mail: check its spelling, without accents before the “@”.")
        )
