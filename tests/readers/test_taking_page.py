from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.models import DailyTotal, Delivery, Purpose, Role, Taking

from ..factories import DeliveryFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def delivery():
    return DeliveryFactory(
        notification__match__page_view__visitor__contact__name="Anna Nowak",
        notification__match__alert__name="Price list",
        notification__match__alert__cc="sales@example.com",
    )


@pytest.fixture
def in_cc(delivery):
    """The same notification, to the address in CC."""
    return DeliveryFactory(
        notification=delivery.notification, user=None, role=Role.CC, email="sales@example.com"
    )


def test_one_click_takes_the_contact_and_the_page_says_since_when(opened, delivery):
    browser = opened(delivery)

    with time_machine.travel(NOW, tick=False):
        browser.press("take", "I take Anna Nowak")

    assert Taking.objects.get().user == delivery.user
    assert browser.state("take").startswith("Since Nov. 24, 2026, 1 p.m., you take care of Anna Nowak.")


def test_page_names_the_alerts_before_anything_is_taken(opened, delivery):
    assert "Price list" in opened(delivery).read("take")


def test_later_reader_sees_who_was_first_and_finds_nothing_to_take(opened, delivery, in_cc):
    delivery.user.first_name = "Marta"
    delivery.user.save()
    with time_machine.travel(NOW, tick=False):
        opened(delivery).press("take", "I take Anna Nowak")

    later = opened(in_cc)

    assert later.state("take") == "Since Nov. 24, 2026, 1 p.m., Marta takes care of Anna Nowak."
    assert later.page("take").select("button") == []


def test_address_in_cc_can_take_the_contact_and_is_named_by_its_address(opened, delivery, in_cc):
    opened(in_cc).press("take", "I take Anna Nowak")

    assert "sales@example.com takes care of Anna Nowak" in opened(delivery).state("take")
    assert [each.email for each in Delivery.objects.filter(purpose=Purpose.TAKEN)] == [delivery.email]


def test_undo_makes_the_contact_free_again(opened, delivery):
    browser = opened(delivery)
    browser.press("take", "I take Anna Nowak")

    browser.press("take", "Undo: I do not take Anna Nowak")

    assert not Taking.objects.exists()
    assert browser.state("take") == ""


def test_contact_is_taken_where_the_site_writes_large_numbers_with_separators(opened, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    name = {"notification__match__page_view__visitor__contact__name": "Anna Nowak"}

    opened(DeliveryFactory(pk=1_234_567, **name)).press("take", "I take Anna Nowak")

    assert Taking.objects.exists()


def test_what_was_given_back_counts_as_taken_no_longer(opened, delivery):
    browser = opened(delivery)
    browser.press("take", "I take Anna Nowak")
    reporting.catch_up(now=timezone.now())
    assert DailyTotal.objects.get().taken == 1

    browser.press("take", "Undo: I do not take Anna Nowak")

    assert DailyTotal.objects.get().taken == 0


def test_each_contact_of_a_digest_is_taken_alone(opened, delivery):
    other = DeliveryFactory(user=delivery.user, email_id=delivery.email_id)
    contact = other.notification.contact
    contact.name, contact.owner = "Jan Wolski", delivery.user
    contact.save()

    opened(delivery).press("take", "I take Jan Wolski")

    assert Taking.objects.get().notification == other.notification


def test_reader_who_may_not_view_the_contact_any_more_takes_nothing_and_reads_no_name(opened, delivery):
    browser = opened(delivery)
    contact = delivery.notification.contact
    contact.owner = UserFactory()
    contact.save()

    browser.client.post(browser.url("take"), {"contact": delivery.pk})

    assert not Taking.objects.exists()
    assert "You are not told of this contact any more" in browser.read("take")
    assert "Anna" not in browser.read("take")


def test_contact_of_another_email_can_not_be_taken(opened, delivery):
    stranger = DeliveryFactory()
    browser = opened(delivery)

    browser.client.post(browser.url("take"), {"contact": stranger.pk})

    assert not Taking.objects.exists()
