"""The wizard's previews and tests in a browser: the template as it is typed, the e-mail, a test visit."""

import pytest
from playwright.sync_api import expect

from .conftest import walk_to_details

pytestmark = [pytest.mark.browser, pytest.mark.any_database]


@pytest.fixture
def details(editor):
    """A new alert, at its step "Details"."""
    walk_to_details(editor, name="To be tried")
    editor.get_by_label("Send the alert to me").check()
    return editor


def body_of(page):
    """The text area of the template."""
    return page.get_by_label("Content of the attachment")


def test_fields_of_the_attachment_are_shown_once_there_is_one(details):
    expect(body_of(details)).to_be_hidden()

    details.get_by_role("radio", name="content typed by hand").check()
    expect(body_of(details)).to_be_visible()
    expect(details.get_by_text("What a template can print")).to_be_hidden()

    details.get_by_role("radio", name="Jinja2 template").check()
    expect(details.get_by_text("What a template can print")).to_be_visible()


def test_who_stands_in_is_asked_only_for_owners(details):
    owner = details.get_by_label("Send the alert to the contact's main owner")
    deputy = details.get_by_role("radio", name="Another user")
    deputy.check()
    expect(details.get_by_label("User", exact=True)).to_be_visible()

    owner.uncheck()

    expect(deputy).to_be_hidden()
    expect(details.get_by_label("User", exact=True)).to_be_hidden()
    details.get_by_role("button", name="Next").click()
    expect(details.get_by_role("heading", name="Summary")).to_be_visible()


def test_template_is_written_with_the_list_and_checked_as_it_is_typed(details):
    details.get_by_role("radio", name="Jinja2 template").check()
    body_of(details).fill("For  today\n{{ contact.nam }}")
    expect(details.get_by_text("Line 2")).to_be_visible()
    body_of(details).fill("For  today")
    body_of(details).evaluate("area => area.setSelectionRange(4, 4)")

    details.get_by_text("What a template can print").click()
    details.get_by_role("button", name="Insert {{ contact.name }}").click()

    expect(body_of(details)).to_have_value("For {{ contact.name }} today")
    expect(body_of(details)).to_be_focused()
    expect(details.get_by_text("Line 2")).to_be_hidden()
    details.get_by_role("button", name="Show the attachment").click()
    expect(details.locator(".visit-alerts-preview pre")).not_to_contain_text("{{")


def test_tab_key_leaves_the_template(details):
    details.get_by_role("radio", name="Jinja2 template").check()
    body_of(details).focus()

    details.keyboard.press("Tab")

    expect(body_of(details)).not_to_be_focused()


def test_email_is_previewed_and_an_alert_tried_on_the_site(details):
    details.get_by_role("button", name="Next").click()
    frame = details.frame_locator("iframe[title='The e-mail as HTML']")
    expect(frame.get_by_text("is looking at")).to_be_visible()

    with details.context.expect_page() as opened:
        details.get_by_role("button", name="Try it on the site").click()
    opened.value.wait_for_load_state()
    opened.value.mouse.move(100, 100)
    opened.value.mouse.move(200, 200)

    expect(details.get_by_text("Test visit as")).to_be_visible()
    expect(details.get_by_text("raises the alert “To be tried”")).to_be_visible()


def test_saving_while_off_leads_to_switching_on(details):
    details.get_by_role("button", name="Next").click()
    details.get_by_role("button", name="Save").click()

    details.get_by_role("link", name="Switch on").click()
    details.get_by_role("button", name="Switch on").click()

    expect(details.get_by_text("“To be tried” is on.")).to_be_visible()
