"""The main job, end to end, as people do it: an editor, a contact, a salesperson."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def set_up_alert(editor, *, name, path, minutes="", cc="", description="", times=None):
    """Go through the five steps of the wizard and save the alert, switched on."""
    editor.goto("/admin/")
    editor.get_by_role("button", name="Visit alerts").click()
    editor.get_by_role("link", name="Alerts", exact=True).click()
    editor.get_by_role("link", name="Add alert").first.click()
    editor.get_by_label("Alert name").fill(name)
    editor.get_by_role("button", name="Next").click()
    editor.get_by_role("radio", name="URL").first.check()
    editor.get_by_label("Path").first.fill(path)
    if minutes:
        editor.get_by_label("Minimum minutes on the page").first.fill(minutes)
    editor.get_by_role("button", name="Next").click()
    if times:
        editor.get_by_role("radio", name="Choose exactly").check()
        editor.get_by_label("Times").fill(str(times))
    else:
        editor.get_by_role("radio", name="Once a day").check()
    editor.get_by_role("button", name="Next").click()
    editor.get_by_label("Send the alert to the contact's main owner").check()
    editor.get_by_label("CC", exact=True).fill(cc)
    editor.get_by_role("textbox", name="Description").press_sequentially(description)
    editor.get_by_role("button", name="Next").click()
    editor.get_by_text("Activate the alert").click()
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_text(f"Alert “{name}” saved. It is on.")).to_be_visible()


def arrive(person, site, email, path):
    """Open a signed link as a person does, and give the sign of life that a scanner does not."""
    page = person.new_page()
    link = site.manage("visit_alerts_link", email, path)
    with entered(page, path):
        page.goto(link)
        page.mouse.move(100, 100)
        page.mouse.move(200, 200)
    return page


def follow(page, path):
    """Click the link to a page of the site, and wait until the beacon has reported it."""
    with entered(page, path):
        page.locator(f'a[href$="{path}"]').first.click()


@contextmanager
def entered(page, path):
    """Do something that shows a page of the site in a tab, and wait until the server has confirmed its entry."""

    def answers_entry(response):
        message = response.request.post_data_json if response.url.endswith("/page-views/") else None
        return bool(message) and message["type"] == "entry" and message["url"].partition("?")[0] == path

    with page.expect_response(answers_entry):
        yield
    settle(page)


def settle(page):
    """Wait until the server has confirmed the entry of the page that is shown, if that was sent."""
    page.wait_for_load_state()
    page.wait_for_function("JSON.parse(sessionStorage['va:unsent'] || '[]').length == 0")


def text_of(message):
    return message.get_body(("plain",)).get_content()


def test_editor_sets_up_an_alert_and_owner_and_cc_are_told_of_the_contact(editor, person, site):
    set_up_alert(
        editor, name="Case studies", path="/case-studies/", cc="boss@example.com", description="Call at once."
    )

    page = arrive(person, site, "anna.nowak@example.org", "/")
    follow(page, "/blog/")
    follow(page, "/case-studies/")

    messages = {message["X-Envelope-To"]: message for message in (site.mailbox.next(), site.mailbox.next())}
    assert messages.keys() == {"marta@example.com", "boss@example.com"}
    text = text_of(messages["marta@example.com"])
    assert "Anna Nowak" in text
    assert "/case-studies/" in text
    assert "Blog" in text
    assert "Call at once." in text
    assert "va=" not in text


def test_second_visit_that_day_raises_no_second_alert(editor, person, site):
    set_up_alert(editor, name="Blog once a day", path="/blog/")
    page = arrive(person, site, "anna.nowak@example.org", "/blog/")
    assert "Blog once a day" in text_of(site.mailbox.next())
    set_up_alert(editor, name="Anything else", path="/contact/")

    follow(page, "/case-studies/")
    follow(page, "/blog/")
    follow(page, "/contact/")

    assert "Anything else" in text_of(site.mailbox.next())
    assert site.mailbox.is_empty()


def test_moving_on_after_the_minimum_tells_the_owner_and_closing_does_not(editor, person, site):
    set_up_alert(editor, name="Long look", path="/products/porter/", minutes="0.01", times=50)
    set_up_alert(editor, name="After all", path="/products/anvil/", times=50)
    page = arrive(person, site, "anna.nowak@example.org", "/products/porter/")
    page.wait_for_function("performance.now() > 1000")
    page.close()
    page = arrive(person, site, "anna.nowak@example.org", "/products/anvil/")
    first = text_of(site.mailbox.next())
    page = arrive(person, site, "anna.nowak@example.org", "/products/porter/")
    page.wait_for_function("performance.now() > 1000")

    follow(page, "/blog/")

    assert "After all" in first
    assert "Long look" not in first
    assert "Long look" in text_of(site.mailbox.next())
    assert site.mailbox.is_empty()


def test_page_of_a_contact_carries_nothing_personal_and_its_address_no_token(person, site):
    page = arrive(person, site, "anna.nowak@example.org", "/products/sparrow/")

    assert page.url == f"{site.url}/products/sparrow/"
    assert "Nowak" not in page.content()
