"""On the site now: the page, the panel on Wagtail's home page, and the part that is asked for again and again."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from wagtail_visit_alerts.models import Contact, Method

from ..factories import ContactFactory, PageViewFactory, UserFactory, VisitorFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = reverse("visit_alerts_on_site:index")
LIVE = reverse("visit_alerts_on_site:live")
HOME = reverse("wagtailadmin_home")
PART = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def salesperson():
    return user_who_may("view_own_contact", username="marta")


@pytest.fixture
def manager():
    return user_who_may("view_contact", username="maria")


def comes(contact, *, minutes_ago=2, method=Method.LINK, **fields):
    """A contact enters a page."""
    entered = NOW - timedelta(minutes=minutes_ago)
    visitor = VisitorFactory(contact=contact, last_seen_at=entered, identified_by=method)
    return PageViewFactory(visitor=visitor, entered_at=entered, **fields)


def rows(user, url=PAGE):
    """The text of each row that the user is shown."""
    soup = BeautifulSoup(browser_of(user).get(url).content, "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in soup.select(".visit-alerts-on-site__row")]


@pytest.mark.parametrize("url", [PAGE, LIVE, HOME])
def test_contact_is_shown_with_page_times_owner_and_how_they_are_known(manager, home, url):
    page = home.add_child(instance=ContentPage(title="Price list", slug="price-list"))
    contact = ContactFactory(
        name="Anna Nowak", company="Acme", owner=UserFactory(first_name="Marta", last_name="Kowalska")
    )
    comes(contact, page=page)

    (row,) = rows(manager, url)

    assert row == (
        "Anna Nowak Acme Price list On this page since 12:58 p.m."
        " Owner: Marta Kowalska. Recognised by a link sent to them (less certain: a link can be passed on)."
    )


def test_row_leads_to_the_contact_and_to_the_page(manager):
    contact = ContactFactory()
    comes(contact)

    soup = BeautifulSoup(browser_of(manager).get(LIVE).content, "html.parser")

    assert [link["href"] for link in soup.select("li a")] == [
        reverse(f"{CONTACTS}:inspect", args=[contact.pk]),
        "http://testserver/pricing/",
    ]


def test_names_from_outside_are_text(manager):
    comes(ContactFactory(name="<script>alert(1)</script>\nNowak"))

    assert "&lt;script&gt;alert(1)&lt;/script&gt; Nowak" in browser_of(manager).get(LIVE).content.decode()


@pytest.mark.parametrize("url", [PAGE, LIVE, HOME])
def test_salesperson_sees_their_own_contacts_alone(salesperson, url):
    comes(ContactFactory(name="Mine", owner=salesperson))
    comes(ContactFactory(name="Theirs"))

    (row,) = rows(salesperson, url)

    assert row.startswith("Mine")


def test_own_contacts_come_first_and_are_marked_for_those_who_see_all(manager):
    comes(ContactFactory(name="Mine", owner=manager), minutes_ago=5)
    comes(ContactFactory(name="Theirs"), minutes_ago=1)

    assert [row.split(" http")[0].split(" testserver")[0] for row in rows(manager)] == ["Mine yours", "Theirs"]


def test_page_says_how_many_are_there_and_of_them_ones_own(manager):
    comes(ContactFactory(owner=manager))
    comes(ContactFactory())
    comes(ContactFactory(), minutes_ago=4, ended_at=NOW - timedelta(minutes=3))

    html = browser_of(manager).get(LIVE).content.decode()

    assert "2 contacts are on the site now." in html
    assert "1 is yours." in html
    assert "Left at 12:57 p.m." in html


def said_of_the_list(user):
    """What stands above the list."""
    soup = BeautifulSoup(browser_of(user).get(PAGE).content, "html.parser")
    return " ".join(soup.select_one(".visit-alerts-on-site__sum").get_text(" ").split())


def test_contacts_of_whom_there_is_no_sign_are_not_counted_as_being_there(manager):
    comes(ContactFactory(owner=manager), minutes_ago=2)
    comes(ContactFactory(owner=manager), minutes_ago=15)

    assert said_of_the_list(manager) == (
        "1 contact is on the site now. 1 more may be: there was no sign of them for 10 minutes. 2 are yours."
    )


def test_page_does_not_promise_that_anybody_is_there_where_there_is_no_sign(salesperson):
    comes(ContactFactory(owner=salesperson), minutes_ago=15)

    said = said_of_the_list(salesperson)

    assert said == "1 contact may be on the site: there was no sign of them for 10 minutes."


def test_empty_list_says_so_and_what_will_happen(salesperson):
    ContactFactory(owner=salesperson)

    said = said_of_the_list(salesperson)

    assert said.startswith("None of your contacts is on the site right now. Whoever comes is shown here")


def test_installation_without_contacts_says_how_there_come_to_be_some(manager, salesperson):
    soup = BeautifulSoup(browser_of(manager).get(PAGE).content, "html.parser")
    ContactFactory(owner=manager)

    assert soup.select_one(f".visit-alerts-on-site__sum a[href='{reverse(f'{CONTACTS}:list')}']")
    assert said_of_the_list(salesperson).startswith("You own no contacts yet.")


def test_panel_shows_the_first_few_and_the_way_to_all(manager):
    for _ in range(7):
        comes(ContactFactory())

    soup = BeautifulSoup(browser_of(manager).get(HOME).content, "html.parser")

    assert len(soup.select(".visit-alerts-on-site__row")) == 5
    assert soup.select_one(f".visit-alerts-on-site__more a[href='{PAGE}']")
    assert len(rows(manager, f"{LIVE}?panel=1")) == 5
    assert len(rows(manager, LIVE)) == 7


def test_nobody_sees_it_who_may_view_no_contacts():
    browser = browser_of(user_who_may("add_alert"))

    home = browser.get(HOME).content.decode()

    assert "visit-alerts-on-site" not in home
    assert PAGE not in home
    assert browser.get(PAGE).status_code == 302
    assert browser.get(LIVE, headers=PART).status_code == 403


def test_part_is_refused_to_whoever_is_logged_out():
    assert Client().get(LIVE, headers=PART).status_code == 403


def test_nothing_is_sent_again_until_something_changes(manager):
    contact = ContactFactory()
    page_view = comes(contact)
    browser = browser_of(manager)
    tag = browser.get(LIVE, headers=PART)["ETag"]

    same = browser.get(LIVE, headers={**PART, "If-None-Match": tag})
    page_view.ended_at = NOW - timedelta(minutes=1)
    page_view.save()
    changed = browser.get(LIVE, headers={**PART, "If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200
    assert b"Left at" in changed.content


def test_erased_contact_is_gone_at_once(manager):
    comes(ContactFactory())
    assert rows(manager, LIVE)

    Contact.objects.all().delete()

    assert rows(manager, LIVE) == []


@pytest.mark.parametrize("count", [1, 20])
def test_part_costs_one_query_beside_those_that_wagtail_makes_for_the_user(salesperson, count):
    for _ in range(count):
        comes(ContactFactory(owner=salesperson))
    browser = browser_of(salesperson)
    browser.get(LIVE)

    with counted_queries() as queries:
        browser.get(LIVE)

    assert len(queries) <= 6
    assert sum("_pageview" in query for query in queries) == 1


def test_how_often_is_asked_is_a_setting(manager, settings):
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "ON_SITE_SECONDS": 45}

    soup = BeautifulSoup(browser_of(manager).get(PAGE).content, "html.parser")

    part = soup.select_one("[data-controller='visit-alerts-on-site']")
    assert part["data-visit-alerts-on-site-seconds-value"] == "45"
    assert part["data-visit-alerts-on-site-url-value"] == LIVE


def test_without_scripts_a_link_looks_again(manager):
    soup = BeautifulSoup(browser_of(manager).get(PAGE).content, "html.parser")

    assert soup.select_one(".visit-alerts-on-site a[href='']").get_text(strip=True) == "Look again"
