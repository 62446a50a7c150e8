"""Cases: a page that is not in view, or has not been yet."""

from typing import TYPE_CHECKING

from .case import CHROMIUM, CONTACT, MOVED_ON, OPEN, PRICES, View, case

if TYPE_CHECKING:
    from .person import Person

GROUP = "Not in view"
CONTACT_ONLY = View(CONTACT, OPEN)


@case(
    GROUP,
    "reads, puts the window away for three minutes, takes it out again and follows a link",
    View(PRICES, MOVED_ON, 3, in_view=0),
    View(CONTACT, OPEN),
    read=1,
    note="the dwell time counts, the time in view does not",
)
def hidden_for_minutes(person: "Person") -> None:
    person.arrive()
    person.hide()
    person.time_passes(3)
    person.show()
    person.follow()


@case(
    GROUP,
    "opens the page in a tab behind and never looks at it",
    CONTACT_ONLY,
    opened=0,
    later=3,
)
def tab_behind_never_seen(person: "Person") -> None:
    person.arrive(CONTACT)
    person.open_behind(PRICES)
    person.time_passes(3)


@case(
    GROUP,
    "lets the site's page be fetched ahead (prefetch), and does not follow the link",
    CONTACT_ONLY,
    opened=0,
    later=3,
    engines=(CHROMIUM,),
    note="only Chromium has speculation rules",
)
def prefetched_never_entered(person: "Person") -> None:
    person.arrive(CONTACT)
    person.speculate("prefetch", PRICES)
    person.time_passes(3)


@case(
    GROUP,
    "lets a page be fetched ahead, follows the link to it, reads for three minutes and goes on",
    View(CONTACT, MOVED_ON, 3),
    View(PRICES, MOVED_ON, 3),
    View(CONTACT, OPEN),
    read=1,
    engines=(CHROMIUM,),
)
def prefetched_and_entered(person: "Person") -> None:
    person.arrive(CONTACT)
    person.speculate("prefetch", PRICES)
    person.time_passes(3)
    person.follow(PRICES)
    person.time_passes(3)
    person.follow(CONTACT)


@case(
    GROUP,
    "lets a page be opened ahead (prerender), and does not follow the link",
    CONTACT_ONLY,
    opened=0,
    later=3,
    engines=(CHROMIUM,),
    note="only Chromium prerenders",
)
def prerendered_never_entered(person: "Person") -> None:
    person.arrive(CONTACT)
    person.speculate("prerender", PRICES)
    person.wait_until_prerendered()
    person.time_passes(3)


@case(
    GROUP,
    "lets a page be opened ahead, follows the link to it three minutes later, and goes on after one",
    View(CONTACT, MOVED_ON, 3),
    View(PRICES, MOVED_ON, 1),
    View(CONTACT, OPEN),
    engines=(CHROMIUM,),
    note="the time before it was entered does not count",
)
def prerendered_and_entered(person: "Person") -> None:
    person.arrive(CONTACT)
    person.speculate("prerender", PRICES)
    person.wait_until_prerendered()
    person.time_passes(3)
    person.follow(PRICES)
    assert person.run("return performance.getEntriesByType('navigation')[0].activationStart") > 0
    person.time_passes(1)
    person.follow(CONTACT)
