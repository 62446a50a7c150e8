import logging

import pytest
from django.apps import apps
from django.test import Client

from wagtail_visit_alerts.models import PageView, Reason, Source
from wagtail_visit_alerts.visits.exclusions import reason_not_recorded

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory

pytestmark = pytest.mark.django_db

OFFICE = ["192.0.2.0/24", "2001:db8:5::/48", "::ffff:198.51.100.0/120", "203.0.113.77"]
GPC = {"Sec-GPC": "1"}


@pytest.fixture
def office(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": OFFICE}


def browser_at(address, **headers):
    return VirtualBrowser(Client(REMOTE_ADDR=address), **headers)


@pytest.mark.parametrize(
    "address",
    ["192.0.2.1", "192.0.2.255", "2001:db8:5:ffff::1", "::ffff:192.0.2.9", "198.51.100.3", "203.0.113.77"],
)
def test_visit_from_an_excluded_network_is_not_recorded(office, address):
    browser = browser_at(address)

    browser.open("/")

    assert browser.client.cookies["va"].value == "off"
    assert not PageView.objects.exists()


@pytest.mark.parametrize("address", ["192.0.3.1", "2001:db8:6::1", "::ffff:192.0.3.1", "203.0.113.78", ""])
def test_visit_from_another_network_is_recorded(office, address):
    browser_at(address).open("/")

    assert PageView.objects.count() == 1


def test_page_served_to_an_excluded_network_is_not_noted(browser, pricing, settings):
    browser.open("/", contact=ContactFactory())
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": ["127.0.0.0/8"]}

    browser.client.get("/pricing/", headers={"User-Agent": USER_AGENT})

    assert not PageView.objects.filter(source=Source.HOOK).exists()


def test_forged_forwarded_address_neither_hides_nor_fakes_a_network(office):
    inside = browser_at("192.0.2.1", **{"X-Forwarded-For": "8.8.8.8"})
    outside = browser_at("8.8.8.8", **{"X-Forwarded-For": "192.0.2.1"})

    inside.open("/inside/")
    outside.open("/outside/")

    assert PageView.objects.get().address.text.endswith("/outside/")


def test_entry_that_a_visitor_puts_before_the_proxys_is_ignored(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": OFFICE, "TRUSTED_PROXIES": 1}
    browser = browser_at("10.0.0.5", **{"X-Forwarded-For": "192.0.2.1, 8.8.8.8"})

    browser.open("/")

    assert PageView.objects.count() == 1


def test_visitor_whose_address_no_proxy_has_written_is_recorded(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": ["0.0.0.0/0"], "TRUSTED_PROXIES": 2}
    browser = browser_at("10.0.0.5", **{"X-Forwarded-For": "192.0.2.1"})

    browser.open("/")

    assert PageView.objects.count() == 1


def test_wrong_entry_among_the_networks_excludes_nobody_and_breaks_nothing(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": ["office", None, "192.0.2.0/24"]}

    browser_at("8.8.8.8").open("/")
    browser_at("192.0.2.1").open("/")

    assert PageView.objects.count() == 1


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, None),
        ({"User-Agent": "curl/8.0"}, Reason.BOT),
        (
            {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
            Reason.BOT,
        ),
        ({"User-Agent": "Mozilla/5.0 (X11) HeadlessChrome/156.0"}, Reason.BOT),
        ({"User-Agent": ""}, Reason.BOT),
        ({"Sec-GPC": "1"}, Reason.PRIVACY_SIGNAL),
        ({"DNT": "1"}, Reason.PRIVACY_SIGNAL),
        ({"Sec-GPC": "0", "DNT": "0"}, None),
    ],
    ids=str,
)
def test_reason_is_what_the_request_says(rf, headers, reason):
    request = rf.get("/", headers={"User-Agent": USER_AGENT, **headers})

    assert reason_not_recorded(request) == reason


def test_privacy_signal_is_ignored_where_the_site_says_so(browser, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RESPECT_PRIVACY_SIGNALS": False}
    browser.headers |= GPC

    browser.open("/")

    assert PageView.objects.count() == 1


def test_browser_without_a_user_agent_is_not_recorded(browser):
    browser.headers["User-Agent"] = ""

    browser.open("/")

    assert not PageView.objects.exists()


def test_no_address_is_stored_or_logged(caplog, settings):
    caplog.set_level(logging.DEBUG)
    settings.WAGTAIL_VISIT_ALERTS = {"EXCLUDED_NETWORKS": ["192.0.2.0/24"]}
    contact = ContactFactory()

    for address in ("8.8.4.77", "192.0.2.77", "2001:4860:77::8"):
        browser_at(address).open("/", contact=contact)

    stored = [
        str(row)
        for model in apps.get_app_config("wagtail_visit_alerts").get_models()
        for row in model.objects.values_list()
    ]
    assert PageView.objects.count() == 2
    assert [
        text for text in [*stored, caplog.text] if "8.8.4" in text or "192.0.2" in text or "4860" in text
    ] == []
