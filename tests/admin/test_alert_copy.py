"""Copying an alert: a run of the wizard that holds what the source says, and makes an alert of the copier's own."""

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import Alert, Recipient, WizardRun

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from .walking import ALERTS, browser_of, messages_in, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def source(price_list):
    """An alert of somebody else with something in every field that a copy takes over."""
    alert = AlertFactory(
        name="Price list", group="Sales North", cap_times=3, cap_period="week", clock="in_view",
        only_tags=[], cc="boss@example.com", description="<p>Call soon.</p>", send_to_owner=True,
    )  # fmt: skip
    MonitoredPageFactory(
        alert=alert,
        kind="page",
        path="",
        page=price_list,
        include_subpages=True,
        minimum_minutes=2,
        sort_order=0,
    )
    MonitoredPageFactory(alert=alert, path="/pricing/old/", is_exception=True, sort_order=1)
    return alert


def copy(user, alert):
    """Copy, and press Save on the summary, which the copy begins with."""
    browser = browser_of(user)
    summary = browser.get(reverse(f"{ALERTS}:copy", args=[alert.pk])).url
    assert summary.endswith("/summary/"), summary
    browser.post(summary, {})
    return Alert.objects.latest("pk")


def test_copy_takes_over_what_the_source_says_and_is_off(editor, source):
    made = copy(editor, source)

    assert (made.name, made.author, made.is_on) == ("Price list (copy)", editor, False)
    same = ("group", "cap_times", "cap_period", "clock", "cc", "send_to_owner")
    assert {name: getattr(made, name) for name in same} == {name: getattr(source, name) for name in same}
    assert "Call soon." in made.description
    assert [row.in_words for row in made.monitored_pages.all()] == [
        row.in_words for row in source.monitored_pages.all()
    ]
    assert source.monitored_pages.count() == 2


def test_me_of_a_copy_is_the_copier(editor, source):
    Recipient.objects.create(alert=source, user=UserFactory())

    made = copy(editor, source)

    assert [recipient.user for recipient in made.recipients.all()] == [editor]


def test_copy_of_an_alert_that_tells_no_me_tells_no_me_either(editor, source):
    assert not copy(editor, source).recipients.exists()


def test_cc_is_left_out_and_that_is_said_where_the_copier_may_not_view_every_contact(source):
    user = user_who_may("add_alert", "view_alert")

    response = browser_of(user).get(reverse(f"{ALERTS}:copy", args=[source.pk]))

    assert any("CC and destinations were left out of the copy" in text for text in messages_in(response))
    assert copy(user, source).cc == ""


def test_copy_of_an_alert_whose_page_was_deleted_begins_with_the_pages(editor, source, price_list):
    price_list.delete()

    response = browser_of(editor).get(reverse(f"{ALERTS}:copy", args=[source.pk]))

    assert response.url.endswith("/pages/")


def test_nothing_is_made_before_the_copy_is_saved(editor, source):
    browser_of(editor).get(reverse(f"{ALERTS}:copy", args=[source.pk]))

    assert Alert.objects.count() == 1
    assert not WizardRun.objects.unfinished(editor).exists()


def test_history_of_a_copy_says_what_it_was_copied_from(editor, source):
    made = copy(editor, source)

    entry = ModelLogEntry.objects.get(object_id=str(made.pk))
    html = browser_of(editor).get(reverse(f"{ALERTS}:history", args=[made.pk])).content.decode()
    assert (entry.action, entry.user) == ("visit_alerts.copy", editor)
    assert "Copied from “Price list”" in html


@pytest.mark.parametrize(
    ("taken", "name", "made"),
    [
        ([], "Price list", "Price list (copy)"),
        (["Price list (copy)"], "Price list", "Price list (copy 2)"),
        (["price LIST (copy)", "Price list (copy 2)"], "Price list (copy)", "Price list (copy 3)"),
        ([], "x" * 255, "x" * 248 + " (copy)"),
    ],
)
def test_name_of_a_copy_is_free_among_the_copiers_alerts(editor, source, taken, name, made):
    Alert.objects.update(name=name)
    for one in taken:
        AlertFactory(name=one, author=editor)
    AlertFactory(name="Price list (copy)")

    copy(editor, source)

    assert Alert.objects.latest("pk").name == made
