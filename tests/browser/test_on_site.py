"""The list of who is on the site, in a browser: it keeps itself up to date, and says so when it can't."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from .test_main_line import arrive, follow

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

ON_SITE = "/admin/visit-alerts/on-site/"
LIVE = "**/on-site/live/**"


def look(page):
    """Let the time pass after which the list looks again."""
    page.clock.fast_forward("00:21")


@pytest.fixture
def watching(editor):
    """The editor with the list open, in a browser whose time is moved and not waited for."""
    editor.clock.install()
    editor.goto(ON_SITE)
    expect(editor.get_by_role("link", name="Look again")).to_be_hidden()
    return editor


def row_of(page, name):
    return page.locator(".visit-alerts-on-site__row", has_text=name)


def note_of(page):
    return page.locator(".visit-alerts-on-site__note")


def test_contact_comes_and_moves_on_without_a_reload_and_the_focus_stays(watching, person, site):
    visit = arrive(person, site, "anna.nowak@example.org", "/products/")

    look(watching)

    row = row_of(watching, "Anna Nowak")
    expect(row).to_contain_text("On this page since")
    expect(row.get_by_role("link", name="Products", exact=True)).to_be_visible()
    link = row.get_by_role("link", name="Anna Nowak")
    link.focus()
    follow(visit, "/pricing/")
    look(watching)
    expect(row.get_by_role("link", name="Products", exact=True)).to_have_count(0)
    expect(link).to_be_focused()


def test_row_that_has_not_changed_is_not_touched(watching, person, site):
    arrive(person, site, "anna.nowak@example.org", "/products/")
    look(watching)
    row = row_of(watching, "Anna Nowak")
    expect(row.get_by_role("link", name="Products", exact=True)).to_be_visible()
    row.evaluate("row => { row.isSame = true }")

    with watching.expect_response(LIVE):
        look(watching)

    assert row.evaluate("row => row.isSame")


def test_list_says_that_the_site_does_not_answer_and_goes_on_once_it_does(watching):
    watching.context.set_offline(True)
    look(watching)
    expect(note_of(watching)).to_contain_text("The site does not answer; trying again.")

    watching.context.set_offline(False)
    watching.clock.fast_forward("00:45")

    expect(note_of(watching)).to_be_empty()


def test_time_of_the_last_look_is_said_in_the_zone_of_the_list(editor):
    editor.clock.install(time=datetime(2026, 12, 1, 12, tzinfo=UTC))
    editor.goto(ON_SITE)
    expect(editor.get_by_role("link", name="Look again")).to_be_hidden()

    editor.context.set_offline(True)
    look(editor)

    expect(note_of(editor)).to_contain_text(re.compile(r"Last updated at 1:00\sPM\."))


def test_list_stops_and_says_so_when_the_session_is_over(watching):
    watching.context.clear_cookies(name="sessionid")

    look(watching)

    expect(note_of(watching)).to_contain_text("You are logged out or may no longer see this")
    expect(watching.get_by_role("link", name="Look again")).to_be_visible()


def test_list_waits_in_the_background_and_looks_at_once_when_it_is_seen_again(watching):
    asked = []
    watching.on("request", lambda request: asked.append(request.url) if "/live/" in request.url else None)
    show = "value => { Object.defineProperty(document, 'hidden', {value, configurable: true});" \
        " document.dispatchEvent(new Event('visibilitychange')) }"  # fmt: skip

    watching.evaluate(show, True)
    watching.clock.fast_forward("10:00")
    assert asked == []
    with watching.expect_response(LIVE):
        watching.evaluate(show, False)
