"""Destinations in the admin: who may set them up, what is never shown, tests, and what alerts lose with one."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from wagtail_visit_alerts.models import Alert, AlertDestination, Destination, Loss

from ..factories import AlertFactory, DestinationFactory, MonitoredPageFactory
from .walking import browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db
DESTINATIONS = "wagtailsnippets_wagtail_visit_alerts_destination"
SECRET_ADDRESS = "https://crm.example.com/alerts?key=Sesame"
TYPED = {"name": "CRM", "channel": "webhook", "address": SECRET_ADDRESS, "is_on": "on"}


@pytest.fixture
def administrator(db):
    return user_who_may(
        "add_destination", "change_destination", "delete_destination", "view_alert", "view_contact"
    )


@pytest.fixture
def browser(administrator):
    return browser_of(administrator)


def url(name, *destination):
    return reverse(f"{DESTINATIONS}:{name}", args=[one.pk for one in destination])


def alert_to(destination, **fields):
    alert = AlertFactory(send_to_owner=False, **fields)
    MonitoredPageFactory(alert=alert)
    AlertDestination.objects.create(alert=alert, destination=destination)
    return alert


# Set up


def test_destination_is_set_up_with_a_secret_of_its_own(browser):
    assert browser.post(url("add"), TYPED).status_code == 302

    destination = Destination.objects.get()
    assert (destination.name, destination.address, destination.is_on) == ("CRM", SECRET_ADDRESS, True)
    assert destination.secret.startswith("whsec_")


def test_address_is_judged_by_the_channel(browser):
    response = browser.post(url("add"), {**TYPED, "address": "https://10.0.0.1/"})

    assert "private" in response.context["form"].errors["address"][0]
    assert not Destination.objects.exists()


def test_address_is_never_shown_again(browser):
    destination = DestinationFactory(address=SECRET_ADDRESS)

    for name in ("list", "edit", "delete", "history", "usage"):
        response = browser.get(url(name, *([] if name == "list" else [destination])))
        assert response.status_code == 200
        assert "Sesame" not in response.content.decode()


def test_address_that_was_refused_is_not_shown_either(browser):
    response = browser.post(url("add"), {**TYPED, "address": "http://crm.example.com/?key=Sesame"})

    assert "Sesame" not in response.content.decode()


def test_empty_address_keeps_what_is_stored(browser):
    destination = DestinationFactory(address=SECRET_ADDRESS)

    browser.post(url("edit", destination), {**TYPED, "name": "New name", "address": ""})

    destination.refresh_from_db()
    assert (destination.name, destination.address) == ("New name", SECRET_ADDRESS)


def test_another_channel_needs_another_address(browser):
    destination = DestinationFactory()

    response = browser.post(url("edit", destination), {**TYPED, "channel": "chat", "address": ""})

    assert "type it here" in response.context["form"].errors["address"][0]


def test_secret_is_shown_to_whoever_may_change_it(browser):
    destination = DestinationFactory()

    page = BeautifulSoup(browser.get(url("edit", destination)).content, "html.parser")

    assert page.find(id="visit-alerts-secret")["value"] == destination.secret


def test_secret_stays_until_a_new_one_is_asked_for(browser):
    destination = DestinationFactory()
    before = destination.secret

    browser.post(url("edit", destination), {**TYPED, "address": ""})
    destination.refresh_from_db()
    assert destination.secret == before

    browser.post(url("edit", destination), {**TYPED, "address": "", "new_secret": "on"})
    destination.refresh_from_db()
    assert destination.secret != before
    assert destination.secret.startswith("whsec_")


def test_channel_that_signs_nothing_has_no_secret(browser):
    address = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"

    browser.post(url("add"), {**TYPED, "channel": "chat", "address": address})

    destination = Destination.objects.get()
    assert destination.secret == ""
    assert b"visit-alerts-secret" not in browser.get(url("edit", destination)).content


def test_destination_is_switched_off_and_on(browser):
    destination = DestinationFactory()

    browser.post(url("edit", destination), {"name": "CRM", "channel": "webhook", "address": ""})
    assert not Destination.objects.get().is_on

    browser.post(url("edit", destination), {**TYPED, "address": ""})
    assert Destination.objects.get().is_on


def test_empty_listing_says_what_a_destination_is(browser):
    html = browser.get(reverse(f"{DESTINATIONS}:list")).content.decode()

    assert "There are no destinations yet." in html
    assert "Add the first destination" in html


def test_listing_says_how_many_alerts_use_each(browser):
    destination = DestinationFactory()
    alert_to(destination)
    alert_to(destination)

    [shown] = browser.get(url("list")).context["object_list"]

    assert shown.number_of_alerts == 2


def test_listing_takes_as_many_queries_for_many_as_for_one(browser, django_assert_max_num_queries):
    for _ in range(15):
        alert_to(DestinationFactory())

    with django_assert_max_num_queries(25):
        browser.get(url("list"))


# Who may


@pytest.mark.parametrize(
    ("may", "name"),
    [("add_destination", "edit"), ("add_destination", "delete"), ("change_destination", "delete")],
)
def test_permission_for_one_is_none_for_the_other(may, name):
    destination = DestinationFactory()

    response = browser_of(user_who_may(may)).get(url(name, destination))

    assert response.status_code == 302
    assert response.url == reverse("wagtailadmin_home")


def test_editor_of_alerts_sees_nothing_of_destinations(editor):
    destination = DestinationFactory()

    for name in ("list", "edit", "delete", "usage", "history"):
        response = browser_of(editor).get(url(name, *([] if name == "list" else [destination])))
        assert response.status_code == 302


def test_test_needs_the_permission_to_change(editor):
    response = browser_of(editor).post(url("test", DestinationFactory()))

    assert response.status_code == 302
    assert response.url == reverse("wagtailadmin_home")


# Send a test


@pytest.fixture
def allowed(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "WEBHOOKS_TO_PRIVATE_ADDRESSES": True}


def test_test_is_about_nobody_and_says_that_it_is_one(browser, receiver, allowed):
    destination = DestinationFactory(address=receiver.url)

    response = browser.post(url("test", destination))

    assert "taken" in messages_in(response)[0]
    [request] = receiver.received
    assert request.json["data"]["test"] is True
    assert request.json["data"]["contact"]["id"] is None


def test_test_that_fails_says_why_without_the_address(browser, receiver, allowed):
    receiver.status = 503
    destination = DestinationFactory(address=receiver.url)

    [message] = messages_in(browser.post(url("test", destination)))

    assert "503" in message
    assert "Sesame" not in message


def test_test_by_get_sends_nothing(browser, receiver, allowed):
    response = browser.get(url("test", DestinationFactory(address=receiver.url)))

    assert (response.status_code, receiver.received) == (405, [])


# Deleted


def test_deleting_warns_with_the_alerts(browser):
    destination = DestinationFactory()
    alert_to(destination, name="Price list opened")

    response = browser.get(url("delete", destination))

    [message] = messages_in(response)
    assert "1 alert is sent to what you are about to delete" in message
    assert "Price list opened" in message


def test_alert_that_told_nobody_else_is_switched_off(browser):
    destination = DestinationFactory(name="CRM")
    alert = alert_to(destination)

    browser.post(url("delete", destination))

    alert.refresh_from_db()
    assert (alert.is_on, alert.obstacles) == (False, ["Nobody is left who would be told."])
    loss = Loss.objects.get()
    assert (loss.kind, loss.switched_off) == (Loss.Kind.DESTINATION, True)
    assert "The destination “CRM”" in loss.in_words


def test_alert_that_tells_somebody_else_stays_on(browser):
    destination = DestinationFactory()
    first, second = alert_to(destination, cc="a@example.com"), alert_to(destination)
    AlertDestination.objects.create(alert=second, destination=DestinationFactory())

    browser.post(url("delete", destination))

    assert list(Alert.objects.filter(is_on=True)) == [first, second]
    assert Loss.objects.count() == 2


def test_alert_whose_last_user_leaves_stays_on_with_a_destination():
    alert = alert_to(DestinationFactory())
    alert.recipients.create(user=alert.author)
    alert.author.is_active = False

    alert.author.save()

    assert Alert.objects.get().is_on
