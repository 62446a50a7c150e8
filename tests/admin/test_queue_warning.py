"""The warning in the admin that nothing processes the queue: when, where, to whom, at what cost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from wagtail_visit_alerts.models import Heartbeat, Status

from ..factories import AlertFactory, DeliveryFactory
from ..query_counting import counted_queries
from .walking import ALERTS, CONTACTS, browser_of, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SET_UP = reverse("visit_alerts_set_up:index")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def swept():
    """The sweep has run a minute ago."""
    Heartbeat.beat(Heartbeat.SWEEP, now=NOW - timedelta(minutes=1))


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def pages():
    """Our pages, by what they are called here."""
    notification = DeliveryFactory(status=Status.SENT).notification
    return {
        "listing": reverse(f"{ALERTS}:list"),
        "inspect": reverse(f"{ALERTS}:inspect", args=[notification.alert_id]),
        "log": reverse("visit_alerts_log:index"),
        "notification": reverse("visit_alerts_log:inspect", args=[notification.pk]),
        "set-up": SET_UP,
    }


def warning(browser, url):
    """The warning on a page as text, empty where there is none."""
    soup = BeautifulSoup(browser.get(url).content, "html.parser")
    found = soup.find(
        string=lambda text: "is the django-q2 cluster running?" in text and text.parent.name == "strong"
    )
    return " ".join(found.find_parent(class_="help-block").get_text(" ").split()) if found else ""


@pytest.mark.parametrize("page", ["listing", "inspect", "log", "notification", "set-up"])
def test_page_warns_where_no_sweep_has_ever_run(browser, page):
    text = warning(browser, pages()[page])

    assert "Alerts would not be sent now: is the django-q2 cluster running?" in text
    assert "Tell whoever looks after the site's servers." in text
    assert "manage.py qcluster" in text


@pytest.mark.parametrize("page", ["listing", "inspect", "log", "notification", "set-up"])
def test_page_says_nothing_where_all_is_well(browser, swept, page):
    assert warning(browser, pages()[page]) == ""


@pytest.mark.parametrize(
    ("ago", "warns"), [(timedelta(minutes=3), False), (timedelta(minutes=3, seconds=1), True)]
)
def test_warning_comes_three_minutes_after_the_last_sweep(browser, ago, warns):
    Heartbeat.beat(Heartbeat.SWEEP, now=NOW - ago)

    assert bool(warning(browser, reverse(f"{ALERTS}:list"))) == warns


@pytest.mark.parametrize(
    ("ago", "warns"), [(timedelta(minutes=3), False), (timedelta(minutes=3, seconds=1), True)]
)
def test_warning_comes_when_a_delivery_has_been_due_for_three_minutes(browser, swept, ago, warns):
    DeliveryFactory(due_at=NOW - ago)

    text = warning(browser, reverse(f"{ALERTS}:list"))

    assert ("Alerts are waiting: is the django-q2 cluster running?" in text) == warns


def test_what_waits_for_a_later_time_is_no_reason_to_warn(browser, swept):
    DeliveryFactory(due_at=NOW + timedelta(hours=10))

    assert warning(browser, reverse(f"{ALERTS}:list")) == ""


def test_warning_goes_with_the_next_sweep(browser):
    before = warning(browser, reverse(f"{ALERTS}:list"))
    Heartbeat.beat(Heartbeat.SWEEP, now=NOW)

    assert (bool(before), warning(browser, reverse(f"{ALERTS}:list"))) == (True, "")


@pytest.mark.parametrize(
    ("permissions", "is_led"),
    [
        (("add_alert",), True),
        (("change_alert",), True),
        (("view_alert",), False),
    ],
)
def test_warning_leads_to_the_set_up_page_whom_that_lets_in(permissions, is_led):
    html = browser_of(user_who_may(*permissions)).get(reverse(f"{ALERTS}:list")).content.decode()

    assert ("The set-up page says more" in html) == is_led


def test_salesperson_is_warned_in_the_log_too():
    assert warning(browser_of(user_who_may("view_own_contact")), reverse("visit_alerts_log:index"))


def test_set_up_page_does_not_lead_to_itself(browser):
    assert "The set-up page says more" not in browser.get(SET_UP).content.decode()


def test_other_pages_do_not_warn(browser):
    assert warning(browser, reverse(f"{CONTACTS}:list")) == warning(browser, reverse("wagtailadmin_home")) == ""


def test_results_alone_do_not_warn(browser):
    AlertFactory()

    for url in (reverse(f"{ALERTS}:list_results"), reverse("visit_alerts_log:index_results")):
        assert "django-q2" not in browser.get(url).content.decode()


@pytest.mark.parametrize("is_well", [True, False])
def test_warning_costs_two_queries(editor, is_well):
    from wagtail_visit_alerts.admin.queue_warning import queue_warning

    if is_well:
        Heartbeat.beat(Heartbeat.SWEEP, now=NOW)
    queue_warning(user=editor, now=NOW)

    with counted_queries() as queries:
        found = queue_warning(user=editor, now=NOW)

    assert (found is None) == is_well
    assert len(queries) == 2
