"""Who is not recorded, as far as the request alone tells.

Bots, excluded networks, privacy signals, browsers that have opted out, and those without the cookie of consent. No
query, and nothing of the site's own is called.
"""

from functools import lru_cache

import crawleruseragents
from django.http import HttpRequest

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Reason
from wagtail_visit_alerts.visits.consent import holds_cookie
from wagtail_visit_alerts.visits.cookie import has_opted_out
from wagtail_visit_alerts.visits.network import is_in_excluded_network

#: Shorter than any browser's; and what an automated Chromium calls itself, which the list does not hold.
SHORTEST_USER_AGENT = 10
AUTOMATED = ("HeadlessChrome",)
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
PREFETCH_WORDS = ("prefetch", "prerender", "preview")


def reason_not_recorded(request: HttpRequest, *, said: bool | None = None) -> Reason | None:
    """Why this request's browser is not recorded; None where nothing in the request speaks against it.

    ``said`` is what a consent banner has told the script on this page. What a site's own function says of consent is
    no part of it (``consent.consents`` is): it is called at the endpoint only.
    """
    if has_opted_out(request):
        return Reason.OPTED_OUT
    if is_bot(request.headers.get("User-Agent", "")):
        return Reason.BOT
    if is_in_excluded_network(request):
        return Reason.NETWORK
    if refuses(request):
        return Reason.PRIVACY_SIGNAL
    if holds_cookie(request) is False and said is not True:
        return Reason.NO_CONSENT
    return None


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """Whether a program that is not a person's browser calls itself this."""
    if len(user_agent) < SHORTEST_USER_AGENT or any(word in user_agent for word in AUTOMATED):
        return True
    return bool(crawleruseragents.is_crawler(user_agent))


def is_prefetch(request: HttpRequest) -> bool:
    """Whether a browser asks for a page that it may never show."""
    said = " ".join(request.headers.get(name, "") for name in PREFETCH_HEADERS).lower()
    return any(word in said for word in PREFETCH_WORDS)


def refuses(request: HttpRequest) -> bool:
    """Whether the browser says Global Privacy Control or Do Not Track, and the site respects it."""
    return settings.RESPECT_PRIVACY_SIGNALS and "1" in (
        request.headers.get("Sec-GPC"),
        request.headers.get("DNT"),
    )
