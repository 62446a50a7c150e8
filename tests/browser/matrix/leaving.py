"""Cases: the page is left, and no page of the site follows it in the same tab, or not soon."""

from typing import TYPE_CHECKING

from .case import A_DAY, CHROMIUM, CLOSED, CONTACT, LEFT, MOVED_ON, OPEN, PRICES, WEBKIT, View, case

if TYPE_CHECKING:
    from .person import Person

GROUP = "Leaving"
JUST_CLOSED = View(PRICES, CLOSED)


@case(
    GROUP,
    "reads for three minutes and closes the tab",
    JUST_CLOSED,
    later=A_DAY,
    note="known after half an hour, or after a day where the browser did not get to say it",
)
def closed_tab(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.close_tab()


@case(
    GROUP,
    "reads for three minutes, closes the tab and opens another page of the site in a new one",
    JUST_CLOSED,
    View(CONTACT, CLOSED, tab=2),
    later=A_DAY,
)
def closed_tab_and_new_one(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.close_tab()
    person.open_tab()
    person.type_address(CONTACT)


@case(GROUP, "reads for three minutes and closes the window", JUST_CLOSED, later=A_DAY)
def closed_window(person: "Person") -> None:
    person.open_window()
    person.arrive()
    person.time_passes(3)
    person.close_tab()


@case(
    GROUP,
    "reads for three minutes and goes to another site",
    JUST_CLOSED,
    later=A_DAY,
    note="known after half an hour, or after a day where the browser did not get to say it",
)
def another_site(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.go_elsewhere()


@case(
    GROUP,
    "reads for three minutes, goes to another site, and types an address of this one after a minute",
    View(PRICES, LEFT),
    View(CONTACT, OPEN),
    engines=(CHROMIUM, WEBKIT),
    note="Firefox may forget on the way that the page was left",
)
def another_site_for_a_minute(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.go_elsewhere()
    person.time_passes(1)
    person.type_address(CONTACT)


@case(
    GROUP,
    "reads for three minutes, goes to another site, and goes back to the page after a minute",
    View(PRICES, LEFT),
    View(PRICES, OPEN),
    opened=2,
    engines=(CHROMIUM, WEBKIT),
    note="Firefox may forget on the way back that the page was left: it is closed after a day then",
)
def another_site_and_back_after_a_minute(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.go_elsewhere()
    person.time_passes(1)
    person.back(PRICES)


@case(
    GROUP,
    "reads for three minutes, goes to another site, and types an address of this one at once",
    View(PRICES, MOVED_ON, 3),
    View(CONTACT, OPEN),
    read=1,
    engines=(CHROMIUM, WEBKIT),
    note="within 30 seconds: as good as going on. Firefox may forget on the way that the page was left",
)
def another_site_for_seconds(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.go_elsewhere()
    person.type_address(CONTACT)


@case(
    GROUP,
    "reads for three minutes, and the tab crashes; they open another page of the site",
    View(PRICES, CLOSED),
    View(CONTACT, CLOSED, tab=2),
    later=A_DAY,
    engines=(CHROMIUM,),
    note="nobody reported the end: closed a day after it was opened",
)
def crashed_tab(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.crash()
    person.open_tab()
    person.type_address(CONTACT)


@case(GROUP, "reads for three minutes and closes the browser", JUST_CLOSED, later=A_DAY)
def closed_browser(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.engine.close()


@case(
    GROUP,
    "reads for three minutes, and the computer is switched off",
    JUST_CLOSED,
    later=A_DAY,
)
def killed_browser(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.engine.kill()
