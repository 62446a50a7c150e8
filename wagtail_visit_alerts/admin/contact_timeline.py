"""A contact's timeline: visits, alerts, forms and notes, the latest first, a part of it at a time.

Takes a contact whom the reader may view and the moment before which to read; gives entries and where the older ones
begin. Guarantees a fixed number of queries, each of which reads a bounded number of rows by an index: nothing is
counted or skipped, so that the last part costs what the first one does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from wagtail_visit_alerts.admin.delivery_rows import DeliveryLine, NotificationRow, with_what_is_shown
from wagtail_visit_alerts.admin.page_view_table import SeenRow, rows_without_answers
from wagtail_visit_alerts.admin.timeline_entries import (
    BEFOREHAND,
    AlertEntry,
    FormEntry,
    HeldBack,
    NoteEntry,
    PageStep,
    RecognitionStep,
    VisitEntry,
    belongs_to,
)
from wagtail_visit_alerts.explaining.naming import Reader
from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    LinkOutcome,
    LinkUse,
    Match,
    Notification,
    Outcome,
    PageView,
    SubmittedForm,
)
from wagtail_visit_alerts.models.visit import Visit, group_into_visits

M = TypeVar("M", bound=Model)
Entry = VisitEntry | AlertEntry | FormEntry | NoteEntry

#: Page views, and rows of each other kind, that one part shows.
MOST_PAGE_VIEWS = 30
MOST_OTHERS = 30
#: Alerts that are shown with the page views of one part where nothing else is.
MOST_ALERTS_OF_VISITS = 100
#: Openings of signed links that are looked through for those that visits began with.
MOST_LINKS = 100


class Kind(StrEnum):
    """What a timeline may be narrowed to; the values stand in addresses."""

    ALL = ""
    VISITS = "visits"
    ALERTS = "alerts"
    FORMS = "forms"
    NOTES = "notes"


@dataclass(frozen=True)
class Part(Generic[M]):
    """Rows of one kind, the latest first. ``floor``: from when on there are no others; None where these are all.

    ``beyond`` is the row that follows, the first of those that are not in it.
    """

    rows: Sequence[M] = ()
    floor: datetime | None = None
    beyond: M | None = None


class Timeline:
    """One part of it: what happened before a moment, or the latest."""

    def __init__(
        self,
        contact: Contact,
        *,
        reader: Any,
        before: datetime | None = None,
        kind: Kind = Kind.ALL,
        note_url: Callable[[ContactNote], str] = lambda note: "",
    ) -> None:
        self.contact, self.reader = contact, reader
        self.before, self.kind, self._note_url = before, kind, note_url

    @cached_property
    def entries(self) -> list[Entry]:
        """The entries, the latest first."""
        visits, loose = list(self._visits()), list(self._loose())
        return sorted([*visits, *loose], key=attrgetter("at"), reverse=True)

    @cached_property
    def older_before(self) -> datetime | None:
        """Where the next part begins; None where this is the last one."""
        floors = [part.floor for part in (self._views, self._raised, self._forms, self._notes) if part.floor]
        return max(floors, default=None)

    @cached_property
    def _views(self) -> Part[PageView]:
        if self.kind not in (Kind.ALL, Kind.VISITS):
            return Part()
        latest = PageView.objects.latest_of(self.contact).select_related("visitor__user_agent")
        part = self._read(latest, "entered_at", most=MOST_PAGE_VIEWS)
        return part if part.floor is None else replace(part, floor=_floor_between_visits(part))

    @cached_property
    def _raised(self) -> Part[Notification]:
        if self.kind not in (Kind.ALL, Kind.VISITS, Kind.ALERTS):
            return Part()
        notifications = Notification.objects.filter(contact=self.contact).order_by("-raised_at", "-pk")
        raised = with_what_is_shown(notifications)
        if self.kind == Kind.VISITS:
            of_visits = raised.filter(match__page_view__in=[view.pk for view in self._views.rows])
            return Part(list(of_visits[:MOST_ALERTS_OF_VISITS]))
        return self._read(raised, "raised_at")

    @cached_property
    def _forms(self) -> Part[SubmittedForm]:
        if self.kind not in (Kind.ALL, Kind.FORMS):
            return Part()
        forms = SubmittedForm.objects.filter(contact=self.contact).order_by("-submitted_at", "-pk")
        return self._read(forms.select_related("page"), "submitted_at")

    @cached_property
    def _notes(self) -> Part[ContactNote]:
        if self.kind not in (Kind.ALL, Kind.NOTES):
            return Part()
        notes = ContactNote.objects.filter(contact=self.contact).order_by("-written_at", "-pk")
        return self._read(notes.select_related("author"), "written_at")

    def _read(self, latest: QuerySet[M], time_field: str, *, most: int = MOST_OTHERS) -> Part[M]:
        """The latest rows before the moment. One query, and what it prefetches."""
        if self.before is not None:
            latest = latest.filter(**{f"{time_field}__lt": self.before})
        rows = list(latest[: most + 1])
        if len(rows) <= most:
            return Part(rows)
        times = [getattr(row, time_field) for row in rows]
        # Rows of the very moment at which the part ends belong to the next one, with those of theirs not read yet.
        return Part(rows[:most], min((at for at in times if at > times[-1]), default=times[-1]), rows[-1])

    def _shown(self, part: Part[M], time_field: str) -> list[M]:
        """Those rows of a kind that are no older than any kind is complete."""
        floor = self.older_before
        return [row for row in part.rows if floor is None or getattr(row, time_field) >= floor]

    @property
    def has_visits(self) -> bool:
        """Whether a page view is among what was read."""
        return bool(self._views.rows)

    @cached_property
    def _seen(self) -> list[PageView]:
        return self._shown(self._views, "entered_at")

    @cached_property
    def _grouped(self) -> list[Visit]:
        return group_into_visits(self._seen)

    @cached_property
    def _rows(self) -> dict[int, SeenRow]:
        """The page views in words."""
        return {row.page_view.pk: row for row in rows_without_answers(self._seen)}

    @cached_property
    def _alerts(self) -> list[NotificationRow]:
        raised = self._shown(self._raised, "raised_at")
        asking = Reader(self.reader)
        return [
            NotificationRow(one, asking, [DeliveryLine(each, one, asking) for each in one.deliveries.all()])
            for one in raised
        ]

    @cached_property
    def _held_back(self) -> dict[int | None, list[HeldBack]]:
        found: dict[int | None, list[HeldBack]] = defaultdict(list)
        if self._seen:
            matches = Match.objects.filter(page_view__in=[view.pk for view in self._seen])
            asking = Reader(self.reader)
            for match in matches.exclude(outcome=Outcome.RAISED).select_related("alert").order_by("alert_id"):
                found[match.page_view_id].append(HeldBack(match, asking))
        return found

    @cached_property
    def _links(self) -> list[LinkUse]:
        """The signed links that were opened during the visits and recognised the contact."""
        if not self._grouped:
            return []
        uses = LinkUse.objects.filter(
            visitor__in={view.visitor_id for view in self._seen},
            opened_at__gte=min(visit.started_at for visit in self._grouped) - BEFOREHAND,
            outcome__in=(LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN),
        )
        return list(uses.order_by("opened_at")[:MOST_LINKS])

    def _visits(self) -> Iterator[VisitEntry]:
        raised: dict[int | None, list[NotificationRow]] = defaultdict(list)
        for row in self._alerts:
            raised[row.notification.match.page_view_id].append(row)
        for visit in self._grouped:
            pages = [
                PageStep(self._rows[view.pk], raised[view.pk], self._held_back[view.pk])
                for view in visit.page_views
            ]
            others = [*self._recognition_in(visit), *(FormEntry(form) for form in self._forms_in(visit))]
            first = visit.page_views[0]
            yield VisitEntry(
                visit,
                sorted([*pages, *others], key=attrgetter("at")),
                is_cut=self._is_cut(visit),
                by_link=any(
                    use.visitor_id == first.visitor_id and belongs_to(visit, use.opened_at)
                    for use in self._links
                ),
                tabs={view.tab_id for view in visit.page_views},
            )

    @cached_property
    def _whole(self) -> list[Visit]:
        """The visits as far as they were read, also those page views that the next part shows."""
        read = [*self._views.rows, *filter(None, [self._views.beyond])]
        return group_into_visits(read)

    def _is_cut(self, visit: Visit) -> bool:
        """Whether a visit goes on, or rather began, in the next part."""
        first = visit.page_views[0]
        return any(first in whole.page_views[1:] for whole in self._whole)

    def _recognition_in(self, visit: Visit) -> Iterator[RecognitionStep]:
        visitor = visit.page_views[0].visitor
        if visitor.identified_at is not None and belongs_to(visit, visitor.identified_at):
            yield RecognitionStep(visitor, visitor.identified_at)

    def _visit_of(self, at: datetime) -> Visit | None:
        return next((visit for visit in self._grouped if belongs_to(visit, at)), None)

    def _forms_in(self, visit: Visit) -> list[SubmittedForm]:
        forms = self._shown(self._forms, "submitted_at")
        return [form for form in forms if self._visit_of(form.submitted_at) is visit]

    def _loose(self) -> Iterator[Entry]:
        """What belongs to none of the visits."""
        seen = {view.pk for view in self._seen}
        for row in self._alerts:
            if row.notification.match.page_view_id not in seen and self.kind != Kind.VISITS:
                yield AlertEntry(row)
        for form in self._shown(self._forms, "submitted_at"):
            if self._visit_of(form.submitted_at) is None:
                yield FormEntry(form)
        for note in self._shown(self._notes, "written_at"):
            yield NoteEntry(note, self._note_url(note))


def _floor_between_visits(part: Part[PageView]) -> datetime | None:
    """The earliest moment of a part at which a visit begins and no other one goes on, so that none is cut.

    Where there is none, one visit is longer than the part: it is cut where the part ends.
    """
    visits = group_into_visits(part.rows)
    oldest = part.rows[-1]
    uncut = [visit for visit in visits if oldest not in visit.page_views]
    for visit in reversed(uncut):
        if not any(one.started_at < visit.started_at <= one.page_views[-1].entered_at for one in visits):
            return visit.started_at
    return part.floor
