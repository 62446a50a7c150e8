"""What an e-mail says: read from the database once, as plain values that the templates only lay out.

``read`` takes the deliveries of one e-mail and gives its ``Contents``, in the language that is active.
Guarantees that everything from outside is harmless text, and that the reader finds links into the admin only
where they may follow them. The names here are public: a site's own templates use them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, pgettext

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import (
    Contact,
    Delivery,
    Ending,
    Method,
    Notification,
    PageView,
    Role,
    Source,
)
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.visit import Visit, group_into_visits

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: About what the narrowest list of e-mails shows of a subject.
SUBJECT_LENGTH = 60
#: What of it a long name may take.
NAME_IN_SUBJECT = 28
#: How many of a contact's further fields are shown.
MOST_FURTHER_FIELDS = 20


@dataclass(frozen=True)
class RaisedAlert:
    """One alert that the e-mail is about, and why its reader gets it."""

    name: str
    description: str
    reason: str
    admin_url: str


@dataclass(frozen=True)
class Fact:
    """One line about the contact. The link is empty or safe; the note says where the value is from."""

    label: str
    value: str
    link: str = ""
    note: str = ""


@dataclass(frozen=True)
class SeenPage:
    """One page view as a reader is shown it. Without a Wagtail page the title is host and path of the URL."""

    title: str
    url: str
    link: str
    entered_at: datetime
    dwell_time: str
    is_occasion: bool
    source: str


@dataclass(frozen=True)
class Occasion:
    """A page view that raised alerts: what the contact did, on which page, and how they are known."""

    page: SeenPage
    #: "Anna Nowak is looking at", or what else is true of the page view by now.
    doing: str
    #: The same with the page, cut to the length of a subject.
    headline: str
    recognized: str


@dataclass(frozen=True)
class SeenVisit:
    """A visit in the short history."""

    started_at: datetime
    pages: Sequence[SeenPage]


@dataclass(frozen=True)
class Contents:
    """All that an e-mail says."""

    name: str
    position_and_company: str
    alerts: Sequence[RaisedAlert]
    occasions: Sequence[Occasion]
    facts: Sequence[Fact]
    history: Sequence[SeenVisit]
    contact_url: str
    happened_at: datetime

    @cached_property
    def reasons(self) -> list[str]:
        """Why the reader gets the e-mail, each reason once."""
        return list(dict.fromkeys(alert.reason for alert in self.alerts))

    @property
    def subject(self) -> str:
        """Who and where, in about 60 characters."""
        if self.occasions:
            return self.occasions[0].headline
        name = Truncator(self.name).chars(NAME_IN_SUBJECT)
        return Truncator(f"{name}: {self.alerts[0].name}").chars(SUBJECT_LENGTH)


def read(deliveries: Sequence[Delivery]) -> Contents:
    """Read what the e-mail of these deliveries says to their one reader, in about ten queries."""
    notifications = [delivery.notification for delivery in deliveries]
    contact, reader = notifications[0].contact, reader_of(deliveries)
    occasions = list(_occasions(notifications, contact))
    seen_as_occasion = {notification.match.page_view_id for notification in notifications}
    return Contents(
        name=_name(contact),
        position_and_company=wording.one_line(", ".join(filter(None, (contact.position, contact.company)))),
        alerts=[_raised_alert(delivery, reader) for delivery in deliveries],
        occasions=occasions,
        facts=list(_facts(contact)),
        history=list(_history(contact, seen_as_occasion)),
        contact_url=_contact_url(contact, reader),
        happened_at=max(notification.match.happened_at for notification in notifications),
    )


def reader_of(deliveries: Sequence[Delivery]) -> "AbstractUser | None":
    """Return the user who reads the e-mail of these deliveries; none where its address is known from CC."""
    return next((delivery.user for delivery in deliveries if delivery.user is not None), None)


def _name(contact: Contact) -> str:
    return wording.one_line(contact.name or contact.email, longest=100)


def _raised_alert(delivery: Delivery, reader: "AbstractUser | None") -> RaisedAlert:
    notification = delivery.notification
    name = wording.one_line(notification.alert.name if notification.alert else notification.alert_name)
    return RaisedAlert(
        name=name,
        description=wording.lines(notification.alert.description).strip() if notification.alert else "",
        reason=_reason(Role(delivery.role), name),
        admin_url=_alert_url(notification, reader),
    )


def _reason(role: Role, alert_name: str) -> str:
    """Why somebody in this role gets the e-mail, in a sentence."""
    sentences = {
        Role.ME: gettext("You get this e-mail because you chose to receive the alert “%(alert)s”."),
        Role.OWNER: gettext("You get this e-mail because you are the main owner of this contact."),
        Role.FALLBACK: gettext(
            "You get this e-mail in place of an owner: the contact has no active owner, and you set up "
            "the alert “%(alert)s”."
        ),
        Role.CC: gettext("You get this e-mail because your address is in CC of the alert “%(alert)s”."),
    }
    return sentences[role] % {"alert": alert_name}


def _occasions(notifications: Sequence[Notification], contact: Contact) -> Iterator[Occasion]:
    """Each page view that raised one of the notifications, once, the latest first."""
    candidates = (notification.match.page_view for notification in notifications)
    page_views = {page_view.pk: page_view for page_view in candidates if page_view is not None}
    for page_view in sorted(page_views.values(), key=lambda view: view.entered_at, reverse=True):
        yield _occasion(page_view, contact)


def _occasion(page_view: PageView, contact: Contact) -> Occasion:
    page = _seen_page(page_view, is_occasion=True)
    long_form, short_form = _what_they_do(page_view)
    words = {"name": _name(contact), "duration": page.dwell_time}
    short_words = {**words, "name": Truncator(words["name"]).chars(NAME_IN_SUBJECT)}
    return Occasion(
        page=page,
        doing=long_form % words,
        headline=Truncator(short_form % {**short_words, "page": page.title}).chars(SUBJECT_LENGTH),
        recognized=_recognized(Method(page_view.visitor.identified_by)),
    )


def _what_they_do(page_view: PageView) -> tuple[str, str]:
    """What is true of the page view by now: as a heading above the page's title, and as a subject."""
    if page_view.dwell_ms is not None:
        return (
            gettext("%(name)s spent %(duration)s on"),
            gettext("%(name)s spent %(duration)s on: %(page)s"),
        )
    if page_view.ending == Ending.OPEN:
        return gettext("%(name)s is looking at"), gettext("%(name)s is looking at: %(page)s")
    return gettext("%(name)s looked at"), gettext("%(name)s looked at: %(page)s")


def _recognized(method: Method) -> str:
    """How the visitor is known to be the contact, and how sure that is."""
    sentences = {
        Method.LOGIN: gettext("They logged in to the site."),
        Method.API: gettext("The site itself knows them, from a source of its own."),
        Method.FORM: gettext("They filled in a form on the site with this e-mail address."),
        Method.LINK: gettext(
            "They opened a link that was sent to them; it could be a colleague they forwarded it to."
        ),
        Method.NONE: gettext("Not known any more."),
    }
    return sentences[method]


def _seen_page(page_view: PageView, *, is_occasion: bool) -> SeenPage:
    url = page_view.address.text
    dwell_ms = page_view.dwell_ms
    return SeenPage(
        title=wording.one_line(page_view.title).removeprefix("https://").removeprefix("http://"),
        url=wording.one_line(url),
        link=wording.web_link(url),
        entered_at=page_view.entered_at,
        dwell_time="" if dwell_ms is None else wording.duration(timedelta(milliseconds=dwell_ms)),
        is_occasion=is_occasion,
        source=gettext("Seen by the server only: the browser has not confirmed that the page was shown.")
        if page_view.source == Source.HOOK
        else "",
    )


def _facts(contact: Contact) -> Iterator[Fact]:
    """What is known of the contact, without what is empty; the owner always."""
    shown = {
        "name": (contact.name, ""),
        "company": (contact.company, ""),
        "position": (contact.position, ""),
        "phone": (contact.phone, wording.phone_link(contact.phone.strip())),
        "email": (contact.email, wording.mail_link(contact.email)),
        "city": (contact.city, ""),
        "country": (contact.country, ""),
        "language": (contact.language and wording.language_name(contact.language), ""),
        "tags": (", ".join(sorted(tag.name for tag in contact.tags.all())), ""),
    }
    for field, (value, link) in shown.items():
        if value:
            yield Fact(_label(field), wording.one_line(value), link, _note(contact, field))
    for key, value in list(contact.extra.items())[:MOST_FURTHER_FIELDS]:
        if text := wording.further_value(value):
            yield Fact(wording.one_line(key, longest=60), text, "", _note(contact, key))
    yield Fact(_label("owner"), _owner_name(contact))


def _label(field: str) -> str:
    return capfirst(str(Contact._meta.get_field(field).verbose_name))


def _note(contact: Contact, field: str) -> str:
    return gettext("as given in a form") if field in contact.fields_given_by_form else ""


def _owner_name(contact: Contact) -> str:
    owner = contact.owner
    if owner is None:
        return pgettext("the contact's owner", "none")
    name = wording.one_line(display_name(owner))
    if contact.active_owner is None:
        return gettext("%(name)s (can't be reached at present)") % {"name": name}
    return name


def _history(contact: Contact, occasions: Iterable[int | None]) -> Iterator[SeenVisit]:
    """The contact's latest page views by visit: the latest visit first, each in the order of its pages."""
    latest = PageView.objects.latest_of(contact)[: settings.HISTORY_LENGTH]
    for visit in group_into_visits(latest):
        yield _seen_visit(visit, occasions)


def _seen_visit(visit: Visit, occasions: Iterable[int | None]) -> SeenVisit:
    pages = [_seen_page(view, is_occasion=view.pk in occasions) for view in visit.page_views]
    return SeenVisit(started_at=visit.started_at, pages=pages)


def _contact_url(contact: Contact, reader: "AbstractUser | None") -> str:
    if reader is None or not contact.may_be_viewed_by(reader):
        return ""
    return _admin_url("contact", contact.pk, reader)


def _alert_url(notification: Notification, reader: "AbstractUser | None") -> str:
    permissions = ("wagtail_visit_alerts.view_alert", "wagtail_visit_alerts.change_alert")
    if notification.alert is None or reader is None or not any(map(reader.has_perm, permissions)):
        return ""
    return _admin_url("alert", notification.alert.pk, reader)


def _admin_url(model_name: str, pk: int, reader: "AbstractUser") -> str:
    """The address of an object's page in the admin; empty where the reader or the site has no way there."""
    if not settings.base_url or not reader.has_perm("wagtailadmin.access_admin"):
        return ""
    try:
        path = reverse(f"wagtailsnippets_wagtail_visit_alerts_{model_name}:inspect", args=[pk])
    except NoReverseMatch:  # a site without Wagtail's admin still gets its alerts
        return ""
    return settings.base_url + path
