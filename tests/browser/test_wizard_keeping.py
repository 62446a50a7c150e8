"""What is typed in the wizard survives a closed browser and a session that has ended, in a browser."""

import pytest
from playwright.sync_api import expect

from .conftest import walk_to_details

pytestmark = [pytest.mark.browser, pytest.mark.any_database]


@pytest.fixture
def details(editor):
    """A new alert, at its step "Details", once the scripts that show chips and keep what is typed are at work."""
    walk_to_details(editor, name="Typed, never lost")
    expect(editor.locator("textarea[name=cc]")).to_be_hidden()
    expect(editor.locator("#w-editor-form")).to_have_attribute("data-w-unsaved-confirmation-value", "false")
    expect(editor.get_by_label("CC", exact=True)).to_be_visible()
    return editor


def chips(page):
    """The addresses in CC that are shown as chips, each with its button."""
    return page.get_by_role("list", name="Addresses in CC").get_by_role("listitem").locator("span")


def type_in_cc(page, text):
    """Type into the field of CC, key by key."""
    page.get_by_label("CC", exact=True).press_sequentially(text)


def kept(page, text):
    """Wait for the script to tell the server what is typed, this text with it."""

    def tells(request):
        body = request.post_data_buffer or b""
        return request.method == "POST" and b"keep" in body and text.encode() in body

    return page.expect_response(lambda response: response.ok and tells(response.request))


def test_addresses_in_cc_come_and_go_as_chips_by_the_keyboard(details):
    type_in_cc(details, "a@example.com; b@example.com c@example.com\n")
    expect(chips(details)).to_have_count(3)

    details.keyboard.press("Backspace")
    details.get_by_role("button", name="Remove a@example.com").press("Enter")

    expect(chips(details)).to_have_text(["b@example.com"])
    expect(details.get_by_role("status").filter(has_text="a@example.com removed")).to_have_count(1)
    assert details.locator("textarea[name=cc]").input_value() == "b@example.com"


def test_what_is_typed_survives_a_reload(details):
    with kept(details, "a@example.com"):
        type_in_cc(details, "a@example.com,")

    details.reload()

    expect(chips(details)).to_have_text(["a@example.com"])


PASTE = """
(field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}
"""


def test_what_is_pasted_survives_a_reload(details):
    with kept(details, "a@example.com"):
        details.get_by_label("CC", exact=True).evaluate(PASTE, "A <a@example.com>; b@example.com")

    details.reload()

    expect(chips(details)).to_have_text(["a@example.com", "b@example.com"])


def test_what_is_typed_survives_a_reload_at_once(details):
    type_in_cc(details, "a@example.com,")

    details.reload()

    expect(chips(details)).to_have_text(["a@example.com"])


def test_what_is_typed_survives_leaving_at_once(details):
    step = details.url
    type_in_cc(details, "a@example.com,")

    details.goto("/admin/")
    details.goto(step)

    expect(chips(details)).to_have_text(["a@example.com"])


def test_session_that_ends_while_typing_loses_nothing(details):
    step = details.url
    details.context.clear_cookies(name="sessionid")
    type_in_cc(details, "a@example.com,")
    details.get_by_role("textbox", name="Description").click()
    details.keyboard.type("Call soon.")

    details.get_by_role("button", name="Next").click()
    details.get_by_label("Username").fill("editor")
    details.get_by_label("Password").fill("visit-alerts")
    details.get_by_role("button", name="Sign in").click()

    details.wait_for_url(step)
    expect(chips(details)).to_have_text(["a@example.com"])
    expect(details.get_by_role("textbox", name="Description")).to_contain_text("Call soon.")
    details.get_by_role("button", name="Next").click()
    expect(details.get_by_role("heading", name="Summary")).to_be_visible()


def test_logging_in_again_in_another_tab_goes_unnoticed(details):
    other = details.context.new_page()
    other.context.clear_cookies(name="sessionid")
    other.goto("/admin/")
    other.get_by_label("Username").fill("editor")
    other.get_by_label("Password").fill("visit-alerts")
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/admin/")

    with kept(details, "a@example.com"):
        type_in_cc(details, "a@example.com,")
    details.get_by_role("button", name="Next").click()

    expect(details.get_by_role("heading", name="Summary")).to_be_visible()


def test_more_than_the_site_takes_is_said_and_not_sent(details):
    details.locator("textarea[name=cc]").evaluate("area => { area.value = 'x'.repeat(3_000_000) }")

    details.get_by_role("button", name="Next").click()

    expect(details.get_by_text("This is more than the site takes at once")).to_be_visible()
