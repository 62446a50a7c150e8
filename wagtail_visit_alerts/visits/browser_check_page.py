"""The public page "Check this browser": for one hour, to whoever was given its link by a colleague.

An editor's own browser is always a colleague's, so that it can show nothing of what a contact's does. The page says
of the browser it is opened in whether its visits would be recorded; it names nobody and writes nothing.
"""

from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wagtail_visit_alerts.visits import beacon_tag
from wagtail_visit_alerts.visits.browser_check import check_browser, verdict
from wagtail_visit_alerts.visits.plain_page import plain_page

SALT = "wagtail_visit_alerts.check_browser"
VALID_FOR = timedelta(hours=1)
#: What is signed: the signature holds the time, and there is nothing else to say.
CONTENT = "check"
PARAMETER = "token"

TEMPLATE = "wagtail_visit_alerts/visits/browser_check.html"
STYLE = "wagtail_visit_alerts/visits/browser_check.css"
SCRIPT = "wagtail_visit_alerts/browser-check.js"


def check_path() -> str:
    """The path of the page, valid for an hour from now."""
    token = signing.TimestampSigner(salt=SALT).sign(CONTENT)
    return f"{reverse('visit_alerts:check_browser')}?{urlencode({PARAMETER: token})}"


@never_cache
@require_safe
def check_browser_page(request: HttpRequest) -> HttpResponse:
    """Show how it stands with this browser, as long as the link is valid."""
    if not _is_valid(request.GET.get(PARAMETER, "")):
        return plain_page(request, TEMPLATE, {"is_over": True}, style=STYLE, status=403)
    lines = check_browser(request, now=timezone.now())
    context = {"verdict": verdict(lines), "lines": lines, **script_context()}
    return plain_page(request, TEMPLATE, context, style=STYLE, script_url=static(SCRIPT))


def script_context() -> dict[str, str]:
    """What the script that looks at the browser from inside has to know."""
    return {
        "start_url": get_script_prefix(),
        "endpoint": reverse("visit_alerts:page_views"),
        "page_view_script": static(beacon_tag.SCRIPT),
    }


def _is_valid(token: str) -> bool:
    try:
        return signing.TimestampSigner(salt=SALT).unsign(token, max_age=VALID_FOR) == CONTENT
    except signing.BadSignature:
        return False
