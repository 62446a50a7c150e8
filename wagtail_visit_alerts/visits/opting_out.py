"""The public page on which a visitor says that this browser is not to be recorded, or takes that back.

It stands alone: no template of the site, no script, no file from anywhere, a content security policy of its own.
Reading it changes nothing. The answer is kept in the browser only, as a cookie that says no more than that.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import get_script_prefix, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from wagtail_visit_alerts.visits import cookie
from wagtail_visit_alerts.visits.exclusions import refuses
from wagtail_visit_alerts.visits.plain_page import plain_page
from wagtail_visit_alerts.visits.same_origin import is_same_origin

PAGE = "wagtail_visit_alerts/visits/opting_out.html"
#: Comes back from the answer to a button: a browser that then lacks the cookie keeps none.
ASKED = "asked"


# Where a button was pressed says the browser itself, as at the beacon: a token would need a cookie of its own.
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest) -> HttpResponse:
    """Show whether this browser is recorded; on POST let it not be, for 400 days from its last visit."""
    if request.method != "POST":
        return _page(request)
    if not is_same_origin(request):
        return _page(request, is_refused=True)
    response = redirect(f"{reverse('visit_alerts:opt_out')}?{ASKED}=1")
    cookie.set_out(response, request)
    return response


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def opt_in(request: HttpRequest) -> HttpResponse:
    """On POST let this browser be like any other again; otherwise lead to the page with the button."""
    if request.method == "POST" and not is_same_origin(request):
        return _page(request, is_refused=True)
    response = redirect("visit_alerts:opt_out")
    if request.method == "POST" and cookie.has_opted_out(request):
        cookie.drop(response, request)
    return response


def _page(request: HttpRequest, *, is_refused: bool = False) -> HttpResponse:
    is_out = cookie.has_opted_out(request)
    context = {
        "is_out": is_out,
        "is_refused": is_refused,
        "keeps_no_cookie": ASKED in request.GET and not is_out,
        "sends_signal": refuses(request),
        "days": cookie.MAX_AGE.days,
        "front_page": get_script_prefix(),
    }
    return plain_page(request, PAGE, context, status=403 if is_refused else 200)
