"""The endpoint of the beacon: one URL, one constant answer.

Accepts same-origin JSON only; changes only what belongs to the visitor whose cookie came with it. It needs no CSRF
token: a page of another site can neither send the header that says "same-origin" nor read the answer.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_cookie

from wagtail_visit_alerts import pipeline, trying
from wagtail_visit_alerts.models import Reason
from wagtail_visit_alerts.pipeline import Answer, Browser
from wagtail_visit_alerts.recording import End, Entry, InView
from wagtail_visit_alerts.visits import cookie, counting
from wagtail_visit_alerts.visits.browser import browser_of
from wagtail_visit_alerts.visits.consent import consents
from wagtail_visit_alerts.visits.exclusions import reason_not_recorded
from wagtail_visit_alerts.visits.messages import (
    MAX_BYTES,
    Message,
    MessageError,
    Withdrawal,
    parse_message,
)
from wagtail_visit_alerts.visits.network import sender_hash
from wagtail_visit_alerts.visits.page_at_url import with_page
from wagtail_visit_alerts.visits.rate_limit import is_address_allowed, is_allowed
from wagtail_visit_alerts.visits.same_origin import is_same_origin

logger = logging.getLogger(__name__)


@never_cache
@vary_on_cookie  # always, so that the answer in which the session had to be read has no other headers
@csrf_exempt
@require_POST
def page_views(request: HttpRequest) -> HttpResponse:
    """Take one message of the beacon. Same status, headers and keys for all that are well-formed."""
    now = timezone.now()
    counting.write_after(request)
    if not is_same_origin(request) or request.content_type != "application/json":
        counting.count(Reason.REFUSED, now=now)
        return _refusal("Only pages of this site report their page views here, as JSON.", status=403)
    if not is_address_allowed(sender_hash(request)):
        return _too_many(now=now)
    try:
        message = parse_message(_body(request), origin=f"{request.scheme}://{request.get_host()}")
    except MessageError as error:
        counting.count(Reason.REFUSED, now=now)
        return _refusal(str(error), status=400)
    try:
        return answer_to_test(message, request, now=now) or _answer_to(message, request, now=now)
    except DatabaseError as error:
        return _not_now(error, now=now)


def _answer_to(message: Message, request: HttpRequest, *, now: datetime) -> HttpResponse:
    """Take an ordinary message. Raises ``DatabaseError``."""
    held = cookie.read_cookie(request, now=now)
    if isinstance(message.report, Withdrawal):
        return _part(request, held=held, now=now)
    reason = reason_not_recorded(request, said=message.consent) or (Reason.OFF if held.is_off else None)
    agrees = consents(request, said=message.consent) if reason is None else None
    if agrees is False:
        reason = Reason.NO_CONSENT
    if reason is not None:
        return _answer_to_excluded(message, request, reason=reason, held=held, now=now)
    browser = browser_of(request, held=held, consents=agrees, now=now)
    if held.key is None:
        return _answer(request, Answer(key=browser.key, again=True), held=held, now=now)
    if not is_allowed(held.key):
        return _too_many(now=now)
    answer = _take(message, request, browser=browser, now=now)
    if answer.off:
        _count(Reason.STAFF, message, now=now)
    elif answer.out:
        _count(Reason.OPTED_OUT, message, now=now)
    elif not answer.again:
        counting.heard_from(cookie.host_of(request), now=now)
    return _answer(request, answer, held=held, now=now)


def _take(message: Message, request: HttpRequest, *, browser: Browser, now: datetime) -> Answer:
    report = with_page(message.report, request)
    if isinstance(report, Entry):
        return pipeline.receive_entry(report, token=message.token, sign=message.sign, browser=browser, now=now)
    if isinstance(report, InView):
        return pipeline.receive_in_view(report, browser=browser, now=now)
    if isinstance(report, End):
        return pipeline.receive_end(report, browser=browser, now=now)
    raise TypeError(f"A {type(report).__name__} is no message about a page view.")


def _answer_to_excluded(
    message: Message, request: HttpRequest, *, reason: Reason, held: cookie.HeldCookie, now: datetime
) -> HttpResponse:
    """Answer a browser that is not recorded: without a query, but for the one that ends its consent."""
    _count(reason, message, now=now)
    if reason == Reason.NO_CONSENT:
        return _part(request, held=held, now=now)
    response = _message_taken()
    if reason == Reason.OPTED_OUT:
        cookie.set_out(response, request)
    elif reason == Reason.OFF:
        pass  # the day is not begun again, or it would never end
    elif isinstance(message.report, Entry):
        # Only an entry decides for a day: what is sent while a page closes may lack the headers of a page.
        cookie.set_off(response, request)
    elif held.key is not None:
        cookie.set_key(response, request, key=held.key, held=held, now=now)
    return response


def _part(request: HttpRequest, *, held: cookie.HeldCookie, now: datetime) -> HttpResponse:
    """Answer a browser without consent: it keeps no key of ours, and the one that it has had records nothing more."""
    if held.key is None:
        return _message_taken()
    if not is_allowed(held.key):
        return _too_many(now=now)
    try:
        pipeline.withdraw_consent(browser_of(request, held=held, consents=False, now=now), now=now)
        response = _message_taken()
    except DatabaseError as error:
        response = _not_now(error, now=now)
    cookie.drop(response, request)  # whatever the database does
    return response


def answer_to_test(message: Message, request: HttpRequest, *, now: datetime) -> HttpResponse | None:
    """Take a message of a test visit's tab: whoever sent it, it is recorded nowhere and changes no cookie.

    None for an ordinary message, also where its token is forged or its hour over. Raises ``DatabaseError``.
    """
    test_visit_id = trying.token_id(message.test_token) if message.test_token else None
    if test_visit_id is None or isinstance(message.report, Withdrawal):
        return None
    if not is_allowed(f"test.{test_visit_id}"):
        return _too_many(now=now)
    report = with_page(message.report, request)
    at = trying.receive(report, test_visit_id=test_visit_id, now=now)
    return None if at is None else _message_taken(at=at)


def _body(request: HttpRequest) -> bytes:
    """The request's body, unless it is announced to be too long, or not announced. Raises ``MessageError``."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit() and int(length[:20]) <= MAX_BYTES):
        raise MessageError(f"The message does not say that it has at most {MAX_BYTES} bytes.")
    try:
        return request.body
    except (OSError, SuspiciousOperation) as error:  # cut off, or over a lower limit of the site's own
        raise MessageError("The message could not be read to its end.") from error


def _count(reason: Reason, message: Message, *, now: datetime) -> None:
    """Count a page view that is not recorded: one message of each, its entry."""
    if isinstance(message.report, Entry):
        counting.count(reason, now=now)


def _answer(request: HttpRequest, answer: Answer, *, held: cookie.HeldCookie, now: datetime) -> HttpResponse:
    response = _message_taken(again=answer.again, at=answer.at)
    if answer.drop:
        cookie.drop(response, request)
    elif answer.out:
        cookie.set_out(response, request)
    elif answer.off:
        cookie.set_off(response, request)
    else:
        cookie.set_key(response, request, key=answer.key, held=held, now=now)
    return response


def _message_taken(*, again: bool = False, at: Sequence[int] = ()) -> HttpResponse:
    return JsonResponse({"again": again, "at": at})


def _too_many(*, now: datetime) -> HttpResponse:
    counting.count(Reason.TOO_MANY, now=now)
    return _refusal("This browser, or its network, sends more messages than people can.", status=429)


def _not_now(error: DatabaseError, *, now: datetime) -> HttpResponse:
    """Say that the database has failed, and note it."""
    logger.error("message.not_recorded", exc_info=error)
    counting.count(Reason.NOT_WRITTEN, now=now)
    # The browser keeps the entry and sends it again with its next one; the page itself needs nothing of this.
    return _refusal("The page view could not be recorded just now.", status=503)


def _refusal(reason: str, *, status: int) -> HttpResponse:
    return JsonResponse({"error": reason}, status=status)
