"""The parts of a contact's page in the admin, each a component that reads what it shows.

Takes a contact whom the user may view; gives components that Wagtail's inspect view shows below the contact's data.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, Table

from wagtail_visit_alerts.admin.contact_timeline import Kind, Timeline
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS, LOG
from wagtail_visit_alerts.admin.page_view_table import LinesColumn
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Contact, ContactNote, LinkOutcome, LinkUse

#: Openings of signed links that are shown.
LATEST = 10


class TimelinePanel(Component):
    """A part of a contact's timeline, with the ways to older parts, to one kind, and to write a note.

    ``link`` is what a contact who was never seen may be sent; empty where the reader may not have it.
    """

    template_name = "wagtail_visit_alerts/admin/contacts/timeline.html"

    def __init__(self, timeline: Timeline, *, may_see_log: bool, link: str = "") -> None:
        self.timeline, self.may_see_log, self.link = timeline, may_see_log, link

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        timeline, is_latest = self.timeline, self.timeline.before is None
        contact = timeline.contact
        is_whole = is_latest and timeline.kind == Kind.ALL
        return {
            **part_context(timeline, may_see_log=self.may_see_log),
            "kinds": [
                {"label": label, "url": _timeline_url(contact, kind=kind), "is_current": kind == timeline.kind}
                for kind, label in _kind_labels()
            ],
            "add_note_url": reverse(f"{CONTACTS}:add_note", args=[contact.pk]) if is_whole else "",
            "csrf_token": get_token(parent_context["request"]),
            "longest_note": ContactNote._meta.get_field("text").max_length,
            "log_url": f"{reverse(f'{LOG}:index')}?contact={contact.pk}" if self.may_see_log else "",
            "page_views_url": reverse(f"{CONTACTS}:page_views", args=[contact.pk]),
            "never_seen": is_whole and not timeline.has_visits,
            "name": wording.one_line(contact),
            "link": self.link,
        }


def part_context(timeline: Timeline, *, may_see_log: bool) -> dict[str, Any]:
    """What the template of a part of the timeline needs."""
    older = timeline.older_before
    return {
        "entries": timeline.entries,
        "may_see_log": may_see_log,
        "older_url": "" if older is None else _timeline_url(timeline.contact, kind=timeline.kind, before=older),
        "nothing": _nothing(timeline.kind),
    }


def _timeline_url(contact: Contact, *, kind: Kind, before: datetime | None = None) -> str:
    query = {"kind": kind.value} if kind else {}
    if before is not None:
        query["before"] = before.isoformat()
    url = reverse(f"{CONTACTS}:timeline", args=[contact.pk])
    return f"{url}?{urlencode(query)}" if query else url


def _kind_labels() -> list[tuple[Kind, str]]:
    return [
        (Kind.ALL, _("Everything")),
        (Kind.VISITS, _("Visits")),
        (Kind.ALERTS, _("Alerts")),
        (Kind.FORMS, _("Forms")),
        (Kind.NOTES, pgettext("about a contact", "Notes")),
    ]


def _nothing(kind: Kind) -> str:
    sentences = {
        Kind.ALL: _("Nothing has happened yet. Visits, alerts, forms and notes appear here."),
        Kind.VISITS: _("No visit was recorded yet."),
        Kind.ALERTS: _(
            "No alert about this contact was raised yet. One is, when they look at a page that an alert watches."
        ),
        Kind.FORMS: _("They have submitted no form of the site yet."),
        Kind.NOTES: _("Nobody has written a note yet."),
    }
    return sentences[kind]


class OpeningRow:
    """One opening of a signed link, in words."""

    def __init__(self, use: LinkUse) -> None:
        self._use = use
        self.when = moment(use.opened_at)
        self.sign = capfirst(use.get_sign_display())
        self.outcome = list(self._outcome())

    @property
    def page(self) -> str:
        """The URL that it was opened on, without the token."""
        address = self._use.address
        return "-" if address is None else wording.one_line(address.text)

    def _outcome(self) -> Iterator[str]:
        use = self._use
        label = use.get_outcome_display()
        if use.outcome in (LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN):
            yield capfirst(label)
        else:
            yield _("Recognised nobody: %(reason)s") % {"reason": label}
        if use.link.shared_at is not None and use.outcome != LinkOutcome.SHARED:
            yield _("Later more browsers opened it than one person has.")


class LinkOpenings(Component):
    """The latest openings of the contact's signed links, and why some recognised nobody."""

    template_name = "wagtail_visit_alerts/admin/contacts/link_openings.html"
    COLUMNS = (
        Column("when", label=pgettext_lazy("of a signed link", "Opened")),
        Column("page", label=pgettext_lazy("of a page view", "Page"), classname="visit-alerts-seen__page"),
        Column("sign", label=gettext_lazy("Sign of life")),
        LinesColumn(
            "outcome",
            label=pgettext_lazy("of a signed link", "What came of it"),
            classname="visit-alerts-seen__answer",
        ),
    )

    def __init__(self, contact: Contact) -> None:
        self.contact = contact

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        rows = [OpeningRow(use) for use in LinkUse.objects.of_contact(self.contact)[:LATEST]]
        caption = _("Signed links opened")
        return {
            "table": Table(self.COLUMNS, rows, classname="listing visit-alerts-seen", caption=caption)
            if rows
            else None
        }
