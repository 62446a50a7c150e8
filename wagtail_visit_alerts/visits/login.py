"""Login and logout: the signal's request to the pipeline."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.visits.browser import browser_of
from wagtail_visit_alerts.visits.cookie import read_cookie


def logged_in(request: HttpRequest | None, user: Any) -> None:
    """A user has logged in with this request's browser."""
    now = timezone.now()
    if request is not None and read_cookie(request, now=now).key is not None:
        pipeline.log_in(browser_of(request, now=now), user=user, now=now)


def logged_out(request: HttpRequest | None) -> None:
    """Whoever was logged in with this request's browser has logged out."""
    now = timezone.now()
    if request is not None and read_cookie(request, now=now).key is not None:
        pipeline.log_out(browser_of(request, now=now), now=now)
