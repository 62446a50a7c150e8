"""What a request says by mistake, or by ill will, is answered, and never with an error of the server."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from wagtail_visit_alerts.api import stop_recording
from wagtail_visit_alerts.models import Contact

from ..factories import ContactFactory
from .permission_scenery import World, all_permissions
from .walking import ALERTS, CONTACTS, browser_of, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
#: Too large for any database, not a number, nothing, and a number with what no number has.
NO_KEYS = ["99999999999999999999999", "abc", "", "1.5"]


@pytest.fixture
def world():
    return World(user_who_may(*all_permissions()))


@pytest.fixture
def browser(world):
    return browser_of(world.user)


@pytest.mark.parametrize("key", NO_KEYS)
@pytest.mark.parametrize(
    ("model", "action"), [("alert", "switch_on"), ("contact", "assign"), ("destination", "delete")]
)
def test_bulk_action_finds_nothing_by_what_is_no_key(browser, model, action, key):
    url = reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", model, action])

    assert browser.get(url, {"id": key}).status_code == 404


@pytest.mark.parametrize("model", ["alert", "contact", "destination", "defaultowner"])
def test_chooser_finds_nothing_by_what_is_no_key(browser, model):
    chooser = f"wagtailsnippetchoosers_wagtail_visit_alerts_{model}"

    chosen = [
        browser.get(reverse(f"{chooser}:chosen", args=[key])).status_code for key in filter(None, NO_KEYS)
    ]
    several = browser.get(reverse(f"{chooser}:chosen_multiple"), {"id": NO_KEYS})

    assert set(chosen) == {404}
    assert several.json()["result"] == []


def test_absence_of_what_is_no_key_is_not_there(browser):
    edit = reverse("visit_alerts_absences:edit", args=["1"])

    answers = {browser.get(edit.replace("/1/", f"/{key}/")).status_code for key in filter(None, NO_KEYS)}

    assert answers == {404}


def test_takeover_from_what_is_no_key_goes_on(browser, world):
    url = reverse("visit_alerts_takeover:index")

    assert browser.get(url, {"user": NO_KEYS}).status_code == 302
    of_one = browser.get(url, {"user": [*NO_KEYS, world.other.user.pk]})
    assert [each["name"] for each in of_one.context["leaving"]] == ["Tomasz Inny"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_period_at_an_end_of_the_calendar_is_refused(browser, world, day, step):
    own = {"period": "own", "first": day, "last": day, "step": step}

    for url in (
        reverse("visit_alerts_analytics:index"),
        reverse(f"{ALERTS}:analytics", args=[world.own.alert.pk]),
    ):
        page = browser.get(url, own)
        assert page.context["picker"].form.has_wrong_day
        assert page.context["picker"].span.days == 30


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-45", "x"]
)
def test_timeline_before_a_moment_of_no_calendar_is_the_latest(browser, world, moment):
    page = browser.get(reverse(f"{CONTACTS}:timeline", args=[world.own.contact.pk]), {"before": moment})

    assert not page.context["is_older"]


def test_contact_is_merged_where_the_site_writes_large_numbers_with_separators(browser, world, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    other = ContactFactory(pk=1_234_567)
    url = reverse(f"{CONTACTS}:merge", args=[world.own.contact.pk])
    page = browser.get(url, {"other": other.pk}).content.decode()

    browser.post(url, {"other": re.search('name="other" value="([^"]*)"', page)[1]})

    assert not Contact.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("name", ["takeover", "mute", "switch"])
@pytest.mark.parametrize(
    ("wanted", "led_to"), [("2026", "2026"), ("//evil.example/", None), ("javascript:x", None)]
)
def test_next_address_is_one_of_this_host_or_none(browser, world, name, wanted, led_to):
    url = {
        "takeover": reverse("visit_alerts_takeover:index") + f"?user=0&next={wanted}",
        "mute": reverse("visit_alerts_mutes:end", args=[world.own.mute.pk]),
        "switch": reverse(f"{ALERTS}:switch", args=[world.own.alert.pk]),
    }[name]

    response = browser.get(url) if name == "takeover" else browser.post(url, {"next": wanted})

    assert response.url == (led_to or response.url)
    assert "evil" not in response.url
    assert "javascript" not in response.url


def test_request_without_a_button_resumes_no_recording(browser, world):
    contact = world.own.contact
    stop_recording(contact, now=timezone.now())

    browser.post(reverse(f"{CONTACTS}:personal_data", args=[contact.pk]))

    contact.refresh_from_db()
    assert contact.recording_stopped_at is not None
