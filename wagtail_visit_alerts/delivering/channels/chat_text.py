"""What a chat room or a telephone is told: short plain text, in which names from outside are only names.

Takes the deliveries of one message; gives a title and a few lines, or one text of the length of an SMS. Guarantees
that what a contact or a visitor wrote calls nobody, links nowhere and formats nothing in any of the services.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from django.utils.text import Truncator
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.channels.webhook_payload import admin_url
from wagtail_visit_alerts.models import Delivery, Ending, PageView

#: What one SMS holds: characters of the GSM alphabet, or of any other alphabet (3GPP TS 23.038 and TS 23.040).
SMS_LENGTH: Final = 160
SMS_LENGTH_UNICODE: Final = 70
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These take two places.
_GSM_DOUBLE: Final = frozenset("^{}\\[~]|€")
#: Letters that Unicode does not take apart, and marks with a plain twin.
_PLAIN: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u00a0": " ", "\u2026": "..."}
    | dict.fromkeys("\u201c\u201d\u201e", '"')
    | dict.fromkeys("\u2018\u2019\u201a", "'")
    | dict.fromkeys("\u2013\u2014", "-")
)

#: Invisible, and enough for a service to see no mention, no link and no command.
_APART: Final = "\u200b"
_MARKS: Final = str.maketrans(
    # By marks that look like them: of multiplication and of similarity, a broken bar, quotation marks of one angle.
    {"*": "\u2217", "`": '"', "~": "\u223c", "|": "\u00a6", "<": "\u2039", ">": "\u203a"}
    | {"[": "(", "]": ")", "\\": "/"}
)


def safe(text: object) -> str:
    """Return a text from outside on one line, in which no service finds a mention, a link or formatting."""
    line = wording.one_line(text, longest=100).translate(_MARKS)
    return re.sub(r"(?<=[@#!:])(?=\S)|(?<=[/.])(?=\w)|(?<=_)|(?=_)", _APART, line)


def title_of(deliveries: Sequence[Delivery], *, is_test: bool) -> str:
    """The names of the alerts; of a test, that it is one."""
    names = ", ".join(safe(_alert_name(delivery)) for delivery in deliveries)
    return gettext("Test: %(subject)s") % {"subject": names} if is_test else names


def lines_of(deliveries: Sequence[Delivery]) -> str:
    """Who is where, how to call them, and where in the admin to read on."""
    contact = deliveries[0].notification.contact
    lines = [
        _who_is_where(deliveries, clean=safe),
        ", ".join(safe(value) for value in (contact.position, contact.company) if value),
        # No telephone links a number that is taken apart.
        contact.phone.strip() if wording.phone_link(contact.phone.strip()) else safe(contact.phone),
        admin_url("contact", contact.pk),
    ]
    return "\n".join(filter(None, lines))


def sms_of(deliveries: Sequence[Delivery], *, is_test: bool) -> str:
    """One text of the length of one SMS: who is where, and how to call them."""
    contact = deliveries[0].notification.contact
    text = _who_is_where(deliveries, clean=lambda value: wording.one_line(value, longest=60))
    if is_test:
        text = gettext("Test: %(subject)s") % {"subject": text}
    phone = wording.one_line(contact.phone, longest=30)
    ending = f", {phone}" if wording.phone_link(phone) else ""
    return cut_to_sms(text, ending=ending)


def cut_to_sms(text: str, *, ending: str = "") -> str:
    """Cut a text so that it fits into one SMS with its ending; accents go where that saves half of the SMS."""
    plain = _without_accents(text)
    if all(sign in _GSM or sign in _GSM_DOUBLE for sign in plain + ending):
        room = SMS_LENGTH - sum(map(_places, ending))
        return _cut(plain, room=room, places=_places) + ending
    room = SMS_LENGTH_UNICODE - sum(map(_units, ending))
    return _cut(text, room=room, places=_units) + ending


def _places(sign: str) -> int:
    return 2 if sign in _GSM_DOUBLE else 1


def _units(sign: str) -> int:
    """An emoji takes two places."""
    return len(sign.encode("utf-16-le")) // 2


def _cut(text: str, *, room: int, places: Callable[[str], int]) -> str:
    if sum(map(places, text)) <= room:
        return text
    kept = ""
    for sign in text:
        if places(sign) + sum(map(places, kept)) > room - 3:
            break
        kept += sign
    return kept.rstrip() + "..."


def _without_accents(text: str) -> str:
    """The text in the GSM alphabet, as far as its letters have a plain form there."""
    signs = []
    for sign in text.translate(_PLAIN):
        if sign in _GSM or sign in _GSM_DOUBLE:
            signs.append(sign)
        else:
            apart = unicodedata.normalize("NFKD", sign)
            signs.append("".join(part for part in apart if not unicodedata.combining(part)))
    return "".join(signs)


def _alert_name(delivery: Delivery) -> str:
    alert = delivery.notification.alert
    return alert.name if alert else delivery.notification.alert_name


def _who_is_where(deliveries: Sequence[Delivery], *, clean: Callable[[object], str]) -> str:
    """What the contact does, in a sentence; without a page view the alert stands in the page's place."""
    notification = deliveries[0].notification
    name = clean(notification.contact.name or notification.contact.email)
    page_view = notification.match.page_view
    if page_view is None:
        return f"{name}: {clean(_alert_name(deliveries[0]))}"
    words = {
        "name": name,
        "page": Truncator(clean(_title(page_view))).chars(100),
    }
    if page_view.dwell_ms is not None:
        words["duration"] = wording.duration(timedelta(milliseconds=page_view.dwell_ms))
        return gettext("%(name)s spent %(duration)s on: %(page)s") % words
    if page_view.ending == Ending.OPEN:
        return gettext("%(name)s is looking at: %(page)s") % words
    return gettext("%(name)s looked at: %(page)s") % words


def _title(page_view: PageView) -> str:
    """The page's title; without a Wagtail page host and path of the URL."""
    return page_view.title.removeprefix("https://").removeprefix("http://")
