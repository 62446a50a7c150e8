"""The switch in the listing, in a browser: in place, by the keyboard, and when there is no session or connection."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

ALERTS = "/admin/visit-alerts/alerts/"


def switch_of(editor, name="Long look at a product"):
    return editor.get_by_role("switch", name=name)


def is_on_after_reload(editor):
    editor.reload()
    return switch_of(editor).get_attribute("aria-checked") == "true"


def test_switch_works_in_place_by_the_keyboard_and_keeps_the_focus(editor):
    editor.goto(f"{ALERTS}?q=product")
    before = switch_of(editor).get_attribute("aria-checked")
    after = "false" if before == "true" else "true"
    editor.evaluate("window.isSamePage = true")

    switch_of(editor).press("Space")

    expect(switch_of(editor)).to_have_attribute("aria-checked", after)
    expect(switch_of(editor)).to_be_focused()
    assert editor.evaluate("window.isSamePage")
    assert is_on_after_reload(editor) == (after == "true")
    switch_of(editor).press("Enter")
    expect(switch_of(editor)).to_have_attribute("aria-checked", before)


def test_switch_says_that_there_is_no_connection(editor):
    editor.goto(ALERTS)
    before = is_on_after_reload(editor)
    editor.context.set_offline(True)

    switch_of(editor).click()

    expect(editor.locator(".messages")).to_contain_text("there is no connection to the server")
    editor.context.set_offline(False)
    assert is_on_after_reload(editor) == before


def test_switch_pressed_after_the_session_is_over_leads_to_the_login_and_back(editor):
    editor.goto(ALERTS)
    before = is_on_after_reload(editor)
    editor.context.clear_cookies(name="sessionid")

    switch_of(editor).click()
    editor.get_by_label("Username").fill("editor")
    editor.get_by_label("Password").fill("visit-alerts")
    editor.get_by_role("button", name="Sign in").click()

    editor.wait_for_url(f"**{ALERTS}")
    assert is_on_after_reload(editor) == before


def test_switch_works_without_scripts(chromium, site):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/visit-alerts/alerts/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("visit-alerts")
    page.get_by_role("button", name="Sign in").click()

    before = switch_of(page).get_attribute("aria-checked")
    switch_of(page).click()

    expect(switch_of(page)).not_to_have_attribute("aria-checked", before)
    expect(page.locator(".messages")).to_contain_text("“Long look at a product” is")
    switch_of(page).click()
    expect(switch_of(page)).to_have_attribute("aria-checked", before)
    context.close()
