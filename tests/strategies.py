"""Hypothesis strategies: whole visits of an honest browser, with the truth of them beside what the server gets.

A visit is played on a made-up clock: tabs are opened, left, reloaded, hidden and closed, the computer sleeps, its
clock is set. Out of it come the messages that the beacon would send, as ``page-view.js`` makes them, each lost,
late or doubled, and the rows that the page-serve hook would write. All times are milliseconds since the beginning.
"""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from wagtail_visit_alerts.recording import End, Entry, InView, Previous

#: How many times as many examples as CI tries, chosen at random then; CI's are always the same.
TIMES = int(os.environ.get("VISIT_ALERTS_EXAMPLES", "1"))
ORIGIN = "http://testserver"
PATHS = ("/a/", "/b/", "/c/")
RETRY_AFTER = 3_000
#: By how much somebody sets the computer's clock.
CLOCK_CHANGES = (-3_600_000, -40_000, -1_000, 40_000, 3_600_000)
MINUTE = 60_000
#: No network keeps a message longer than this and still delivers it.
LONGEST_DELAY = 5 * MINUTE

#: How long something goes on: around every limit that recording knows, or anything up to two minutes.
durations = st.sampled_from([0, 40, 2_000, 9_000, 29_900, 30_100, 61_000, 31 * MINUTE, 25 * 60 * MINUTE]) | (
    st.integers(0, 2 * MINUTE)
)
delays = st.sampled_from([0, 30, 30, 30, 200, 4_000, 12_000, 35_000, LONGEST_DELAY]) | st.integers(0, 20_000)
#: After how long a message arrives, each time that it does: on a network that does anything, that is slow, that loses
#: most of what is sent.
NETWORKS = (
    st.lists(delays, max_size=2) | delays.map(lambda one: [one]),
    st.sampled_from([[4_000], [35_000], [90_000], [LONGEST_DELAY], [30, LONGEST_DELAY]]),
    st.sampled_from([[], [], [30]]),
)


def examples(number: int) -> settings:
    """Settings of a test that tries so many examples."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@dataclass
class TruePageView:
    """What really happened on one page view."""

    id: uuid.UUID
    path: str
    tab: uuid.UUID
    entered: int
    in_view: int = 0
    left: int | None = None
    #: When the next page was entered in the same tab, and whether the computer's clock was set in between.
    next_entered: int | None = None
    clock_set_meanwhile: bool = False
    was_served: bool = False

    @property
    def moved_on(self) -> bool:
        """Whether the next page followed within 30 seconds."""
        return self.gap is not None and self.gap <= 30_000

    @property
    def gap(self) -> int | None:
        """Between leaving this page and entering the next one in the same tab."""
        return None if self.left is None or self.next_entered is None else self.next_entered - self.left

    @property
    def dwell(self) -> int | None:
        """From entering the page until leaving it for good."""
        return None if self.left is None else self.left - self.entered


@dataclass(frozen=True)
class Request:
    """A page served through the hook to the visitor, and when the hook's row is written, if it is."""

    path: str
    served: int
    written: int | None


@dataclass(frozen=True)
class Arrival:
    """A message as it reaches the server, ``late`` milliseconds after it was sent."""

    at: int
    message: Entry | End | InView
    late: int


@dataclass
class Visit:
    """The truth of a visit, and all that the server is told of it."""

    page_views: dict[uuid.UUID, TruePageView] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    sweeps: list[int] = field(default_factory=list)
    #: Whether this visitor's beacon has run within the day before.
    beacon_is_known: bool = True
    clock_changes: int = 0
    ended: int = 0


@dataclass
class _Shown:
    """What the script keeps in memory of the page view under way; the clocks are the browser's."""

    truth: TruePageView
    entry: Entry
    wall_start: int
    monotonic_start: int
    navigation_start: int
    wall_before: int = 0
    monotonic_before: int = 0


@dataclass
class _Tab:
    """A browser tab with its sessionStorage; ``shown`` is empty outside the site, and while a page loads."""

    id: uuid.UUID | None = None
    shown: _Shown | None = None
    visible: bool = True
    closed: bool = False
    #: A page that loads in a tab behind: its path and when it was asked for, by the monotonic clock.
    behind: tuple[str, int, bool] | None = None
    marker: dict[str, Any] | None = None
    unsent: list[tuple[Entry, int]] = field(default_factory=list)


class HonestBrowser:
    """Plays a visit: what a person does with the browser, and what the script on its pages sends."""

    def __init__(self, draw: Callable[..., Any], *, is_faultless: bool) -> None:
        self.draw, self.is_faultless = draw, is_faultless
        self.network = draw(st.sampled_from(NETWORKS))
        self.visit = Visit()
        self.tabs: list[_Tab] = []
        self.now = 0
        self.wall_offset = 1_790_000_000_000
        self.paused = 0
        self.later: list[tuple[int, Callable[[], None]]] = []

    # Time

    @property
    def wall(self) -> int:
        """The computer's clock, which somebody may set."""
        return self.now + self.wall_offset

    @property
    def monotonic(self) -> int:
        """The clock that only goes forward, and on some systems not while the computer sleeps."""
        return self.now - self.paused

    def wait(self, milliseconds: int) -> None:
        """Let time pass; what was put off meanwhile happens."""
        until = self.now + milliseconds
        while self.later and (first := min(self.later, key=lambda one: one[0]))[0] <= until:
            self.later.remove(first)
            self._pass(max(0, first[0] - self.now))  # what fell due while the computer slept happens now
            first[1]()
        self._pass(max(0, until - self.now))

    def _pass(self, milliseconds: int) -> None:
        for tab in self.tabs:
            if tab.shown is not None and tab.visible:
                tab.shown.truth.in_view += milliseconds
        self.now += milliseconds

    def sleep(self, milliseconds: int, *, monotonic_goes_on: bool) -> None:
        """Close the lid: time passes, nothing is seen, and what was put off happens after waking up."""
        self.now += milliseconds
        self.paused += 0 if monotonic_goes_on else milliseconds

    def set_clock(self, milliseconds: int) -> None:
        """Set the computer's clock."""
        if milliseconds == 0:
            return
        self.wall_offset += milliseconds
        self.visit.clock_changes += 1
        for tab in self.tabs:
            if tab.marker is not None:
                self.visit.page_views[tab.marker["id"]].clock_set_meanwhile = True

    # What a person does

    def load(self, tab: _Tab, path: str, *, how: str = "load", behind: bool = False) -> None:
        """Ask the site for a page in a tab; ``behind``: it is shown only later, if ever."""
        asked_at, through_hook = self.monotonic, self._request(path)
        if behind:
            tab.behind = (path, asked_at, through_hook)
            return
        self.wait(self.draw(st.sampled_from([10, 300] if self.is_faultless else [10, 300, 5_000, 40_000])))
        self._enter(tab, path, how=how, asked_at=asked_at, through_hook=through_hook)

    def follow(self, tab: _Tab, path: str) -> None:
        """Go to another page in the same tab."""
        self.leave(tab)
        self.load(tab, path)

    def reload(self, tab: _Tab) -> None:
        """Load the page of a tab again."""
        if tab.shown is not None:
            path = tab.shown.truth.path
            self.leave(tab)
            self.load(tab, path, how="reload")

    def make_a_detour(self, tab: _Tab, path: str) -> None:
        """Leave the site and come back to it, with whatever the computer's clock says then."""
        self.leave(tab)
        self.wait(self.draw(durations))
        if not self.is_faultless:
            self.set_clock(self.draw(st.sampled_from([0, *CLOCK_CHANGES])))
        self.load(tab, path)

    def prefetch(self, path: str) -> None:
        """Ask for a page that is never shown."""
        self._request(path)

    def leave(self, tab: _Tab, *, crashed: bool = False) -> None:
        """Leave the page of a tab; the script writes down which one, unless the browser crashed."""
        shown, tab.shown, tab.behind = tab.shown, None, None
        if shown is None:
            return
        shown.truth.left = self.now
        measured = self._measured(shown)
        if crashed:
            return
        tab.marker = {**measured, "path": shown.truth.path, "at": self.wall}
        self._send(lambda: End(**measured))

    def close(self, tab: _Tab, *, crashed: bool = False) -> None:
        """Close a tab for good."""
        self.leave(tab, crashed=crashed)
        tab.closed, tab.marker = True, None

    def show(self, tab: _Tab) -> None:
        """Bring a tab to the front, or put it behind again."""
        tab.visible = not tab.visible or tab.behind is not None
        if tab.behind is not None:
            path, asked_at, through_hook = tab.behind
            tab.behind = None
            self._enter(tab, path, how="load", asked_at=asked_at, through_hook=through_hook)

    def go_back(self, tab: _Tab, path: str, *, how: str, sees_marker: bool = True) -> None:
        """Go to a page without asking the server: out of the back/forward cache, or by the page's own script.

        Firefox shows a page that it has kept the tab's storage as it was, so without what was left there since.
        """
        self.leave(tab)
        self._enter(tab, path, how=how, asked_at=self.monotonic, through_hook=False, sees_marker=sees_marker)

    def report_in_view(self, tab: _Tab) -> None:
        """Report the time in view so far."""
        if (shown := tab.shown) is not None:
            self._send(lambda: InView(**self._measured(shown)))

    # What the script does

    def _enter(
        self,
        tab: _Tab,
        path: str,
        *,
        how: str,
        asked_at: int,
        through_hook: bool,
        sees_marker: bool = True,
    ) -> None:
        left, tab.marker = tab.marker, None
        tab.id = tab.id if left else uuid.UUID(int=self.draw(st.integers(1, 2**64)) + (len(self.tabs) << 100))
        again = left if how == "reload" and left and left["path"] == path else None
        if left and not again:
            self.visit.page_views[left["id"]].next_entered = self.now
        truth = self._truth(tab, path, again=again, through_hook=through_hook)
        previous = None
        if left and not again and sees_marker:
            previous = Previous(**_clocks(left), gap_ms=self.wall - left["at"])
        entry = Entry(
            id=truth.id,
            tab=tab.id,
            url=ORIGIN + path,
            page_id=None,
            how="reload" if again else how if how in ("restore", "navigate") else "load",
            ago_ms=0,
            previous=previous,
        )
        shown = _Shown(truth, entry, self.wall, self.monotonic, asked_at)
        if again:
            shown.wall_before = max(0, again["wall_ms"] + self.wall - again["at"])
            shown.monotonic_before = again["monotonic_ms"] + self.monotonic - asked_at
        tab.shown = shown
        self._report(tab, shown)

    def _truth(self, tab: _Tab, path: str, *, again: dict[str, Any] | None, through_hook: bool) -> TruePageView:
        if again:
            truth = self.visit.page_views[again["id"]]
            truth.left = None
        else:
            assert tab.id is not None
            number = len(self.visit.page_views) + 1
            truth = TruePageView(uuid.UUID(int=number), path, tab.id, entered=self.now)
            self.visit.page_views[truth.id] = truth
        truth.was_served |= through_hook
        return truth

    def _report(self, tab: _Tab, shown: _Shown) -> None:
        entry = shown.entry
        others = [one for one in tab.unsent if one[0].id != entry.id][-3:]
        tab.unsent = [*others[-2:], (entry, shown.wall_start)]
        sent = {entry.id, *(other.id for other, _at in others)}

        def message() -> Entry:
            unsent = (replace(one, ago_ms=max(0, self.wall - at)) for one, at in others)
            return replace(
                entry,
                ago_ms=self.monotonic - shown.monotonic_start,
                navigation_ms=None if entry.how == "navigate" else self.monotonic - shown.navigation_start,
                unsent=tuple(unsent),
            )

        def answered() -> None:
            if tab.shown is shown:
                tab.unsent = [one for one in tab.unsent if one[0].id not in sent]

        def again() -> None:
            if tab.shown is shown:
                self._send(message, answered)

        if not self._send(message, answered):
            self.later.append((self.now + RETRY_AFTER, again))

    def _measured(self, shown: _Shown) -> dict[str, Any]:
        return {
            "id": shown.truth.id,
            "wall_ms": shown.wall_before + self.wall - shown.wall_start,
            "monotonic_ms": shown.monotonic_before + self.monotonic - shown.monotonic_start,
            "engaged_ms": shown.truth.in_view,
        }

    # What the network and the server's hook do

    def _send(self, make: Callable[[], Any], answered: Callable[[], None] | None = None) -> bool:
        """Send a message, which may arrive late, several times or never; gives whether an answer will come."""
        message = make()
        if self.is_faultless:
            lates, is_answered = [30], True
        else:
            lates = self.draw(self.network)
            is_answered = bool(lates) and self.draw(st.booleans() | st.just(True))
        self.visit.arrivals += [Arrival(self.now + late, message, late) for late in lates]
        if is_answered and answered is not None:
            self.later.append((self.now + lates[0] + 1, answered))
        return is_answered

    def _request(self, path: str) -> bool:
        """Ask the site for a page; gives whether the hook noted it, as behind a cache it can't."""
        if not self.draw(st.booleans() | st.just(True)):
            return False
        late = 5 if self.is_faultless else self.draw(st.sampled_from([5, 5, 5, 500, 20_000, None]))
        written = None if late is None else self.now + late
        self.visit.requests.append(Request(path, self.now, written))
        return written is not None


def _clocks(marker: dict[str, Any]) -> dict[str, Any]:
    return {name: marker[name] for name in ("id", "wall_ms", "monotonic_ms", "engaged_ms")}


ACTIONS = (
    *("link", "link", "link", "open", "behind", "away", "detour", "detour"),
    *("reload", "back", "back in Firefox", "push", "show", "report", "close"),
)
FAULTS = ("crash", "sleep", "clock", "prefetch")


@st.composite
def visits(draw: Callable[..., Any], *, is_faultless: bool = False, most_actions: int = 8) -> Visit:
    """A visit of one browser with several tabs; ``is_faultless``: every message arrives at once, clocks are right."""
    browser = HonestBrowser(draw, is_faultless=is_faultless)
    paths = st.sampled_from(PATHS)
    for _number in range(draw(st.integers(1, most_actions))):
        open_tabs = [tab for tab in browser.tabs if not tab.closed]
        action = draw(st.sampled_from(ACTIONS if is_faultless else (*ACTIONS, *FAULTS)))
        if not open_tabs or action in ("open", "behind"):
            tab = _Tab(visible=action != "behind")
            browser.tabs.append(tab)
            browser.load(tab, draw(paths), behind=action == "behind")
        else:
            _act(browser, draw(st.sampled_from(open_tabs)), action, path=draw(paths))
        browser.wait(draw(durations))
    visit = browser.visit
    visit.ended = browser.now
    visit.beacon_is_known = is_faultless or draw(st.booleans())
    span = browser.now + LONGEST_DELAY
    soon_judged = [one.written + 61_000 for one in visit.requests if one.written is not None]
    visit.sweeps = draw(st.lists(st.integers(0, span), max_size=3))
    visit.sweeps += soon_judged if draw(st.booleans()) else []
    return visit


def _act(browser: HonestBrowser, tab: _Tab, action: str, *, path: str) -> None:
    draw = browser.draw
    actions: dict[str, Callable[[], None]] = {
        "link": lambda: browser.follow(tab, path),
        "reload": lambda: browser.reload(tab),
        "back": lambda: browser.go_back(tab, path, how="restore"),
        "back in Firefox": lambda: browser.go_back(tab, path, how="restore", sees_marker=False),
        "push": lambda: browser.go_back(tab, path, how="navigate"),
        "away": lambda: browser.leave(tab),
        "close": lambda: browser.close(tab),
        "crash": lambda: browser.close(tab, crashed=True),
        "show": lambda: browser.show(tab),
        "report": lambda: browser.report_in_view(tab),
        "prefetch": lambda: browser.prefetch(path),
        "sleep": lambda: browser.sleep(draw(durations) + 15_000, monotonic_goes_on=draw(st.booleans())),
        "clock": lambda: browser.set_clock(draw(st.sampled_from(CLOCK_CHANGES))),
        "detour": lambda: browser.make_a_detour(tab, path),
    }
    actions[action]()
