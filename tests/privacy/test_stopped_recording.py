import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.utils import timezone

from wagtail_visit_alerts.api import resume_recording, stop_recording
from wagtail_visit_alerts.merging import merge
from wagtail_visit_alerts.models import Delivery, LinkUse, PageView, SubmittedForm, Visitor
from wagtail_visit_alerts.tasks import sweep

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, DeliveryFactory, MonitoredPageFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


@pytest.fixture
def stopped(anna):
    """Anna, whose recording is stopped."""
    stop_recording(anna, now=timezone.now())
    return anna


def is_opted_out(browser):
    return browser.client.cookies["va"].value == "out"


def test_browser_that_was_the_contacts_records_nothing_from_then_on(browser, anna):
    browser.open("/", contact=anna)
    stop_recording(anna, now=timezone.now())

    browser.open("/pricing/", after_ms=100)
    browser.open("/next/", after_ms=100)

    assert PageView.objects.count() == 1
    assert not Visitor.objects.in_use().exists()
    assert is_opted_out(browser)


def test_what_is_under_way_when_it_is_stopped_is_not_recorded(browser, anna):
    browser.open("/", contact=anna)
    stop_recording(anna, now=timezone.now())

    browser.close()

    assert PageView.objects.get().ended_at is None


def test_signed_link_opts_the_browser_out_and_leaves_no_trace(browser, stopped):
    browser.open("/pricing/", contact=stopped)

    assert is_opted_out(browser)
    assert not PageView.objects.exists()
    assert not LinkUse.objects.exists()


def test_form_opts_the_browser_out_and_is_no_part_of_the_history(browser, stopped, form_page):
    browser.open("/contact/")

    browser.client.post(
        "/contact/", {"your_name": "Anna", "email": stopped.email}, headers={"User-Agent": USER_AGENT}
    )

    assert is_opted_out(browser)
    assert not SubmittedForm.objects.exists()
    assert not PageView.objects.filter(contact=stopped).exists()


def test_login_opts_the_browser_out(browser, stopped):
    user = UserFactory()
    stopped.user = user
    stopped.save()
    browser.client.force_login(user)

    browser.open("/pricing/")

    assert is_opted_out(browser)
    assert not PageView.objects.exists()


def test_login_parts_the_browser_from_whoever_it_was_before(browser, stopped):
    other = ContactFactory()
    browser.open("/", contact=other)
    stopped.user = get_user_model().objects.create_user("anna", password="secret")
    stopped.save()
    browser.client.force_login(stopped.user)

    browser.open("/pricing/", after_ms=100)

    assert is_opted_out(browser)
    assert not PageView.objects.filter(address__text__endswith="/pricing/").exists()


def test_page_is_not_noted_on_the_server_either(browser, anna, pricing):
    browser.open("/", contact=anna)
    stop_recording(anna, now=timezone.now())

    browser.client.get("/pricing/", headers={"User-Agent": USER_AGENT})

    assert not PageView.objects.filter(page=pricing).exists()


def test_what_only_the_server_saw_before_raises_nothing_after(browser, anna, pricing):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        browser.open("/elsewhere/", contact=anna)
        Visitor.objects.update(beacon_seen_at=None)
        MonitoredPageFactory(path="/pricing/")
        browser.client.get("/pricing/", headers={"User-Agent": USER_AGENT})
        stop_recording(anna, now=timezone.now())
        clock.shift(61)

        sweep()

    assert PageView.objects.filter(page=pricing).exists()
    assert not Delivery.objects.exists()


def test_what_is_kept_stays_and_alerts_that_were_raised_are_sent(anna, mailoutbox):
    delivery = DeliveryFactory(notification__match__page_view__visitor__contact=anna)

    stop_recording(anna, now=timezone.now())
    sweep()

    assert PageView.objects.filter(contact=anna).exists()
    assert [message.to for message in mailoutbox] == [[delivery.email]]


def test_others_are_recorded_as_before(stopped):
    other = VirtualBrowser()

    other.open("/pricing/", contact=ContactFactory())

    assert PageView.objects.count() == 1


def test_contact_is_recorded_again_from_the_next_recognition_on(stopped):
    resume_recording(stopped, now=timezone.now())
    again = VirtualBrowser()

    again.open("/pricing/", contact=stopped)

    assert PageView.objects.get().contact == stopped


def test_merging_with_somebody_who_is_stopped_stops_the_others_browsers_too(browser, stopped):
    kept = ContactFactory()
    browser.open("/", contact=kept)

    merge(kept.pk, stopped.pk, take=[], by=UserFactory(), now=timezone.now())
    browser.open("/pricing/", after_ms=100)

    assert not Visitor.objects.in_use().exists()
    assert is_opted_out(browser)


def test_opted_out_browser_costs_no_query(browser, stopped):
    browser.open("/pricing/", contact=stopped)

    with counted_queries() as queries:
        browser.open("/next/")

    assert queries == []


def test_stopping_twice_keeps_the_first_time(anna):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        stop_recording(anna, now=timezone.now())
        first = anna.recording_stopped_at
        clock.shift(60)

        stop_recording(anna, now=timezone.now())

    assert anna.recording_stopped_at == first
