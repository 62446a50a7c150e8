from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.urls import resolve

from wagtail_visit_alerts.delivering.reader_links import TokenExpiredError, email_id_in, links_of, token_of
from wagtail_visit_alerts.models import Delivery, Purpose

from ..factories import DeliveryFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_links_are_absolute_and_lead_to_our_pages():
    links = links_of([DeliveryFactory()])

    names = [resolve(urlsplit(url).path).view_name for url in (links.mute_url, links.take_url)]
    assert names == ["visit_alerts:mute", "visit_alerts:take"]
    assert links.mute_url.startswith("http://testserver/")


def test_nothing_personal_can_be_read_in_a_link():
    delivery = DeliveryFactory(pk=987654, notification__match__alert__name="Pricing")

    links = links_of([delivery])

    for secret in ("987654", delivery.email, delivery.notification.contact.name, "Pricing"):
        assert secret not in links.mute_url + links.take_url


def test_there_are_no_links_where_the_site_has_no_base_url(settings):
    settings.WAGTAILADMIN_BASE_URL = ""

    links = links_of([DeliveryFactory()])

    assert (links.mute_url, links.take_url) == ("", "")


@pytest.mark.urls("tests.urls_without_app")
def test_there_are_no_links_where_the_site_has_not_included_our_urls():
    links = links_of([DeliveryFactory()])

    assert (links.mute_url, links.take_url) == ("", "")


def test_an_email_that_is_only_previewed_has_no_links():
    links = links_of([Delivery(email="marta@example.com")])

    assert (links.mute_url, links.take_url) == ("", "")


def test_an_email_that_says_who_has_taken_a_contact_offers_nothing_to_take():
    links = links_of([DeliveryFactory(purpose=Purpose.TAKEN)])

    assert (bool(links.mute_url), links.take_url) == (True, "")


def test_a_token_holds_for_sixty_days():
    delivery = DeliveryFactory()
    with time_machine.travel(NOW, tick=False):
        token = token_of(delivery)

    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        assert email_id_in(token) == delivery.email_id
    with time_machine.travel(NOW + timedelta(days=60, seconds=2), tick=False), pytest.raises(TokenExpiredError):
        email_id_in(token)


@pytest.mark.parametrize("forge", [lambda token: token[:-1], lambda token: "0" + token, lambda token: "x"])
def test_a_forged_token_is_nobodys(forge):
    assert email_id_in(forge(token_of(DeliveryFactory()))) is None
