"""Cases: new tabs, several tabs."""

from typing import TYPE_CHECKING

from .case import CHROMIUM, CONTACT, FIREFOX, MOVED_ON, OPEN, PRICES, View, case

if TYPE_CHECKING:
    from .person import Person

GROUP = "In several tabs"
STAYS_OPEN, IN_ANOTHER_TAB = View(PRICES, OPEN), View(CONTACT, OPEN, tab=2)


@case(GROUP, "reads for three minutes and follows a link into a new tab", STAYS_OPEN, IN_ANOTHER_TAB)
def link_to_a_new_tab(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    with person.wire.entry_of(CONTACT), person.new_tab():
        person.click(person.link_to(CONTACT, target="_blank"))


@case(
    GROUP,
    "the same, where the new tab gets a copy of the first one's storage (rel=opener)",
    STAYS_OPEN,
    IN_ANOTHER_TAB,
)
def link_to_a_new_tab_with_opener(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    with person.wire.entry_of(CONTACT), person.new_tab():
        person.click(person.link_to(CONTACT, target="_blank", rel="opener"))


@case(
    GROUP,
    "reads for three minutes, opens a link behind with the Ctrl key, and looks at it",
    STAYS_OPEN,
    IN_ANOTHER_TAB,
    engines=(CHROMIUM, FIREFOX),
    note="WebKit's driver does not pass the key on",
)
def ctrl_click(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    with person.wire.entry_of(CONTACT), person.new_tab():
        person.ctrl_click(CONTACT)


@case(
    GROUP,
    "reads for three minutes, duplicates the tab, and follows a link in the copy",
    STAYS_OPEN,
    View(PRICES, MOVED_ON, 0, tab=2),
    IN_ANOTHER_TAB,
    opened=2,
    engines=(CHROMIUM, FIREFOX),
    note="the copy is a page view of its own; WebKit's test browser can't duplicate tabs",
)
def duplicated_tab(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    with person.wire.entry_of(PRICES), person.new_tab():
        person.duplicate_tab()
    person.follow()


@case(
    GROUP,
    "has the price list open in two tabs, and follows a link in the one that is three minutes old",
    View(PRICES, MOVED_ON, 3),
    View(PRICES, OPEN, tab=2),
    View(CONTACT, OPEN),
    read=1,
    opened=2,
)
def two_tabs_on_one_page(person: "Person") -> None:
    person.arrive()
    first = person.tab
    person.time_passes(3)
    person.open_tab()
    person.type_address(PRICES)
    person.go_to_tab(first)
    person.follow()


@case(
    GROUP,
    "has the price list open in two tabs, and follows a link in the new one",
    View(PRICES, OPEN),
    View(PRICES, MOVED_ON, 0, tab=2),
    View(CONTACT, OPEN, tab=2),
    opened=2,
)
def two_tabs_and_the_new_one_goes_on(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.open_tab()
    person.type_address(PRICES)
    person.follow()
