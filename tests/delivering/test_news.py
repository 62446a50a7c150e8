import re
from datetime import timedelta

import pytest

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.models import Delivery, Purpose, Role, Status, Taking

from ..factories import DeliveryFactory, UserFactory
from .emails import both_parts, delivery_about, html_of, page_view_of, price_list, user_with
from .known import NOON, anna

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert_delivery():
    """Anna's owner was told that she looks at the price list."""
    return delivery_about(page_view=page_view_of(anna(), page=price_list()))


def news_of(delivery, purpose, **fields):
    """The e-mail to another reader of the same notification."""
    reader = user_with("access_admin", "view_contact", email="zofia@example.com")
    told = DeliveryFactory(
        notification=delivery.notification, purpose=purpose, **{"user": reader, "role": Role.ME, **fields}
    )
    return message.build([Delivery.objects.with_what_is_told().get(pk=told.pk)])


# Somebody is on it


def take(delivery, user=None, email="boss@example.com"):
    return Taking.objects.create(
        notification=delivery.notification, user=user, email=email, taken_at=NOON + timedelta(minutes=2)
    )


def test_taking_says_who_which_contact_alert_and_page(alert_delivery):
    take(alert_delivery, UserFactory(first_name="Marta", last_name="Kowalska"))

    email = news_of(alert_delivery, Purpose.TAKEN)

    assert email.subject == "Marta Kowalska is on it: Anna Nowak"
    for text in both_parts(email):
        assert "Marta Kowalska has said “I'm on it” (Nov. 24, 2026, 1:02 p.m.)." in text
        assert re.search("Visit alert: +Price list", text)
        assert "Anna Nowak" in text
    assert html_of(email).h1.get_text() == "Price list"


def test_taking_by_an_address_in_cc_names_the_address(alert_delivery):
    take(alert_delivery)

    assert news_of(alert_delivery, Purpose.TAKEN).subject == "boss@example.com is on it: Anna Nowak"


def test_taking_that_was_given_back_meanwhile_names_nobody(alert_delivery):
    assert news_of(alert_delivery, Purpose.TAKEN).subject == "Somebody is on it: Anna Nowak"


def test_name_of_who_took_it_adds_no_header(alert_delivery):
    take(alert_delivery, UserFactory(first_name="Marta\r\nBcc: x@example.com\u202e"))

    email = news_of(alert_delivery, Purpose.TAKEN)

    assert email.message()["Bcc"] is None
    assert "\u202e" not in email.body


def test_taking_goes_without_history_and_attachment(alert_delivery):
    alert = alert_delivery.notification.alert
    alert.attachment_source, alert.attachment_body = "text", "Our prices"
    alert.save()
    take(alert_delivery)

    email = news_of(alert_delivery, Purpose.TAKEN)

    assert "Latest activity" not in email.body
    assert "shortened" not in email.body
    assert email.attachments == []


# Somebody was not reached


def test_failed_delivery_says_to_whom_why_which_contact_alert_and_page(alert_delivery):
    Delivery.objects.update(status=Status.FAILED, reason="550 No such user.")

    email = news_of(alert_delivery, Purpose.GIVEN_UP, role=Role.FALLBACK)

    assert email.subject == "Alert not delivered: Anna Nowak"
    for text in both_parts(email):
        assert "could not be delivered to Marta Kowalska (marta@example.com): 550 No such user." in text
        assert re.search("Visit alert: +Price list", text)
        assert "because you stand in for others in the alert “Price list”" in text
    assert html_of(email).h1.get_text() == "Price list"


def test_failed_delivery_names_its_recipient_only(alert_delivery):
    Delivery.objects.update(status=Status.FAILED)

    assert news_of(alert_delivery, Purpose.GIVEN_UP).message()["To"].count("@") == 1
