"""A contact's timeline in a browser: older parts and answers appear in place, a test visit shows what came of it."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

CONTACTS = "/admin/visit-alerts/contacts/"
#: A contact with more page views than one part of the timeline shows.
BUILD = """
from datetime import timedelta
from django.utils import timezone
from wagtail_visit_alerts.models import Address, Contact, PageView, Source, Visitor
contact = Contact.objects.create(name="Busy Body", email="busy.body@example.org")
now = timezone.now()
visitor = Visitor.objects.create(key_hash="b" * 64, contact=contact, identified_by=10, last_seen_at=now)
for number in range(40):
    PageView.objects.create(
        visitor=visitor, contact=contact, address=Address.store(f"http://localhost/{number}/"), source=Source.BEACON,
        entered_at=now - timedelta(hours=number),
    )
print(contact.pk)
"""


@pytest.fixture(scope="module")
def contact_id(site):
    return site.manage("shell", "--verbosity", "0", "-c", BUILD).splitlines()[-1]


def test_older_parts_and_answers_are_shown_in_place(editor, contact_id):
    editor.goto(f"{CONTACTS}inspect/{contact_id}/")
    editor.evaluate("window.isSamePage = true")
    expect(editor.get_by_role("link", name="localhost/39/")).to_have_count(0)

    editor.get_by_role("link", name="Show older").press("Enter")
    expect(editor.get_by_role("link", name="localhost/39/")).to_be_visible()
    editor.locator("summary", has_text="Why was, or wasn't").last.press("Enter")

    expect(editor.locator(".visit-alerts-why").last).to_contain_text("no alert that is on watches this page")
    expect(editor.get_by_role("link", name="Show older")).to_have_count(0)
    assert editor.evaluate("window.isSamePage")


def test_older_part_that_can_not_be_loaded_says_so(editor, contact_id):
    editor.goto(f"{CONTACTS}inspect/{contact_id}/")
    editor.context.set_offline(True)

    editor.get_by_role("link", name="Show older").click()

    expect(editor.get_by_role("alert")).to_contain_text("could not be loaded just now")


def test_test_visit_from_the_contacts_page_shows_what_came_of_it(editor, contact_id):
    editor.goto(f"{CONTACTS}inspect/{contact_id}/")
    editor.locator(".visit-alerts-card").get_by_role("link", name="Visit as this contact").click()
    editor.wait_for_url(f"**{CONTACTS}visit-as/{contact_id}/")

    with editor.expect_popup() as opened:
        editor.get_by_role("button", name="Open the site").click()

    expect(editor.locator(".visit-alerts-findings")).to_contain_text("Test visit as Busy Body")
    expect(editor.locator(".visit-alerts-findings__finding")).to_have_count(1)
    opened.value.close()
