"""How values from outside read in an e-mail: harmless text, durations, and what may become a link.

Takes what a contact, a form or a browser has given; gives text for the templates, which escape it. Guarantees
one line where one is expected, no control characters, and links of the kinds http, https, mailto and tel only.
"""

import re
import unicodedata
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.text import Truncator
from django.utils.translation import get_language_info, gettext

#: Longer values are cut: a form takes any text, and an e-mail has to read at a glance.
LONGEST_VALUE = 300

#: What is not seen but changes what is: marks that turn the direction of writing around (Unicode Standard Annex 9,
#: section 2), spaces without width, soft hyphens, tags, and the separators that end a line nowhere but in browsers.
#: The two joiners stay: Persian words and emoji are written with them.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
#: What a URL may hold unencoded (RFC 3986, section 2), and what is encoded already.
_OF_URLS = ":/?#[]@!$&'()*+,;=-._~%"
_PHONE_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/\u00a0]{3,}")


def lines(text: object) -> str:
    """Return text of one or more lines without control characters, marks of direction and what else is not seen."""
    shown = _UNSEEN.sub("", str(text)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in shown if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))


def one_line(text: object, *, longest: int = LONGEST_VALUE) -> str:
    """Return text on one line, its white space collapsed, cut to a number of characters."""
    collapsed = " ".join(_UNSEEN.sub("", " ".join(str(text).split())).split())
    return Truncator(lines(collapsed)).chars(longest)


def duration(length: timedelta) -> str:
    """Return a length of time as a person says it: with seconds under an hour, without from then on."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return gettext("%(seconds)d s") % {"seconds": seconds}
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        if not seconds:
            return gettext("%(minutes)d min") % {"minutes": minutes}
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    hours, minutes = divmod(minutes, 60)
    return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def language_name(code: str) -> str:
    """Return the name of a language in the reader's own; the code itself where it isn't known."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return one_line(code)


def ascii_host(host: str) -> str:
    """Return a host as it is looked up, its letters that look like others spelled out: ``xn--...``.

    A host that has no such form is returned as it is, without anything but letters, digits, dots and hyphens.
    """
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return re.sub(r"[^A-Za-z0-9.\-]", "?", host)


def plain_url(url: str) -> str:
    """Return an address with its host in ASCII, so that it reads as what it is; anything else as it was."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return url if parts.netloc.isascii() else parts._replace(netloc=ascii_host(parts.netloc)).geturl()


def plain_address(address: str) -> str:
    """Return an e-mail address with its domain in ASCII."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_host(domain)}"


def web_link(url: str) -> str:
    """Return an absolute http or https address, fit for a link, its host in ASCII; empty for anything else."""
    url = plain_url(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    if not is_web or one_line(url, longest=len(url) + 1) != url:
        return ""
    # What stands in an attribute unescaped is taken for a comment by programs that look for those in the source.
    return quote(url, safe=_OF_URLS)


def mail_link(address: str) -> str:
    """Return a ``mailto:`` link to an address, without room for further headers; empty where it is none."""
    local, at, domain = plain_address(address).rpartition("@")
    return f"mailto:{quote(local, errors='replace')}@{quote(domain)}" if local and at and domain else ""


def phone_link(number: str) -> str:
    """Return a ``tel:`` link (RFC 3966) to a phone number; empty for a text that is more than a number."""
    if not _PHONE_NUMBER.fullmatch(number):
        return ""
    digits = re.sub(r"[^0-9]", "", number.replace("(0)", ""))
    return f"tel:+{digits}" if number.startswith("+") else f"tel:{digits}"


def further_value(value: Any) -> str:
    """Return the value of a contact's further field, which may hold anything that JSON can, on one line."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return one_line(", ".join(further_value(part) for part in value))
    if isinstance(value, dict):
        return one_line(", ".join(f"{key}: {further_value(part)}" for key, part in value.items()))
    return "" if value is None else one_line(value)
