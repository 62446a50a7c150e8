"""The endpoint of the beacon: one URL, one constant answer.

Accepts same-origin JSON only; changes only what belongs to the visitor whose cookie came with it. It needs no CSRF
token: a page of another site can neither send the header that says "same-origin" nor read the answer.
"""

import logging
from datetime import datetime
from urllib.parse import urlsplit

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.pipeline import Answer
from wagtail_visit_alerts.recording import Entry
from wagtail_visit_alerts.visits import cookie
from wagtail_visit_alerts.visits.browser import browser_of
from wagtail_visit_alerts.visits.exclusions import is_excluded
from wagtail_visit_alerts.visits.messages import MessageError, parse_message
from wagtail_visit_alerts.visits.rate_limit import is_allowed

logger = logging.getLogger(__name__)


@never_cache
@csrf_exempt
@require_POST
def page_views(request: HttpRequest) -> HttpResponse:
    """Take one message of the beacon. Same status, headers and keys for all that are well-formed."""
    if not is_same_origin(request) or request.content_type != "application/json":
        return _refusal("Only pages of this site report their page views here, as JSON.", status=403)
    now = timezone.now()
    held = cookie.read_cookie(request, now=now)
    try:
        message, token = parse_message(request.body, origin=f"{request.scheme}://{request.get_host()}")
    except MessageError as error:
        return _refusal(str(error), status=400)
    browser = browser_of(request, held=held, now=now)
    if held.is_off or is_excluded(request):
        # Only an entry decides for a day: what is sent while a page closes may lack the headers of a page.
        is_off = held.is_off or isinstance(message, Entry)
        return _answer(request, Answer(key=browser.key, off=is_off), held=held, now=now)
    if held.key is None:
        return _answer(request, Answer(key=browser.key, again=True), held=held, now=now)
    if not is_allowed(held.key):
        return _refusal("This browser sends more messages than a person can.", status=429)
    try:
        if isinstance(message, Entry):
            answer = pipeline.receive_entry(message, token=token, browser=browser, now=now)
        else:
            answer = pipeline.receive_end(message, browser=browser, now=now)
    except DatabaseError:
        # The browser keeps the entry and sends it again with its next one; the page itself needs nothing of this.
        logger.exception("message.not_recorded")
        return _refusal("The page view could not be recorded just now.", status=503)
    return _answer(request, answer, held=held, now=now)


def is_same_origin(request: HttpRequest) -> bool:
    """Whether a page of this very host sent the request: by ``Sec-Fetch-Site``, or where absent by ``Origin``."""
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def _answer(request: HttpRequest, answer: Answer, *, held: cookie.HeldCookie, now: datetime) -> HttpResponse:
    response = JsonResponse({"again": answer.again, "at": []})
    if answer.off:
        cookie.set_off(response, request)
    else:
        cookie.set_key(response, request, key=answer.key, held=held, now=now)
    return response


def _refusal(reason: str, *, status: int) -> HttpResponse:
    return JsonResponse({"error": reason}, status=status)
