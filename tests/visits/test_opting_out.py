import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse, set_script_prefix

from wagtail_visit_alerts.models import PageView

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory
from ..query_counting import counted_queries

pytestmark = pytest.mark.django_db

HERE = {"User-Agent": USER_AGENT, "Sec-Fetch-Site": "same-origin"}
OUT, IN = "/visit-alerts/opt-out/", "/visit-alerts/opt-in/"


def look(client, path=OUT, **headers):
    """The page as a person reads it."""
    return BeautifulSoup(client.get(path, headers={**HERE, **headers}).content, "html.parser")


def press(client, path=OUT, **headers):
    """Press the page's button."""
    return client.post(path, headers={**HERE, **headers})


def state(client, path=OUT, **headers):
    return " ".join(look(client, path, **headers).select_one("[role=status]").text.split())


def test_visitor_who_opts_out_is_not_recorded_any_more(browser):
    browser.open("/", contact=ContactFactory())

    press(browser.client)
    browser.open("/pricing/")
    browser.close()

    assert PageView.objects.count() == 1


def test_page_served_to_a_visitor_who_has_opted_out_is_not_noted(browser, pricing):
    browser.open("/", contact=ContactFactory())
    press(browser.client)

    browser.client.get("/pricing/", headers={"User-Agent": USER_AGENT})

    assert PageView.objects.count() == 1


def test_opting_out_holds_for_400_days_and_is_renewed_on_use_without_a_query(browser):
    first = press(browser.client).cookies["va"]
    with counted_queries() as queries:
        renewed = browser.post(browser.entry("/")).cookies["va"]

    assert (first.value, first["max-age"]) == (renewed.value, renewed["max-age"]) == ("out", 400 * 24 * 3600)
    assert queries == []


@pytest.mark.parametrize("headers", [{"User-Agent": "HeadlessChrome"}, {"Sec-GPC": "1"}], ids=str)
def test_opting_out_outlasts_whatever_else_speaks_against_recording(browser, headers):
    press(browser.client)
    browser.headers |= headers

    browser.open("/")
    browser.close()

    assert browser.client.cookies["va"].value == "out"


def test_cookie_says_the_same_in_every_browser():
    assert press(Client()).cookies["va"].value == press(Client()).cookies["va"].value


def test_reading_the_page_changes_nothing(client):
    for path in (OUT, IN):
        assert not client.get(path, headers=HERE, follow=True).cookies
        assert not client.head(path, headers=HERE).cookies
    assert not client.cookies


def test_page_says_whether_visits_are_recorded(client):
    before = state(client)
    press(client)

    assert before == "Your visits in this browser may be recorded."
    assert state(client) == "Your visits in this browser are not recorded."


def test_page_says_that_the_browsers_signal_is_respected(client):
    assert "asks sites not to record you" in state(client, **{"Sec-GPC": "1"})


def test_button_leads_back_to_the_page_which_shows_the_new_state(client):
    response = client.post(OUT, headers=HERE, follow=True)

    assert response.redirect_chain == [(f"{OUT}?asked=1", 302)]
    assert "are not recorded" in response.content.decode()


def test_browser_that_keeps_no_cookies_is_told_so(client):
    assert "has not kept the cookie" in state(client, f"{OUT}?asked=1")


def test_coming_back_makes_a_new_visitor(browser):
    browser.open("/", contact=ContactFactory())
    press(browser.client)

    press(browser.client, IN)
    browser.open("/pricing/")

    assert PageView.objects.get(address__text__endswith="/pricing/").contact is None
    assert state(browser.client) == "Your visits in this browser may be recorded."


def test_coming_back_without_having_opted_out_changes_no_cookie(browser):
    browser.open("/")

    assert not press(browser.client, IN).cookies


@pytest.mark.parametrize("path", [OUT, IN])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_opts_nobody_out_or_in(path, site):
    client = Client(enforce_csrf_checks=True)
    client.cookies["va"] = "out" if path == IN else "key"

    response = press(client, path, **{"Sec-Fetch-Site": site})

    assert response.status_code == 403
    assert not response.cookies
    assert "did not come from this page" in response.content.decode()


def test_opting_out_asks_for_no_token_and_sets_no_other_cookie():
    client = Client(enforce_csrf_checks=True)
    client.get(OUT, headers=HERE)

    response = press(client)

    assert response.status_code == 302
    assert list(client.cookies) == ["va"]


def test_page_stands_alone(client):
    response = client.get(OUT, headers=HERE)
    page = BeautifulSoup(response.content, "html.parser")

    assert not page.select("script, link, img, iframe, [style], [onclick]")
    assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert "page-view.js" not in response.content.decode()


def test_page_is_in_the_sites_language(client, settings):
    settings.LANGUAGE_CODE = "pl"

    assert look(client).html["lang"] == "pl"


def test_page_of_a_site_below_a_path_leads_there(client):
    set_script_prefix("/cms/")
    try:
        page = BeautifulSoup(client.get(OUT, headers=HERE, SCRIPT_NAME="/cms").content, "html.parser")
    finally:
        set_script_prefix("/")

    assert page.form["action"] == "/cms/visit-alerts/opt-out/"
    assert page.select_one("main a")["href"] == "/cms/"


def test_opting_out_holds_on_all_hosts_that_share_the_cookie(settings):
    hosts = ["www.example.com", "shop.example.com"]
    settings.WAGTAIL_VISIT_ALERTS = {"COOKIE_DOMAIN": "example.com", "COOKIE_HOSTS": hosts}

    response = press(Client(), Host="www.example.com")

    assert response.cookies["va"]["domain"] == "example.com"


def test_opted_out_browser_gets_no_key_by_a_form(form_page):
    browser = VirtualBrowser()
    press(browser.client)

    browser.client.post("/contact/", {"email": "anna@example.org"}, headers={"User-Agent": USER_AGENT})

    assert browser.client.cookies["va"].value == "out"


def test_page_is_reached_by_its_name(client):
    assert client.get(reverse("visit_alerts:opt_out"), headers=HERE).status_code == 200
