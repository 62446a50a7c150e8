"""The whole line through the public ways in: a visit ends in an e-mail, or for a reason in none."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.utils import timezone

from wagtail_visit_alerts.models import Delivery, Match, Outcome, PageView
from wagtail_visit_alerts.tasks import deliver

from .browsing import VirtualBrowser
from .factories import AlertFactory, ContactFactory, MonitoredPageFactory

pytestmark = pytest.mark.django_db

START = "2026-11-24T10:00:00+00:00"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock):
    return VirtualBrowser()


@pytest.fixture
def anna(clock):
    return ContactFactory(email="anna.nowak@example.org", name="Anna Nowak", owner__email="marta@example.com")


def recipients():
    """Deliver what waits; give the addresses that got an e-mail since the last call."""
    deliver()
    to = [message.to[0] for message in mail.outbox]
    mail.outbox.clear()
    return to


def test_entering_a_monitored_page_tells_the_owner(browser, anna):
    MonitoredPageFactory(path="/pricing/")

    browser.open("/", contact=anna)
    browser.open("/pricing/", after_ms=5000)

    assert recipients() == ["marta@example.com"]


def test_a_link_straight_to_a_monitored_page_raises_its_alert(browser, anna):
    MonitoredPageFactory(path="/pricing/")

    browser.open("/pricing/", contact=anna)

    assert recipients() == ["marta@example.com"]


def test_another_page_raises_nothing(browser, anna):
    MonitoredPageFactory(path="/pricing/")

    browser.open("/about/", contact=anna)

    assert recipients() == []


def test_an_unknown_visitor_raises_nothing(browser):
    MonitoredPageFactory(path="/pricing/")

    browser.open("/pricing/")

    assert not Match.objects.exists()


def test_an_alert_that_is_off_raises_nothing(browser, anna):
    MonitoredPageFactory(path="/pricing/", alert__is_on=False)

    browser.open("/pricing/", contact=anna)

    assert recipients() == []


def test_second_visit_that_day_is_held_back_by_the_cap(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/")
    browser.open("/pricing/", contact=anna)
    recipients()

    clock.shift(timedelta(hours=2))
    browser.open("/pricing/")

    assert recipients() == []
    assert list(Match.objects.order_by("pk").values_list("outcome", flat=True)) == [
        Outcome.RAISED,
        Outcome.CAPPED,
    ]


def test_visit_on_the_next_day_is_told_again(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/")
    browser.open("/pricing/", contact=anna)
    recipients()

    clock.shift(timedelta(days=1))
    browser.open("/pricing/")

    assert recipients() == ["marta@example.com"]


@pytest.mark.parametrize("path", ["/pricing/", "/products/porter/", "/case-studies/mill/"])
def test_visit_to_any_one_of_several_pages_is_enough(browser, anna, path):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, path="/pricing/")
    MonitoredPageFactory(alert=alert, path="/products/porter/")
    MonitoredPageFactory(alert=alert, path="/case-studies/**")

    browser.open(path, contact=anna)

    assert recipients() == ["marta@example.com"]


def visits_told(browser, clock, *days):
    """Visit the price list on these days of November 2026; give the days on which somebody was told."""
    told = []
    for day in days:
        clock.move_to(f"2026-11-{day:02}T10:00:00+00:00")
        browser.open("/pricing/")
        told += [day] * len(recipients())
    return told


def test_once_a_week_is_once_from_monday_to_sunday(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/", alert__cap_period="week")
    browser.open("/", contact=anna)

    assert visits_told(browser, clock, 24, 25, 29, 30) == [24, 30]


def test_once_a_month_is_once_in_the_calendar_month(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/", alert__cap_period="month")
    clock.move_to("2026-10-31T10:00:00+00:00")
    browser.open("/pricing/", contact=anna)
    assert recipients() == ["marta@example.com"]

    assert visits_told(browser, clock, 1, 2, 30) == [1]


def test_twice_a_day_is_told_twice_and_no_more(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/", alert__cap_times=2)
    browser.open("/", contact=anna)

    assert visits_told(browser, clock, 24, 24, 24, 25) == [24, 24, 25]


def test_moving_on_after_the_minimum_raises_the_alert(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/", minimum_minutes=2)
    browser.open("/pricing/", contact=anna)
    assert recipients() == []

    clock.shift(timedelta(minutes=2, seconds=1))
    browser.open("/", after_ms=121_000)

    assert recipients() == ["marta@example.com"]


def test_moving_on_before_the_minimum_raises_nothing(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/", minimum_minutes=2)
    browser.open("/pricing/", contact=anna)

    clock.shift(timedelta(minutes=1))
    browser.open("/", after_ms=60_000)

    assert recipients() == []


def test_closing_after_the_minimum_raises_nothing(browser, anna, clock):
    from wagtail_visit_alerts.tasks import sweep

    MonitoredPageFactory(path="/pricing/", minimum_minutes=2)
    browser.open("/pricing/", contact=anna)
    clock.shift(timedelta(minutes=5))
    browser.close()

    clock.shift(timedelta(hours=1))
    sweep()

    assert recipients() == []


def test_several_alerts_of_one_page_view_reach_one_address_as_one_email(browser, anna):
    MonitoredPageFactory(path="/pricing/", alert__name="First")
    MonitoredPageFactory(path="/**", alert__name="Second")

    browser.open("/pricing/", contact=anna)

    deliver()
    [message] = mail.outbox
    assert "First" in message.body
    assert "Second" in message.body


def test_one_page_view_raises_an_alert_once_however_many_rows_match(browser, anna):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, path="/pricing/")
    MonitoredPageFactory(alert=alert, path="/**")

    browser.open("/pricing/", contact=anna)

    assert Match.objects.count() == 1


def test_alert_with_nobody_to_tell_takes_no_slot(browser, anna):
    MonitoredPageFactory(path="/pricing/", alert__send_to_owner=False)

    browser.open("/pricing/", contact=anna)

    match = Match.objects.get()
    assert match.outcome == Outcome.NOBODY
    assert not hasattr(match, "slot")


def test_the_same_message_twice_raises_one_alert(browser, anna):
    MonitoredPageFactory(path="/pricing/")
    browser.open("/pricing/", contact=anna)

    browser.send(browser.here)

    assert PageView.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_page_views_left_before_identification_become_history_and_raise_nothing(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/")
    browser.open("/pricing/")
    clock.shift(timedelta(minutes=1))

    browser.open("/about/", after_ms=60_000, contact=anna)

    assert recipients() == []
    assert PageView.objects.filter(contact=anna).count() == 2


def test_an_alert_changed_since_the_rules_were_compiled_is_judged_as_it_is_now(browser, anna):
    row = MonitoredPageFactory(path="/pricing/")
    browser.open("/", contact=anna)
    type(row).objects.filter(pk=row.pk).update(path="/elsewhere/")
    type(row.alert).objects.filter(pk=row.alert_id).update(version=99)

    browser.open("/pricing/")

    assert recipients() == []


def test_a_lost_entry_is_healed_by_the_next_one_and_raises_its_alert(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/")
    browser.open("/", contact=anna)
    lost = browser.entry("/pricing/", ago=3000)

    clock.shift(timedelta(seconds=5))
    browser.open("/about/", unsent=[lost])

    assert recipients() == ["marta@example.com"]


def test_a_lost_entry_of_long_ago_is_history_only(browser, anna, clock):
    MonitoredPageFactory(path="/pricing/")
    browser.open("/", contact=anna)
    lost = browser.entry("/pricing/", ago=11 * 60 * 1000)

    clock.shift(timedelta(minutes=12))
    browser.open("/about/", unsent=[lost])

    assert recipients() == []
    assert PageView.objects.filter(contact=anna).count() == 3
    assert timezone.now() > PageView.objects.order_by("-pk")[1].entered_at


class ReadsFromAReplica:
    """A site's database router: reads go to a replica, which is far behind: it has no tables yet."""

    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "wagtail_visit_alerts" else None

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, first, second, **hints):
        return True


@pytest.fixture
def empty_replica():
    connections.databases["replica"] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {},
    }
    yield
    connections["replica"].close()
    del connections["replica"]
    del connections.databases["replica"]


def test_reads_go_where_writes_go(browser, anna, clock, settings, empty_replica):
    MonitoredPageFactory(path="/pricing/", minimum_minutes=1)
    settings.DATABASE_ROUTERS = ["tests.test_pipeline.ReadsFromAReplica"]

    browser.open("/pricing/", contact=anna)
    clock.shift(timedelta(minutes=1, seconds=1))
    browser.open("/", after_ms=61_000)

    assert recipients() == ["marta@example.com"]
