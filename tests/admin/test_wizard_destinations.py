"""Destinations in the wizard: chosen by name in step "Details", named on the summary, told by a test."""

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse

from wagtail_visit_alerts.models import Alert, AlertDestination, WizardRun

from ..factories import AlertFactory, ContactFactory, DestinationFactory, MonitoredPageFactory
from .walking import ALERTS, OWNER, Walk, browser_of, messages_in, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def crm(db):
    return DestinationFactory(name="CRM", address="https://crm.example.com/?key=Sesame")


def chosen(*destinations, **more):
    return {"destinations": [destination.pk for destination in destinations], **more}


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def test_destinations_are_offered_by_name_and_channel_only(walk, crm):
    DestinationFactory(name="Old", is_on=False)
    walk.walk_to("details")

    text = page_of(walk.see("details")).find(class_="visit-alerts-destinations").get_text(" ")

    assert "CRM (Webhook)" in text
    assert "Old (Webhook, switched off)" in text
    assert "Sesame" not in walk.see("details").content.decode()


def test_nothing_is_said_of_destinations_where_there_are_none(walk):
    walk.walk_to("details")

    assert page_of(walk.see("details")).find(class_="visit-alerts-destinations") is None


def test_whoever_may_set_one_up_is_led_there():
    walk = Walk(user_who_may("add_alert", "add_destination"))
    walk.walk_to("details")

    link = page_of(walk.see("details")).find(class_="visit-alerts-destinations").find("a")

    assert link["href"] == reverse("wagtailsnippets_wagtail_visit_alerts_destination:add")


def test_destination_alone_is_enough(walk, crm):
    walk.walk_to_summary(details=chosen(crm)).save(on=True)

    alert = Alert.objects.get()
    assert [one.destination for one in alert.destinations.all()] == [crm]
    assert (alert.is_on, alert.obstacles) == (True, [])


def test_alert_without_any_recipient_is_refused(walk, crm):
    assert "destination" in walk.errors("details", {})["send_to_me"][0]


def test_alert_whose_only_destination_is_off_has_nobody_to_tell(crm):
    alert = AlertFactory(send_to_owner=False)
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=crm)
    type(crm).objects.update(is_on=False)

    assert Alert.objects.get().obstacles == ["Nobody is left who would be told."]


def test_adding_one_needs_the_permission_to_view_any_contact(crm):
    walk = Walk(user_who_may("add_alert", "view_own_contact"))

    [error] = walk.errors("details", chosen(crm, **OWNER))["destinations"]

    assert "CRM" in error


def test_one_that_is_there_stays_without_that_permission(crm):
    editor = user_who_may("add_alert", "view_own_contact")
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=crm)

    Walk(editor, alert=alert).save()

    assert Alert.objects.get().destinations.count() == 1


def test_chosen_ones_are_still_chosen_when_the_alert_is_changed(editor, crm):
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=crm)

    page = page_of(Walk(editor, alert=alert).see("details"))

    assert page.find("input", attrs={"name": "destinations"}).has_attr("checked")


def test_one_is_taken_away(editor, crm):
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=crm)
    walk = Walk(editor, alert=alert)

    walk.press("details", OWNER)
    walk.save()

    assert not AlertDestination.objects.exists()


def test_one_that_was_deleted_meanwhile_is_said_to_be_gone(walk, crm):
    walk.walk_to_summary(details=chosen(crm, **OWNER))
    crm.delete()

    walk.save(on=True)

    assert not Alert.objects.exists()
    assert "no longer exists" in page_of(walk.see("details")).get_text()


def test_summary_and_inspect_name_them(walk, crm, editor):
    walk.walk_to_summary(details=chosen(crm, **OWNER))
    assert "the destination “CRM”" in page_of(walk.see("summary")).get_text()

    walk.save()
    inspected = browser_of(editor).get(reverse(f"{ALERTS}:inspect", args=[Alert.objects.get().pk]))
    assert "the destination “CRM”" in page_of(inspected).get_text()


def test_copy_has_the_same_ones(editor, crm):
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=crm)

    browser_of(editor).get(reverse(f"{ALERTS}:copy", args=[alert.pk]))

    assert WizardRun.objects.get().steps["details"]["destinations"] == [str(crm.pk)]


def test_copy_of_one_who_may_not_view_every_contact_has_none(crm):
    copier = user_who_may("add_alert", "view_own_contact", "view_alert")
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=crm)

    response = browser_of(copier).get(reverse(f"{ALERTS}:copy", args=[alert.pk]))

    assert "destinations were left out" in messages_in(response)[0]
    assert not WizardRun.objects.get().steps["details"].get("destinations")


def test_test_goes_to_the_destinations_too_and_says_which(walk, crm, receiver, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "WEBHOOKS_TO_PRIVATE_ADDRESSES": True}
    type(crm).objects.update(address=receiver.url)
    off = DestinationFactory(address=receiver.url, is_on=False)
    anna = ContactFactory(name="Anna")
    walk.walk_to_summary(details=chosen(crm, off, **OWNER))
    assert "Send a test to me and CRM" in " ".join(page_of(walk.see("summary")).get_text().split())

    url = walk.url("summary").replace("/summary/", "/test-email/")
    response = walk.browser.post(url, {"sample_contact": anna.pk})

    assert "to you and to CRM" in messages_in(response)[0]
    [request] = receiver.received
    assert (request.json["data"]["test"], request.json["data"]["contact"]["name"]) == (True, "Anna")
    assert len(mail.outbox) == 1


def test_test_that_a_destination_refuses_says_whose_fault_it_is(walk, crm, receiver, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "WEBHOOKS_TO_PRIVATE_ADDRESSES": True}
    type(crm).objects.update(address=receiver.url)
    receiver.status = 410
    anna = ContactFactory()
    walk.walk_to_summary(details=chosen(crm, **OWNER))

    url = walk.url("summary").replace("/summary/", "/test-email/")
    response = walk.browser.post(url, {"sample_contact": anna.pk})

    assert "Destination “CRM”: The receiver answered 410" in messages_in(response)[0]
