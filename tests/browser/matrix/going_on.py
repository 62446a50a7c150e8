"""Cases: from page to page in the same tab."""

from typing import TYPE_CHECKING

from .case import BLOG, CHROMIUM, CONTACT, FIREFOX, MOVED_ON, OPEN, PRICES, View, case

if TYPE_CHECKING:
    from .person import Person

GROUP = "In the same tab"
THREE_MINUTES = View(PRICES, MOVED_ON, 3)


@case(GROUP, "reads for three minutes and follows a link", THREE_MINUTES, View(CONTACT, OPEN), read=1)
def link(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.follow()


@case(GROUP, "reads for one minute and follows a link", View(PRICES, MOVED_ON, 1), View(CONTACT, OPEN))
def link_too_early(person: "Person") -> None:
    person.arrive()
    person.time_passes(1)
    person.follow()


@case(GROUP, "reads for three minutes and types another address", THREE_MINUTES, View(CONTACT, OPEN), read=1)
def typed_address(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.type_address(CONTACT)


@case(GROUP, "reads for three minutes and reloads", View(PRICES, OPEN), note="the same page view goes on")
def reload(person: "Person") -> None:
    person.arrive()
    person.time_passes(3)
    person.reload()


@case(
    GROUP,
    "reads for one minute, reloads, reads for two minutes and follows a link",
    THREE_MINUTES,
    View(CONTACT, OPEN),
    read=1,
)
def reload_then_link(person: "Person") -> None:
    person.arrive()
    person.time_passes(1)
    person.reload()
    person.time_passes(2)
    person.follow()


@case(
    GROUP,
    "reads for three minutes and goes back to a page that the browser has kept in memory",
    View(CONTACT, MOVED_ON, 1),
    THREE_MINUTES,
    View(CONTACT, OPEN),
    read=1,
)
def back_to_a_kept_page(person: "Person") -> None:
    person.arrive(CONTACT)
    person.time_passes(1)
    person.follow(PRICES)
    person.time_passes(3)
    person.back(CONTACT, kept_in_memory=True)


@case(
    GROUP,
    "reads for three minutes and goes back to a page that must be loaded again",
    View(CONTACT, MOVED_ON, 1),
    THREE_MINUTES,
    View(CONTACT, OPEN),
    read=1,
    engines=(CHROMIUM, FIREFOX),
    note="WebKit keeps every page in memory",
)
def back_to_a_loaded_page(person: "Person") -> None:
    person.wire.is_never_kept = True
    person.arrive(CONTACT)
    person.time_passes(1)
    person.follow(PRICES)
    person.time_passes(3)
    person.back(CONTACT, kept_in_memory=False)


@case(
    GROUP,
    "reads for three minutes, goes back, and at once forward again",
    View(BLOG, MOVED_ON, 0),
    THREE_MINUTES,
    View(BLOG, MOVED_ON, 0),
    View(PRICES, OPEN),
    read=1,
    opened=2,
)
def back_and_forward(person: "Person") -> None:
    person.arrive(BLOG)
    person.follow(PRICES)
    person.time_passes(3)
    person.back(BLOG)
    person.back(PRICES, steps=1)
