"""The visitor's cookie: a random key signed with the time at which it was given, and nothing else.

``__Host-va`` on HTTPS, ``va`` on plain HTTP, where browsers refuse that prefix; ``va`` on the parent domain for the
hosts that share one. Set on answers of the endpoint and on answers to a login or form, never on a page's GET, so that
pages stay cacheable. In place of a key it holds "off" for a day, or "out" where the visitor has asked for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from wagtail_visit_alerts.conf import settings

COOKIE_NAME = "va"
SECURE_COOKIE_NAME = "__Host-va"
SALT = "wagtail_visit_alerts.cookie"
#: Of keys on a parent domain: other hosts of it receive them under the same name, and must not take them for theirs.
SHARED_SALT = "wagtail_visit_alerts.shared_cookie"
#: What a browser that is not recorded holds instead of a key.
OFF = "off"
#: What a browser holds whose user has asked not to be recorded.
OUT = "out"
#: The longest that browsers keep a cookie: draft RFC 6265bis, section 5.5.
MAX_AGE = timedelta(days=400)
OFF_MAX_AGE = timedelta(days=1)


@dataclass(frozen=True)
class HeldCookie:
    """What a browser holds: a key and its age, the word "off" or "out", or nothing that we have given."""

    key: str | None = None
    age: timedelta = timedelta()
    is_off: bool = False
    is_out: bool = False


def host_of(request: HttpRequest) -> str:
    """The host name that the request was sent to, in lower case and without its port."""
    return split_domain_port(request.get_host())[0]


def shared_domain(request: HttpRequest) -> str | None:
    """The parent domain on which this request's host shares its cookie; None where the host has its own."""
    domain = settings.COOKIE_DOMAIN.lstrip(".").lower()
    if domain and host_of(request) in [host.lower() for host in settings.COOKIE_HOSTS]:
        return domain
    return None


def name_for(request: HttpRequest) -> str:
    """The cookie's name on this request's host and scheme."""
    return SECURE_COOKIE_NAME if request.is_secure() and shared_domain(request) is None else COOKIE_NAME


def read_cookie(request: HttpRequest, *, now: datetime) -> HeldCookie:
    """Read the request's cookie; one that is forged or too old counts as none. No query."""
    values = _values(request)
    if OUT in values:
        return HeldCookie(is_out=True)
    signer = _signer(request)
    for value in values:
        try:
            key, seconds = signer.unsign(value, max_age=MAX_AGE).split("~")
            return HeldCookie(key=key, age=now - datetime.fromtimestamp(int(seconds), tz=now.tzinfo))
        except (signing.BadSignature, ValueError, OverflowError):
            continue
    return HeldCookie(is_off=OFF in values)


def has_opted_out(request: HttpRequest) -> bool:
    """Whether the browser's user has asked not to be recorded. No query."""
    return OUT in _values(request)


def set_key(response: HttpResponse, request: HttpRequest, *, key: str, held: HeldCookie, now: datetime) -> None:
    """Give the browser a key, or renew the one it holds, which keeps the time at which it was first given."""
    given_at = now - held.age if key == held.key else now
    value = _signer(request).sign(f"{key}~{int(given_at.timestamp())}")
    _set(response, request, value=value, max_age=MAX_AGE)


def set_off(response: HttpResponse, request: HttpRequest) -> None:
    """Let the browser's messages of the next day be understood without a query as those of one not recorded."""
    _set(response, request, value=OFF, max_age=OFF_MAX_AGE)


def set_out(response: HttpResponse, request: HttpRequest) -> None:
    """Let the browser not be recorded from now on, as its user has asked; or renew that."""
    _set(response, request, value=OUT, max_age=MAX_AGE)


def drop(response: HttpResponse, request: HttpRequest) -> None:
    """Take the cookie away."""
    _set(response, request, value="", max_age=timedelta())


def _values(request: HttpRequest) -> list[str]:
    """Every value that the browser sends under our cookie's name.

    A parent domain's cookie comes along with a host's own of the same name, and the order tells nothing: Django keeps
    the last one only.
    """
    name = name_for(request)
    pairs = (part.strip().partition("=") for part in request.META.get("HTTP_COOKIE", "").split(";"))
    return [value.strip('"') for found, _, value in pairs if found == name]


def _signer(request: HttpRequest) -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=SALT if shared_domain(request) is None else SHARED_SALT)


def _set(response: HttpResponse, request: HttpRequest, *, value: str, max_age: timedelta) -> None:
    response.set_cookie(
        name_for(request),
        value,
        max_age=max_age,
        path="/",
        domain=shared_domain(request),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
