"""Previewing: the e-mail of an alert before there is one, to be looked at or sent to oneself as a test.

Takes an alert, saved or not, a contact, a page and the user who looks; gives the e-mail, written by the very code
that writes what recipients get, from a page view that exists in memory only. Guarantees that nothing is written to
the database, and that no user sees a contact whom they may not view.
"""

import copy
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from django.core.mail import EmailMultiAlternatives
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_visit_alerts import matching
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import attachments, destination_testing, message, recipients
from wagtail_visit_alerts.delivering.channels import email_channel
from wagtail_visit_alerts.delivering.faults import Fault, Kind, UnsendableAddressError, classify
from wagtail_visit_alerts.delivering.recipients import Addressee
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import (
    Address,
    Alert,
    Clock,
    Contact,
    Delivery,
    Ending,
    Match,
    Method,
    MonitoredPage,
    Notification,
    Outcome,
    PageView,
    Role,
    Source,
    Visitor,
)
from wagtail_visit_alerts.models.canonical_url import canonical_url
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.policies import known_to

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

logger = logging.getLogger(__name__)

#: Ids that no row has: of the alert, the visitor and the page view in memory, and of the page view after it.
MADE_UP_ID = 0
FOLLOWING_ID = -1
#: Page views and pages that are looked through for places that an alert's patterns match.
MOST_PAGE_VIEWS = 300
MOST_PAGES = 100


class ContactNotViewable(VisitAlertsError):
    """A user asked for an e-mail about a contact whom they may not view."""

    def __init__(self, *, user_id: int, contact_id: int) -> None:
        self.user_id, self.contact_id = user_id, contact_id
        super().__init__(gettext("You may not view this contact: choose another one."))


class NoSuchAddress(VisitAlertsError):
    """A text is no address that a page of a site could have."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(gettext("“%(text)s” is no web address of a page.") % {"text": url})


@dataclass(frozen=True)
class Place:
    """A page of the site that an alert watches; the label is its title, or its address."""

    label: str
    url: str
    page_id: int | None
    #: The page of that id, where it has been read already.
    known_page: Any = field(default=None, compare=False, repr=False)

    @cached_property
    def page(self) -> Any:
        """The page; None where there is none of that id."""
        if self.known_page is not None or self.page_id is None:
            return self.known_page
        return page_model().objects.filter(pk=self.page_id).first()


@dataclass(frozen=True)
class Sample:
    """A page view that an alert could be raised by: who, where, and how long, where the alert asks for that."""

    contact: Contact
    url: str
    page: Any | None = None
    dwell: timedelta | None = None
    in_view: timedelta | None = None
    #: The page moved on to, by URL and as a page of the site; none: the site's start page.
    following: tuple[str, Any | None] | None = None

    @property
    def lasted(self) -> timedelta:
        """From the entry to the moment that counts."""
        return self.dwell or self.in_view or timedelta(0)


def preview(
    alert: Alert,
    *,
    contact: Contact,
    page: Any | None,
    url: str,
    reader: "AbstractUser",
    now: datetime,
    sites: Sequence[Site] | None = None,
) -> EmailMultiAlternatives:
    """Return the e-mail that a user would get when the contact visits the page.

    ``url`` is absolute or a path. Without page and URL, the first page that the alert watches. Where the row that
    watches it has minutes, the contact has just stayed for that long. A user who is no recipient reads what they
    would get as one. ``sites``: all, with their start pages, where they have been read. Raises
    ``ContactNotViewable``, ``NoSuchAddress``, and whatever a template raises.
    """
    sample = _sample(alert, contact=contact, page=page, url=url, reader=reader, sites=sites)
    deliveries, page_views = _in_memory([_with_id(alert)], sample, reader=reader, now=now)
    return message.write(deliveries, unsaved=page_views)


def preview_attachment(
    alert: Alert, *, contact: Contact, page: Any | None, url: str, reader: "AbstractUser", now: datetime
) -> attachments.Made:
    """Make the attachment of the e-mail of ``preview`` alone; a fault is in what it gives.

    Raises ``ContactNotViewable`` and ``NoSuchAddress``.
    """
    sample = _sample(alert, contact=contact, page=page, url=url, reader=reader)
    deliveries, page_views = _in_memory([_with_id(alert)], sample, reader=reader, now=now)
    return message.attach(deliveries, unsaved=page_views)


def send_test(
    alert: Alert, *, contact: Contact, page: Any | None, url: str, tester: "AbstractUser", now: datetime
) -> Fault | None:
    """Send the e-mail of ``preview`` to the user who asks for it, marked as a test, while they wait; then what the
    alert's destinations would be told to these, marked as well.

    Returns what went wrong, in words for them, if anything. Raises ``ContactNotViewable`` and ``NoSuchAddress``.
    """
    sample = _sample(alert, contact=contact, page=page, url=url, reader=tester)
    fault = send([alert], sample, tester=tester, now=now)
    if destinations := destination_testing.switched_on(alert):
        deliveries, page_views = _in_memory([_with_id(alert)], sample, reader=tester, now=now)
        missed = destination_testing.send_tests(
            destinations, deliveries[0].notification, tester=tester, unsaved=page_views, now=now
        )
        fault = fault or missed
    return fault


def send(alerts: Sequence[Alert], sample: Sample, *, tester: "AbstractUser", now: datetime) -> Fault | None:
    """Send one e-mail that a sample page view raises alerts, at least one, to a tester; return the fault, if any."""
    if not address_of(tester):
        reason = gettext("Your account has no e-mail address: add one in your account's settings.")
        return Fault(Kind.PERMANENT, reason)
    deliveries, page_views = _in_memory(alerts, sample, reader=tester, now=now)
    try:
        email = message.build(deliveries, tester=tester, unsaved=page_views)
    except UnsendableAddressError as error:
        return classify(error)
    except Exception as error:  # a site's own template may be broken: the tester has to be told
        return email_channel.could_not_be_written(error, email_id=deliveries[0].email_id)
    fault = email_channel.send_at_once(email)
    if fault is not None:
        # Not the reason: a mail server repeats the address in it.
        logger.warning("test.not_sent", extra={"tester_id": tester.pk, "fault": fault.kind.value})
    return fault


def sample_places(alert: Alert, *, viewer: Any = None, sites: Sequence[Site] | None = None) -> list[Place]:
    """Return pages that the alert watches, one for each of its rows: the first one first.

    For a URL that is a page view of late, or a live page, that matches; else the path with its stars filled in.
    ``viewer``, who is shown them, learns of no page view of a contact whom they may not view.
    """
    rows, sites = list(alert.monitored_pages.all()), _default_first(sites)
    prefetch_related_objects(rows, "page", "site__root_page")
    rules = matching.compile_rules([alert], sites=sites)
    watching = {number for number, row in enumerate(rows) if not row.is_exception}
    found: dict[int, Place] = {}
    seen = partial(_places_of_page_views, viewer=viewer)
    for look in (_places_of_rows, seen, _places_spelled_out, _first_places_of_tree):
        missing = [rows[number] for number in watching - found.keys()]
        places = look(missing, sites=sites) if missing else []
        _meet(places, rules=rules)
        for place in places:
            for rule in rules.matching(url=place.url, page_id=place.page_id):
                found.setdefault(rule.row_number, place)
    watched = [
        found.get(number) or _made_up_place(row, sites=sites)
        for number, row in enumerate(rows)
        if not row.is_exception and (number in found or row.kind == MonitoredPage.Kind.URL)
    ]
    return list({place.url: place for place in watched}.values())


def require_viewable(contact: Contact, user: "AbstractUser") -> None:
    """Raise ``ContactNotViewable`` where a user may not view a contact."""
    if not contact.may_be_viewed_by(user):
        raise ContactNotViewable(user_id=user.pk, contact_id=contact.pk)


def _sample(
    alert: Alert,
    *,
    contact: Contact,
    page: Any | None,
    url: str,
    reader: "AbstractUser",
    sites: Sequence[Site] | None = None,
) -> Sample:
    require_viewable(contact, reader)
    sites = _default_first(sites)
    if page is None and not url:
        for place in sample_places(alert, viewer=reader, sites=sites)[:1]:
            url, page = place.url, place.page
    rules = matching.compile_rules([alert], sites=sites)
    if page is not None and rules.watches_pages:
        rules.meet_known([page])
    kept = [*settings.KEPT_QUERY_PARAMETERS, *rules.named_parameters]
    url = url or (page and page.full_url) or _start_of_site(page, sites=sites)[0]
    if url.startswith("/"):
        url = urljoin(_start_of_site(page, sites=sites)[0], url)
    try:
        url = canonical_url(url, kept_parameters=kept)
    except ValueError as error:
        raise NoSuchAddress(url) from error
    watching = rules.matching(url=url, page_id=None if page is None else page.pk)
    rule = min(watching, key=lambda rule: rule.minimum_dwell, default=None)
    if rule is None or not rule.minimum_dwell:
        return Sample(contact, url, page)
    if rule.clock == Clock.IN_VIEW:
        return Sample(contact, url, page, in_view=rule.minimum_dwell)
    following = _start_of_site(page, sites=sites)
    return Sample(contact, url, page, dwell=rule.minimum_dwell, following=following)


def _in_memory(
    alerts: Sequence[Alert], sample: Sample, *, reader: "AbstractUser", now: datetime
) -> tuple[list[Delivery], list[PageView]]:
    """The deliveries to the reader that the sample would lead to, and its page views, the latest first."""
    page_views = _page_views(sample, now=now)
    email_id = uuid.uuid4()
    deliveries = []
    for alert in alerts:
        match = Match(
            page_view=page_views[-1],
            alert=alert,
            contact=sample.contact,
            outcome=Outcome.RAISED,
            happened_at=now,
        )
        notification = Notification(
            match=match, alert=match.alert, alert_name=alert.name, contact=sample.contact, raised_at=now
        )
        told = _as_told(alert, sample.contact, reader=reader, now=now)
        user: Any = told.user  # whatever the site's user model is
        deliveries.append(
            Delivery(
                notification=notification,
                role=told.role,
                user=user,
                email=told.email,
                email_key=told.key,
                email_id=email_id,
                due_at=now,
            )
        )
    return deliveries, page_views


def _with_id(alert: Alert) -> Alert:
    """The alert, or one that is like it where it is not saved: the link to it then has an id, as it will have."""
    if alert.pk is not None:
        return alert
    like_it = copy.copy(alert)
    like_it.pk = MADE_UP_ID
    return like_it


def _as_told(alert: Alert, contact: Contact, *, reader: "AbstractUser", now: datetime) -> Addressee:
    """As whom the reader would be told; as one who chose "me" where they are no recipient."""
    found = recipients.addressees(alert, contact, now=now, only=reader)
    return found[0] if found else Addressee(reader, address_of(reader), Role.ME)


def _page_views(sample: Sample, *, now: datetime) -> list[PageView]:
    """The sample's page view; before it the one that it moved on to, the site's start page, where it did."""
    visitors = Visitor.objects.filter(contact=sample.contact)
    visitor = visitors.order_by("-last_seen_at", "-pk").first()
    if visitor is None:
        visitor = Visitor(pk=MADE_UP_ID, contact=sample.contact, identified_by=Method.LINK, last_seen_at=now)
    visitor.contact = sample.contact
    page_view = _page_view(visitor, url=sample.url, page=sample.page, entered_at=now - sample.lasted)
    if sample.in_view is not None:
        page_view.engaged_ms = sample.in_view // timedelta(milliseconds=1)
    if sample.dwell is None:
        return [page_view]
    page_view.dwell_ms = sample.dwell // timedelta(milliseconds=1)
    page_view.ending, page_view.ended_at = Ending.MOVED_ON, now
    url, page = sample.following or _start_of_site(sample.page, sites=_default_first(None))
    following = _page_view(visitor, url=url, page=page, entered_at=now)
    following.pk = FOLLOWING_ID
    return [following, page_view]


def _page_view(visitor: Visitor, *, url: str, page: Any | None, entered_at: datetime) -> PageView:
    return PageView(
        pk=MADE_UP_ID,
        visitor=visitor,
        contact=visitor.contact,
        address=Address(text=url),
        page=page,
        source=Source.BEACON,
        entered_at=entered_at,
    )


def _start_of_site(page: Any | None, *, sites: Sequence[Site]) -> tuple[str, Any]:
    """The start page of the site that a page belongs to, or else of the first one."""
    parts = None if page is None else page.get_url_parts()
    own = (site for site in sites if parts and site.pk == parts[0])
    site = next(own, None) or next(iter(sites), None)
    start = None if site is None else site.root_page
    url = (start and start.full_url) or f"{settings.base_url or 'http://localhost'}/"
    return canonical_url(url, kept_parameters=()), start


def _default_first(sites: Sequence[Site] | None) -> list[Site]:
    """The sites, read unless they are given, the default one first."""
    known = Site.objects.select_related("root_page") if sites is None else sites
    return sorted(known, key=lambda site: (not site.is_default_site, site.pk))


def _meet(places: Iterable[Place], *, rules: matching.Rules) -> None:
    """Tell the rules where the pages of places stand, where that matters."""
    if rules.watches_pages:
        rules.meet_known(place.known_page for place in places if place.known_page is not None)
        rules.meet_pages({place.page_id for place in places if place.page_id is not None})


def _places_of_rows(rows: Iterable[MonitoredPage], *, sites: Sequence[Site]) -> list[Place]:
    """The pages that rows name."""
    return [place for row in rows if row.page is not None for place in _places([row.page])]


def _places_of_page_views(rows: Iterable[MonitoredPage], *, sites: Sequence[Site], viewer: Any) -> list[Place]:
    """What was looked at of late, as far as the viewer may learn of it."""
    latest = PageView.objects.filter(is_confirmed=True).order_by("-entered_at")[:MOST_PAGE_VIEWS]
    return [Place(title or _without_scheme(url), url, page) for title, url, page in known_to(viewer, latest)]


def _places_spelled_out(rows: Iterable[MonitoredPage], *, sites: Sequence[Site]) -> list[Place]:
    """The pages whose address a row spells out."""
    paths = {
        f"{site.root_page.url_path.rstrip('/')}/{row.path.strip('/')}/".replace("//", "/")
        for row in rows
        if row.path and not set(row.path) & set("*?")
        for site in ([row.site] if row.site else sites)
    }
    return _places(page_model().objects.live().filter(url_path__in=paths) if paths else ())


def _first_places_of_tree(rows: Iterable[MonitoredPage], *, sites: Sequence[Site]) -> list[Place]:
    return _places(page_model().objects.live().filter(depth__gt=1).order_by("path")[:MOST_PAGES])


def _places(pages: Iterable[Any]) -> list[Place]:
    return [Place(page.title, url, page.pk, page) for page in pages if page.live and (url := page.full_url)]


def _made_up_place(row: MonitoredPage, *, sites: Sequence[Site]) -> Place:
    """A place that a URL matches, whether or not there is one: its stars stand for a word or for nothing."""
    site = row.site or next(iter(sites), None)
    path = row.path.replace("**", "").replace("*", "example")
    url = f"{site.root_url if site else settings.base_url}/{path.lstrip('/')}"
    return Place(_without_scheme(url), url, None)


def _without_scheme(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://")
