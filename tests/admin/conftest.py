import pytest
from wagtail.models import Page, Site

from ..delivering.channels.conftest import receiver  # noqa: F401 (a fixture)
from ..testapp.models import ContentPage
from .walking import Walk, user_who_may


@pytest.fixture
def editor(db):
    """An editor who may do everything with alerts and view any contact."""
    return user_who_may(
        "add_alert",
        "change_alert",
        "delete_alert",
        "view_alert",
        "view_contact",
        username="ewa",
        email="ewa@example.com",
    )


@pytest.fixture
def walk(editor):
    """A run of the wizard that makes a new alert."""
    return Walk(editor)


@pytest.fixture
def home(db):
    return Page.objects.get(pk=Site.objects.get(is_default_site=True).root_page_id)


@pytest.fixture
def price_list(home):
    return home.add_child(instance=ContentPage(title="Price list", slug="price-list"))
