"""Cases: the page changes without another one being loaded, on a site that has set SINGLE_PAGE."""

from typing import TYPE_CHECKING

from .case import CONTACT, MOVED_ON, OPEN, PRICES, View, case

if TYPE_CHECKING:
    from .person import Person

GROUP = "Without loading a page (SINGLE_PAGE)"
THREE_MINUTES, THEN_CONTACT = View(PRICES, MOVED_ON, 3), View(CONTACT, OPEN)


@case(
    GROUP,
    "reads for three minutes and moves on inside the page (pushState)",
    THREE_MINUTES,
    THEN_CONTACT,
    read=1,
)
def pushed_address(person: "Person") -> None:
    person.wire.rewrite = as_single_page
    person.arrive()
    person.time_passes(3)
    person.change_address("pushState", CONTACT)


@case(
    GROUP,
    "moves to the page inside another one, reads for three minutes and goes back (popstate)",
    View(CONTACT, MOVED_ON, 0),
    THREE_MINUTES,
    THEN_CONTACT,
    read=1,
)
def back_inside_the_page(person: "Person") -> None:
    person.wire.rewrite = as_single_page
    person.arrive(CONTACT)
    person.change_address("pushState", PRICES)
    person.time_passes(3)
    person.back(CONTACT)


@case(
    GROUP,
    "reads for three minutes, jumps to a heading (#), and moves on inside the page",
    THREE_MINUTES,
    THEN_CONTACT,
    read=1,
    note="a hash is no other page",
)
def hash_alone(person: "Person") -> None:
    person.wire.rewrite = as_single_page
    person.arrive()
    person.time_passes(3)
    person.run("location.hash = 'list'")
    person.change_address("pushState", CONTACT)


@case(
    GROUP,
    "reads for three minutes and follows a link that htmx turns into a swap (hx-boost)",
    THREE_MINUTES,
    THEN_CONTACT,
    read=1,
)
def htmx_boost(person: "Person") -> None:
    person.wire.rewrite = as_boosted
    person.arrive()
    person.time_passes(3)
    loaded_at = person.run("return performance.timeOrigin")
    person.follow()
    assert person.run("return performance.timeOrigin") == loaded_at


def as_single_page(html: bytes) -> bytes:
    """The page as the tag makes it where SINGLE_PAGE is set."""
    script = b'<script src="/static/wagtail_visit_alerts/page-view-single.js" defer></script>'
    return html.replace(b"</head>", script + b"</head>", 1)


def as_boosted(html: bytes) -> bytes:
    """The page of a site that uses htmx for its links."""
    html = as_single_page(html).replace(
        b"</head>", b'<script src="/vendored/htmx.min.js" defer></script></head>', 1
    )
    return html.replace(b"<body", b'<body hx-boost="true"', 1)
