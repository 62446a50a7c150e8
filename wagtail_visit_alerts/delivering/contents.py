"""What an e-mail about one page view says: read from the database once, as plain values that templates lay out.

``read`` takes the deliveries of one e-mail and gives its ``Contents``, in the language that is active.
Guarantees that everything from outside is harmless text, and that the reader finds links into the admin only
where they may follow them. The names here are public: a site's own templates use them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import (
    admin_links,
    contact_facts,
    history,
    reader_links,
    rich_text,
    wording,
)
from wagtail_visit_alerts.delivering.contact_facts import Fact
from wagtail_visit_alerts.delivering.email_size import Bounds
from wagtail_visit_alerts.delivering.history import EarlierAlert, History, SeenForm, SeenVisit
from wagtail_visit_alerts.delivering.reader_links import ReaderLinks
from wagtail_visit_alerts.delivering.reasons import reason_of
from wagtail_visit_alerts.delivering.seen_pages import SeenPage, length, seen_page
from wagtail_visit_alerts.models import (
    Clock,
    Delivery,
    Ending,
    LinkUse,
    Method,
    Notification,
    PageView,
    Visitor,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: About what the narrowest list of e-mails shows of a subject.
SUBJECT_LENGTH = 60
#: What of it a long name may take.
NAME_IN_SUBJECT = 28
NO_LINKS = ReaderLinks()
#: An e-mail that leaves later than this after what it tells says in its subject when that was.
IN_TIME = timedelta(minutes=10)


@dataclass(frozen=True)
class RaisedAlert:
    """One alert that the e-mail is about, and why its reader gets it."""

    name: str
    #: As plain text, and as HTML that is safe.
    description: str
    description_html: SafeString
    reason: str
    admin_url: str

    def within(self, bounds: Bounds) -> "RaisedAlert":
        """The same with a shorter name and description; a description that is cut is plain text."""
        name = Truncator(self.name).chars(bounds.value)
        if len(self.description_html) <= bounds.description:
            return replace(self, name=name)
        text = Truncator(self.description).chars(bounds.description) if bounds.description else ""
        html = mark_safe(linebreaks(text, autoescape=True))  # noqa: S308  # just escaped
        return replace(self, name=name, description=text, description_html=html if text else SafeString())


@dataclass(frozen=True)
class Occasion:
    """A page view that raised alerts: what the contact did, on which page, and how they are known."""

    page: SeenPage
    #: "Anna Nowak is looking at", or what else is true of the page view by now.
    doing: str
    #: The same with the page, cut to the length of a subject.
    headline: str
    recognized: str
    #: How long the page was in view, where one of the alerts asks for that; else empty.
    in_view: str
    #: What brought the contact to this visit, where its first page says so; else empty.
    campaign: str = ""


@dataclass(frozen=True)
class Contents:
    """All that an e-mail about one contact says."""

    name: str
    position_and_company: str
    alerts: Sequence[RaisedAlert]
    occasions: Sequence[Occasion]
    facts: Sequence[Fact]
    history: Sequence[SeenVisit]
    contact_url: str
    happened_at: datetime
    forms: Sequence[SeenForm] = ()
    earlier_alerts: Sequence[EarlierAlert] = ()
    links: ReaderLinks = NO_LINKS
    #: What the e-mail tells beside an alert: that somebody has taken the contact, or was not reached.
    news: Sequence[str] = ()
    #: Whether something was left out, so that the e-mail does not grow too long to be shown; and how many alerts.
    is_shortened: bool = False
    alerts_left_out: int = 0
    own_subject: str = ""

    @cached_property
    def reasons(self) -> list[str]:
        """Why the reader gets the e-mail, each reason once."""
        return list(dict.fromkeys(alert.reason for alert in self.alerts))

    @property
    def subject(self) -> str:
        """Who and where, in about 60 characters."""
        return self.own_subject or self.occasions[0].headline

    def within(self, bounds: Bounds) -> "Contents":
        """The same, with less of it where it is more than the bounds."""
        occasions = [_occasion_within(occasion, bounds) for occasion in self.occasions[: bounds.lines]]
        shorter = replace(
            self,
            alerts=[alert.within(bounds) for alert in self.alerts[: bounds.alerts]],
            occasions=occasions,
            facts=[
                replace(fact, value=Truncator(fact.value).chars(bounds.value))
                for fact in self.facts[: bounds.facts]
            ],
            history=list(_visits_within(self.history, pages=bounds.pages)),
            forms=self.forms[: bounds.lines],
            earlier_alerts=self.earlier_alerts[: bounds.lines],
            alerts_left_out=max(len(self.alerts) - bounds.alerts, 0),
        )
        return replace(shorter, is_shortened=shorter != self)


def read(
    deliveries: Sequence[Delivery],
    *,
    unsaved: Sequence[PageView] = (),
    now: datetime | None = None,
    with_history: bool = True,
) -> Contents:
    """Read what the e-mail of these deliveries about one contact says to their one reader, in about a dozen queries.

    ``unsaved`` page views, of a test, count as the contact's latest. Everything about them is in memory, with ids of
    their own. By ``now`` the e-mail is in time or late; None: in time.
    """
    notifications = [delivery.notification for delivery in deliveries]
    contact, reader = notifications[0].contact, reader_of(deliveries)
    lately = (
        history.read(contact, notifications=notifications, reader=reader, unsaved=unsaved)
        if with_history
        else History()
    )
    alerts = [_raised_alert(delivery, reader) for delivery in deliveries]
    happened_at = max(notification.match.happened_at for notification in notifications)
    late_on = timezone.localtime(now).date() if now is not None and now - happened_at > IN_TIME else None
    occasions = list(_occasions(notifications, lately=lately, late_on=late_on))
    name = contact_facts.name_of(contact)
    return Contents(
        name=name,
        position_and_company=contact_facts.position_and_company(contact),
        alerts=alerts,
        occasions=occasions,
        facts=list(contact_facts.facts_of(contact)),
        history=list(lately.visits),
        forms=lately.forms,
        earlier_alerts=lately.earlier_alerts,
        contact_url=admin_links.contact_url(contact, reader),
        happened_at=happened_at,
        links=reader_links.links_of(deliveries),
        own_subject="" if occasions else _subject(name, alerts[0].name, at=happened_at, late_on=late_on),
    )


def reader_of(deliveries: Sequence[Delivery]) -> "AbstractUser | None":
    """Return the user who reads the e-mail of these deliveries; none where its address is known from CC."""
    return next((delivery.user for delivery in deliveries if delivery.user is not None), None)


def _raised_alert(delivery: Delivery, reader: "AbstractUser | None") -> RaisedAlert:
    notification = delivery.notification
    name = wording.one_line(notification.alert.name if notification.alert else notification.alert_name)
    description_html = rich_text.as_html(notification.alert.description if notification.alert else "")
    return RaisedAlert(
        name=name,
        description=rich_text.as_text(description_html),
        description_html=description_html,
        reason=reason_of(delivery, alert_name=name),
        admin_url=admin_links.alert_url(notification.alert, reader),
    )


def raised_alerts(deliveries: Sequence[Delivery]) -> list[RaisedAlert]:
    """Return the alerts of deliveries to one reader, each alert once and for the first reason."""
    reader = reader_of(deliveries)
    firsts: dict[int | str, Delivery] = {}
    for delivery in deliveries:
        notification = delivery.notification
        firsts.setdefault(notification.alert_id or notification.alert_name, delivery)
    return [_raised_alert(delivery, reader) for delivery in firsts.values()]


def _occasions(
    notifications: Sequence[Notification], *, lately: History, late_on: date | None
) -> Iterator[Occasion]:
    """Each page view that raised one of the notifications, once, the latest first."""
    candidates = (notification.match.page_view for notification in notifications)
    page_views = {page_view.pk: page_view for page_view in candidates if page_view is not None}
    alerts = [notification.alert for notification in notifications if notification.alert is not None]
    asks_for_in_view = any(alert.clock == Clock.IN_VIEW for alert in alerts)
    name = contact_facts.name_of(notifications[0].contact)
    for page_view in sorted(page_views.values(), key=lambda view: view.entered_at, reverse=True):
        page = seen_page(page_view, is_occasion=True)
        yield Occasion(
            page=page,
            doing=doing(page_view, name=name, is_late=late_on is not None),
            headline=_headline(page_view, name=name, page=page, late_on=late_on),
            recognized=_recognized(page_view.visitor),
            in_view=length(page_view.engaged_ms) if asks_for_in_view else "",
            campaign=lately.campaign_of(page),
        )


def doing(page_view: PageView, *, name: str, is_late: bool) -> str:
    """Say what is true of the page view by now, as a heading above the page's title."""
    if page_view.dwell_ms is not None:
        return gettext("%(name)s spent %(duration)s on") % {
            "name": name,
            "duration": length(page_view.dwell_ms),
        }
    if page_view.ending == Ending.OPEN and not is_late:
        return gettext("%(name)s is looking at") % {"name": name}
    return gettext("%(name)s looked at") % {"name": name}


def _headline(page_view: PageView, *, name: str, page: SeenPage, late_on: date | None) -> str:
    """The same with the page, as a subject; late, with the time in place of what the contact did."""
    if late_on is not None:
        return _subject(name, page.title, at=page.entered_at, late_on=late_on)
    words = {"name": Truncator(name).chars(NAME_IN_SUBJECT), "page": page.title, "duration": page.dwell_time}
    if page_view.dwell_ms is not None:
        text = gettext("%(name)s spent %(duration)s on: %(page)s")
    elif page_view.ending == Ending.OPEN:
        text = gettext("%(name)s is looking at: %(page)s")
    else:
        text = gettext("%(name)s looked at: %(page)s")
    return Truncator(text % words).chars(SUBJECT_LENGTH)


def _subject(name: str, what: str, *, at: datetime, late_on: date | None) -> str:
    """Who and what; sent late, on a day, with the time in between, and with the day where that was another."""
    if late_on is None:
        return Truncator(f"{Truncator(name).chars(NAME_IN_SUBJECT)}: {what}").chars(SUBJECT_LENGTH)
    local = timezone.localtime(at)
    time = date_format(local, "TIME_FORMAT")
    if local.date() != late_on:
        time = f"{date_format(local, 'SHORT_DATE_FORMAT')} {time}"
    words = {"name": Truncator(name).chars(NAME_IN_SUBJECT - 4), "time": time, "what": what}
    return Truncator(gettext("%(name)s, %(time)s: %(what)s") % words).chars(SUBJECT_LENGTH)


def _recognized(visitor: Visitor) -> str:
    """How the visitor is known to be the contact, and how sure that is."""
    method = Method(visitor.identified_by)
    if method == Method.LINK and LinkUse.objects.others_opened_link_of(visitor):
        return gettext(
            "By a link sent to them, which other browsers have opened too: it could be a colleague they "
            "forwarded it to."
        )
    sentences = {
        Method.LOGIN: gettext("They logged in to the site."),
        Method.API: gettext("The site itself knows them, from a source of its own."),
        Method.FORM: gettext("They filled in a form on the site with this e-mail address."),
        Method.LINK: gettext("By a link sent to them: it could be a colleague they forwarded it to."),
        Method.NONE: gettext("Not known any more."),
    }
    return sentences[method]


def _occasion_within(occasion: Occasion, bounds: Bounds) -> Occasion:
    page = replace(
        occasion.page,
        title=Truncator(occasion.page.title).chars(bounds.value),
        url=Truncator(occasion.page.url).chars(bounds.value),
    )
    return replace(occasion, page=page)


def _visits_within(visits: Sequence[SeenVisit], *, pages: int) -> Iterator[SeenVisit]:
    """The latest visits, with so many pages altogether: of the earliest of them its last ones."""
    for visit in visits:
        shown = list(visit.pages)[-pages:] if pages > 0 else []
        if not shown:
            return
        pages -= len(shown)
        yield visit if len(shown) == len(visit.pages) else replace(visit, pages=shown)
