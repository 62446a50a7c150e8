"""A test visit that is begun from a contact's page: who may, where it leads, what is shown of it."""

from datetime import UTC, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import Site

from wagtail_visit_alerts.models import PageView, TestVisit

from ..factories import ContactFactory
from ..test_trying import Tab
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna():
    return ContactFactory(name="Anna Nowak")


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def url_of(contact, name="visit_as"):
    return reverse(f"{CONTACTS}:{name}", args=[contact.pk])


def begin(browser, contact, page):
    return browser.post(url_of(contact), {"page": page.pk})


def test_page_of_the_contact_leads_to_it(browser, anna):
    html = browser.get(url_of(anna, "inspect")).content.decode()

    assert url_of(anna) in html


def test_it_begins_on_the_start_page_unless_another_is_chosen(browser, anna, home):
    soup = BeautifulSoup(browser.get(url_of(anna)).content, "html.parser")

    assert soup.select_one("input[name=page]")["value"] == str(home.pk)


def test_beginning_leads_to_the_page_with_a_token(browser, editor, anna, price_list):
    response = begin(browser, anna, price_list)

    [test_visit] = TestVisit.objects.all()
    assert response.status_code == 302
    assert response.url.startswith("/price-list/?va=test.")
    assert (test_visit.tester, test_visit.contact, test_visit.alert_data) == (editor, anna, None)


def test_what_came_of_each_page_is_shown_to_whoever_began_it(browser, anna, price_list):
    site = Site.objects.get(is_default_site=True)
    site.hostname = "testserver"
    site.save()
    begin(browser, anna, price_list)
    Tab(TestVisit.objects.get()).open("/price-list/")

    page, part = (
        browser.get(url_of(anna, name)).content.decode() for name in ("visit_as", "visit_as_findings")
    )
    of_another = browser_of(user_who_may("add_alert", "view_contact")).get(url_of(anna)).content.decode()

    for html in (page, part):
        assert "Test visit as Anna Nowak" in html
        assert "No alert that is on, and that you may see, watches this page." in html
    assert "Test visit as Anna Nowak" not in of_another
    assert "<html" not in part
    assert not PageView.objects.exists()


@pytest.mark.parametrize("chosen", ["", "4711", "nonsense"])
def test_page_that_can_not_be_chosen_is_said_to_be(browser, anna, chosen):
    response = browser.post(url_of(anna), {"page": chosen})

    assert response.status_code == 200
    assert response.context["form"].errors["page"]
    assert not TestVisit.objects.exists()


def test_page_that_is_not_live_is_refused(browser, anna, price_list):
    price_list.unpublish()

    assert "This page is not live" in begin(browser, anna, price_list).content.decode()


@pytest.mark.parametrize(
    "permissions", [["view_contact"], ["add_alert"], ["add_alert", "view_own_contact"]], ids=str
)
@pytest.mark.parametrize("name", ["visit_as", "visit_as_findings"])
def test_only_who_may_view_the_contact_and_add_alerts_may(anna, home, permissions, name):
    browser = browser_of(user_who_may(*permissions))

    assert browser.get(url_of(anna, name)).status_code == 302
    assert begin(browser, anna, home).status_code == 302
    assert not TestVisit.objects.exists()


def test_salesperson_visits_as_their_own_contact(home):
    salesperson = user_who_may("add_alert", "view_own_contact")
    own = ContactFactory(owner=salesperson)

    begin(browser_of(salesperson), own, home)

    assert TestVisit.objects.get().contact == own


def test_whoever_may_not_is_not_led_there(anna):
    assert (
        url_of(anna)
        not in browser_of(user_who_may("view_contact")).get(url_of(anna, "inspect")).content.decode()
    )
