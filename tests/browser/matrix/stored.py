"""What the site has stored of the persons, and the moving of it in time; runs in the site's console.

Time passes for the site by making what it has stored older: then it need not be waited for.
"""

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model
from django.db.models import F
from django.utils import timezone

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.api import save_contact, signed_link
from wagtail_visit_alerts.models import (
    Alert,
    Clock,
    Ending,
    MonitoredPage,
    Notification,
    PageView,
    Source,
    Visitor,
)

from .case import CLOSED, LEFT, MOVED_ON, OPEN, PRICES, SCRIPT_ONLY, SERVER_ONLY

TAG = "browser matrix"
OPENED, READ = "Opened (matrix)", "Read (matrix)"
ENDINGS = {Ending.OPEN: OPEN, Ending.MOVED_ON: MOVED_ON, Ending.LEFT: LEFT, Ending.CLOSED: CLOSED}
SEEN_BY = {Source.HOOK: SERVER_ONLY, Source.BEACON: SCRIPT_ONLY}


def answer(name: str, arguments: dict[str, Any]) -> None:
    """Call one of the functions below and print what it gives, as JSON."""
    print(json.dumps(globals()[name](**arguments)))  # noqa: T201


def contact(email: str) -> str:
    """Make a contact whom the two alerts are about; gives the link that recognises them on the price list."""
    for name, minutes in ((OPENED, None), (READ, "2")):
        alert, is_new = Alert.objects.get_or_create(
            name=name, defaults={"only_tags": [TAG], "cap_times": 100, "clock": Clock.MOVED_ON}
        )
        if is_new:
            MonitoredPage.objects.create(alert=alert, kind="url", path=PRICES, minimum_minutes=minutes)
        if not alert.is_on:
            alert.is_on = True
            alert.save()
    owner = get_user_model().objects.get(username="marta")
    made = save_contact(email, name=email.partition("@")[0], owner=owner, tags=[TAG])
    return signed_link(made, PRICES)


def pass_time(email: str, minutes: float) -> None:
    """Make all that is stored of a contact's browsers so much older."""
    by = timedelta(minutes=minutes)
    visitors = Visitor.objects.filter(contact__email=email)
    for field in ("entered_at", "anchored_at", "ended_at", "sweep_at"):
        moved = PageView.objects.filter(visitor__in=visitors).exclude(**{field: None})
        moved.update(**{field: F(field) - by})
    for field in ("beacon_seen_at", "last_seen_at", "identified_at"):
        visitors.exclude(**{field: None}).update(**{field: F(field) - by})


def noted(email: str, page: str) -> int:
    """How many page views of a page the server has noted without a browser's having reported them."""
    rows = PageView.objects.filter(visitor__contact__email=email, beacon_id=None)
    return rows.filter(address__text__endswith=page).count()


def forget_page_views(email: str) -> None:
    """Leave of a contact's browsers only who they are, as if that had been found out two days ago."""
    pass_time(email, 2 * 24 * 60)
    PageView.objects.filter(visitor__contact__email=email).delete()


def look(email: str, minutes: float) -> dict[str, Any]:
    """Let the time pass and the sweep run; gives the contact's page views and how often each alert was raised."""
    if minutes:
        pass_time(email, minutes)
    while pipeline.sweep(now=timezone.now()):
        pass
    rows = PageView.objects.filter(contact__email=email).order_by("entered_at", "pk").select_related("address")
    tabs = list(dict.fromkeys(row.tab_id for row in rows if row.is_confirmed))
    views = [
        {
            "page": urlsplit(row.address.text).path,
            "ending": ENDINGS[Ending(row.ending)],
            "dwell_ms": row.dwell_ms,
            "engaged_ms": row.engaged_ms,
            "tab": tabs.index(row.tab_id) + 1,
            "seen_by": SEEN_BY.get(Source(row.source)),
        }
        for row in rows
        if row.is_confirmed
    ]
    raised = Counter(Notification.objects.filter(contact__email=email).values_list("alert_name", flat=True))
    return {
        "views": views,
        "read": raised[READ],
        "opened": raised[OPENED],
        "unconfirmed": len(rows) - len(views),
    }
