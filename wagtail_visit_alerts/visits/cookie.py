"""The visitor's cookie: a random key signed with the time at which it was given, and nothing else.

``__Host-va`` on HTTPS, ``va`` on plain HTTP, where browsers refuse that prefix. Set on answers of the endpoint and
on answers to a login or form, never on a page's GET, so that pages stay cacheable.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE_NAME = "va"
SECURE_COOKIE_NAME = "__Host-va"
SALT = "wagtail_visit_alerts.cookie"
#: What a browser that is not recorded holds instead of a key.
OFF = "off"
#: The longest that browsers keep a cookie: draft RFC 6265bis, section 5.5.
MAX_AGE = timedelta(days=400)
OFF_MAX_AGE = timedelta(days=1)


@dataclass(frozen=True)
class HeldCookie:
    """What a browser holds: a key and its age, the word "off", or nothing that we have given."""

    key: str | None = None
    age: timedelta = timedelta()
    is_off: bool = False


def name_for(request: HttpRequest) -> str:
    """The cookie's name on this request's scheme."""
    return SECURE_COOKIE_NAME if request.is_secure() else COOKIE_NAME


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=SALT)


def read_cookie(request: HttpRequest, *, now: datetime) -> HeldCookie:
    """Read the request's cookie; one that is forged or too old counts as none. No query."""
    value = request.COOKIES.get(name_for(request), "")
    if value == OFF:
        return HeldCookie(is_off=True)
    try:
        key, seconds = _signer().unsign(value, max_age=MAX_AGE).split("~")
        return HeldCookie(key=key, age=now - datetime.fromtimestamp(int(seconds), tz=now.tzinfo))
    except (signing.BadSignature, ValueError):
        return HeldCookie()


def set_key(response: HttpResponse, request: HttpRequest, *, key: str, held: HeldCookie, now: datetime) -> None:
    """Give the browser a key, or renew the one it holds, which keeps the time at which it was first given."""
    given_at = now - held.age if key == held.key else now
    _set(response, request, value=_signer().sign(f"{key}~{int(given_at.timestamp())}"), max_age=MAX_AGE)


def set_off(response: HttpResponse, request: HttpRequest) -> None:
    """Let the browser's messages of the next day be understood without a query as those of one not recorded."""
    _set(response, request, value=OFF, max_age=OFF_MAX_AGE)


def _set(response: HttpResponse, request: HttpRequest, *, value: str, max_age: timedelta) -> None:
    response.set_cookie(
        name_for(request),
        value,
        max_age=max_age,
        path="/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
