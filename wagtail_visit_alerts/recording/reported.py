"""What recording takes and gives: the messages of a browser, what the page-serve hook noted, and what they changed.

Times that a browser gives are milliseconds and differences on its own clocks; here they become moments on the
server's.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wagtail_visit_alerts.models import PageView

#: Between leaving a page and entering the next one in the same tab; longer is leaving the site (design 3.2).
LONGEST_GAP = timedelta(seconds=30)
#: Nothing following within this time of a page view's end: closed (design 3.2).
CLOSED_AFTER = timedelta(minutes=30)
#: A dwell time beyond a day is not valid; a page view whose end was never reported is closed then.
LONGEST_DWELL = timedelta(minutes=1440)
#: So long ago a page may say that it was entered: in a tab that stayed open, with its entry kept until now.
LONGEST_KEPT = timedelta(days=30)
#: Between the hook's clock and the moment that the beacon says its navigation began (design 3.2).
CLAIM_WINDOW = timedelta(seconds=10)
#: A row that the sweep has judged meanwhile is claimed from so much earlier, too: the entry was late, not another.
JUDGED_CLAIM_WINDOW = timedelta(minutes=10)
#: After which a row that only the server saw is judged (design 3.2).
JUDGED_AFTER = timedelta(minutes=1)
#: A visitor whose beacon has run within this time would have run it on the page, had it been shown.
BEACON_EXPECTED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Measured:
    """What a browser says of the time on one of its page views, by its two clocks; in milliseconds."""

    id: uuid.UUID
    engaged_ms: int
    wall_ms: int
    monotonic_ms: int


@dataclass(frozen=True)
class End(Measured):
    """A page was left, whatever came next."""


@dataclass(frozen=True)
class InView(Measured):
    """A page has been in view for as long as the answer to its entry had asked for."""


@dataclass(frozen=True)
class Previous(Measured):
    """What an entry says of the page view before it in the same tab, and of the time between the two."""

    gap_ms: int


@dataclass(frozen=True)
class Entry:
    """A page was entered.

    ``how``: "load", "reload" (the same page view goes on), "restore" (the browser had the page already: from going
    back or forward, or opened ahead) or "navigate" (the page itself has put another address into the bar).
    """

    id: uuid.UUID
    tab: uuid.UUID
    url: str
    page_id: int | None
    how: str
    ago_ms: int
    navigation_ms: int | None = None
    previous: Previous | None = None
    unsent: "tuple[Entry, ...]" = ()


@dataclass(frozen=True)
class Served:
    """What the page-serve hook noted of a response."""

    url: str
    page_id: int
    came_from: str | None
    served_at: datetime


@dataclass
class Recorded:
    """What a message changed.

    Page views entered, page views moved on from after a valid dwell time, and page views that were in view, each
    with the moment until which its engaged time was measured. ``here`` is the page view the message is about.
    """

    entered: list[PageView] = field(default_factory=list)
    moved_on: list[PageView] = field(default_factory=list)
    in_view: list[tuple[PageView, datetime]] = field(default_factory=list)
    here: PageView | None = None


def duration(milliseconds: int, *, at_most: timedelta = LONGEST_DWELL) -> timedelta:
    """What a browser says of a time, as far as it can be true: not negative and not longer than anything lasts."""
    return min(timedelta(milliseconds=max(0, milliseconds)), at_most)


def entered_at(entry: Entry, *, now: datetime) -> datetime:
    """When the page was entered, on the server's clock, as far as its own message says."""
    return now - duration(entry.ago_ms, at_most=LONGEST_KEPT)


def entry_times(entry: Entry, *, now: datetime) -> dict[uuid.UUID, datetime]:
    """When the page views of an entry message were entered, on the server's clock, by the page view's id.

    A page view was entered before the one that names it, by the time spent on it and the gap between the two. So an
    entry that was kept does not look fresh because the browser's wall clock was set back.
    """
    times: dict[uuid.UUID, datetime] = {}
    for one in (entry, *reversed(entry.unsent)):
        said = entered_at(one, now=now)
        times[one.id] = entered = min(said, times.get(one.id, said))
        if (previous := one.previous) is not None:
            spent = duration(previous.monotonic_ms, at_most=LONGEST_KEPT)
            before = entered - spent - duration(previous.gap_ms, at_most=LONGEST_KEPT)
            times[previous.id] = min(before, times.get(previous.id, before))
    return times


def began_at(entry: Entry, *, entered: datetime, now: datetime) -> datetime | None:
    """When the navigation of an entry began, on the server's clock; None for one that asked no server.

    An entry that was kept does not say when; it was entered soon after.
    """
    if entry.how not in ("load", "reload"):
        return None
    if entry.navigation_ms is None:
        return entered
    return now - duration(entry.navigation_ms, at_most=LONGEST_KEPT)
