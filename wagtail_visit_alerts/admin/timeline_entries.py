"""What a contact's timeline consists of, in words: visits with their steps, alerts, submitted forms, notes.

Takes what ``contact_timeline`` has read; gives plain values for templates. No queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_visit_alerts.admin.browser_names import browser_name
from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS, NotificationRow
from wagtail_visit_alerts.admin.page_view_table import SeenRow
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.history import campaign
from wagtail_visit_alerts.explaining.naming import Reader, moment
from wagtail_visit_alerts.models import ContactNote, Match, SubmittedForm, Visitor
from wagtail_visit_alerts.models.visit import LONGEST_BREAK, Visit

#: What happens right before the first page view that the browser reports still belongs to the visit.
BEFOREHAND = timedelta(minutes=1)


@dataclass(frozen=True)
class HeldBack:
    """A match that raised nothing: which alert, as far as the reader may know, and why."""

    match: Match
    reader: Reader

    @property
    def alert(self) -> str:
        """Which alert."""
        alert = self.match.alert
        if not self.reader.may_see(alert):
            return _("an alert of somebody else's")
        return _("an alert that was deleted since") if alert is None else wording.one_line(alert.name)

    @property
    def outcome(self) -> str:
        """Why it raised nothing."""
        return capfirst(self.match.get_outcome_display())


@dataclass(frozen=True)
class PageStep:
    """One page view of a visit, with the alerts that it raised or that were held back."""

    kind: ClassVar = "page"
    row: SeenRow
    raised: Sequence[NotificationRow]
    held_back: Sequence[HeldBack]

    @property
    def at(self) -> datetime:
        """When the page was entered."""
        return self.row.page_view.entered_at

    @property
    def why_url(self) -> str:
        """Where it says why an alert was or wasn't raised: read only once somebody asks."""
        view = self.row.page_view
        return reverse(f"{CONTACTS}:why", args=[view.contact_id, view.pk])


@dataclass(frozen=True)
class FormEntry:
    """A form that the contact has submitted: in a visit, or alone where no page view is known."""

    kind: ClassVar = "form"
    form: SubmittedForm

    @property
    def at(self) -> datetime:
        """When it was submitted."""
        return self.form.submitted_at

    @property
    def when(self) -> str:
        """The same in words."""
        return moment(self.at)

    @property
    def text(self) -> str:
        """Which form, as far as that is known."""
        title = wording.one_line(self.form.title)
        return _("Submitted the form “%(title)s”") % {"title": title} if title else _("Submitted a form")


@dataclass(frozen=True)
class RecognitionStep:
    """The moment at which a browser became known as the contact's."""

    kind: ClassVar = "recognition"
    visitor: Visitor
    at: datetime

    @property
    def text(self) -> str:
        """How that was."""
        return _("This browser was recognised as theirs: %(how)s") % {
            "how": self.visitor.get_identified_by_display()
        }


@dataclass(frozen=True)
class AlertEntry:
    """An alert of which the page view is not among those that were read."""

    kind: ClassVar = "alert"
    row: NotificationRow

    @property
    def at(self) -> datetime:
        """When it was raised."""
        return self.row.notification.raised_at


@dataclass(frozen=True)
class NoteEntry:
    """What a colleague has written down. ``delete_url`` is empty where the reader may not delete it."""

    kind: ClassVar = "note"
    note: ContactNote
    delete_url: str

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.note.written_at

    @property
    def when(self) -> str:
        """The same in words."""
        return moment(self.at)

    @property
    def author(self) -> str:
        """Who has written it."""
        if self.note.author is None:
            return _("a user who is gone")
        return wording.one_line(name_of(self.note.author))

    @property
    def text(self) -> str:
        """The text without what is not seen; its lines stay."""
        return wording.lines(self.note.text)


@dataclass(frozen=True)
class VisitEntry:
    """One visit. ``is_cut``: it began before what was read, so that neither beginning nor origin is known."""

    kind: ClassVar = "visit"
    visit: Visit
    steps: Sequence[Any]
    is_cut: bool = False
    by_link: bool = False
    tabs: set[Any] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        """When it began."""
        return self.visit.started_at

    @property
    def when(self) -> str:
        """The same in words."""
        return moment(self.at)

    @property
    def has_tabs(self) -> bool:
        """Whether the visit went on in several browser tabs."""
        return len(self.tabs) > 1

    @property
    def size(self) -> str:
        """How many pages were seen."""
        count = len(self.visit.page_views)
        return ngettext("%(count)d page", "%(count)d pages", count) % {"count": count}

    @property
    def duration(self) -> str:
        """How long it lasted; empty where no end is known."""
        length = self.visit.ended_at - self.visit.started_at
        return wording.duration(length) if length >= timedelta(seconds=1) else ""

    @cached_property
    def origin(self) -> str:
        """What brought them; empty where that is not known."""
        if self.is_cut:
            return ""
        said = campaign(self.visit.page_views[0].address.text)
        if self.by_link:
            return (
                _("a link sent to them: %(campaign)s") % {"campaign": said}
                if said
                else _("a link sent to them")
            )
        return said

    @property
    def browser(self) -> str:
        """With which browser."""
        user_agent = self.visit.page_views[0].visitor.user_agent
        return "" if user_agent is None else browser_name(user_agent.text)


def belongs_to(visit: Visit, at: datetime) -> bool:
    """Whether what happened at a moment happened during a visit."""
    return visit.started_at - BEFOREHAND <= at < visit.ended_at + LONGEST_BREAK
