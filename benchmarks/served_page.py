"""What does the page-serve hook cost a page, for visitors with and without our cookie?

The second figure has the writing after the response in it, for which no visitor waits. The queries of the first are
Wagtail's own.
"""

from collections.abc import Iterator

from django.test import Client
from wagtail.models import Page, Site

from benchmarks.figures import Figure, figure
from tests.browsing import USER_AGENT, VirtualBrowser
from tests.factories import ContactFactory
from tests.testapp.models import ContentPage


def measure() -> Iterator[Figure]:
    """Yield a figure for each kind of visitor."""
    home = Page.objects.get(pk=Site.objects.get(is_default_site=True).root_page_id)
    home.add_child(instance=ContentPage(title="About", slug="about"))
    yield figure("page served without our cookie", lambda: fetch(Client()))
    contact = VirtualBrowser()
    contact.open("/", contact=ContactFactory())
    yield figure("page served to a contact", lambda: fetch(contact.client))


def fetch(client: Client) -> None:
    """Ask for the page."""
    client.get("/about/", headers={"User-Agent": USER_AGENT})
