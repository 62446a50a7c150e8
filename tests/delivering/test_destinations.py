"""Alerts to destinations: written with those to people, sent by the channel, tried again, never held back."""

from datetime import UTC, datetime, timedelta

import pytest

from wagtail_visit_alerts.delivering import outbox, recipients, sending
from wagtail_visit_alerts.models import AlertDestination, Delivery, Role, Status

from ..factories import DeliveryFactory, DestinationDeliveryFactory, DestinationFactory, NotificationFactory
from .channels.conftest import private_allowed, receiver  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def deliver(now=NOW):
    return sending.deliver_due(now=lambda: now)


def to(receiver, **fields):  # noqa: F811
    return DestinationDeliveryFactory(destination__address=receiver.url, due_at=NOW, **fields)


def test_destination_of_the_alert_is_told_with_the_people():
    notification = NotificationFactory()
    destination = DestinationFactory()
    AlertDestination.objects.create(alert=notification.alert, destination=destination)
    told = recipients.addressees(notification.alert, notification.contact, now=NOW)

    outbox.write([(notification, told)], now=NOW)

    owner, other = Delivery.objects.order_by("pk")
    assert (owner.role, other.role) == (Role.OWNER, Role.DESTINATION)
    assert (other.destination, other.email, other.email_key) == (destination, "", destination.key)


def test_destination_gets_it_and_it_is_recorded(receiver, private_allowed):  # noqa: F811
    to(receiver)

    counts = deliver()

    assert (counts.sent, len(receiver.received)) == (1, 1)
    assert Delivery.objects.get().status == Status.SENT


def test_fault_that_may_pass_is_tried_again_with_the_same_id(receiver, private_allowed):  # noqa: F811
    to(receiver)
    receiver.status = 503
    deliver()
    receiver.status = 200

    deliver(NOW + timedelta(minutes=2))

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Delivery.objects.get().status == Status.SENT


def test_receiver_that_asks_for_more_time_gets_it(receiver, private_allowed):  # noqa: F811
    to(receiver)
    receiver.status, receiver.answer_headers = 429, {"Retry-After": "1800"}

    deliver()

    assert Delivery.objects.get().due_at == NOW + timedelta(minutes=30)


def test_refusal_for_good_is_not_tried_again_and_says_why(receiver, private_allowed):  # noqa: F811
    to(receiver)
    receiver.status = 410

    deliver()

    delivery = Delivery.objects.get()
    assert (delivery.status, len(receiver.received)) == (Status.FAILED, 1)
    assert "410" in delivery.reason


def test_one_receiver_that_is_down_costs_no_other_its_message(receiver, private_allowed, mail_server):  # noqa: F811
    DestinationDeliveryFactory(destination__address="http://127.0.0.1:9/", due_at=NOW)
    to(receiver)
    DeliveryFactory(due_at=NOW)

    deliver()

    assert (len(receiver.received), len(mail_server.received)) == (1, 1)


def test_sending_hours_and_ceiling_do_not_hold_it_back(receiver, private_allowed, settings):  # noqa: F811
    settings.WAGTAIL_VISIT_ALERTS = {
        **settings.WAGTAIL_VISIT_ALERTS,
        "SENDING_HOURS": {"from": "08:00", "until": "09:00", "days": [7]},
        "MOST_ALERTS_PER_HOUR": 1,
    }
    first = to(receiver)
    to(receiver, destination=first.destination)

    assert deliver().sent == 2


def test_destination_that_is_switched_off_or_deleted_gets_nothing(receiver, private_allowed):  # noqa: F811
    to(receiver, destination__is_on=False)
    to(receiver).destination.delete()

    counts = deliver()

    assert (counts.cancelled, receiver.received) == (2, [])
