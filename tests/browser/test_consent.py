"""Consent in the browser: nothing is sent or stored before it, and nothing after it was withdrawn.

The script by itself on the plain site; and with a real banner (vanilla-cookieconsent) on the example site.
"""

import json
import re
from pathlib import Path

import pytest
from django.test import override_settings

from .conftest import tag
from .test_main_line import settle
from .test_page_views import page_views
from .test_script import let_pass_until_next, rest_after, wait

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

GRANT = "(window.visitAlerts ||= []).push({ consent: true })"
WITHDRAW = "(window.visitAlerts ||= []).push({ consent: false })"
ASKS = {"CONSENT": {"cookie": "consent", "value": '*"analytics"*'}}
AGREED = "document.cookie = 'consent=%5B%22analytics%22%5D; path=/'"


@pytest.fixture
def asking(plain_site):
    """The plain site, where it has a banner with a cookie."""
    with override_settings(WAGTAIL_VISIT_ALERTS=ASKS):
        plain_site.head = tag()
    return plain_site


def stored(page):
    return json.loads(page.evaluate("JSON.stringify(Object.keys(sessionStorage))"))


def test_nothing_is_sent_or_stored_without_consent(asking, visitor):
    page = visitor.new_page()
    page.goto("/")
    page.mouse.click(5, 5)
    wait(page, 1500)
    page.goto("/pricing/")
    wait(page, 1500)

    assert asking.rest() == []
    assert stored(page) == []
    assert visitor.cookies() == []


def test_cookie_that_fits_is_consent_on_every_page(asking, visitor):
    visitor.add_cookies([{"name": "consent", "value": "%5B%22analytics%22%5D", "url": asking.url("/")}])
    page = visitor.new_page()
    for path in ("/", "/pricing/"):
        page.goto(path)

        entry = asking.next_of("entry")

        assert entry["url"] == path
        assert "consent" not in entry


@pytest.mark.parametrize("value", ["", "no", "%5B%22necessary%22%5D", "analytics", "%E0%A4%A"])
def test_cookie_that_says_something_else_is_no_consent(asking, visitor, value):
    visitor.add_cookies([{"name": "consent", "value": value, "url": asking.url("/")}])
    page = visitor.new_page()
    page.goto("/")
    wait(page, 1500)

    assert asking.rest() == []


def test_cookie_alone_is_noticed_within_a_second(asking, visitor):
    page = visitor.new_page()
    page.goto("/")
    wait(page, 1000)
    page.evaluate(AGREED)

    entry = asking.next()

    assert (entry["type"], entry["url"]) == ("entry", "/")
    assert 1000 <= entry["ago"] <= entry["navigation"]


def test_call_of_the_banner_is_consent_in_that_page_and_all_its_messages_say_so(asking, visitor):
    page = visitor.new_page()
    page.goto("/")
    page.evaluate(GRANT)
    page.evaluate(GRANT)
    entry = asking.next()
    page.goto("/pricing/")
    end = asking.next()
    wait(page, 1500)

    assert [(one["type"], one["consent"]) for one in (entry, end)] == [("entry", True), ("end", True)]
    assert asking.rest() == []


def test_call_before_the_script_is_there_counts(asking, visitor):
    asking.head = f"<script>{GRANT}</script>{asking.head}"

    visitor.new_page().goto("/")

    assert asking.next()["consent"] is True


def test_refusal_before_the_script_is_there_counts(plain_site, visitor):
    plain_site.head = f"<script>{WITHDRAW}</script>{plain_site.head}"
    page = visitor.new_page()
    page.goto("/")
    wait(page, 1500)

    assert plain_site.rest() == []


def test_refusal_on_each_page_sends_nothing(asking, visitor):
    page = visitor.new_page()
    for path in ("/", "/pricing/"):
        page.goto(path)
        page.evaluate(WITHDRAW)
        page.evaluate(WITHDRAW)
    wait(page, 1500)

    assert asking.rest() == []
    assert stored(page) == []


def test_token_seen_before_counts_with_that_page_view_once_there_is_consent(asking, visitor):
    page = visitor.new_page()
    page.goto("/pricing/?va=secret")
    page.mouse.click(50, 50)
    wait(page, 1500)
    assert page.url == asking.url("/pricing/")
    assert stored(page) == []
    page.evaluate(GRANT)

    entry = asking.next()

    assert (entry["url"], entry["token"], entry["consent"]) == ("/pricing/", "secret", True)
    assert entry["sign"] in ("pointermove", "pointerdown")
    assert 1500 <= entry["ago"] < entry["navigation"]


def test_withdrawal_is_sent_once_and_ends_everything(asking, visitor):
    page = visitor.new_page()
    page.goto("/")
    page.evaluate(GRANT)
    asking.next()
    page.evaluate(WITHDRAW)
    page.evaluate(WITHDRAW)
    withdrawal = asking.next()
    wait(page, 1500)
    page.goto("/pricing/")
    wait(page, 1500)

    assert (withdrawal["type"], withdrawal["consent"]) == ("withdraw", False)
    assert asking.rest() == []
    assert stored(page) == []


def test_cookie_that_goes_away_is_a_withdrawal(asking, visitor):
    page = visitor.new_page()
    page.goto("/")
    page.evaluate(AGREED)
    asking.next()
    page.evaluate("document.cookie = 'consent=%5B%5D; path=/'")

    assert asking.next()["type"] == "withdraw"
    page.goto("/pricing/")
    wait(page, 1500)
    assert asking.rest() == []


def test_withdrawal_that_was_not_taken_is_sent_again_until_it_is(plain_site, stopped):
    page = stopped.new_page()
    page.goto("/")
    plain_site.next()
    plain_site.answer = None
    page.evaluate(WITHDRAW)
    plain_site.next_of("withdraw")
    plain_site.answer = {"again": False, "at": []}

    assert let_pass_until_next(page, plain_site, kind="withdraw")["consent"] is False
    assert rest_after(plain_site, page, 500) == []
    page.clock.run_for(70_000)
    assert rest_after(plain_site, page, 500) == []


def test_consent_after_a_withdrawal_begins_anew(asking, visitor):
    page = visitor.new_page()
    page.goto("/")
    page.evaluate(GRANT)
    before = asking.next()
    page.evaluate(WITHDRAW)
    asking.next()
    wait(page, 1500)
    page.evaluate(GRANT)

    after = asking.next()

    assert after["type"] == "entry"
    assert after.get("previous") is None
    assert {after["id"], after["tab"]}.isdisjoint({before["id"], before["tab"]})


def test_page_without_a_cookie_to_go_by_sends_at_once_and_stops_when_told(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/")
    assert "consent" not in plain_site.next()
    page.evaluate(WITHDRAW)
    assert plain_site.next()["type"] == "withdraw"
    page.goto("about:blank")
    wait(page, 500)

    assert plain_site.rest() == []


def test_test_visit_needs_no_consent(asking, visitor):
    page = visitor.new_page()
    page.goto("/?va=test.abc")

    entry = asking.next()

    assert (entry["type"], entry["test"]) == ("entry", "test.abc")


# ── With a banner, on the example site ──


def test_documentation_shows_the_banner_that_is_tested():
    shown = re.findall(
        r"```js\n(.*?)```", (CONSENT_FOLDER.parents[2] / "docs" / "script.md").read_text(), re.DOTALL
    )

    assert (CONSENT_FOLDER / "banner.js").read_text().startswith(shown[1])


CONSENT_FOLDER = Path(__file__).resolve().parent / "cookieconsent"
BANNER = (
    '<link rel="stylesheet" href="/banner/cookieconsent.css">'
    '<script defer src="/banner/cookieconsent.umd.js"></script><script defer src="/banner/banner.js"></script>'
)
CONTACT = "greta.holm@example.org"


@pytest.fixture
def bannered(asked_person):
    """The visitor's browser, with the banner on each page of the example site."""

    def put_banner(route):
        if route.request.resource_type != "document":
            return route.fallback()
        response = route.fetch()
        return route.fulfill(response=response, body=response.text().replace("</head>", f"{BANNER}</head>"))

    asked_person.route("**/*", put_banner)
    asked_person.route(
        "**/banner/*", lambda route: route.fulfill(path=CONSENT_FOLDER / Path(route.request.url).name)
    )
    return asked_person


@pytest.fixture
def sent(bannered):
    """The messages that the browser has sent so far."""
    messages = []
    bannered.on(
        "request",
        lambda request: messages.append(request.post_data_json) if "page-views" in request.url else None,
    )
    return messages


def open_link(bannered, site, path="/blog/"):
    page = bannered.new_page()
    page.goto(site.manage("visit_alerts_link", CONTACT, path))
    return page


def accept(page):
    with page.expect_response("**/page-views/"):
        page.get_by_role("button", name="Accept all").first.click()
    settle(page)


def key_cookies(bannered):
    return [cookie for cookie in bannered.cookies() if cookie["name"] in ("va", "__Host-va")]


def test_accepting_in_the_banner_records_the_page_view_of_the_links_contact(bannered, sent, asking_site):
    page = open_link(bannered, asking_site)
    page.get_by_role("button", name="Accept all").first.wait_for()
    assert sent == []

    accept(page)

    assert sent[-1]["token"]
    assert sent[-1]["sign"] in ("pointermove", "pointerdown")
    assert sent[-1]["consent"] is True
    assert page_views(asking_site, CONTACT) == [("blog/", "OPEN")]


def test_consent_of_an_earlier_page_is_found_in_the_banners_cookie(bannered, sent, asking_site):
    page = open_link(bannered, asking_site)
    accept(page)
    with page.expect_response("**/page-views/"):
        page.goto("/contact/")
    settle(page)

    assert page_views(asking_site, CONTACT) == [("blog/", "MOVED_ON"), ("contact/", "OPEN")]


def test_rejecting_in_the_banner_sends_nothing_on_this_page_and_the_next(bannered, sent, asking_site):
    page = open_link(bannered, asking_site)
    page.get_by_role("button", name="Reject all").first.click()
    wait(page, 1500)
    page.goto("/contact/")
    page.mouse.click(300, 300)
    wait(page, 1500)

    assert sent == []
    assert key_cookies(bannered) == []
    assert stored(page) == []


def test_changing_ones_mind_in_the_banner_withdraws_and_ends_recording(bannered, sent, asking_site):
    page = open_link(bannered, asking_site)
    accept(page)
    assert key_cookies(bannered) != []
    page.evaluate("CookieConsent.showPreferences()")
    with page.expect_response("**/page-views/"):
        page.get_by_role("button", name="Reject all").last.click()
    wait(page, 500)
    assert sent[-1]["type"] == "withdraw"
    assert key_cookies(bannered) == []
    count = len(sent)

    page.goto("/contact/")
    page.mouse.click(300, 300)
    wait(page, 1500)

    assert len(sent) == count
    assert page_views(asking_site, CONTACT) == [("blog/", "OPEN")]
