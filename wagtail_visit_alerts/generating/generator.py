"""The generator: people, places, and day by day what people looked at and what came of it.

Takes a size, a seed and the moment that the data ends at; writes it in transactions of a day each, so that memory
stays bounded. The same three give the same data. Nothing is sent of it: what waits is due in ten years, and every
address is one that can't exist.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, connections, models
from wagtail.search.backends import get_search_backends

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.generating.bulk_rows import (
    BulkRows,
    go_on_after_given_ids,
    read_in_big_pieces,
    update_column,
)
from wagtail_visit_alerts.generating.made_outcomes import OutcomeWriter
from wagtail_visit_alerts.generating.made_people import MadePeople, make_people
from wagtail_visit_alerts.generating.made_places import MadePlaces, make_places
from wagtail_visit_alerts.generating.made_visits import ANONYMOUS, COLUMNS, MadeView, VisitMaker
from wagtail_visit_alerts.generating.sizes import Size
from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    ContactTag,
    Delivery,
    LinkUse,
    Match,
    Notification,
    NotRecorded,
    PageView,
    Reason,
    SignedLink,
    Slot,
    SubmittedForm,
    Taking,
    UnmetMinimum,
    Visitor,
)
from wagtail_visit_alerts.models.primary import atomic, primary_alias

#: Of all page views, those of visitors whom nobody knows; they are kept for a month.
ANONYMOUS_SHARE = 0.1
ANONYMOUS_DAYS = 30
WEEKEND_WEIGHT = 0.25
FORMS_A_VIEW = 0.003
#: Contacts that are given to the search at a time.
CHUNK = 1_000
#: The tables that are written with ids given here.
WITH_GIVEN_IDS = (
    *(Contact, ContactTag, ContactNote, Visitor, SignedLink, LinkUse, PageView, SubmittedForm),
    *(Match, Slot, Notification, Delivery, Taking, UnmetMinimum),
)

Tell = Callable[[str], None]


class SeedUsedError(VisitAlertsError):
    """The database has what this seed gives."""


@dataclass(frozen=True)
class Generated:
    """How much there is of what was generated."""

    contacts: int
    page_views: int
    matches: int
    notifications: int


def generate(size: Size, *, seed: int, now: datetime, tell: Tell = lambda _text: None) -> Generated:
    """Write a site's data, and its daily totals; ``tell`` is given a line about each part.

    Nothing else may write to our tables meanwhile. Stopped half-way, it leaves what is written by then. Raises
    ``SeedUsedError`` where the people of this seed are there already.
    """
    rng = random.Random(seed)  # noqa: S311 nothing is secret: no key that is made opens anything
    read_in_big_pieces()
    days = _days(size.days, now=now)
    since = datetime.combine(days[0][0], time.min, tzinfo=settings.cap_time_zone)
    try:
        with atomic():
            people = make_people(size, rng=rng, since=since, now=now)
            tell(f"Contacts: {size.contacts}")
            places = make_places(size.alerts, people=people, rng=rng, since=since, now=now)
            tell(f"Alerts: {size.alerts}")
    except IntegrityError as error:
        raise SeedUsedError(
            f"The database holds the data of seed {seed} already: choose another one with --seed."
        ) from error
    maker = _DayMaker(size, people, places, rng=rng, now=now)
    for number, (day, share) in enumerate(days, start=1):
        with atomic():
            maker.make(day, share=share, is_last=number == len(days))
        if number % 10 == 0 or number == len(days):
            tell(f"Page views: {maker.page_views} ({number} of {len(days)} days)")
    with atomic():
        maker.note_when_seen()
        go_on_after_given_ids(WITH_GIVEN_IDS)
    _make_searchable()
    _analyze()
    tell("Daily totals")
    reporting.rebuild(now=now)
    outcomes = maker.outcomes
    return Generated(size.contacts, maker.page_views, outcomes.matches, outcomes.notifications)


def _days(number: int, *, now: datetime) -> list[tuple[date, float]]:
    """The days until today, each with its share of all page views; of today what is over."""
    here = now.astimezone(settings.cap_time_zone)
    first = here.date() - timedelta(days=number - 1)
    days = [first + timedelta(days=count) for count in range(number)]
    weights = [WEEKEND_WEIGHT if day.isoweekday() > 5 else 1.0 for day in days]
    weights[-1] *= max(0, here.hour - 3) / 24 if number > 1 else 1
    return [(day, weight / sum(weights)) for day, weight in zip(days, weights, strict=True)]


class _DayMaker:
    """Makes one day after the other; what a day misses of its share, the next ones make up for."""

    def __init__(
        self, size: Size, people: MadePeople, places: MadePlaces, *, rng: random.Random, now: datetime
    ) -> None:
        self._size, self._people, self._places, self._rng, self._now = size, people, places, rng, now
        self._visits = VisitMaker(people, places, rng=rng, now=now)
        self.outcomes = OutcomeWriter(people, rng=rng, now=now)
        self._going_on = self._visits.going_on(size.visits_now)
        anonymous = int(size.page_views * ANONYMOUS_SHARE) if settings.RECORD_ANONYMOUS else 0
        self._anonymous_left = anonymous
        self._of_contacts = max(0, size.page_views - anonymous - len(self._going_on))
        self._made = 0
        self._share = 0.0
        self._draws = 0.0
        self.page_views = 0
        self._rows = BulkRows(PageView, "contact", *COLUMNS)
        self._visitors = BulkRows(
            Visitor, "key_hash", "user_agent", "beacon_seen_at", "last_seen_at", "created_at"
        )
        self._forms = BulkRows(SubmittedForm, "contact", "page", "name", "submitted_at")

    def make(self, day: date, *, share: float, is_last: bool) -> None:
        """Write the page views of a day and what came of them."""
        self._share += share
        number = (
            self._of_contacts - self._made if is_last else int(self._of_contacts * self._share) - self._made
        )
        watched = self._share_of_watched(number)
        self._draws += watched * number
        views = self._visits.of_contacts(day, number=number, watched=watched)
        self._made += number
        views += self._anonymous(day, is_last=is_last)
        if is_last:
            views += self._going_on
        views.sort(key=lambda view: view.entered_at)
        for view in views:
            self._add(view)
        for rows in (self._visitors, self._rows, self._forms, self.outcomes):
            rows.write()
        self._count_not_recorded(day, number=len(views))

    def _share_of_watched(self, number: int) -> float:
        """How many of a day's page views must be on watched addresses to raise what is missing by then."""
        missing = self._size.notifications * self._share - self.outcomes.notifications
        raised_a_draw = (self.outcomes.notifications + 20) / (self._draws + 50)
        return min(0.9, max(0.0, missing / max(1, number) / raised_a_draw))

    def _anonymous(self, day: date, *, is_last: bool) -> list[MadeView]:
        days_left = (self._now.astimezone(settings.cap_time_zone).date() - day).days + 1
        if days_left > ANONYMOUS_DAYS and not is_last:
            return []
        number = self._anonymous_left // days_left
        self._anonymous_left -= number
        return self._visits.of_strangers(day, number=number, new_visitor=self._new_stranger)

    def _new_stranger(self, start: datetime) -> int:
        """Add a browser of somebody who is not known; gives its id."""
        key = f"{self._rng.getrandbits(256):064x}"
        user_agent_id = self._rng.choice(self._people.user_agent_ids)
        return self._visitors.add(key, user_agent_id, start, start, start)

    def _add(self, view: MadeView) -> None:
        contact_id = None if view.contact == ANONYMOUS else self._people.contact_ids[view.contact]
        page_view_id = self._rows.add(contact_id, *view.row)
        self.page_views += 1
        if contact_id is None:
            return
        self._people.contact_seen_at[contact_id] = view.entered_at
        self._people.visitor_seen_at[view.visitor_id] = view.entered_at
        if view.watch is not None:
            self.outcomes.add(page_view_id, view, contact_id=contact_id)
        elif self._rng.random() < FORMS_A_VIEW:
            page_id = self._rng.choice(self._places.form_page_ids or [None])
            self._forms.add(contact_id, page_id, "" if page_id else "Call-back", view.entered_at)

    def _count_not_recorded(self, day: date, *, number: int) -> None:
        for reason, share in ((Reason.BOT, 0.2), (Reason.STAFF, 0.02), (Reason.PRIVACY_SIGNAL, 0.05)):
            NotRecorded.add(int(number * share), day=day, reason=reason)

    def note_when_seen(self) -> None:
        """Write when contacts and their browsers were seen last."""
        update_column(Contact, "last_seen_at", self._people.contact_seen_at.items())
        for column in ("last_seen_at", "beacon_seen_at"):
            update_column(Visitor, column, self._people.visitor_seen_at.items())


def _make_searchable() -> None:
    """Give the contacts to the search: rows that are written in bulk pass it by."""
    for backend in get_search_backends(with_auto_update=True):
        for chunk in _chunks(Contact.objects.order_by("pk")):
            backend.add_bulk(Contact, chunk)


def _chunks(contacts: models.QuerySet[Contact]) -> Iterator[Sequence[Contact]]:
    last_id = 0
    while chunk := list(contacts.filter(pk__gt=last_id)[:CHUNK]):
        yield chunk
        last_id = chunk[-1].pk


def _analyze() -> None:
    """Tell PostgreSQL at once how full the tables are; it finds out by itself, but minutes later."""
    connection = connections[primary_alias()]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
