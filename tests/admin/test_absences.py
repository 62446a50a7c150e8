"""The screen "Absences": who may open it, what it says of each owner of contacts, and its form, at what cost."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import ReaderPreferences

from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries
from .walking import browser_of, user_who_may

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
#: Design section 6.
MOST_QUERIES = 25


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def manager():
    return user_who_may("view_contact", "change_contact")


@pytest.fixture
def browser(manager):
    return browser_of(manager)


@pytest.fixture
def owner():
    """A salesperson who can't enter the admin."""
    user = UserFactory(username="marta")
    ContactFactory(owner=user)
    return user


@pytest.fixture
def deputy():
    return user_who_may("view_contact", username="jan")


def rows(browser, **params):
    """What the list says of each owner: name -> absence, who is told instead, deputy."""
    response = browser.get(reverse("visit_alerts_absences:index"), params)
    assert response.status_code == 200
    table = BeautifulSoup(response.content, "html.parser").select("#listing-results tbody tr")
    cells = [[" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in table]
    return {name: tuple(rest) for name, *rest in cells}


def save(browser, user, **fields):
    return browser.post(reverse("visit_alerts_absences:edit", args=[user.pk]), fields)


@pytest.mark.parametrize(
    "permissions",
    [
        [],
        ["view_contact"],
        ["change_contact", "view_own_contact"],
        ["add_alert", "change_alert"],
    ],
)
def test_absences_are_closed_for_who_may_not_change_any_contact(permissions, owner):
    browser = browser_of(user_who_may(*permissions))

    for url in (
        reverse("visit_alerts_absences:index"),
        reverse("visit_alerts_absences:index_results"),
        reverse("visit_alerts_absences:edit", args=[owner.pk]),
    ):
        assert browser.get(url).status_code == 302
    save(browser, owner, away_from="2026-11-24")
    assert not ReaderPreferences.objects.exists()
    assert reverse("visit_alerts_absences:index") not in browser.get("/admin/").content.decode()


def test_menu_leads_to_absences(browser):
    assert reverse("visit_alerts_absences:index") in browser.get("/admin/").content.decode()


def test_list_names_owners_of_contacts_and_nobody_else(browser, owner):
    UserFactory(username="reader")

    assert rows(browser) == {"marta": ("not away", "", "")}


def test_list_without_owners_leads_to_where_they_are_assigned(browser):
    html = browser.get(reverse("visit_alerts_absences:index")).content.decode()

    assert "Give contacts an owner" in html


def test_list_says_who_is_away_and_who_is_told_instead(browser, owner, deputy):
    ReaderPreferences.objects.create(user=owner, away_from=TODAY, away_until=date(2026, 11, 30), deputy=deputy)

    absence, told, chosen = rows(browser)["marta"]

    assert absence.startswith("away until")
    assert "30" in absence
    assert (told, chosen) == ("jan", "jan")


def test_list_says_that_an_absence_lies_ahead(browser, owner, deputy):
    ReaderPreferences.objects.create(user=owner, away_from=date(2026, 12, 1), deputy=deputy)

    absence, told, _chosen = rows(browser)["marta"]

    assert absence.startswith("away from")
    assert told == ""


def test_absence_that_is_over_is_not_told(browser, owner):
    ReaderPreferences.objects.create(user=owner, away_from=date(2026, 11, 1), away_until=date(2026, 11, 23))

    assert rows(browser)["marta"] == ("not away", "", "")


def test_list_names_the_deputys_deputy_where_both_are_away(browser, owner, deputy):
    third = user_who_may("view_contact", username="ewa")
    ReaderPreferences.objects.create(user=owner, away_from=TODAY, deputy=deputy)
    ReaderPreferences.objects.create(user=deputy, away_from=TODAY, deputy=third)

    assert rows(browser)["marta"][1] == "ewa"


def test_list_says_that_nobody_stands_in_for_who_is_away(browser, owner):
    ReaderPreferences.objects.create(user=owner, away_from=TODAY)

    assert "fallback" in rows(browser)["marta"][1]


def test_deputy_who_may_not_view_contacts_any_more_does_not_stand_in(browser, owner, deputy):
    ReaderPreferences.objects.create(user=owner, away_from=TODAY, deputy=deputy)
    deputy.user_permissions.clear()

    assert "fallback" in rows(browser)["marta"][1]


def test_list_says_that_an_owners_account_is_switched_off(browser, owner):
    owner.is_active = False
    owner.save()

    absence, told, _chosen = rows(browser)["marta"]

    assert absence == "account switched off"
    assert "fallback" in told


def test_owners_are_searched_by_name(browser, owner):
    ContactFactory(owner__username="tomasz")

    assert set(rows(browser, q="mart")) == {"marta"}


def test_absence_is_set_for_a_user_without_admin_access(browser, manager, owner, deputy):
    response = save(browser, owner, away_from="2026-11-24", away_until="2026-11-30", deputy=deputy.pk)

    assert response.status_code == 302
    preferences = ReaderPreferences.objects.get(user=owner)
    assert (preferences.away_from, preferences.away_until) == (TODAY, date(2026, 11, 30))
    assert preferences.deputy == deputy
    entry = ModelLogEntry.objects.get(action="visit_alerts.set_absence")
    assert (entry.object_id, entry.user) == (str(owner.pk), manager)


def test_absence_leaves_the_users_other_preferences(browser, owner):
    ReaderPreferences.objects.create(user=owner, pace="daily", days=[1, 2])

    save(browser, owner, away_from="2026-11-24")

    preferences = ReaderPreferences.objects.get(user=owner)
    assert (preferences.pace, preferences.days, preferences.away_from) == ("daily", [1, 2], TODAY)


def test_absence_is_ended_by_emptying_it(browser, owner, deputy):
    ReaderPreferences.objects.create(user=owner, away_from=TODAY, deputy=deputy)

    save(browser, owner)

    preferences = ReaderPreferences.objects.get(user=owner)
    assert (preferences.has_absence, preferences.deputy) == (False, None)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"away_from": "2026-11-24", "away_until": "2026-11-23"}, "before the first one"),
        ({"away_until": "2026-11-23"}, "first day away as well"),
    ],
)
def test_absence_that_makes_no_sense_is_refused(browser, owner, fields, error):
    response = save(browser, owner, **fields)

    assert error in response.content.decode()
    assert not ReaderPreferences.objects.exists()


@pytest.mark.parametrize("kind", ["the owner", "without permission", "switched off", "without address"])
def test_deputy_who_could_not_be_told_is_refused(browser, owner, kind):
    deputy = {
        "the owner": lambda: owner,
        "without permission": UserFactory,
        "switched off": lambda: user_who_may("view_contact", is_active=False),
        "without address": lambda: user_who_may("view_contact", email=""),
    }[kind]()

    response = save(browser, owner, deputy=deputy.pk)

    assert response.status_code == 200
    assert not ReaderPreferences.objects.exists()


def test_absence_of_somebody_who_owns_no_contacts_is_not_there(browser):
    url = reverse("visit_alerts_absences:edit", args=[UserFactory().pk])

    assert browser.get(url).status_code == 404


def test_form_says_of_whom_it_is(browser, owner):
    page = browser.get(reverse("visit_alerts_absences:edit", args=[owner.pk])).content.decode()

    assert "marta" in page


def test_list_costs_the_same_however_many_are_away(browser, deputy):
    for number in range(12):
        user = UserFactory(username=f"owner{number}")
        ContactFactory(owner=user)
        ReaderPreferences.objects.create(user=user, away_from=TODAY, deputy=deputy)
    rows(browser)

    with counted_queries() as queries:
        assert len(rows(browser)) == 12

    assert len(queries) <= MOST_QUERIES
