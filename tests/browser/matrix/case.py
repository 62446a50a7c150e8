"""Case: one thing that a person does, and what must come of it; ``case`` declares one above the steps it consists of.

Every person in it is a contact of their own. Two alerts are about them: "Opened" is raised when they enter the price
list, "Read" when they move on from it after two minutes or more. What they do has its own words in ``does``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .person import Person

CHROMIUM, FIREFOX, WEBKIT = "Chromium", "Firefox", "WebKit"
ENGINES = (CHROMIUM, FIREFOX, WEBKIT)

PRICES, CONTACT, BLOG = "/pricing/", "/contact/", "/blog/"
#: How the table calls the pages.
NAMES = {PRICES: "price list", CONTACT: "contact page", BLOG: "blog"}

MOVED_ON, LEFT, CLOSED, OPEN = "moved on", "left", "closed", "open"

SERVER_ONLY, SCRIPT_ONLY = "server", "script"

#: Minutes until a page view counts as closed whose end nobody has reported, and a few.
A_DAY = 25 * 60


@dataclass(frozen=True)
class View:
    """A page view that must be there: its page, what became of it, and in minutes its dwell time if it has one.

    The dwell time that is recorded may be longer by what the person's own steps take, and no longer; so may the
    time ``in_view``, if that is given. ``tab`` tells the tabs apart, ``seen_by`` who has reported it.
    """

    page: str
    ending: str
    dwell: float | None = None
    tab: int = 1
    in_view: float | None = None
    seen_by: str | None = None


@dataclass(frozen=True)
class Case:
    """What is declared of a case. ``later``: minutes after the last step at which the page views are looked at."""

    name: str
    group: str
    does: str
    views: tuple[View, ...]
    read: int
    opened: int
    engines: tuple[str, ...]
    later: float
    note: str
    needs: str
    steps: "Callable[[Person], None]" = field(repr=False)


#: All cases in the order in which they are declared.
CASES: list[Case] = []


def case(
    group: str,
    does: str,
    *views: View,
    read: int = 0,
    opened: int = 1,
    engines: tuple[str, ...] = ENGINES,
    later: float = 0,
    note: str = "",
    needs: str = "",
) -> "Callable[[Callable[[Person], None]], Callable[[Person], None]]":
    """Declare the case whose steps follow; ``read`` and ``opened``: how often the two alerts must be raised.

    ``needs``: a piece of the machine that ``tests/conftest.py`` knows.
    """

    def declare(steps: "Callable[[Person], None]") -> "Callable[[Person], None]":
        name = steps.__name__
        CASES.append(Case(name, group, does, views, read, opened, engines, later, note, needs, steps))
        return steps

    return declare
