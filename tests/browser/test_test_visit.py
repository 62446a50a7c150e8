"""A test visit as somebody makes it: from the admin's link, in a browser that is logged in to the admin."""

import json

import pytest

from .test_main_line import follow, text_of

pytestmark = pytest.mark.browser

#: What the admin does when somebody presses "Try it on the site", and what is recorded, for the example site's shell.
BEGIN = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from wagtail_visit_alerts import trying
from wagtail_visit_alerts.models import Alert, Contact, MonitoredPage
alert = Alert(name="Not saved yet", cc="boss@example.com", description="<p>Call <b>at once</b>.</p>")
alert.monitored_pages = [
    MonitoredPage(kind="url", path="/blog/"),
    MonitoredPage(kind="url", path="/case-studies/", minimum_minutes="60.00"),
]
test_visit = trying.begin(
    alert,
    contact=Contact.objects.get(email="anna.nowak@example.org"),
    tester=get_user_model().objects.get(username="editor"),
    now=timezone.now(),
)
print(trying.link(test_visit, url="/case-studies/"))
"""
COUNT = """
import json
from wagtail_visit_alerts.models import Delivery, Match, Notification, PageView, Slot, Visitor
print(json.dumps([model.objects.count() for model in (Delivery, Match, Notification, PageView, Slot, Visitor)]))
"""
FINDINGS = """
import json
from wagtail_visit_alerts import trying
from wagtail_visit_alerts.models import TestVisit
test_visit = TestVisit.objects.order_by("started_at").last()
print(json.dumps([finding.sentence for finding in trying.findings_in_words(test_visit)]))
"""


def shell(site, code):
    """Run code in the example site; give the last line that it prints."""
    return site.manage("shell", "--verbosity", "0", "-c", code).splitlines()[-1]


def test_test_visit_through_two_pages_sends_the_tester_one_test_and_records_nothing(editor, site):
    before = shell(site, COUNT)

    with editor.expect_response("**/page-views/") as reported:
        editor.goto(shell(site, BEGIN))
    follow(editor, "/blog/")
    email = site.mailbox.next()

    assert editor.url == f"{site.url}/blog/"
    assert "test" in json.loads(reported.value.request.post_data)
    assert email["X-Envelope-To"] == "editor@example.com"
    assert email["Subject"].startswith("Test: Anna Nowak is looking at: Blog")
    assert "This is a test of the alert “Not saved yet”" in text_of(email)
    assert "Call at once." in text_of(email)
    assert shell(site, COUNT) == before
    [moved_on_early, raised] = json.loads(shell(site, FINDINGS))
    assert moved_on_early.startswith(
        "Row 2 of the alert “Not saved yet” asks for 1 h 0 min, and you moved on after "
    )
    assert raised == "Row 1 raises the alert “Not saved yet”. The e-mail was sent to you."
    assert site.mailbox.is_empty()


def test_test_visit_stays_in_its_tab(editor, site):
    with editor.expect_response("**/page-views/"):
        editor.goto(shell(site, BEGIN))
    another = editor.context.new_page()

    with another.expect_response("**/page-views/") as reported:
        another.goto("/blog/")
    with editor.expect_response("**/page-views/") as reported_as_test:
        editor.reload()

    assert "test" not in json.loads(reported.value.request.post_data)
    assert "test" in json.loads(reported_as_test.value.request.post_data)
    assert editor.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('va:'))") == []


def test_test_visit_is_forgotten_by_its_tab_after_an_hour(editor, site):
    with editor.expect_response("**/page-views/"):
        editor.goto(shell(site, BEGIN))
    editor.evaluate(
        "() => { const [token, began] = JSON.parse(sessionStorage['va:test']);"
        " sessionStorage['va:test'] = JSON.stringify([token, began - 3600000]); }"
    )

    with editor.expect_response(
        lambda response: "page-views" in response.url and '"entry"' in response.request.post_data
    ) as reported:
        editor.goto("/blog/")

    assert "test" not in json.loads(reported.value.request.post_data)
    assert editor.evaluate("sessionStorage['va:test']") is None
    assert site.mailbox.is_empty()
