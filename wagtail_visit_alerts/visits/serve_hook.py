"""The page-serve hook: notes on the server that a contact has entered a page, and identifies by form pages.

While a page is served it only captures; after the response has been sent it writes, in a transaction of its own.
Whatever fails here is logged: no page ever breaks or waits because of it. It reads neither session nor user, which
would add ``Vary: Cookie`` to every page.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from wagtail_visit_alerts import pipeline, trying
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Reason
from wagtail_visit_alerts.models.address import MAX_URL_LENGTH
from wagtail_visit_alerts.recording import Served
from wagtail_visit_alerts.visits import consent, counting
from wagtail_visit_alerts.visits.after_response import call_after, short_lock_timeout
from wagtail_visit_alerts.visits.cookie import read_cookie
from wagtail_visit_alerts.visits.exclusions import is_bot, is_prefetch, reason_not_recorded
from wagtail_visit_alerts.visits.forms import identify_by_submission

if TYPE_CHECKING:
    from wagtail.contrib.forms.models import AbstractFormSubmission

logger = logging.getLogger(__name__)

_submitted: ContextVar["_Submitted | None"] = ContextVar("visit_alerts_submitted", default=None)


@dataclass
class _Submitted:
    """Where a form page's submission is left while the page is served."""

    submission: "AbstractFormSubmission | None" = None


def withhold_beacon(next_serve: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap Wagtail's serving of a page, outside the check of its view restrictions: no beacon until it has passed.

    A password form is a response with status 200 at the page's own address, and no page view.
    """

    def serve(page: Any, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponse:
        request.visit_alerts_withheld = True  # type: ignore[attr-defined]
        return next_serve(page, request, args, kwargs)

    return serve


def on_serve_page(next_serve: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap Wagtail's serving of a page, inside the check of its view restrictions."""

    def serve(page: Any, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponse:
        request.visit_alerts_withheld = False  # type: ignore[attr-defined]
        if request.method != "POST":
            response = next_serve(page, request, args, kwargs)
            _surviving(_capture, page, request, response)
            return response
        submitted = _Submitted()
        token = _submitted.set(submitted)
        try:
            response = next_serve(page, request, args, kwargs)
        finally:
            _submitted.reset(token)
        if submitted.submission is not None:
            _surviving(identify_by_submission, request, page, submitted.submission, response)
        return response

    return serve


def note_submission(submission: "AbstractFormSubmission") -> None:
    """Remember that a form page being served has stored a submission: Wagtail has no signal of its own for it."""
    if (submitted := _submitted.get()) is not None:
        submitted.submission = submission


def _surviving(function: Callable[..., None], *args: Any) -> None:
    try:
        function(*args)
    except Exception:  # a page must never break because of us
        logger.exception("serve_hook.failed", extra={"step": function.__name__})


def _capture(page: Any, request: HttpRequest, response: HttpResponse) -> None:
    """Note the entry, where this is a page that a person's browser shows, with a cookie of ours. No query."""
    if not _is_page(response) or getattr(request, "is_preview", False):
        return
    now = timezone.now()
    if (reason := _reason_not_shown(request)) is not None:
        counting.count(reason, now=now)
        return
    if request.method != "GET" or not _is_navigation(request):
        return
    held_key = read_cookie(request, now=now).key
    if held_key is None or reason_not_recorded(request) is not None or _begins_test_visit(request):
        return
    url = request.build_absolute_uri()
    if len(url) > MAX_URL_LENGTH // 3:
        return
    served = Served(url=url, page_id=page.pk, came_from=_came_from(request), served_at=now)
    must_consent = consent.function_path() is not None  # never called here: what it said last is stored

    def write_when_closed(_rendered: HttpResponse) -> None:
        # Gives nothing back: what a callback returns takes the place of the response.
        call_after(request, lambda: _write(held_key, served, must_consent=must_consent))

    if hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(write_when_closed)
    else:
        write_when_closed(response)


def _reason_not_shown(request: HttpRequest) -> Reason | None:
    """Why nobody looks at this page, where the request says so: fetched ahead, or to check a link."""
    ahead = is_prefetch(request)
    if _carries_link(request):
        agent = request.headers.get("User-Agent", "")
        return Reason.LINK_CHECKED if ahead or request.method == "HEAD" or is_bot(agent) else None
    return Reason.PREFETCH if ahead and request.method == "GET" else None


def _carries_link(request: HttpRequest) -> bool:
    """Whether the address has the token of a signed link."""
    # Most addresses do not even name the parameter, and so are not parsed.
    if f"{settings.LINK_PARAMETER}=" not in request.META.get("QUERY_STRING", ""):
        return False
    token = request.GET.get(settings.LINK_PARAMETER, "")
    return bool(token) and not trying.is_test_token(token)


def _begins_test_visit(request: HttpRequest) -> bool:
    """Whether a test visit's link was opened; its later pages can't be told from others without the beacon."""
    return trying.is_test_token(request.GET.get(settings.LINK_PARAMETER, ""))


def _came_from(request: HttpRequest) -> str | None:
    """The page of this host on which the link was followed, if the browser says so."""
    referer = request.headers.get("Referer", "")
    if len(referer) > MAX_URL_LENGTH // 3 or urlsplit(referer).netloc != request.get_host():
        return None
    return referer


def _is_page(response: HttpResponse) -> bool:
    return response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")


def _is_navigation(request: HttpRequest) -> bool:
    return (
        request.headers.get("Sec-Fetch-Dest", "document") == "document" and "HX-Request" not in request.headers
    )


def _write(key: str, served: Served, *, must_consent: bool) -> None:
    """Write what was captured; gives up on any fault, with a log entry: nothing may disturb the server's worker."""
    try:
        with short_lock_timeout():
            pipeline.note_served(served, key=key, must_consent=must_consent, now=timezone.now())
    except DatabaseError:
        logger.warning("page_view.not_noted", extra={"page_id": served.page_id}, exc_info=True)
    except Exception:  # the page has been sent, and its request must end well
        logger.exception("page_view.not_noted", extra={"page_id": served.page_id})
