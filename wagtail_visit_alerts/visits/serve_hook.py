"""The page-serve hook: notes on the server that a contact has entered a page, and identifies by form pages.

While a page is served it only captures; after the response has been sent it writes, in a transaction of its own.
Whatever fails here is logged: no page ever breaks or waits because of it. It reads neither session nor user, which
would add ``Vary: Cookie`` to every page.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import DatabaseError, connections, router
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.models import PageView
from wagtail_visit_alerts.models.address import MAX_URL_LENGTH
from wagtail_visit_alerts.recording import Served
from wagtail_visit_alerts.visits.cookie import read_cookie
from wagtail_visit_alerts.visits.exclusions import is_excluded, is_prefetch
from wagtail_visit_alerts.visits.forms import identify_by_submission

if TYPE_CHECKING:
    from wagtail.contrib.forms.models import AbstractFormSubmission

logger = logging.getLogger(__name__)

#: What the writing after the response may wait for a lock, in milliseconds, on databases that wait at all.
LOCK_TIMEOUT_MS = 250

_captured: ContextVar["tuple[str, Served] | None"] = ContextVar("visit_alerts_captured", default=None)
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
        logger.exception("serve_hook_failed", extra={"step": function.__name__})


def _capture(page: Any, request: HttpRequest, response: HttpResponse) -> None:
    """Note the entry, where this is a page that a person's browser shows, with a cookie of ours. No query."""
    if request.method != "GET" or not _is_page(response) or not _is_navigation(request):
        return
    held = read_cookie(request, now=timezone.now())
    if held.key is None or is_excluded(request):
        return
    url = request.build_absolute_uri()
    if len(url) > MAX_URL_LENGTH // 3:
        return
    referer = request.headers.get("Referer", "")
    came_from = (
        referer if urlsplit(referer).netloc == request.get_host() and len(referer) <= len(url) + 500 else None
    )
    served = Served(url=url, page_id=page.pk, came_from=came_from, served_at=timezone.now())
    captured = (held.key, served)

    def remember(_response: HttpResponse) -> None:
        # Gives nothing back: what a callback returns takes the place of the response.
        _captured.set(captured)

    if hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(remember)
    else:
        remember(response)


def _is_page(response: HttpResponse) -> bool:
    return response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")


def _is_navigation(request: HttpRequest) -> bool:
    return (
        request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and "HX-Request" not in request.headers
        and not is_prefetch(request)
        and not getattr(request, "is_preview", False)
    )


def forget_captured() -> None:
    """Begin a request with nothing captured: the one before may have ended without its response being closed."""
    _captured.set(None)


def write_captured() -> None:
    """Write what was captured, after the response has been sent; gives up on any fault, with a log entry."""
    captured = _captured.get()
    if captured is None:
        return
    _captured.set(None)
    key, served = captured
    connection = connections[router.db_for_write(PageView)]
    try:
        with _short_lock_timeout(connection):
            pipeline.note_served(served, key=key, now=timezone.now())
    except DatabaseError:
        logger.warning("page_view_not_noted", extra={"page_id": served.page_id}, exc_info=True)
    except Exception:  # nothing that follows a sent response may disturb the server's worker
        logger.exception("page_view_not_noted", extra={"page_id": served.page_id})
    finally:
        # Django has closed what it closes at the end of a request before this; no connection is left behind.
        if not connection.in_atomic_block:  # as in a site's own tests, whose transaction the request is part of
            connection.close_if_unusable_or_obsolete()


@contextmanager
def _short_lock_timeout(connection: Any) -> Iterator[None]:
    """Let statements wait for a lock only briefly, and put the site's own setting back afterwards."""
    match connection.vendor:
        case "sqlite":
            read, write = "PRAGMA busy_timeout", "PRAGMA busy_timeout = {}"
            value: Any = LOCK_TIMEOUT_MS
        case "mysql":
            read, write = "SELECT @@innodb_lock_wait_timeout", "SET innodb_lock_wait_timeout = {}"
            value = 1
        case "postgresql":
            read, write = "SHOW lock_timeout", "SET lock_timeout = '{}'"
            value = f"{LOCK_TIMEOUT_MS}ms"
        case _:
            yield
            return
    with connection.cursor() as cursor:
        cursor.execute(read)
        before = cursor.fetchone()[0]
        cursor.execute(write.format(value))
        try:
            yield
        finally:
            cursor.execute(write.format(before))
