"""Default owners: who becomes the owner of a new contact, and the pages on which that is set."""

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from wagtail.models import ModelLogEntry, Site

from wagtail_visit_alerts import api
from wagtail_visit_alerts.models import Contact, DefaultOwner, Delivery

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, MonitoredPageFactory, UserFactory
from ..query_counting import counted_queries
from ..testapp.models import FormField, FormPage
from .walking import browser_of, user_who_may

pytestmark = pytest.mark.django_db

VIEWS = "wagtailsnippets_wagtail_visit_alerts_defaultowner"


@pytest.fixture
def site():
    return Site.objects.get(is_default_site=True)


@pytest.fixture
def form_page(home):
    page = home.add_child(instance=FormPage(title="Ask us", slug="ask-us"))
    FormField.objects.create(page=page, label="email", field_type="email", required=True)
    return page


@pytest.fixture
def manager():
    """A browser of somebody who may set default owners."""
    may = [f"{action}_defaultowner" for action in ("add", "change", "delete")]
    return browser_of(user_who_may(*may))


def submit(form_page, email="anna@example.org"):
    Client(headers={"User-Agent": USER_AGENT}).post(form_page.url, {"email": email})
    return Contact.objects.get(email=email)


def test_new_contact_of_a_form_page_gets_its_default_owner(form_page, site):
    DefaultOwner.objects.create(site=site, owner=UserFactory())
    of_page = DefaultOwner.objects.create(form_page=form_page, owner=UserFactory())

    assert submit(form_page).owner == of_page.owner


def test_new_contact_of_another_form_gets_the_one_of_the_site(form_page, site):
    of_site = DefaultOwner.objects.create(site=site, owner=UserFactory())

    assert submit(form_page).owner == of_site.owner
    request = RequestFactory(headers={"User-Agent": USER_AGENT}).post("/order/")
    assert api.identify_from_form(request, "jan@example.org", response=HttpResponse()).owner == of_site.owner


def test_form_page_whose_owner_has_no_active_account_falls_back_on_the_site(form_page, site):
    DefaultOwner.objects.create(form_page=form_page, owner=UserFactory(is_active=False))
    of_site = DefaultOwner.objects.create(site=site, owner=UserFactory())

    assert submit(form_page).owner == of_site.owner


def test_contact_that_was_there_keeps_having_no_owner(form_page, site):
    DefaultOwner.objects.create(site=site, owner=UserFactory())
    ContactFactory(email="anna@example.org", owner=None)

    assert submit(form_page).owner is None


def test_without_any_a_new_contact_has_no_owner(form_page):
    assert submit(form_page).owner is None


def test_sites_own_code_names_the_site(site):
    owner, other = UserFactory(), UserFactory()
    DefaultOwner.objects.create(site=site, owner=owner)

    assert api.save_contact("a@example.org", site=site, name="A").owner == owner
    assert api.save_contact("b@example.org", site=site, owner=other).owner == other
    assert api.save_contact("c@example.org").owner is None


def test_first_alert_about_a_new_contact_goes_to_the_default_owner(form_page):
    DefaultOwner.objects.create(form_page=form_page, owner=UserFactory(email="marta@example.com"))
    MonitoredPageFactory(path="/thanks/", alert__send_to_owner=True)
    browser = VirtualBrowser()
    browser.client.post(form_page.url, {"email": "anna@example.org"}, headers=browser.headers)

    browser.open("/thanks/")

    assert list(Delivery.objects.values_list("email", flat=True)) == ["marta@example.com"]


def test_known_contact_costs_no_look_for_a_default_owner(form_page):
    submit(form_page)

    with counted_queries() as queries:
        submit(form_page)

    assert not [sql for sql in queries if "defaultowner" in sql]


def test_they_are_listed_in_words_at_a_fixed_cost(manager, site, form_page):
    DefaultOwner.objects.create(site=site, owner=UserFactory(first_name="Marta", last_name="Kowalska"))
    DefaultOwner.objects.create(form_page=form_page, owner=UserFactory(username="gone", is_active=False))
    manager.get(reverse(f"{VIEWS}:list"))

    with counted_queries() as queries:
        html = manager.get(reverse(f"{VIEWS}:list")).content.decode()

    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("td")[1:]]
        for row in BeautifulSoup(html, "html.parser").select(".listing tbody tr")
    ]
    assert [(row[0].removesuffix(" Edit Delete"), *row[1:]) for row in rows] == [
        ("Ask us", "Form page", "gone: account switched off, so new contacts get no owner from here"),
        (str(site), "Site", "Marta Kowalska"),
    ]
    assert len(queries) <= 25


def test_empty_list_says_what_to_do(manager):
    html = manager.get(reverse(f"{VIEWS}:list")).content.decode()

    assert "new contacts have no owner" in html
    assert reverse(f"{VIEWS}:add") in html


def test_one_is_set_for_a_form_page_and_logged(manager, form_page):
    owner = UserFactory()

    manager.post(reverse(f"{VIEWS}:add"), {"site": "", "form_page": form_page.pk, "owner": owner.pk})

    made = DefaultOwner.objects.get()
    assert (made.form_page_id, made.owner) == (form_page.pk, owner)
    assert ModelLogEntry.objects.get(object_id=str(made.pk)).action == "wagtail.create"


@pytest.mark.parametrize("both", [True, False])
def test_site_or_form_page_and_not_both_nor_none(manager, site, form_page, both):
    given = {"site": site.pk, "form_page": form_page.pk} if both else {"site": "", "form_page": ""}

    html = manager.post(reverse(f"{VIEWS}:add"), {**given, "owner": UserFactory().pk}).content.decode()

    assert "Choose a site or a form page, one of the two." in html
    assert not DefaultOwner.objects.exists()


def test_second_one_for_a_site_is_refused(manager, site):
    DefaultOwner.objects.create(site=site, owner=UserFactory())

    manager.post(reverse(f"{VIEWS}:add"), {"site": site.pk, "form_page": "", "owner": UserFactory().pk})

    assert DefaultOwner.objects.count() == 1


def test_account_that_is_switched_off_can_not_be_chosen(manager, site):
    owner = UserFactory(is_active=False)

    manager.post(reverse(f"{VIEWS}:add"), {"site": site.pk, "form_page": "", "owner": owner.pk})

    assert not DefaultOwner.objects.exists()


def test_whoever_may_not_set_them_does_not_see_them():
    browser = browser_of(user_who_may("view_contact", "change_contact"))

    assert browser.get(reverse(f"{VIEWS}:list")).status_code == 302
    assert reverse(f"{VIEWS}:list") not in browser.get(reverse("wagtailadmin_home")).content.decode()
