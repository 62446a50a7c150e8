"""Which page an entry is about that names none: of pages that change their address by themselves."""

import pytest
from wagtail.models import Locale, Site

from wagtail_visit_alerts.models import PageView

from ..factories import ContactFactory, MonitoredPageFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def single_page(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"SINGLE_PAGE": True}


def page_of(browser):
    return PageView.objects.get(beacon_id=browser.here["id"]).page


@pytest.mark.parametrize("path", ["/pricing/", "/pricing/?utm_source=x", "/pricing", "/%70ricing/"])
def test_navigation_without_a_page_is_about_the_page_at_its_address(browser, pricing, path):
    browser.open(path, how="navigate")

    assert page_of(browser).pk == pricing.pk


def test_restored_page_that_had_navigated_is_found_too(browser, pricing):
    browser.open("/pricing/", how="restore")

    assert page_of(browser).pk == pricing.pk


def test_navigation_that_names_a_page_is_about_that_one(browser, pricing, home):
    MonitoredPageFactory(path="/somewhere/")

    browser.open("/pricing/", how="navigate", page=home.pk)

    assert page_of(browser).pk == home.pk


@pytest.mark.parametrize("how", ["load", "reload"])
def test_page_that_the_server_has_served_tells_by_its_tag(browser, pricing, how):
    browser.open("/pricing/", how=how)

    assert page_of(browser) is None


def test_nothing_is_looked_up_where_the_site_has_no_single_pages(browser, pricing, settings):
    settings.WAGTAIL_VISIT_ALERTS = {}

    browser.open("/pricing/", how="navigate")

    assert page_of(browser) is None


@pytest.mark.parametrize("path", ["/missing/", "/login/", "/admin/", "/pricing.php", "/%00/", "/%ff/"])
def test_address_that_no_live_page_has_is_a_page_view_without_a_page(browser, pricing, path):
    browser.open(path, how="navigate")

    assert page_of(browser) is None


def test_page_that_is_not_live_is_not_found(browser, pricing):
    pricing.unpublish()

    browser.open("/pricing/", how="navigate")

    assert page_of(browser) is None


def test_site_without_pages_breaks_nothing(browser):
    Site.objects.all().delete()

    assert browser.open("/pricing/", how="navigate").status_code == 200


def test_route_that_fails_is_logged_and_the_page_view_counts(browser, pricing, monkeypatch, caplog):
    def fail(*args):
        raise RuntimeError("of the site")

    monkeypatch.setattr(ContentPage, "route", fail)

    response = browser.open("/pricing/", how="navigate")

    assert response.status_code == 200
    assert page_of(browser) is None
    assert "page_view.page_not_found" in caplog.text


def test_page_of_another_language_is_found_by_its_prefix(browser, pricing, settings):
    settings.ROOT_URLCONF = "tests.urls_with_languages"
    polish = Locale.objects.get_or_create(language_code="pl")[0]
    translated = pricing.copy_for_translation(polish, copy_parents=True)
    translated.slug = "cennik"
    translated.save_revision().publish()

    browser.open("/pl/cennik/", how="navigate")

    assert page_of(browser).pk == translated.pk


def test_entry_that_was_lost_is_found_its_page_with_the_next(browser, pricing):
    lost = browser.entry("/pricing/", how="navigate")

    browser.open("/", unsent=[lost])

    assert PageView.objects.get(beacon_id=lost["id"]).page_id == pricing.pk


def test_navigation_raises_the_alert_of_its_page(
    browser, pricing, django_capture_on_commit_callbacks, mailoutbox
):
    MonitoredPageFactory(kind="page", page=pricing, path="")
    browser.open("/", contact=ContactFactory())

    browser.open("/pricing/", after_ms=100, how="navigate")

    assert PageView.objects.get(beacon_id=browser.here["id"]).matches.count() == 1


def test_message_of_nobody_costs_no_look_up(browser, pricing):
    browser.headers["User-Agent"] = "Mozilla/5.0 HeadlessChrome/156.0"
    browser.open("/")
    with counted_queries() as queries:
        browser.open("/pricing/", how="navigate")

    assert queries == []
