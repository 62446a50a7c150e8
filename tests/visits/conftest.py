import pytest
from wagtail.models import Page, Site

from ..browsing import VirtualBrowser
from ..testapp.models import ContentPage, FormPage


@pytest.fixture
def browser():
    """A browser on the test site, without a cookie of ours."""
    return VirtualBrowser()


@pytest.fixture
def home(db):
    site = Site.objects.get(is_default_site=True)
    return Page.objects.get(pk=site.root_page_id)


@pytest.fixture
def pricing(home):
    return home.add_child(instance=ContentPage(title="Price list", slug="pricing"))


@pytest.fixture
def form_page(home):
    page = home.add_child(instance=FormPage(title="Contact us", slug="contact"))
    for label, field_type in (("Your name", "singleline"), ("Email", "email"), ("Company", "singleline")):
        page.form_fields.create(label=label, field_type=field_type, required=field_type == "email")
    page.save()
    return page
