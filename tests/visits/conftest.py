import pytest

from ..browsing import VirtualBrowser


@pytest.fixture
def browser(client):
    """A browser on the test site, without a cookie of ours."""
    return VirtualBrowser(client)
