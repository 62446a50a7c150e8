"""Cases: clocks that are wrong or stand still."""

from functools import partial
from typing import TYPE_CHECKING

from .case import CHROMIUM, CONTACT, MOVED_ON, OPEN, PRICES, View, case

if TYPE_CHECKING:
    from .person import Person

GROUP = "Clocks"
#: What the server makes of a clock does not depend on the engine.
in_chromium = partial(case, engines=(CHROMIUM,))
THEN_CONTACT = View(CONTACT, OPEN)
HOUR, YEAR = 60, 365 * 24 * 60


@in_chromium(
    GROUP,
    "reads for three minutes and follows a link; the computer's clock is three years behind",
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
)
def clock_behind(person: "Person") -> None:
    person.clocks_go(wall=-3 * YEAR)
    person.arrive()
    person.time_passes(3)
    person.follow()


@in_chromium(
    GROUP,
    "reads for one minute and follows a link; meanwhile the computer's clock is set forward by an hour",
    View(PRICES, MOVED_ON, 1),
    THEN_CONTACT,
)
def clock_set_forward(person: "Person") -> None:
    person.arrive()
    person.time_passes(1, wall=1 + HOUR)
    person.follow()


@in_chromium(
    GROUP,
    "reads for three minutes and follows a link; meanwhile the computer's clock is set back by an hour",
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
)
def clock_set_back(person: "Person") -> None:
    person.arrive()
    person.time_passes(3, wall=3 - HOUR)
    person.follow()


@in_chromium(
    GROUP,
    "reads for one minute, lets the computer sleep for an hour, and follows a link",
    View(PRICES, MOVED_ON, 1, in_view=0),
    THEN_CONTACT,
    note="where the browser's monotonic clock stands still in a sleeping computer",
)
def asleep(person: "Person") -> None:
    person.arrive()
    person.time_passes(1)
    person.time_passes(HOUR, monotonic=0)
    person.follow()


@in_chromium(
    GROUP,
    "reads for one minute, lets the computer sleep for an hour, and follows a link",
    View(PRICES, MOVED_ON, 1 + HOUR, in_view=0),
    THEN_CONTACT,
    read=1,
    note="where that clock goes on; the sleep is never time in view",
)
def asleep_with_the_clock_going(person: "Person") -> None:
    person.arrive()
    person.time_passes(1)
    person.time_passes(HOUR)
    person.follow()
