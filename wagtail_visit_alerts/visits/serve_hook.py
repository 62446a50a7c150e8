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

from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.models.address import MAX_URL_LENGTH
from wagtail_visit_alerts.models.primary import atomic, primary_alias
from wagtail_visit_alerts.recording import Served
from wagtail_visit_alerts.visits.cookie import read_cookie
from wagtail_visit_alerts.visits.exclusions import is_excluded, is_prefetch
from wagtail_visit_alerts.visits.forms import identify_by_submission

if TYPE_CHECKING:
    from wagtail.contrib.forms.models import AbstractFormSubmission

logger = logging.getLogger(__name__)

#: What the writing after the response may wait for a lock, in milliseconds, on databases that wait at all.
LOCK_TIMEOUT_MS = 250
#: How a connection's own setting is read and written; MariaDB counts in seconds.
LOCK_TIMEOUTS = {
    "sqlite": ("PRAGMA busy_timeout", "PRAGMA busy_timeout", LOCK_TIMEOUT_MS),
    "mysql": ("SELECT @@innodb_lock_wait_timeout", "SET innodb_lock_wait_timeout", 1),
}

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
    if request.method != "GET" or not _is_page(response) or not _is_navigation(request):
        return
    held = read_cookie(request, now=timezone.now())
    held_key = held.key
    if held_key is None or is_excluded(request):
        return
    url = request.build_absolute_uri()
    if len(url) > MAX_URL_LENGTH // 3:
        return
    referer = request.headers.get("Referer", "")
    came_from = (
        referer
        if urlsplit(referer).netloc == request.get_host() and len(referer) <= MAX_URL_LENGTH // 3
        else None
    )
    served = Served(url=url, page_id=page.pk, came_from=came_from, served_at=timezone.now())
    close = request.close

    def close_and_write() -> None:
        close()
        _write(held_key, served)

    def write_when_closed(_rendered: HttpResponse) -> None:
        # Django closes the request once the response has been sent, on every server, with the connection still open.
        # Not the response: a cache may store it, with all that hangs on it. Gives nothing back: what a callback
        # returns takes the place of the response.
        request.close = close_and_write  # type: ignore[method-assign]

    if hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(write_when_closed)
    else:
        write_when_closed(response)


def _is_page(response: HttpResponse) -> bool:
    return response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")


def _is_navigation(request: HttpRequest) -> bool:
    return (
        request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and "HX-Request" not in request.headers
        and not is_prefetch(request)
        and not getattr(request, "is_preview", False)
    )


def _write(key: str, served: Served) -> None:
    """Write what was captured; gives up on any fault, with a log entry: nothing may disturb the server's worker."""
    try:
        with _short_lock_timeout():
            pipeline.note_served(served, key=key, now=timezone.now())
    except DatabaseError:
        logger.warning("page_view.not_noted", extra={"page_id": served.page_id}, exc_info=True)
    except Exception:  # the page has been sent, and its request must end well
        logger.exception("page_view.not_noted", extra={"page_id": served.page_id})


@contextmanager
def _short_lock_timeout() -> Iterator[None]:
    """Let statements wait for a lock only briefly, and leave the site's own setting as it was."""
    connection = connections[primary_alias()]
    if connection.vendor == "postgresql":
        # For this transaction only: behind a pooler the next one may run on another connection.
        with atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
            yield
    elif connection.vendor in LOCK_TIMEOUTS:
        read, write, value = LOCK_TIMEOUTS[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(read)
            before = cursor.fetchone()[0]
            cursor.execute(f"{write} = {value}")
            try:
                yield
            finally:
                cursor.execute(f"{write} = {before}")
    else:
        yield
