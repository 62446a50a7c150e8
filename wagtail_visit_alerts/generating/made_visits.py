"""Made visits: the page views of one day, in the order of their entries, each knowing which alert it is about."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.generating.drawing_lots import Lots
from wagtail_visit_alerts.generating.made_people import MadePeople, new_uuid
from wagtail_visit_alerts.generating.made_places import MadePlaces, Watch
from wagtail_visit_alerts.models import Clock, Ending, Source
from wagtail_visit_alerts.recording.reported import LONGEST_DWELL

#: Page views a visit, on average and at most.
VIEWS_A_VISIT = 5
MOST_VIEWS = 40
SECONDS_A_VIEW = 50
LONGEST_VIEW_SECONDS = 1_500
#: A contact's visit is taken for one that has just begun while it is younger than this.
LONGEST_VISIT_NOW = timedelta(minutes=25)
ANONYMOUS = -1


@dataclass(slots=True)
class MadeView:
    """A page view before it is written. Times in milliseconds, as the browser measured them."""

    entered_at: datetime
    stay_ms: int
    engaged_ms: int
    visitor_id: int
    #: The contact's number, or ``ANONYMOUS``.
    contact: int
    address_id: int
    page_id: int | None
    source: int
    beacon_id: uuid.UUID | None
    tab_id: uuid.UUID | None
    follows_id: uuid.UUID | None
    ending: int
    #: The alert that watches the address, if any, and whether its condition came true.
    watch: Watch | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When it ended; None while it is open."""
        return None if self.ending == Ending.OPEN else self.entered_at + timedelta(milliseconds=self.stay_ms)

    @property
    def row(self) -> tuple[object, ...]:
        """The values of ``COLUMNS``, but for the contact's id."""
        is_over = self.ending != Ending.OPEN
        left = self.ending in (Ending.CLOSED, Ending.LEFT) and self.beacon_id is not None
        return (
            *(self.visitor_id, self.address_id, self.page_id, True, self.source),
            *(self.beacon_id, self.tab_id, self.follows_id, self.entered_at, self.entered_at, self.ending),
            self.ended_at,
            self.stay_ms if self.ending == Ending.MOVED_ON else None,
            self.engaged_ms if is_over and self.beacon_id else None,
            self.stay_ms if left else None,
            None if is_over else self.entered_at + LONGEST_DWELL,
        )


#: The columns of a page view that ``MadeView.row`` fills.
COLUMNS = (
    *(
        "visitor",
        "address",
        "page",
        "is_confirmed",
        "source",
        "beacon_id",
        "tab_id",
        "follows_id",
        "entered_at",
    ),
    *("anchored_at", "ending", "ended_at", "dwell_ms", "engaged_ms", "left_after_ms", "sweep_at"),
)


class VisitMaker:
    """Makes the visits of contacts, of whom some come far more often than others, and of anonymous visitors."""

    def __init__(self, people: MadePeople, places: MadePlaces, *, rng: random.Random, now: datetime) -> None:
        self._people, self._places, self._rng, self._now = people, places, rng, now
        # At 50,000 contacts the busiest one gets 2 % of the page views.
        self._numbers = Lots(range(len(people.contact_ids)), slope=0.78)
        self._zone = settings.cap_time_zone

    def of_contacts(self, day: date, *, number: int, watched: float) -> list[MadeView]:
        """So many page views of contacts on a day; such a share of them on an address that an alert watches."""
        views: list[MadeView] = []
        while len(views) < number:
            contact = self._numbers.draw(self._rng)
            visitor_id = self._rng.choice(self._people.visitor_ids[contact])
            start = self._moment(day)
            length = min(self._length(), number - len(views))
            views += self._visit(visitor_id, contact, start=start, length=length, watched=watched)
        return views

    def of_strangers(self, day: date, *, number: int, new_visitor: Callable[[datetime], int]) -> list[MadeView]:
        """So many page views of visitors nobody knows; each is made with the moment at which it comes."""
        views: list[MadeView] = []
        while len(views) < number:
            start = self._moment(day)
            length = min(self._length(), number - len(views))
            views += self._visit(new_visitor(start), ANONYMOUS, start=start, length=length, watched=0)
        return views

    def going_on(self, number: int) -> list[MadeView]:
        """One visit each of so many contacts whose last page is still open; nothing of it is watched."""
        views: list[MadeView] = []
        for _visit in range(number):
            contact = self._numbers.draw(self._rng)
            visitor_id = self._rng.choice(self._people.visitor_ids[contact])
            start = self._now - self._rng.random() * LONGEST_VISIT_NOW
            visit = self._visit(visitor_id, contact, start=start, length=MOST_VIEWS, watched=0)
            visit[-1].ending = Ending.OPEN
            views += visit
        return views

    def _length(self) -> int:
        return min(MOST_VIEWS, 1 + int(self._rng.expovariate(1 / (VIEWS_A_VISIT - 0.5))))

    def _moment(self, day: date) -> datetime:
        """A moment of a day, most likely in the late morning, early enough that a visit is over by now."""
        seconds = self._rng.triangular(6 * 3600, 22 * 3600, 11 * 3600)
        midnight = datetime.combine(day, time.min, tzinfo=self._zone)
        over_by = self._now - timedelta(seconds=LONGEST_VIEW_SECONDS * 2)
        moment = midnight.astimezone(self._now.tzinfo) + timedelta(seconds=seconds)
        return min(moment, over_by - timedelta(seconds=self._rng.random() * 3600))

    def _visit(
        self, visitor_id: int, contact: int, *, start: datetime, length: int, watched: float
    ) -> list[MadeView]:
        rng = self._rng
        only_server = length == 1 and rng.random() < 0.1
        tab_id = None if only_server else new_uuid(rng)
        known = contact != ANONYMOUS and start >= self._people.known_from[contact]
        views: list[MadeView] = []
        entered_at, follows_id = start, None
        for number in range(length):
            watch = self._watch(entered_at) if known and rng.random() < watched else None
            place = rng.choice(watch.places) if watch else self._places.others.draw(rng)
            stay_ms = min(LONGEST_VIEW_SECONDS * 1000, 2_000 + int(rng.expovariate(1 / SECONDS_A_VIEW) * 1000))
            if watch is not None and watch.minimum_ms and rng.random() < 0.6:
                stay_ms = watch.minimum_ms + stay_ms
            beacon_id = None if only_server else new_uuid(rng)
            left_at = entered_at + timedelta(milliseconds=stay_ms)
            is_last = number == length - 1 or left_at >= self._now
            views.append(
                MadeView(
                    entered_at=entered_at,
                    stay_ms=stay_ms,
                    engaged_ms=int(stay_ms * (0.3 + 0.7 * rng.random())),
                    visitor_id=visitor_id,
                    contact=contact,
                    address_id=place.address_id,
                    page_id=place.page_id,
                    source=Source.HOOK if only_server else Source.BOTH if rng.random() < 0.8 else Source.BEACON,
                    beacon_id=beacon_id,
                    tab_id=tab_id,
                    follows_id=follows_id,
                    ending=self._ending_of_last() if is_last else Ending.MOVED_ON,
                    watch=watch,
                )
            )
            if is_last:
                break
            follows_id, entered_at = beacon_id, left_at
        return views

    def _ending_of_last(self) -> int:
        return Ending.LEFT if self._rng.random() < 0.3 else Ending.CLOSED

    def _watch(self, moment: datetime) -> Watch | None:
        watch = self._places.watches.draw(self._rng)
        return watch if watch.created_at < moment else None


def condition_met_at(view: MadeView) -> datetime | None:
    """When what the alert of a page view waits for came true; None where it never did."""
    watch = view.watch
    assert watch is not None
    if not watch.minimum_ms:
        return view.entered_at
    if watch.alert.clock == Clock.IN_VIEW:
        reached = view.beacon_id is not None and view.engaged_ms >= watch.minimum_ms
        return view.entered_at + timedelta(milliseconds=watch.minimum_ms) if reached else None
    reached = view.ending == Ending.MOVED_ON and view.stay_ms >= watch.minimum_ms
    return view.ended_at if reached else None
