from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.log_actions import registry

from wagtail_visit_alerts.delivering import muting
from wagtail_visit_alerts.delivering.muting import Reader
from wagtail_visit_alerts.models import Mute

from ..factories import AlertFactory, ContactFactory, UserFactory
from ..query_counting import counted_queries
from .walking import ALERTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
OWN = "/admin/visit-alerts/mutes/"
NOW = datetime.now(UTC)


def mute(user=None, *, alert=None, contact=None, lasts=None, email="sales@example.com"):
    """A mute of a user, or of an address in CC."""
    alert = alert or AlertFactory(name="Price list")
    reader = Reader(user, user.email if user else email)
    return muting.mute(alert, contact=contact, reader=reader, lasts=lasts, now=NOW)


def rows(browser, url):
    """What the table of mutes says, row by row."""
    page = BeautifulSoup(browser.get(url).content, "html.parser")
    table = page.select_one("#mutes table, table.listing")
    if table is None:
        return []
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in table.select("tbody tr")
    ]


def alert_url(alert):
    return reverse(f"{ALERTS}:inspect", args=[alert.pk])


def end_url(mute):
    return reverse("visit_alerts_mutes:end", args=[mute.pk])


# One's own


def test_user_sees_what_they_have_muted_and_nobody_elses(editor):
    mute(editor, contact=ContactFactory(name="Anna Nowak"))
    mute(UserFactory())

    [row] = rows(browser_of(editor), OWN)

    assert row == ["Price list", "Anna Nowak", "for good", "End : Price list, Anna Nowak"]


def test_user_sees_until_when_an_alert_is_muted_in_their_time_zone(editor):
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        Mute.objects.filter(pk=mute(editor).pk).update(until=datetime(2026, 12, 1, 12, tzinfo=UTC))

        [row] = rows(browser_of(editor), OWN)

    assert row[1:3] == ["any contact", "Dec. 1, 2026, 1 p.m."]


def test_mute_that_is_over_is_not_shown(editor):
    Mute.objects.filter(pk=mute(editor, lasts=timedelta(days=1)).pk).update(until=NOW - timedelta(minutes=1))

    assert rows(browser_of(editor), OWN) == []


def test_contact_is_not_named_to_one_who_may_not_view_them_any_more():
    salesperson = user_who_may("view_own_contact")
    mute(salesperson, contact=ContactFactory(name="Anna Nowak"))

    page = browser_of(salesperson).get(OWN).content.decode()

    assert "Anna" not in page
    assert "a contact whom you may not view" in page


def test_user_ends_a_mute_of_their_own(editor):
    own = mute(editor)

    response = browser_of(editor).post(end_url(own), follow=True)

    assert not Mute.objects.exists()
    assert "The mute has ended: you get “Price list” again." in response.content.decode()
    assert registry.get_logs_for_instance(own.alert).filter(action=muting.END_MUTE, user=editor).exists()


def test_user_without_any_of_our_permissions_ends_their_own_mute():
    reader = user_who_may()
    browser = browser_of(reader)
    own = mute(reader)

    before = rows(browser, OWN)
    browser.post(end_url(own))

    assert len(before) == 1
    assert not Mute.objects.exists()


def test_reading_the_address_of_the_button_ends_nothing(editor):
    own = mute(editor)

    response = browser_of(editor).get(end_url(own))

    assert response.url == OWN
    assert Mute.objects.exists()


def test_menu_leads_to_the_muted_alerts(editor):
    assert f'"url": "{OWN}"' in browser_of(editor).get("/admin/").content.decode()


def test_account_settings_lead_there_once_something_is_muted():
    reader = user_who_may()
    browser = browser_of(reader)

    before = browser.get("/admin/account/").content.decode()
    mute(reader)

    assert OWN not in before
    assert f'href="{OWN}"' in browser.get("/admin/account/").content.decode()


def test_list_takes_as_many_queries_however_many_mutes_there_are(editor):
    browser = browser_of(editor)
    mute(editor, contact=ContactFactory())
    browser.get(OWN)
    with counted_queries() as few:
        browser.get(OWN)
    for _ in range(10):
        mute(editor, contact=ContactFactory(), alert=AlertFactory())

    with counted_queries() as many:
        browser.get(OWN)

    assert len(few) == len(many) <= 25


# An alert's


def test_alert_says_who_has_muted_it_about_whom_and_until_when(editor):
    alert, contact = AlertFactory(), ContactFactory(name="Anna Nowak")
    mute(UserFactory(first_name="Marta"), alert=alert, contact=contact)
    mute(alert=alert)

    found = rows(browser_of(editor), alert_url(alert))

    assert sorted(row[:3] for row in found) == [
        ["Marta", "Anna Nowak", "for good"],
        ["sales@example.com", "any contact", "for good"],
    ]


def test_alert_does_not_say_it_to_one_who_may_only_view_it():
    alert = AlertFactory()
    mute(alert=alert)

    page = browser_of(user_who_may("view_alert")).get(alert_url(alert)).content.decode()

    assert "sales@example.com" not in page


def test_alert_names_no_contact_to_an_author_who_may_not_view_them():
    author = user_who_may("add_alert")
    alert = AlertFactory(author=author)
    mute(alert=alert, contact=ContactFactory(name="Anna Nowak"))

    page = browser_of(author).get(alert_url(alert)).content.decode()

    assert "sales@example.com" in page
    assert "Anna" not in page


def test_who_may_change_the_alert_ends_the_mute_of_a_reader_and_comes_back_to_it(editor):
    of_marta = mute(UserFactory())
    back = alert_url(of_marta.alert)

    response = browser_of(editor).post(end_url(of_marta), {"next": back})

    assert response.url == back
    assert not Mute.objects.exists()
    entry = registry.get_logs_for_instance(of_marta.alert).get(action=muting.END_MUTE)
    assert (entry.user, entry.message) == (editor, "Mute ended")


@pytest.mark.parametrize("permission", ["view_alert", "add_alert"])
def test_others_do_not_end_it_and_are_told_nothing_of_it(permission):
    of_marta = mute(UserFactory())
    browser = browser_of(user_who_may(permission))

    refused = browser.post(end_url(of_marta), follow=True).content.decode()

    assert Mute.objects.exists()
    assert "Nothing was changed: this mute has ended already." in refused
    assert "Price list" not in refused


def test_pressing_twice_ends_it_once(editor):
    own = mute(editor)
    browser = browser_of(editor)
    browser.post(end_url(own))

    response = browser.post(end_url(own), follow=True)

    assert "this mute has ended already" in response.content.decode()
    assert registry.get_logs_for_instance(own.alert).filter(action=muting.END_MUTE).count() == 1


def test_history_says_it_to_who_may_change_the_alert(editor):
    about_one = mute(editor, contact=ContactFactory(name="Anna Nowak"))

    page = browser_of(editor).get(reverse(f"{ALERTS}:history", args=[about_one.alert.pk])).content.decode()

    assert "Muted about one contact for good" in page
    assert "Anna" not in page
