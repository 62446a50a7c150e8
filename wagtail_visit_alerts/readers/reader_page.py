"""What the pages have in common that readers reach from an e-mail.

Takes a view of a request and an opened e-mail; gives one of a request and a token. Guarantees that a link which opens
nothing leads to a page that says what to do, that the page is in the reader's language, and that neither a cache, a
search engine nor another site learns of its address.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from wagtail_visit_alerts.delivering.reader_links import VALID_FOR
from wagtail_visit_alerts.readers.opened_email import OpenedEmail
from wagtail_visit_alerts.visits.plain_page import plain_page

TEMPLATES = "wagtail_visit_alerts/readers"
STYLE = f"{TEMPLATES}/readers.css"

View = Callable[[HttpRequest, OpenedEmail], HttpResponse]


def reader_page(view: View) -> Callable[..., HttpResponse]:
    """Make a view of what a token opens. It must change nothing unless it is posted to: scanners follow links."""

    # Without Django's token against forged requests: there is no login or session here that another site could make
    # use of. What allows the change is the signed token in the address, and who has that needs no other site.
    @never_cache
    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def of_token(request: HttpRequest, token: str) -> HttpResponse:
        email = OpenedEmail.by(token)
        with email.as_its_reader():
            response = view(request, email) if email.is_open else _nothing_opened(request, email)
            response["Content-Language"] = get_language() or ""
        response["Referrer-Policy"] = "no-referrer"
        return response

    return of_token


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Answer with one of these pages, by the name of its template."""
    return plain_page(request, f"{TEMPLATES}/{template}", context, style=STYLE, status=status)


def _nothing_opened(request: HttpRequest, email: OpenedEmail) -> HttpResponse:
    context = {"is_expired": email.is_expired, "days": VALID_FOR.days}
    return show(request, "link_over.html", context, status=410)
