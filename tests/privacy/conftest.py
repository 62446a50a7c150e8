import pytest

from ..browsing import VirtualBrowser
from ..factories import ContactFactory
from ..visits.conftest import form_page, home, pricing  # noqa: F401 (fixtures)


@pytest.fixture
def browser():
    """A browser on the test site, without a cookie of ours."""
    return VirtualBrowser()


@pytest.fixture
def anna(db):
    return ContactFactory(name="Anna Nowak", email="anna.nowak@example.org", phone="+48 601 202 303")
