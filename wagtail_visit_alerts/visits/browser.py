"""What a request says of its browser, in the form that the pipeline takes."""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest

from wagtail_visit_alerts import identifying
from wagtail_visit_alerts.models.address import MAX_USER_AGENT_LENGTH
from wagtail_visit_alerts.pipeline import Browser
from wagtail_visit_alerts.visits.cookie import HeldCookie, read_cookie
from wagtail_visit_alerts.visits.network import network_hash


def browser_of(
    request: HttpRequest, *, held: HeldCookie | None = None, consents: bool | None = None, now: datetime
) -> Browser:
    """Read a request's browser; one without a key gets a new one, which its answer must set. No query.

    ``consents`` is what ``consent.consents`` has said of it.
    """
    held = held or read_cookie(request, now=now)
    return Browser(
        key=held.key or identifying.new_key(),
        key_age=held.age,
        session_hash=_session_hash(request),
        user_agent=request.headers.get("User-Agent", "").replace("\0", "")[:MAX_USER_AGENT_LENGTH],
        user=lambda: _logged_in_user(request),
        network=network_hash(request),
        consents=consents,
    )


def _session_hash(request: HttpRequest) -> str:
    """A keyed hash of the session cookie: tells that it has changed, and nothing else."""
    value = request.COOKIES.get(django_settings.SESSION_COOKIE_NAME, "")
    secret = f"wagtail_visit_alerts.session{django_settings.SECRET_KEY}".encode()
    return hmac.new(secret, value.encode(), sha256).hexdigest()[:32] if value else ""


def _logged_in_user(request: HttpRequest) -> Any | None:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None
