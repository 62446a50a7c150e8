"""Who a contact is, at a glance: their data with links to call and write, consent, and the browsers that are theirs.

Takes a contact whom the reader may view; gives components of the contact's page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.admin.browser_names import browser_name
from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.contact_facts import Fact, facts_of, position_and_company
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Contact, Visitor

#: Browsers that the page shows; one person has a handful.
MOST_BROWSERS = 8


@dataclass(frozen=True)
class BrowserLine:
    """One browser of a contact, in words."""

    visitor: Visitor

    @property
    def name(self) -> str:
        """Which browser, on which system."""
        user_agent = self.visitor.user_agent
        return _("Unknown browser") if user_agent is None else browser_name(user_agent.text)

    @property
    def recognized(self) -> str:
        """How it is known to be the contact's, and since when."""
        how, since = self.visitor.get_identified_by_display(), self.visitor.identified_at
        if since is None:
            return capfirst(how)
        return _("Recognised %(how)s, since %(date)s") % {"how": how, "date": _day(since)}

    @property
    def last_seen(self) -> str:
        """When it was last seen."""
        return _("Last seen on %(time)s") % {"time": moment(self.visitor.last_seen_at)}

    @property
    def notes(self) -> list[str]:
        """What else is to be said of it."""
        notes = {True: _("Has agreed to be recorded."), False: _("Has withdrawn consent.")}
        said = [notes[self.visitor.consents]] if self.visitor.consents is not None else []
        if self.visitor.retired_at is not None:
            said.append(_("No longer theirs since %(date)s.") % {"date": _day(self.visitor.retired_at)})
        return said


class ContactCard(Component):
    """Name, how to reach them, what is known of them, whose contact they are, and whether they may be recorded."""

    template_name = "wagtail_visit_alerts/admin/contacts/card.html"

    def __init__(self, contact: Contact, *, browsers: Sequence[Visitor], actions: Sequence[Any] = ()) -> None:
        self.contact, self.browsers, self.actions = contact, browsers, actions

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        contact = self.contact
        return {
            "name": wording.one_line(contact),
            "work": position_and_company(contact),
            "facts": [*self._known, *self._of_the_site()],
            "actions": self.actions,
        }

    @cached_property
    def _known(self) -> list[Fact]:
        """What is known, without what the head of the card says already."""
        said = {self._label("name"), self._label("company"), self._label("position")}
        return [fact for fact in facts_of(self.contact, in_email=False) if fact.label not in said]

    def _of_the_site(self) -> Iterator[Fact]:
        contact = self.contact
        yield Fact(self._label("user"), name_of(contact.user) if contact.user else pgettext("a login", "none"))
        yield Fact(_("Consent"), self._consent)
        yield Fact(pgettext("of a contact", "Added"), _day(contact.created_at))
        yield Fact(pgettext("of a contact", "Updated"), _day(contact.updated_at))

    @property
    def _consent(self) -> str:
        """Whether they are recorded, as the browser says that was seen last."""
        if (since := self.contact.recording_stopped_at) is not None:
            return _("Recording stopped on %(time)s") % {"time": moment(since)}
        said = next((visitor.consents for visitor in self.browsers if visitor.consents is not None), None)
        answers = {True: _("agreed"), False: _("withdrawn"), None: _("not asked")}
        return answers[said]

    @staticmethod
    def _label(field: str) -> str:
        return capfirst(str(Contact._meta.get_field(field).verbose_name))


class Browsers(Component):
    """The browsers of the contact that were seen last: how each is known to be theirs, and since when."""

    template_name = "wagtail_visit_alerts/admin/contacts/browsers.html"

    def __init__(self, browsers: Sequence[Visitor]) -> None:
        self.browsers = browsers

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {
            "browsers": [BrowserLine(visitor) for visitor in self.browsers[:MOST_BROWSERS]],
            "are_more": len(self.browsers) > MOST_BROWSERS,
        }


def browsers_of(contact: Contact) -> list[Visitor]:
    """The contact's browsers, the one seen last first, and one more than is shown. One query."""
    visitors = Visitor.objects.filter(contact=contact).order_by("-last_seen_at", "-pk")
    return list(visitors.select_related("user_agent")[: MOST_BROWSERS + 1])


def _day(at: Any) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")
