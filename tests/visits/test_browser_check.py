"""The public page "Check this browser": what it says of each browser, that it names nobody and changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from wagtail_visit_alerts.models import Method, PageView, Visitor
from wagtail_visit_alerts.visits.browser_check_page import check_path

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LABELS = ["Cookie", "Consent", "GPC and Do Not Track", "Colleague", "Program", "Network", "Contact"]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def check(client=None, **headers):
    """What the page says: the verdict, and by label the state with what was found."""
    headers = {"User-Agent": USER_AGENT, **{name.replace("_", "-"): value for name, value in headers.items()}}
    response = (client or Client()).get(check_path(), headers=headers, REMOTE_ADDR="8.8.4.4")
    assert response.status_code == 200
    soup = BeautifulSoup(response.content, "html.parser")
    rows = {text(row.th): tuple(text(cell) for cell in row.select("td")) for row in soup.select("tbody tr")[1:]}
    return text(soup.select_one("p.state")), rows


def text(element):
    return " ".join(element.get_text(" ").split())


def staff_client(*, is_superuser=True):
    client = Client()
    client.force_login(UserFactory(is_superuser=is_superuser))
    return client


def function_that_says_no(request):
    return False


def function_that_says_yes(request):
    return True


class TestLines:
    def test_strangers_browser_has_nothing_against_it(self):
        verdict, rows = check()

        assert verdict == "The server has nothing against recording this browser's visits."
        assert list(rows) == LABELS
        assert {label: state for label, (state, _text) in rows.items()} == {
            "Cookie": "Note",
            "Consent": "Good",
            "GPC and Do Not Track": "Good",
            "Colleague": "Good",
            "Program": "Good",
            "Network": "Good",
            "Contact": "Note",
        }

    def test_browser_that_holds_a_key_says_since_when(self, clock):
        browser = VirtualBrowser()
        browser.open("/")
        clock.shift(timedelta(days=3))

        assert check(browser.client)[1]["Cookie"] == (
            "Good",
            "This browser holds a key that it was given 3 days ago.",
        )

    def test_browser_that_was_switched_off_says_for_how_long(self):
        client = Client()
        client.cookies["va"] = "off"

        verdict, rows = check(client)

        assert verdict == "Visits in this browser are not recorded. What speaks against it: Cookie."
        assert rows["Cookie"][0] == "Problem"
        assert "it is not asked again for a day" in rows["Cookie"][1]

    def test_browser_that_has_opted_out_says_so(self):
        client = Client()
        client.cookies["va"] = "out"

        assert "has asked not to be recorded" in check(client)[1]["Cookie"][1]

    @pytest.mark.parametrize("header", ["Sec_GPC", "DNT"])
    def test_browser_that_asks_not_to_be_recorded_says_so(self, header):
        verdict, rows = check(**{header: "1"})

        assert verdict.endswith("What speaks against it: GPC and Do Not Track.")
        assert rows["GPC and Do Not Track"][0] == "Problem"

    def test_site_that_does_not_look_at_signals_says_so(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "RESPECT_PRIVACY_SIGNALS": False}

        assert check(DNT="1")[1]["GPC and Do Not Track"][0] == "Note"

    def test_colleagues_browser_says_how_to_try_an_alert(self):
        verdict, rows = check(staff_client())

        assert verdict.endswith("What speaks against it: Colleague.")
        assert "“Try it on the site”" in rows["Colleague"][1]

    def test_colleague_is_recorded_where_the_site_says_so(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "RECORD_STAFF": True}

        assert check(staff_client())[1]["Colleague"][0] == "Note"

    def test_customer_who_is_logged_in_is_no_colleague(self):
        assert check(staff_client(is_superuser=False))[1]["Colleague"] == (
            "Good",
            "Whoever is logged in is no colleague.",
        )

    def test_program_says_so(self):
        verdict, _rows = check(User_Agent="Googlebot/2.1 (+http://www.google.com/bot.html)")

        assert verdict.endswith("What speaks against it: Program.")

    def test_network_that_is_left_out_says_so(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            "CONSENT": "not_required",
            "EXCLUDED_NETWORKS": ["8.8.4.0/24"],
        }

        _verdict, rows = check()

        assert rows["Network"][0] == "Problem"
        assert "8.8.4.4" in rows["Network"][1]

    def test_address_that_can_not_be_told_asks_for_the_proxies(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "TRUSTED_PROXIES": 2}

        state, found = check()[1]["Network"]

        assert state == "Look here"
        assert "TRUSTED_PROXIES" in found

    @pytest.mark.parametrize(
        ("consent", "state"),
        [
            ({"cookie": "banner", "value": "yes"}, "Problem"),
            (f"{__name__}.function_that_says_no", "Problem"),
            (f"{__name__}.function_that_says_yes", "Good"),
            ("not_required", "Good"),
        ],
    )
    def test_consent_is_judged_as_the_site_does(self, settings, consent, state):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": consent}

        assert check()[1]["Consent"][0] == state

    def test_cookie_of_consent_is_found(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": {"cookie": "banner", "value": "yes"}}
        client = Client()
        client.cookies["banner"] = "yes"

        assert check(client)[1]["Consent"] == ("Good", "This browser's user has agreed.")


class TestContact:
    @pytest.fixture
    def browser(self):
        browser = VirtualBrowser()
        browser.open("/", contact=ContactFactory(name="Anna Nowak", email="anna.nowak@example.org"))
        return browser

    def test_contact_is_a_number_with_how_they_were_recognised(self, browser):
        number = Visitor.objects.get().contact_id

        assert check(browser.client)[1]["Contact"] == (
            "Good",
            f"Known as contact {number}, recognised by a link sent to them.",
        )

    def test_contact_is_named_nowhere(self, browser):
        html = browser.client.get(check_path()).content.decode()

        assert "Anna" not in html
        assert "anna.nowak" not in html

    def test_contact_with_an_address_of_the_staff_is_a_colleague(self, browser, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "STAFF_EMAIL_DOMAINS": ["example.org"]}

        assert check(browser.client)[1]["Contact"][0] == "Problem"

    def test_key_that_is_no_longer_used_says_so(self, browser):
        Visitor.objects.update(retired_at=NOW)

        assert "no longer used" in check(browser.client)[1]["Contact"][1]

    def test_looking_changes_nothing(self, browser):
        before = list(Visitor.objects.values()), list(PageView.objects.values())

        response = browser.client.get(check_path())

        assert (list(Visitor.objects.values()), list(PageView.objects.values())) == before
        assert response.cookies == {}
        assert Visitor.objects.get().identified_by == Method.LINK


class TestPage:
    def test_link_is_over_after_an_hour(self, clock):
        path = check_path()
        clock.shift(timedelta(hours=1, seconds=1))

        response = Client().get(path)

        assert response.status_code == 403
        assert "that hour is over" in response.content.decode()
        assert "<table" not in response.content.decode()

    @pytest.mark.parametrize("query", ["", "?token=", "?token=check:forged", "?token=%00"])
    def test_without_a_valid_link_it_says_nothing_of_the_browser(self, query):
        response = Client().get(f"/visit-alerts/check-browser/{query}")

        assert response.status_code == 403
        assert "<table" not in response.content.decode()

    def test_it_is_kept_by_nobody_framed_nowhere_and_runs_only_its_own_script(self):
        response = Client().get(check_path())

        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
        policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert policy["style-src"].startswith("'sha256-")

    def test_static_files_of_another_host_are_allowed(self, settings):
        settings.STATIC_URL = "https://static.example.com/"

        policy = Client().get(check_path())["Content-Security-Policy"]

        assert "script-src 'self' https://static.example.com" in policy

    def test_only_reading_is_allowed(self):
        assert Client().post(check_path()).status_code == 405
