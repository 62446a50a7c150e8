"""Made places: the addresses that page views are of, and the alerts that watch some of them.

What an alert watches is watched by no other one: so each page view satisfies one alert or none, and the matches that
are generated are those that the rules would have found.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from wagtail.log_actions import log
from wagtail.models import Page, ReferenceIndex, Site

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.generating.drawing_lots import Lots
from wagtail_visit_alerts.generating.invented import SUBJECTS
from wagtail_visit_alerts.generating.made_people import MadePeople
from wagtail_visit_alerts.models import (
    Address,
    Alert,
    AlertDestination,
    Clock,
    Destination,
    MonitoredPage,
    Mute,
    Period,
    Recipient,
    RulesVersion,
)
from wagtail_visit_alerts.models.canonical_url import canonical_url
from wagtail_visit_alerts.models.email_address import address_of, email_key

GROUPS = ("", "Sales North", "Sales South", "Export", "Service")
CAPS = (
    (1, Period.DAY),
    (1, Period.DAY),
    (1, Period.WEEK),
    (3, Period.DAY),
    (2, Period.WEEK),
    (1, Period.MONTH),
)
#: One in so many alerts never fires: it is off, or about contacts who are not there.
ONE_NEVER_FIRES_IN = 16
MINIMUM_MINUTES = (None, None, None, Decimal("0.5"), Decimal(1), Decimal(2))
#: Pages of the site that are read; a site may have very many.
MOST_PAGES = 1_000


class NoSiteError(VisitAlertsError):
    """The database has no site."""


@dataclass(frozen=True)
class Place:
    """An address that a page view can be of, and the page behind it, if it is known."""

    address_id: int
    page_id: int | None


@dataclass(frozen=True)
class Watch:
    """What the generator needs to know of an alert."""

    alert: Alert
    row_id: int
    places: tuple[Place, ...]
    minimum_ms: int
    created_at: datetime
    recipient_ids: tuple[int, ...]


@dataclass
class MadePlaces:
    """Where page views happen."""

    watches: Lots[Watch]
    others: Lots[Place]
    form_page_ids: list[int] = field(default_factory=list)


def make_places(
    number: int, *, people: MadePeople, rng: random.Random, since: datetime, now: datetime
) -> MadePlaces:
    """Write so many alerts, with the pages and addresses that they watch, and as many more of other addresses."""
    site = Site.objects.select_related("root_page").order_by("-is_default_site", "pk").first()
    if site is None:
        raise NoSiteError(
            "There is no site to generate page views of: make one in the admin, under Settings, Sites."
        )
    pages = _pages_of(site)
    watched_pages = pages[: min(number // 3, len(pages) // 2)]
    maker = _AlertMaker(site, people=people, rng=rng, since=since, now=now)
    watches = []
    for count in range(number):
        alert = maker.alert(count)
        if count < len(watched_pages):
            watch = maker.watching_page(alert, *watched_pages[count])
        else:
            watch = maker.watching_path(alert, count)
        if count % ONE_NEVER_FIRES_IN:
            watches.append(watch)
    maker.mutes(number // 10)
    maker.destination()
    RulesVersion.bump()
    others = [place for _page, place in pages[len(watched_pages) :]]
    others += [maker.place(f"/blog/{rng.choice(SUBJECTS)}-{count}/") for count in range(max(20, number))]
    rng.shuffle(watches)
    return MadePlaces(
        Lots(watches, slope=0.7), Lots(others, slope=0.9), [page.pk for page, _place in pages[:5]]
    )


def _pages_of(site: Site) -> list[tuple[Page, Place]]:
    """The pages that visitors can see, with their addresses."""
    live = Page.objects.live().public().descendant_of(site.root_page, inclusive=True).order_by("path")
    found = []
    for page in live[:MOST_PAGES]:
        if url := page.full_url:
            address_id = Address.id_of(canonical_url(_absolute(url, site=site)))
            found.append((page, Place(address_id, page.pk)))
    return found


def _absolute(url: str, *, site: Site) -> str:
    return url if urlsplit(url).scheme else f"{site.root_url}{url}"


class _AlertMaker:
    def __init__(
        self, site: Site, *, people: MadePeople, rng: random.Random, since: datetime, now: datetime
    ) -> None:
        self._site, self._people, self._rng, self._since, self._now = site, people, rng, since, now
        self._alerts: list[Alert] = []

    def place(self, path: str) -> Place:
        """An address of the site without a page."""
        return Place(Address.id_of(canonical_url(f"{self._site.root_url}{path}")), None)

    def alert(self, count: int) -> Alert:
        """Write an alert that watches nothing yet."""
        rng = self._rng
        times, period = rng.choice(CAPS)
        never_fires = count % ONE_NEVER_FIRES_IN == 0
        subject, author = rng.choice(SUBJECTS), rng.choice(self._people.users)
        alert = Alert.objects.create(
            name=f"{subject.capitalize()} {count + 1}",
            author=author,
            group=rng.choice(GROUPS),
            is_on=not never_fires or count % 3 > 0,
            only_tags=["nobody has this tag"] if never_fires else [],
            clock=Clock.IN_VIEW if rng.random() < 0.2 else Clock.MOVED_ON,
            cap_times=times,
            cap_period=period,
            cc=f"team-{rng.randint(1, 9)}@cc.example" if rng.random() < 0.2 else "",
            description=f"<p>Somebody looks at {subject}: call them while it is on their mind.</p>",
        )
        created_at = self._since + timedelta(days=rng.uniform(-200, (self._now - self._since).days * 0.8))
        Alert.objects.filter(pk=alert.pk).update(created_at=created_at, updated_at=created_at)
        alert.created_at = created_at
        log(instance=alert, action="wagtail.create", user=author, timestamp=created_at, content_changed=True)
        self._alerts.append(alert)
        return alert

    def watching_page(self, alert: Alert, page: Page, place: Place) -> Watch:
        """Have an alert watch a page of the site."""
        row = MonitoredPage(alert=alert, kind=MonitoredPage.Kind.PAGE, page_id=page.pk)
        return self._watching(alert, row, (place,))

    def watching_path(self, alert: Alert, count: int) -> Watch:
        """Have an alert watch addresses without a page: one, or all below a path."""
        subject = self._rng.choice(SUBJECTS)
        start = f"/products/{subject}-{count}/"
        paths = [start] if count % 2 else [start, *(f"{start}model-{number}/" for number in range(1, 6))]
        row = MonitoredPage(alert=alert, kind=MonitoredPage.Kind.URL, path=start if count % 2 else f"{start}**")
        return self._watching(alert, row, tuple(map(self.place, paths)))

    def _watching(self, alert: Alert, row: MonitoredPage, places: tuple[Place, ...]) -> Watch:
        minutes = self._rng.choice(MINIMUM_MINUTES)
        row.minimum_minutes = minutes
        row.save()
        recipients = [self._rng.choice(self._people.users)] if self._rng.random() < 0.3 else []
        for user in recipients:
            Recipient.objects.create(alert=alert, user=user)
        ReferenceIndex.create_or_update_for_object(alert)
        minimum_ms = int((minutes or 0) * 60_000)
        return Watch(alert, row.pk, places, minimum_ms, alert.created_at, tuple(user.pk for user in recipients))

    def mutes(self, number: int) -> None:
        """Have recipients mute alerts, for good or for a while."""
        for _mute in range(number):
            user: Any = self._rng.choice(self._people.users)
            contact_id = self._rng.choice(self._people.contact_ids) if self._rng.random() < 0.5 else None
            Mute.objects.create(
                alert=self._rng.choice(self._alerts),
                contact_id=contact_id,
                user=user,
                email=address_of(user),
                email_key=email_key(address_of(user)),
                until=self._now + timedelta(days=30) if self._rng.random() < 0.5 else None,
                made_at=self._now - timedelta(days=self._rng.random() * 20),
            )

    def destination(self) -> None:
        """A destination that is off: nothing is ever sent to it."""
        destination = Destination.objects.create(
            name="CRM (generated)", channel="webhook", address="https://crm.example/hook", is_on=False
        )
        for alert in self._alerts[:3]:
            AlertDestination.objects.create(alert=alert, destination=destination)
