"""What a digest says: several page views, maybe of several contacts, to one reader.

``read`` takes the deliveries of the e-mail, gives its ``Digest`` as plain values. Guarantees the same as
``contents``, and a number of queries that does not grow with the deliveries, but for links to pages in descriptions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.delivering import admin_links, contact_facts, contents, reader_links, wording
from wagtail_visit_alerts.delivering.contents import RaisedAlert
from wagtail_visit_alerts.delivering.email_size import Bounds
from wagtail_visit_alerts.delivering.reader_links import ReaderLinks
from wagtail_visit_alerts.delivering.seen_pages import SeenPage, seen_page
from wagtail_visit_alerts.models import Contact, Delivery

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


@dataclass(frozen=True)
class DigestLine:
    """One page view and the names of the alerts that it raised. Without a page where the page view is gone."""

    happened_at: datetime
    page: SeenPage | None
    alert_names: Sequence[str]


@dataclass(frozen=True)
class DigestContact:
    """One contact with all their page views, in the order in which they happened."""

    name: str
    position_and_company: str
    phone: str
    phone_link: str
    email: str
    email_link: str
    contact_url: str
    lines: Sequence[DigestLine]


@dataclass(frozen=True)
class Digest:
    """All that a digest says; the contact of whom the latest news is comes first."""

    contacts: Sequence[DigestContact]
    alerts: Sequence[RaisedAlert]
    #: How many alerts it is about, with those left out, and how many contacts.
    number: int
    number_of_contacts: int
    happened_at: datetime
    links: ReaderLinks
    #: The list of contacts in the admin, for what was left out.
    more_url: str
    left_out: int = 0
    is_shortened: bool = False

    @cached_property
    def reasons(self) -> list[str]:
        """Why the reader gets the e-mail, each reason once."""
        return list(dict.fromkeys(alert.reason for alert in self.alerts))

    @property
    def subject(self) -> str:
        """How many alerts about how many contacts."""
        alerts = ngettext("%(number)d alert", "%(number)d alerts", self.number) % {"number": self.number}
        if self.number_of_contacts == 1:
            name = Truncator(self.contacts[0].name).chars(contents.NAME_IN_SUBJECT)
            return gettext("%(alerts)s about %(name)s") % {"alerts": alerts, "name": name}
        return ngettext(
            "%(alerts)s about %(number)d contact",
            "%(alerts)s about %(number)d contacts",
            self.number_of_contacts,
        ) % {"alerts": alerts, "number": self.number_of_contacts}

    def within(self, bounds: Bounds) -> "Digest":
        """The same, with less of it where it is more than the bounds: the first contacts' page views stay."""
        contacts = list(_contacts_within(self.contacts, bounds))
        shown = sum(len(line.alert_names) for contact in contacts for line in contact.lines)
        shorter = replace(
            self,
            contacts=contacts,
            alerts=[alert.within(bounds) for alert in self.alerts[: bounds.alerts]],
            left_out=self.number - shown,
        )
        return replace(shorter, is_shortened=shorter != self)


def is_digest(deliveries: Sequence[Delivery]) -> bool:
    """Whether deliveries to one reader are about more than one page view."""
    matches = (delivery.notification.match for delivery in deliveries)
    return len({(match.contact_id, match.page_view_id or f"match {match.pk}") for match in matches}) > 1


def read(deliveries: Sequence[Delivery]) -> Digest:
    """Read what the digest of these deliveries says to their one reader."""
    reader = contents.reader_of(deliveries)
    by_contact: dict[int, list[Delivery]] = {}
    for delivery in sorted(deliveries, key=_happened_at, reverse=True):
        by_contact.setdefault(delivery.notification.contact_id, []).append(delivery)
    return Digest(
        contacts=[_contact(group, reader) for group in by_contact.values()],
        alerts=contents.raised_alerts(deliveries),
        number=len(deliveries),
        number_of_contacts=len(by_contact),
        happened_at=max(map(_happened_at, deliveries)),
        links=reader_links.links_of(deliveries),
        more_url=admin_links.contacts_url(reader),
    )


def _happened_at(delivery: Delivery) -> datetime:
    return delivery.notification.match.happened_at


def _contact(deliveries: Sequence[Delivery], reader: "AbstractUser | None") -> DigestContact:
    """One contact with their deliveries, which come the latest first."""
    contact: Contact = deliveries[0].notification.contact
    return DigestContact(
        name=contact_facts.name_of(contact),
        position_and_company=contact_facts.position_and_company(contact),
        phone=wording.one_line(contact.phone),
        phone_link=wording.phone_link(contact.phone.strip()),
        email=wording.one_line(wording.plain_address(contact.email)),
        email_link=wording.mail_link(contact.email),
        contact_url=admin_links.contact_url(contact, reader),
        lines=list(_lines(deliveries)),
    )


def _lines(deliveries: Sequence[Delivery]) -> Iterator[DigestLine]:
    """A line for each page view, in the order in which they happened."""
    by_page_view: dict[object, list[Delivery]] = {}
    for delivery in reversed(deliveries):
        match = delivery.notification.match
        by_page_view.setdefault(match.page_view_id or f"match {match.pk}", []).append(delivery)
    for group in by_page_view.values():
        page_view = group[0].notification.match.page_view
        yield DigestLine(
            happened_at=_happened_at(group[0]),
            page=None if page_view is None else seen_page(page_view, is_occasion=True),
            alert_names=[wording.one_line(each.notification.alert_name) for each in group],
        )


def _contacts_within(contacts: Sequence[DigestContact], bounds: Bounds) -> Iterator[DigestContact]:
    """The first contacts, with so many page views altogether; of the last of them its latest ones."""
    left = bounds.pages
    for contact in contacts:
        shown = list(contact.lines)[-left:] if left > 0 else []
        if not shown:
            return
        left -= len(shown)
        yield replace(
            contact,
            position_and_company=Truncator(contact.position_and_company).chars(bounds.value),
            lines=[_line_within(line, bounds) for line in shown],
        )


def _line_within(line: DigestLine, bounds: Bounds) -> DigestLine:
    names = [Truncator(name).chars(bounds.value) for name in line.alert_names[: bounds.alerts]]
    if line.page is None:
        return replace(line, alert_names=names)
    # The whole address is behind the title; where that is too long for an e-mail, there is none.
    link = line.page.link if len(line.page.link) <= bounds.value * 4 else ""
    page = replace(line.page, title=Truncator(line.page.title).chars(bounds.value), link=link)
    return replace(line, alert_names=names, page=page)
