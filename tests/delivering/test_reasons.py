from datetime import date

import pytest

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.models import ReaderPreferences, Role

from ..factories import UserFactory
from .emails import both_parts, delivery_about
from .known import anna

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


def deputys_email(**absence):
    contact = anna()
    if absence:
        ReaderPreferences.objects.create(user=contact.owner, **absence)
    return message.build([delivery_about(contact, role=Role.DEPUTY, user=UserFactory())])


def test_deputy_is_told_whose_and_until_when_they_are_away():
    email = deputys_email(away_from=date(2026, 11, 20), away_until=date(2026, 12, 1))

    for text in both_parts(email):
        assert "the deputy of Marta Kowalska, the contact's main owner, who is away until Dec. 1, 2026." in text


def test_deputy_of_somebody_away_without_an_end_is_told_whose():
    assert "the deputy of Marta Kowalska" in deputys_email(away_from=date(2026, 11, 20)).body


def test_default_address_is_told_that_nobody_else_is_left():
    delivery = delivery_about(role=Role.DEFAULT, user=None, email="sales@example.com")

    assert "because nobody else is left to tell" in message.build([delivery]).body
