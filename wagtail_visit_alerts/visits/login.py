"""Login and logout: the signal's request to the pipeline. What fails here is logged: nobody is locked out by us."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.pipeline import Browser
from wagtail_visit_alerts.visits.browser import browser_of
from wagtail_visit_alerts.visits.consent import consents
from wagtail_visit_alerts.visits.cookie import read_cookie

logger = logging.getLogger(__name__)


def logged_in(request: HttpRequest | None, user: Any) -> None:
    """A user has logged in with this request's browser.

    Where its consent is missing the browser is bound to nobody, and parted from whomever it was bound to.
    """

    def log_in(browser: Browser, *, now: datetime) -> None:
        if browser.consents is False:
            pipeline.withdraw_consent(browser, now=now)
        else:
            pipeline.log_in(browser, user=user, now=now)

    _tell(request, log_in, asks_consent=True)


def logged_out(request: HttpRequest | None) -> None:
    """Whoever was logged in with this request's browser has logged out."""
    _tell(request, pipeline.log_out)


def _tell(request: HttpRequest | None, function: Callable[..., Any], *, asks_consent: bool = False) -> None:
    """Tell the pipeline about the browser of a request, if it holds a key of ours."""
    if request is None:
        return
    now = timezone.now()
    try:
        held = read_cookie(request, now=now)
        if held.key is not None:
            agrees = consents(request) if asks_consent else None
            function(browser_of(request, held=held, consents=agrees, now=now), now=now)
    except Exception:  # a login must never fail because of us
        logger.exception("login.not_noted", extra={"step": function.__name__})
