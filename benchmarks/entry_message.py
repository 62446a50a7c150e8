"""What does an entry message of the beacon cost, from the request to the answer?"""

from collections.abc import Callable, Iterator
from itertools import cycle

from benchmarks.figures import Figure, figure
from tests.browsing import VirtualBrowser
from tests.factories import ContactFactory, MonitoredPageFactory

#: So many that none sends more than the endpoint takes of one browser.
BROWSERS = 10


def measure() -> Iterator[Figure]:
    """Yield a figure for each kind of browser."""
    MonitoredPageFactory(path="/elsewhere/")
    MonitoredPageFactory(path="/pricing/", alert__cap_times=1)
    contacts = [ContactFactory() for _number in range(BROWSERS)]
    yield figure("entry of an unknown visitor", moving_on([VirtualBrowser() for _ in contacts], "/about/"))
    yield figure("entry of a contact, nothing raised", moving_on(known(contacts), "/about/"))
    yield figure("entry of a contact, alert held back by the cap", moving_on(known(contacts), "/pricing/"))
    bots = [VirtualBrowser(**{"User-Agent": "Mozilla/5.0 HeadlessChrome/156.0"}) for _ in contacts]
    yield figure("entry of a browser that is not recorded", moving_on(bots, "/about/"))


def known(contacts: list) -> list[VirtualBrowser]:
    """A browser of each contact."""
    browsers = []
    for contact in contacts:
        browsers.append(VirtualBrowser())
        browsers[-1].open("/", contact=contact)
    return browsers


def moving_on(browsers: list[VirtualBrowser], url: str) -> Callable[[], object]:
    """Let one browser after the other enter a page, by a link in the same tab."""
    turns = cycle(browsers)
    return lambda: next(turns).open(url, after_ms=1000)
