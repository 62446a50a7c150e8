"""Who is not recorded, as far as the request alone tells: bots, prefetches, privacy signals. No query."""

from functools import lru_cache

import crawleruseragents
from django.http import HttpRequest

from wagtail_visit_alerts.conf import settings

#: Shorter than any browser's; and what an automated Chromium calls itself, which the list does not hold.
SHORTEST_USER_AGENT = 10
AUTOMATED = ("HeadlessChrome",)
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
PREFETCH_WORDS = ("prefetch", "prerender", "preview")


def is_excluded(request: HttpRequest) -> bool:
    """Whether this request's browser is not recorded."""
    return is_bot(request.headers.get("User-Agent", "")) or refuses(request)


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
