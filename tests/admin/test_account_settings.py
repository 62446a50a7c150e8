"""Wagtail's account page: how often and when a user is told, and who is told while they are away."""

from datetime import date, time

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import Pace, ReaderPreferences

from ..factories import ContactFactory
from .walking import browser_of, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
URL = "wagtailadmin_account"


@pytest.fixture
def user():
    return user_who_may("view_own_contact", first_name="Ewa", last_name="Nowak")


@pytest.fixture
def browser(user):
    return browser_of(user)


def page(browser):
    return BeautifulSoup(browser.get(reverse(URL)).content, "html.parser")


def fields_of(browser):
    """What the page would send as it is."""
    found = {}
    for field in page(browser).select("form input[name], form select[name], form textarea[name]"):
        if field.get("type") in ("checkbox", "radio"):
            if field.has_attr("checked"):
                found.setdefault(field["name"], []).append(field.get("value", "on"))
        elif field.name == "select":
            chosen = field.select_one("option[selected]")
            found[field["name"]] = chosen["value"] if chosen else ""
        elif field.get("type") != "file":
            found[field["name"]] = field.get("value", "")
    return found


def save(browser, **fields):
    return browser.post(reverse(URL), {**fields_of(browser), **fields})


def test_a_user_without_anything_to_do_with_alerts_is_asked_nothing():
    browser = browser_of(user_who_may())

    assert "visit_alerts" not in str(page(browser).select_one("form"))


def test_an_owner_of_contacts_without_permissions_is_asked():
    user = user_who_may()
    ContactFactory(owner=user)

    assert page(browser_of(user)).select("[name=visit_alerts_sending-pace]")


def test_pace_is_at_once_until_somebody_chooses_another(browser):
    assert fields_of(browser)["visit_alerts_sending-pace"] == ["at_once"]


def test_pace_hours_and_days_are_saved(browser, user):
    response = save(
        browser,
        **{
            "visit_alerts_sending-pace": "hourly",
            "visit_alerts_sending-hours_from": "08:30",
            "visit_alerts_sending-hours_until": "17:00",
            "visit_alerts_sending-days": ["1", "5"],
        },
    )

    assert response.status_code == 302
    preferences = ReaderPreferences.objects.get(user=user)
    assert preferences.pace == Pace.HOURLY
    assert (preferences.hours_from, preferences.hours_until) == (time(8, 30), time(17))
    assert preferences.days == [1, 5]


def test_absence_and_deputy_are_saved_beside_the_pace(browser, user):
    deputy = user_who_may("view_contact")

    save(
        browser,
        **{
            "visit_alerts_sending-pace": "daily",
            "visit_alerts_absence-away_from": "2026-12-01",
            "visit_alerts_absence-away_until": "2026-12-04",
            "visit_alerts_absence-deputy": deputy.pk,
        },
    )

    preferences = ReaderPreferences.objects.get(user=user)
    assert preferences.pace == Pace.DAILY
    assert (preferences.away_from, preferences.away_until) == (date(2026, 12, 1), date(2026, 12, 4))
    assert preferences.deputy == deputy
    assert ModelLogEntry.objects.filter(action="visit_alerts.set_absence", user=user).count() == 1


def test_what_was_saved_is_shown_again(browser, user):
    ReaderPreferences.objects.create(
        user=user, pace="hourly", hours_from=time(8), hours_until=time(9), days=[2]
    )

    fields = fields_of(browser)

    assert fields["visit_alerts_sending-pace"] == ["hourly"]
    assert fields["visit_alerts_sending-days"] == ["2"]
    assert fields["visit_alerts_sending-hours_from"] == "08:00"


def test_saving_the_page_unchanged_sets_no_absence(browser):
    response = save(browser)

    assert response.status_code == 302
    assert not ModelLogEntry.objects.filter(action="visit_alerts.set_absence").exists()


def test_one_time_without_the_other_is_refused(browser):
    response = save(browser, **{"visit_alerts_sending-hours_from": "08:00"})

    assert "Give both times" in response.content.decode()
    assert not ReaderPreferences.objects.exists()


def test_help_names_the_sites_sending_hours(browser, settings):
    settings.WAGTAIL_VISIT_ALERTS = {
        **settings.WAGTAIL_VISIT_ALERTS,
        "SENDING_HOURS": {"from": "07:00", "until": "18:00", "days": [1, 2]},
    }

    text = page(browser).get_text(" ")

    assert "from 7 a.m. until 6 p.m." in text
    assert "Monday, Tuesday" in text


def test_nobody_is_their_own_deputy(browser, user):
    user.user_permissions.set([])
    user.is_superuser = True
    user.save()

    response = save(browser, **{"visit_alerts_absence-deputy": user.pk})

    assert response.status_code == 200
    assert not ReaderPreferences.objects.exists()
