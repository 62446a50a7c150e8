"""The beacon's messages: JSON from a stranger becomes a value of the pipeline, or is refused with the reason."""

import json
import uuid
from typing import Any

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models.address import MAX_URL_LENGTH
from wagtail_visit_alerts.recording import End, Entry, Previous

VERSION = 1
#: Design 3.2: the endpoint accepts at most 8 KiB.
MAX_BYTES = 8 * 1024
MAX_UNSENT = 3
#: JavaScript's Number.MAX_SAFE_INTEGER: no honest browser sends more.
MAX_NUMBER = 2**53 - 1
MAX_PAGE_ID = 2**31 - 1
MAX_TOKEN_LENGTH = 200
WAYS = ("load", "reload", "restore")


class MessageError(VisitAlertsError):
    """A message is not one of the beacon's; the text says what is wrong with it."""


def parse_message(body: bytes, *, origin: str) -> tuple[Entry | End, str | None]:
    """Read one message, and the token of the signed link that a person opened, where one came with it.

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
    match data.get("type"):
        case "entry":
            return _entry(data, origin=origin, with_unsent=True), _token(data)
        case "end":
            return End(id=_id(data, "id"), engaged_ms=_number(data, "engaged")), None
        case _:
            raise MessageError("The message's type is neither entry nor end.")


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
        ago_ms=_number(data, "ago", least=0),
        navigation_ms=_number(data, "navigation", least=0) if with_unsent else None,
        previous=None if previous is None else _previous(_dictionary(previous)),
        unsent=tuple(_entry(_dictionary(one), origin=origin, with_unsent=False) for one in unsent),
    )


def _previous(data: dict[str, Any]) -> Previous:
    return Previous(
        id=_id(data, "id"),
        wall_ms=_number(data, "wall"),
        monotonic_ms=_number(data, "monotonic"),
        engaged_ms=_number(data, "engaged"),
        gap_ms=_number(data, "gap"),
    )


def _token(data: dict[str, Any]) -> str | None:
    """The token that came with a person's sign of life; without that sign it identifies nobody (design 3.1)."""
    token, sign = data.get("token"), data.get("sign")
    if not isinstance(token, str) or not isinstance(sign, str) or not sign or len(token) > MAX_TOKEN_LENGTH:
        return None
    return token


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
        raise MessageError("url is too long to be stored.")
    return f"{origin}{value}"
