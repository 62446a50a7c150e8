"""The beacon's messages: JSON from a stranger becomes a value of the pipeline, or is refused with the reason."""

import json
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Sign
from wagtail_visit_alerts.models.address import MAX_URL_LENGTH
from wagtail_visit_alerts.models.canonical_url import canonical_url
from wagtail_visit_alerts.recording import End, Entry, InView, Previous

VERSION = 1
#: Design 3.2: the endpoint accepts at most 8 KiB.
MAX_BYTES = 8 * 1024
MAX_UNSENT = 3
#: JavaScript's Number.MAX_SAFE_INTEGER: no honest browser sends more.
MAX_NUMBER = 2**53 - 1
MAX_PAGE_ID = 2**31 - 1
MAX_TOKEN_LENGTH = 200
WAYS = ("load", "reload", "restore", "navigate")
#: The sign of life by what the script calls it: the DOM event, or that the page was in view for a while.
SIGNS = {
    "pointerdown": Sign.POINTER,
    "pointermove": Sign.POINTER,
    "keydown": Sign.KEY,
    "touchstart": Sign.TOUCH,
    "wheel": Sign.SCROLL,
    "scroll": Sign.SCROLL,
    "visible": Sign.VISIBLE,
}


class MessageError(VisitAlertsError):
    """A message is not one of the beacon's; the text says what is wrong with it."""


@dataclass(frozen=True)
class Withdrawal:
    """The banner of the page has said that consent was withdrawn."""


class Message(NamedTuple):
    """What the beacon reports, and what goes along with it."""

    report: Entry | InView | End | Withdrawal
    #: That of a signed link; only together with the sign of life of the person who opened it.
    token: str | None = None
    sign: Sign | None = None
    #: That of the test visit which goes on in the tab.
    test_token: str | None = None
    #: What the banner has said in this page, if it has said anything.
    consent: bool | None = None


def parse_message(body: bytes, *, origin: str) -> Message:
    """Read one message.

    ``origin`` is the scheme and host of the site that the message is about.
    Raises ``MessageError``.
    """
    if len(body) > MAX_BYTES:
        raise MessageError(f"The message has {len(body)} bytes; at most {MAX_BYTES} are read.")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MessageError("The message is no JSON.") from error
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise MessageError(f"The message is not of version {VERSION}.")
    report = _report(data, origin=origin)
    token, sign = _opened_link(data) if isinstance(report, Entry) else (None, None)
    return Message(report, token, sign, test_token=_test_token(data), consent=_consent(data))


def _report(data: dict[str, Any], *, origin: str) -> Entry | InView | End | Withdrawal:
    match data.get("type"):
        case "entry":
            return _entry(data, origin=origin, with_unsent=True)
        case "end":
            return End(**_measured(data))
        case "in_view":
            return InView(**_measured(data))
        case "withdraw":
            return Withdrawal()
        case _:
            raise MessageError("The message's type is none of entry, end, in_view and withdraw.")


def _entry(data: dict[str, Any], *, origin: str, with_unsent: bool) -> Entry:
    previous = data.get("previous")
    unsent = data.get("unsent") or [] if with_unsent else []
    if not isinstance(unsent, list) or len(unsent) > MAX_UNSENT:
        raise MessageError(f"unsent is no list of at most {MAX_UNSENT} entries.")
    if data.get("how") not in WAYS:
        raise MessageError(f"how is none of {', '.join(WAYS)}.")
    return Entry(
        id=_id(data, "id"),
        tab=_id(data, "tab"),
        url=_url(data, origin=origin),
        page_id=None if data.get("page") is None else _number(data, "page", least=1, most=MAX_PAGE_ID),
        how=data["how"],
        # Of an entry that was kept a wall clock tells, which may have been set back since.
        ago_ms=max(0, _number(data, "ago")),
        # What the page itself has put into the address bar asked no server.
        navigation_ms=(
            _number(data, "navigation", least=0) if with_unsent and data["how"] != "navigate" else None
        ),
        previous=None if previous is None else _previous(_dictionary(previous)),
        unsent=tuple(_entry(_dictionary(one), origin=origin, with_unsent=False) for one in unsent),
    )


def _previous(data: dict[str, Any]) -> Previous:
    return Previous(**_measured(data), gap_ms=_number(data, "gap"))


def _measured(data: dict[str, Any]) -> dict[str, Any]:
    """What a message says of the time on a page view."""
    return {
        "id": _id(data, "id"),
        "engaged_ms": _number(data, "engaged"),
        "wall_ms": _number(data, "wall"),
        "monotonic_ms": _number(data, "monotonic"),
    }


def _opened_link(data: dict[str, Any]) -> tuple[str, Sign] | tuple[None, None]:
    """The token that came with a person's sign of life; without that sign it identifies nobody (design 3.1)."""
    token, said = data.get("token"), data.get("sign")
    sign = SIGNS.get(said) if isinstance(said, str) else None
    if not isinstance(token, str) or not token or len(token) > MAX_TOKEN_LENGTH or sign is None:
        return None, None
    return token, sign


def _consent(data: dict[str, Any]) -> bool | None:
    said = data.get("consent")
    if said is not None and not isinstance(said, bool):
        raise MessageError("consent is neither true nor false.")
    return said


def _test_token(data: dict[str, Any]) -> str | None:
    token = data.get("test")
    return token if isinstance(token, str) and len(token) <= MAX_TOKEN_LENGTH else None


def _dictionary(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MessageError("previous or an entry of unsent is no object.")
    return value


def _id(data: dict[str, Any], name: str) -> uuid.UUID:
    value = data.get(name)
    try:
        return uuid.UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise MessageError(f"{name} is no UUID.") from error


def _number(data: dict[str, Any], name: str, *, least: int = -MAX_NUMBER, most: int = MAX_NUMBER) -> int:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise MessageError(f"{name} is no number from {least} to {most}.")
    return int(value)


def _url(data: dict[str, Any], *, origin: str) -> str:
    """The absolute URL of a path on this site; the browser can name no other host."""
    value = data.get("url")
    # A browser gives its location in ASCII; so encoding it canonically makes it at most three times as long.
    if not isinstance(value, str) or not value.startswith("/") or not value.isascii():
        raise MessageError("url is no path of this site.")
    if len(origin) + len(value) > MAX_URL_LENGTH // 3:
        value = value.partition("?")[0]  # of an advertisement's many parameters hardly any would be kept
    if len(origin) + len(value) > MAX_URL_LENGTH // 3:
        raise MessageError("url is too long to be stored.")
    url = f"{origin}{value}"
    try:
        canonical_url(url)
    except (
        ValueError
    ) as error:  # the host that the request names has a port that can't be, or no address of IPv6
        raise MessageError("url is on a host that can't be.") from error
    return url
