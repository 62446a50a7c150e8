"""The short history of a contact: visits with their pages and campaigns, forms, and earlier alerts.

Takes a contact and who reads; gives plain values for templates. Guarantees that the reader learns of no alert that
they may not know of. Four queries at most, and their rows are bounded.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.seen_pages import SeenPage, seen_page
from wagtail_visit_alerts.models import Alert, Contact, Notification, PageView, SubmittedForm
from wagtail_visit_alerts.models.visit import LONGEST_BREAK, Visit, group_into_visits

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: How many forms and how many earlier alerts are shown.
MOST_LINES = 5
#: How many page views of one visit are looked through for the page that it began with.
LONGEST_VISIT = 100
#: The parameters that name a campaign, in the order in which a person reads them.
CAMPAIGN_PARAMETERS = ("utm_campaign", "utm_source", "utm_medium")


@dataclass(frozen=True)
class SeenVisit:
    """A visit. The campaign is what the address of its first page says brought the contact; empty if nothing."""

    started_at: datetime
    pages: Sequence[SeenPage]
    campaign: str = ""


@dataclass(frozen=True)
class SeenForm:
    """A form that the contact has submitted; the title may be empty."""

    title: str
    submitted_at: datetime


@dataclass(frozen=True)
class EarlierAlert:
    """An alert that was raised about the contact before."""

    name: str
    raised_at: datetime


@dataclass(frozen=True)
class History:
    """What the contact did of late, the latest first."""

    visits: Sequence[SeenVisit] = ()
    forms: Sequence[SeenForm] = ()
    earlier_alerts: Sequence[EarlierAlert] = ()

    def campaign_of(self, page: SeenPage) -> str:
        """What brought the contact to the visit of a page; empty where that is not known."""
        return next((visit.campaign for visit in self.visits if page in visit.pages), "")


def read(
    contact: Contact,
    *,
    notifications: Sequence[Notification],
    reader: "AbstractUser | None",
    unsaved: Sequence[PageView] = (),
) -> History:
    """Read the history of a contact as the reader of an e-mail about these notifications is shown it.

    ``unsaved`` page views, of a test, count as the latest.
    """
    occasions = {notification.match.page_view_id for notification in notifications}
    return History(
        visits=list(_visits(contact, occasions, unsaved=unsaved)),
        forms=list(_forms(contact)),
        earlier_alerts=list(_earlier_alerts(contact, notifications=notifications, reader=reader)),
    )


def campaign(url: str) -> str:
    """Return what the ``utm_*`` parameters of a URL say, on one line: "spring sale (newsletter, email)"."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return ""
    said = [wording.one_line(query[key][0], longest=80) for key in CAMPAIGN_PARAMETERS if key in query]
    first, *others = [text for text in said if text] or [""]
    return f"{first} ({', '.join(others)})" if others else first


def _visits(
    contact: Contact, occasions: Collection[int | None], *, unsaved: Sequence[PageView]
) -> Iterator[SeenVisit]:
    """The latest visits, the latest first, each in the order of its pages."""
    most = settings.HISTORY_LENGTH
    stored = list(PageView.objects.latest_of(contact)[:most])
    visits = group_into_visits([*unsaved, *stored][:most])
    for visit in visits:
        # Only the earliest visit of those read may go on before what was read.
        is_cut = len(stored) == most and visit is visits[-1]
        landing_page = _landing_page(visit) if is_cut else visit.page_views[0].address.text
        yield SeenVisit(
            started_at=visit.started_at,
            pages=[seen_page(view, is_occasion=view.pk in occasions) for view in visit.page_views],
            campaign=campaign(landing_page),
        )


def _landing_page(visit: Visit) -> str:
    """The address of the first page of a visit of which only the latest page views were read. One query."""
    first = visit.page_views[0]
    before = PageView.objects.filter(
        visitor=first.visitor_id, is_confirmed=True, entered_at__lt=first.entered_at
    ).order_by("-entered_at", "-pk")
    started_at, address = first.entered_at, first.address.text
    for entered_at, ended_at, text in before.values_list("entered_at", "ended_at", "address__text")[
        :LONGEST_VISIT
    ]:
        if started_at - (ended_at or entered_at) >= LONGEST_BREAK:
            break
        started_at, address = entered_at, text
    return address


def _forms(contact: Contact) -> Iterator[SeenForm]:
    submitted = SubmittedForm.objects.filter(contact=contact).order_by("-submitted_at", "-pk")
    for form in submitted.select_related("page")[:MOST_LINES]:
        yield SeenForm(wording.one_line(form.title), form.submitted_at)


def _earlier_alerts(
    contact: Contact, *, notifications: Sequence[Notification], reader: "AbstractUser | None"
) -> Iterator[EarlierAlert]:
    """Of the alerts that the e-mail is about, and of those that the reader may see in the admin."""
    own = [notification.alert_id for notification in notifications if notification.alert_id]
    known = Q(alert__in=own)
    if reader is not None:
        known |= Q(alert__in=Alert.objects.viewable_by(reader))
    told_now = [notification.pk for notification in notifications if notification.pk]
    earlier = Notification.objects.filter(known, contact=contact).exclude(pk__in=told_now)
    before = min(notification.raised_at for notification in notifications)
    for name, raised_at in (
        earlier.filter(raised_at__lt=before)
        .order_by("-raised_at", "-pk")
        .values_list("alert_name", "raised_at")[:MOST_LINES]
    ):
        yield EarlierAlert(wording.one_line(name), raised_at)
