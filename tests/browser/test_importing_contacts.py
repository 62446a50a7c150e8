"""A file of contacts in a browser: the page goes on with it by itself until it is done."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

KEEP = """
from django.contrib.auth.models import User
from django.utils import timezone
from wagtail_visit_alerts import importing
author = User.objects.get(username="editor")
content = b"email,name\\nanna@import.example,Anna\\nno address,x\\n"
print(importing.keep_upload(
    content, file_name="c.csv", options=importing.Options(), author=author, now=timezone.now()
).pk)
"""


def test_file_is_worked_at_without_a_click_until_it_is_looked_through(site, editor):
    # As a large file is whose first piece has not come to its end.
    token = site.manage("shell", "--verbosity", "0", "-c", KEEP).strip()

    editor.goto(f"/admin/visit-alerts/contacts/import/{token}/")
    editor.get_by_role("button", name="Import 1 contact").click()

    expect(editor.get_by_text("The file is imported.")).to_be_visible()
    expect(editor.get_by_role("link", name="Download the lines with errors")).to_be_visible()
