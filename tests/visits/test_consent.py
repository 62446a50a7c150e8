import json
import logging
from urllib.parse import quote

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from wagtail_visit_alerts import api
from wagtail_visit_alerts.models import Contact, Method, PageView, Source, Visitor
from wagtail_visit_alerts.visits.consent import fits

from ..browsing import ENDPOINT, USER_AGENT
from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

COOKIE = {"cookie": "cookie_consent", "value": "*marketing*"}

#: What the consent function below answers, and with which requests it was called.
ANSWERS: dict = {}


def site_says(request):
    """A site's own consent function, named by its dotted path."""
    ANSWERS["called"] = ANSWERS.get("called", 0) + 1
    answer = ANSWERS["answer"]
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture
def by_cookie(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": COOKIE}


@pytest.fixture
def by_function(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": f"{__name__}.site_says"}
    ANSWERS.clear()
    ANSWERS["answer"] = True
    return ANSWERS


def agree(browser, value="analytics,marketing"):
    browser.client.cookies["cookie_consent"] = value


def fetch(browser, path="/pricing/"):
    return browser.client.get(path, headers={"User-Agent": USER_AGENT})


def has_key(browser):
    return bool(browser.client.cookies.get("va") and browser.client.cookies["va"].value)


@pytest.mark.parametrize("consent", ["", "not_required"])
def test_everybody_is_recorded_where_consent_is_not_asked_for(browser, settings, consent):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": consent}

    browser.open("/")

    assert Visitor.objects.get().consents is None


class TestCookie:
    """``CONSENT`` names the banner's cookie and the value that means yes."""

    def test_nothing_is_written_and_no_cookie_is_set_without_consent(self, browser, by_cookie):
        with counted_queries() as queries:
            response = browser.post(browser.entry("/"))

        assert response.json() == {"again": False, "at": []}
        assert not response.cookies
        assert queries == []

    def test_visit_is_recorded_while_the_cookie_fits(self, browser, by_cookie):
        agree(browser)

        browser.open("/")

        assert Visitor.objects.get().consents is True

    def test_other_value_of_the_cookie_is_no_consent(self, browser, by_cookie):
        agree(browser, "analytics")

        browser.open("/")

        assert not Visitor.objects.exists()

    def test_value_is_compared_as_it_was_before_it_was_encoded(self, browser, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            "CONSENT": {"cookie": "cc_cookie", "value": '*"categories":[*"ads"*]*'}
        }
        kept = json.dumps({"categories": ["necessary", "ads"], "revision": 0}, separators=(",", ":"))
        browser.client.cookies["cc_cookie"] = quote(kept)

        browser.open("/")

        assert PageView.objects.count() == 1

    def test_what_the_banner_has_told_the_script_counts_before_its_cookie_is_there(self, browser, by_cookie):
        browser.open("/", consent=True)

        assert Visitor.objects.get().consents is True

    def test_no_that_the_banner_has_told_the_script_counts_before_its_cookie_is_gone(self, browser, by_cookie):
        agree(browser)

        browser.open("/", consent=False)

        assert not Visitor.objects.exists()

    def test_token_of_a_link_counts_with_the_page_view_once_consent_is_given(self, browser, by_cookie):
        contact = ContactFactory()

        browser.open("/pricing/", contact=contact, consent=True)

        assert PageView.objects.get().contact == contact

    def test_consent_that_has_gone_parts_the_browser_from_its_key(self, browser, by_cookie):
        agree(browser)
        browser.open("/", contact=ContactFactory())
        agree(browser, "no")

        browser.open("/pricing/")

        visitor = Visitor.objects.get()
        assert visitor.retired_at is not None
        assert visitor.consents is False
        assert PageView.objects.count() == 1
        assert not has_key(browser)

    def test_consent_given_again_makes_a_new_visitor(self, browser, by_cookie):
        agree(browser)
        browser.open("/", contact=ContactFactory())
        agree(browser, "no")
        browser.open("/pricing/")
        agree(browser)

        browser.open("/about/")

        assert PageView.objects.get(address__text__endswith="/about/").contact is None

    @pytest.mark.parametrize("report", ["close", "report_in_view"])
    def test_page_left_or_read_without_consent_parts_the_browser_too(self, browser, by_cookie, report):
        agree(browser)
        browser.open("/")
        agree(browser, "no")

        {"close": browser.close, "report_in_view": lambda: browser.report_in_view(5000)}[report]()

        assert Visitor.objects.get().retired_at is not None
        assert PageView.objects.get().engaged_ms is None

    def test_page_is_noted_only_while_the_cookie_fits(self, browser, by_cookie, pricing):
        agree(browser)
        browser.open("/", contact=ContactFactory())
        fetch(browser)
        agree(browser, "no")
        fetch(browser)

        assert PageView.objects.filter(source=Source.HOOK).count() == 1

    # The header "Expires" counts seconds, of which none may pass in between.
    @time_machine.travel("2026-11-24 09:00Z", tick=False)
    def test_answer_has_the_same_status_and_keys_as_any_other(self, browser, by_cookie):
        refused = browser.post(browser.entry("/"))
        agree(browser)
        browser.open("/")
        taken = browser.post(browser.entry("/"))

        assert (refused.status_code, refused.json()) == (taken.status_code, taken.json())
        assert refused.headers == taken.headers

    @pytest.mark.parametrize("broken", [{}, {"cookie": "x"}, {"value": "x"}, {"cookie": 1, "value": 2}])
    def test_nobody_is_recorded_where_the_setting_names_no_cookie(self, browser, settings, broken):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": broken}

        browser.open("/")

        assert not Visitor.objects.exists()


@pytest.mark.parametrize(
    ("value", "pattern", "fit"),
    [
        ("yes", "yes", True),
        ("yes", "Yes", False),
        ("yes", "y*", True),
        ("yes", "*", True),
        ("", "*", True),
        ("", "", True),
        ("yes!", "yes", False),
        ("a,marketing,b", "*marketing*", True),
        ("marketing", "*marketing*", True),
        ("market", "*marketing*", False),
        ("aba", "ab*ba", False),
        ("abba", "ab*ba", True),
        ("a-b-c", "a*b*c", True),
        ("a-c-b", "a*b*c", False),
        ("1.x\n2", "1*2", True),
        ("(yes)", "(y?s)", False),
        ("a" * 4000, "*a" * 30 + "*b*", False),
    ],
)
def test_star_stands_for_anything(value, pattern, fit):
    assert fits(value, pattern) is fit


class TestWithdrawal:
    """The banner calls the script when somebody withdraws; the script sends a message."""

    @pytest.mark.parametrize("consent", ["not_required", COOKIE])
    def test_nothing_more_is_recorded_and_the_cookie_goes(self, browser, settings, consent):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": consent}
        browser.open("/", contact=ContactFactory(), consent=True)

        response = browser.post({"type": "withdraw"})

        assert response.json() == {"again": False, "at": []}
        assert Visitor.objects.get().retired_at is not None
        assert not has_key(browser)

    def test_messages_of_other_tabs_with_the_old_key_record_nothing(self, browser):
        browser.open("/", contact=ContactFactory())
        old = browser.client.cookies["va"].value
        browser.post({"type": "withdraw"})
        browser.client.cookies["va"] = old

        browser.close()
        browser.post(browser.entry("/pricing/"))

        assert PageView.objects.get().ended_at is None

    def test_withdrawal_counts_whatever_else_speaks_against_recording(self, browser):
        browser.open("/", contact=ContactFactory())
        browser.headers["Sec-GPC"] = "1"

        browser.post({"type": "withdraw"})

        assert Visitor.objects.get().retired_at is not None
        assert not has_key(browser)

    def test_withdrawal_of_a_browser_without_a_key_costs_no_query(self, browser):
        with counted_queries() as queries:
            response = browser.post({"type": "withdraw"})

        assert (response.status_code, queries) == (200, [])
        assert not response.cookies


class TestFunction:
    """``CONSENT`` is the dotted path of the site's own function."""

    def test_yes_is_stored_on_the_visitor(self, browser, by_function):
        browser.open("/")

        assert Visitor.objects.get().consents is True

    @pytest.mark.parametrize("answer", [False, None, 0, "", ValueError("broken")])
    def test_no_writes_nothing(self, browser, by_function, answer):
        by_function["answer"] = answer

        response = browser.open("/")

        assert response.json() == {"again": False, "at": []}
        assert not Visitor.objects.exists()

    def test_function_that_fails_is_logged_and_counts_as_no(self, browser, by_function, caplog):
        by_function["answer"] = ValueError("broken")

        browser.open("/")

        assert "consent.function_failed" in caplog.text

    def test_function_that_is_not_there_is_logged_and_counts_as_no(self, browser, settings, caplog):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "nowhere.site_says"}

        browser.open("/")

        assert "consent.function_failed" in caplog.text
        assert not Visitor.objects.exists()

    def test_no_after_a_yes_parts_the_browser_from_its_key(self, browser, by_function):
        browser.open("/")
        by_function["answer"] = False

        browser.open("/pricing/")

        assert Visitor.objects.get().retired_at is not None
        assert PageView.objects.count() == 1

    def test_banner_can_not_say_yes_in_place_of_the_function(self, browser, by_function):
        by_function["answer"] = False

        browser.open("/", consent=True)

        assert not Visitor.objects.exists()

    def test_function_is_not_called_for_whom_the_request_excludes(self, browser, by_function):
        browser.headers["Sec-GPC"] = "1"

        browser.open("/")

        assert "called" not in by_function

    def test_function_is_not_called_while_a_page_is_served(self, browser, by_function, pricing):
        browser.open("/", contact=ContactFactory())
        calls = by_function["called"]

        fetch(browser)

        assert by_function["called"] == calls
        assert PageView.objects.filter(source=Source.HOOK).count() == 1

    @pytest.mark.parametrize("stored", [None, False])
    def test_page_is_not_noted_before_the_function_has_said_yes(self, browser, by_function, pricing, stored):
        browser.open("/", contact=ContactFactory())
        Visitor.objects.update(consents=stored)

        fetch(browser)

        assert not PageView.objects.filter(source=Source.HOOK).exists()


class TestForms:
    """What a person submits is the site's; binding their browser to it needs consent."""

    def test_form_sets_no_cookie_and_binds_no_browser_without_consent(self, by_cookie):
        request, response = RequestFactory(headers={"User-Agent": USER_AGENT}).post("/offer/"), HttpResponse()

        contact = api.identify_from_form(request, "anna.nowak@example.org", response=response)

        assert contact == Contact.objects.get()
        assert not response.cookies
        assert not Visitor.objects.exists()

    def test_form_page_sets_no_cookie_without_consent(self, browser, by_cookie, form_page):
        response = browser.client.post(
            "/contact/", {"email": "anna.nowak@example.org"}, headers={"User-Agent": USER_AGENT}
        )

        assert response.status_code == 200
        assert "va" not in response.cookies
        assert not Visitor.objects.exists()

    def test_form_with_consent_binds_the_browser(self, browser, by_cookie, form_page):
        agree(browser)

        browser.client.post("/contact/", {"email": "anna@example.org"}, headers={"User-Agent": USER_AGENT})

        visitor = Visitor.objects.get()
        assert (visitor.contact.email, visitor.consents) == ("anna@example.org", True)

    def test_form_asks_the_function(self, by_function):
        by_function["answer"] = False
        request, response = RequestFactory(headers={"User-Agent": USER_AGENT}).post("/offer/"), HttpResponse()

        api.identify(request, ContactFactory(), response=response)

        assert not response.cookies

    def test_login_without_consent_parts_the_browser_instead_of_binding_it(self, browser, by_cookie):
        agree(browser)
        browser.open("/", contact=ContactFactory())
        agree(browser, "no")
        user = UserFactory()
        user.set_password("secret")
        user.save()
        ContactFactory(user=user)

        browser.client.post(
            "/login/", {"username": user.username, "password": "secret"}, headers=browser.headers
        )

        visitor = Visitor.objects.get()
        assert visitor.retired_at is not None
        assert visitor.identified_by == Method.LINK


def test_consent_that_is_no_truth_value_is_refused(browser):
    response = browser.post(browser.entry("/", consent="yes"))

    assert response.status_code == 400


def test_no_cookie_value_is_logged(browser, by_cookie, caplog):
    caplog.set_level(logging.DEBUG)
    agree(browser, "secret-of-the-banner")

    browser.client.post(ENDPOINT, "{", content_type="application/json", headers=browser.headers)
    browser.open("/")

    assert "secret-of-the-banner" not in caplog.text
