"""Page views of the last days, so that an alert has a history to show."""

import random
import secrets
import uuid
from datetime import datetime, timedelta

from wagtail.models import Page, Site

from wagtail_visit_alerts.models import Address, Contact, Ending, Method, PageView, Source, UserAgent, Visitor

#: The ways people take through the site; each is one visit, page by page.
PATHS = [
    ["/", "/products/", "/products/anvil/", "/pricing/"],
    ["/blog/what-a-pallet-really-weighs/", "/products/anvil/"],
    ["/case-studies/", "/case-studies/baltic-pallets/", "/products/porter/"],
    ["/", "/products/sparrow/", "/case-studies/danube-fasteners/", "/contact/"],
    ["/products/porter/", "/products/anvil/", "/case-studies/danube-fasteners/"],
    ["/blog/", "/blog/a-day-at-the-calibration-bench/", "/blog/do-not-weigh-the-driver/"],
]
BROWSERS = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
]
DAYS = 6


def create_page_views(contacts: list[Contact], *, site: Site, now: datetime) -> None:
    """Give each contact a browser and a few visits in the last days; the same ones at every loading."""
    choice = random.Random(1987)
    pages = {
        page.get_url_parts()[2]: page for page in Page.objects.descendant_of(site.root_page, inclusive=True)
    }
    for contact in contacts:
        visitor = _create_visitor(contact, user_agent=choice.choice(BROWSERS), now=now)
        for days_ago in sorted(choice.sample(range(1, DAYS + 1), k=choice.randint(1, 3)), reverse=True):
            entered_at = (now - timedelta(days=days_ago)).replace(
                hour=choice.randint(7, 15), minute=choice.randint(0, 59)
            )
            tab_id = uuid.uuid4()
            for path in (visit := choice.choice(PATHS)):
                dwell = timedelta(seconds=choice.randint(12, 190))
                _create_page_view(
                    visitor,
                    page=pages[path],
                    url=f"{site.root_url}{path}",
                    tab_id=tab_id,
                    entered_at=entered_at,
                    dwell=dwell,
                    is_last=path == visit[-1],
                )
                entered_at += dwell


def _create_visitor(contact: Contact, *, user_agent: str, now: datetime) -> Visitor:
    seen_at = now - timedelta(days=1)
    return Visitor.objects.create(
        key_hash=secrets.token_hex(32),  # of no cookie: nobody comes back as this visitor
        contact=contact,
        identified_by=Method.LINK,
        identified_at=now - timedelta(days=DAYS + 1),
        user_agent=UserAgent.store(user_agent),
        beacon_seen_at=seen_at,
        last_seen_at=seen_at,
    )


def _create_page_view(
    visitor: Visitor,
    *,
    page: Page,
    url: str,
    tab_id: uuid.UUID,
    entered_at: datetime,
    dwell: timedelta,
    is_last: bool,
) -> None:
    """Write one page view: moved on from after ``dwell``, or closed where it is the last of its visit."""
    dwell_ms = dwell // timedelta(milliseconds=1)
    PageView.objects.create(
        visitor=visitor,
        contact=visitor.contact,
        address=Address.store(url),
        page=page,
        source=Source.BOTH,
        beacon_id=uuid.uuid4(),
        tab_id=tab_id,
        entered_at=entered_at,
        anchored_at=entered_at,
        ending=Ending.CLOSED if is_last else Ending.MOVED_ON,
        ended_at=entered_at + dwell,
        dwell_ms=None if is_last else dwell_ms,
        engaged_ms=dwell_ms * 3 // 4,
    )
