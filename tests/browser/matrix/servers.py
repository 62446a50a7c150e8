"""Cases: the page comes out of a cache, or only the server sees it."""

from typing import TYPE_CHECKING

from .case import (
    A_DAY,
    CHROMIUM,
    CLOSED,
    CONTACT,
    MOVED_ON,
    OPEN,
    PRICES,
    SCRIPT_ONLY,
    SERVER_ONLY,
    View,
    case,
)

if TYPE_CHECKING:
    from .person import Person

GROUP = "Cache, or no script"


@case(
    GROUP,
    "reads for three minutes a page out of a full-page cache (nginx), and follows a link",
    View(CONTACT, MOVED_ON, 0),
    View(PRICES, MOVED_ON, 3, seen_by=SCRIPT_ONLY),
    View(CONTACT, OPEN),
    read=1,
    needs="nginx",
)
def full_page_cache(person: "Person") -> None:
    person.arrive(CONTACT)
    person.pages_come_from_cache(PRICES)
    person.follow(PRICES)
    person.wait_until_quiet()
    headers = person.wire.served_pages(PRICES)[-1]
    assert headers["X-Cache"] == "HIT"
    assert "Set-Cookie" not in headers
    person.time_passes(3)
    person.follow(CONTACT)


@case(
    GROUP,
    "blocks the script, reads for three minutes and follows a link",
    View(PRICES, MOVED_ON, 3, seen_by=SERVER_ONLY),
    View(CONTACT, OPEN, seen_by=SERVER_ONLY),
    read=1,
    later=2,
    note="seen by the server only, raised a minute late; if no script of theirs has run within a day",
)
def blocked_script(person: "Person") -> None:
    person.is_known_from_before()
    person.wire.blocks_script = True
    person.open_unreported(PRICES)
    person.time_passes(3)
    person.follow_unreported(CONTACT)


@case(
    GROUP,
    "has JavaScript switched off, reads for three minutes and follows a link",
    View(PRICES, MOVED_ON, 3, seen_by=SERVER_ONLY),
    View(CONTACT, OPEN, seen_by=SERVER_ONLY),
    read=1,
    later=2,
    engines=(CHROMIUM,),
)
def no_javascript(person: "Person") -> None:
    person.is_known_from_before()
    person.switch_javascript_off()
    person.open_unreported(PRICES)
    person.time_passes(3)
    person.follow_unreported(CONTACT)


@case(
    GROUP,
    "has JavaScript switched off, reads for three minutes and closes the tab",
    View(PRICES, CLOSED, seen_by=SERVER_ONLY),
    later=A_DAY,
    engines=(CHROMIUM,),
    note="closed after a day: nobody reports an end",
)
def no_javascript_and_closed(person: "Person") -> None:
    person.is_known_from_before()
    person.switch_javascript_off()
    person.open_unreported(PRICES)
    person.look_later(2)
    person.time_passes(1)
    person.close_tab()
