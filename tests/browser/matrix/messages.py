"""Cases: the site's page script, and the network between it and the site."""

from functools import partial
from typing import TYPE_CHECKING

from .case import A_DAY, BLOG, CHROMIUM, CLOSED, CONTACT, MOVED_ON, OPEN, PRICES, View, case

if TYPE_CHECKING:
    from .front import Message
    from .person import Person

GROUP = "Script and network"
#: What becomes of a message on its way does not depend on the engine.
in_chromium = partial(case, engines=(CHROMIUM,))
BLOG_FIRST, THEN_CONTACT = View(BLOG, MOVED_ON, 1), View(CONTACT, OPEN)


def entry_of_prices(message: "Message") -> bool:
    return message.is_entry_of(PRICES)


def end(message: "Message") -> bool:
    return message.body.get("type") == "end"


@in_chromium(
    GROUP,
    "reads for three minutes a page that has the tag three times by mistake, and follows a link",
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
)
def three_tags(person: "Person") -> None:
    person.wire.rewrite = lambda html: _thrice(html)
    person.arrive()
    person.time_passes(3)
    person.follow()


def _thrice(html: bytes) -> bytes:
    before, script, rest = html.partition(b'<script src="/static/wagtail_visit_alerts/page-view')
    tag, closing, after = rest.partition(b"</script>")
    return before + (script + tag + closing) * 3 + after


@in_chromium(
    GROUP,
    "reads for three minutes and follows a link; the entry's message is lost",
    BLOG_FIRST,
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
    note="the next message brings it along; the server had noted the page when it was served",
)
def lost_entry(person: "Person") -> None:
    person.arrive(BLOG)
    person.time_passes(1)
    person.wire.fault = lambda message: "lose" if entry_of_prices(message) else None
    person.follow_unheard(PRICES)
    person.time_passes(3)
    person.follow(CONTACT)


@in_chromium(
    GROUP,
    "reads for three minutes and closes the tab; the entry's message is lost",
    View(BLOG, OPEN),
    opened=0,
    later=3,
    note="nothing tells that the page was shown",
)
def lost_entry_and_closed(person: "Person") -> None:
    person.arrive(BLOG)
    person.time_passes(1)
    person.wire.fault = lambda message: "lose" if not message.is_entry_of(BLOG) else None
    person.follow_unheard(PRICES)
    person.time_passes(3)
    person.close_tab()


@in_chromium(
    GROUP,
    "reads for three minutes and follows a link; the end's message is lost",
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
)
def lost_end(person: "Person") -> None:
    person.wire.fault = lambda message: "lose" if end(message) else None
    person.arrive()
    person.time_passes(3)
    person.follow()


@in_chromium(
    GROUP,
    "reads for three minutes and follows a link; the network is so slow that the entry arrives after the next page's",
    BLOG_FIRST,
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
)
def late_entry(person: "Person") -> None:
    person.arrive(BLOG)
    person.time_passes(1)
    person.wire.fault = lambda message: "hold" if entry_of_prices(message) else None
    person.follow_unheard(PRICES)
    person.time_passes(3)
    person.follow(CONTACT)
    person.wire.release()


@in_chromium(
    GROUP,
    "reads for three minutes and follows a link; every message arrives twice",
    View(PRICES, MOVED_ON, 3),
    THEN_CONTACT,
    read=1,
)
def repeated_messages(person: "Person") -> None:
    person.wire.fault = lambda message: "repeat"
    person.arrive()
    person.time_passes(3)
    person.follow()


@in_chromium(
    GROUP,
    "reads three pages; their messages arrive in reverse order",
    View(BLOG, MOVED_ON, 1),
    View(PRICES, MOVED_ON, 3),
    View(CONTACT, CLOSED),
    read=1,
    later=A_DAY,
)
def reversed_messages(person: "Person") -> None:
    person.arrive(BLOG)
    person.time_passes(1)
    person.wire.fault = lambda message: "hold"
    person.follow_unheard(PRICES)
    person.time_passes(3)
    person.follow_unheard(CONTACT)
    person.close_tab()
    person.wire.release(reverse=True)
