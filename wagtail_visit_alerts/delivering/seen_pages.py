"""A page view as a reader is shown it: title, address, times, as harmless text.

Takes a page view with its address and page; gives plain values for templates. No queries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import PageView, Source


@dataclass(frozen=True)
class SeenPage:
    """One page view. Without a Wagtail page the title is host and path of the URL."""

    title: str
    url: str
    link: str
    entered_at: datetime
    #: How long until the contact moved on; empty while that is unknown.
    dwell_time: str
    is_occasion: bool
    source: str


def seen_page(page_view: PageView, *, is_occasion: bool) -> SeenPage:
    """Return what a reader is shown of a page view; whether it raised what the e-mail tells is marked."""
    address = page_view.address.text
    url = wording.plain_url(address)
    title = page_view.page.title if page_view.page else _without_campaign(url)
    return SeenPage(
        title=wording.one_line(title),
        url=wording.one_line(url),
        link=wording.web_link(address),
        entered_at=page_view.entered_at,
        dwell_time=length(page_view.dwell_ms),
        is_occasion=is_occasion,
        source=gettext("Seen by the server only: the browser has not confirmed that the page was shown.")
        if page_view.source == Source.HOOK
        else "",
    )


def _without_campaign(url: str) -> str:
    """Host, path and query of an address, without what names its campaign: that is told apart."""
    start, mark, query = url.removeprefix("https://").removeprefix("http://").partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("utm_"))
    return f"{start}{mark}{kept}" if kept else start


def length(milliseconds: int | None) -> str:
    """Return a length of time as a person says it; empty where it is not known."""
    return "" if milliseconds is None else wording.duration(timedelta(milliseconds=milliseconds))
