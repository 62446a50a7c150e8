"""What a page view raises and when, through the endpoint: exceptions, contacts, and the clock of time in view."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail

from wagtail_visit_alerts.models import Alert, Clock, Contact, Match, PageView, Source
from wagtail_visit_alerts.tasks import deliver, sweep

from .browsing import VirtualBrowser
from .factories import AlertFactory, ContactFactory, MonitoredPageFactory, PageViewFactory, UserFactory
from .query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

START = datetime.fromisoformat("2026-11-24T10:00:00+00:00")


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(clock):
    return ContactFactory(email="anna.nowak@example.org", name="Anna Nowak", owner__email="marta@example.com")


@pytest.fixture
def browser(clock, anna):
    """Anna's browser, on the front page."""
    browser = VirtualBrowser()
    browser.open("/", contact=anna)
    return browser


def recipients():
    """Deliver what waits; give the addresses that got an e-mail since the last call."""
    deliver()
    to = [message.to[0] for message in mail.outbox]
    mail.outbox.clear()
    return to


def in_view(minutes=2, **fields):
    """A row of an alert that is raised as soon as ``/pricing/`` has been in view that long."""
    fields.setdefault("alert__clock", Clock.IN_VIEW)
    return MonitoredPageFactory(minimum_minutes=minutes, **fields)


def asked(response):
    """After how many seconds in view an answer asks for a report."""
    assert response.status_code == 200
    assert response.json().keys() == {"again", "at"}
    return response.json()["at"]


class TestExceptions:
    @pytest.fixture(params=[Clock.MOVED_ON, Clock.IN_VIEW])
    def alert(self, request):
        alert = AlertFactory(clock=request.param)
        MonitoredPageFactory(alert=alert, path="/blog/**")
        MonitoredPageFactory(alert=alert, path="/**", minimum_minutes=1)
        MonitoredPageFactory(alert=alert, path="/blog/jobs/", is_exception=True)
        return alert

    def test_page_view_on_an_exception_raises_nothing(self, browser, alert, clock):
        assert asked(browser.open("/blog/jobs/")) == []
        clock.shift(120)
        browser.report_in_view(120_000)
        browser.close(engaged_ms=120_000)
        browser.open("/blog/jobs/", after_ms=120_000)

        assert not Match.objects.exists()

    def test_page_view_beside_an_exception_raises(self, browser, alert):
        browser.open("/blog/news/")

        assert recipients() == ["marta@example.com"]


class TestContacts:
    def test_contact_out_of_scope_raises_nothing_and_leaves_no_match(self, browser, anna):
        MonitoredPageFactory(alert__only_tags=["vip"])

        browser.open("/pricing/")

        assert not Match.objects.exists()

    def test_contact_in_scope_raises(self, browser, anna):
        anna.tags.add("VIP")
        anna.save()
        MonitoredPageFactory(alert__only_tags=["vip"])

        browser.open("/pricing/")

        assert recipients() == ["marta@example.com"]

    def test_scope_is_judged_when_the_condition_comes_true(self, browser, anna, clock):
        MonitoredPageFactory(minimum_minutes=1, alert__field_name="city", alert__field_value="Kraków")
        browser.open("/pricing/")
        Contact.objects.filter(pk=anna.pk).update(city="Kraków")
        clock.shift(60)

        browser.open("/", after_ms=60_000)

        assert recipients() == ["marta@example.com"]

    def test_limits_of_now_count_where_an_alert_was_changed_meanwhile(self, browser, anna, clock):
        row = MonitoredPageFactory(minimum_minutes=1)
        browser.open("/pricing/")
        Alert.objects.filter(pk=row.alert_id).update(contacts_of=UserFactory())
        clock.shift(60)

        browser.open("/", after_ms=60_000)

        assert not Match.objects.exists()

    def test_alerts_with_limits_cost_one_query_and_others_none(self, browser, anna):
        MonitoredPageFactory(path="/all/", alert__send_to_owner=False)
        for _ in range(3):
            MonitoredPageFactory(path="/some/", alert__not_tags=["left"], alert__send_to_owner=False)

        asking = []
        for path in ("/all/", "/some/"):
            with counted_queries() as queries:
                browser.open(path)
            asking.append(sum("contacttag" in sql for sql in queries))

        assert asking == [0, 1]
        assert Match.objects.count() == 4


class TestTimeInView:
    """Design 3.3: raised as soon as the page has been in view for the minimum."""

    def test_answer_names_the_seconds_after_which_to_report(self, browser):
        in_view(2)

        assert asked(browser.open("/pricing/")) == [120]

    def test_fraction_of_a_minute_is_rounded_up_to_a_second(self, browser):
        in_view("0.03")

        assert asked(browser.open("/pricing/")) == [2]

    def test_page_that_the_server_knew_later_than_it_was_entered_is_reported_that_much_later(self, browser):
        in_view(2)

        assert asked(browser.open("/pricing/", ago=1500)) == [122]

    def test_page_that_the_server_has_served_is_reported_in_time(self, browser, clock):
        in_view(2)
        entered = PageView.objects.get()
        PageViewFactory(
            visitor=entered.visitor, source=Source.HOOK, beacon_id=None, is_confirmed=False, anchored_at=START
        )
        clock.shift(1)

        assert asked(browser.open("/pricing/", ago=500, navigation=1000)) == [120]

    def test_times_of_several_alerts_are_sorted_distinct_and_a_handful(self, browser, clock):
        for minutes in (9, 7, 5, 5, 3, 1, 11):
            in_view(minutes)

        assert asked(browser.open("/pricing/")) == [60, 180, 300, 420, 540]
        clock.shift(300)
        assert asked(browser.report_in_view(300_000)) == [420, 540, 660]

    @pytest.mark.parametrize(
        "row",
        [
            {"path": "/elsewhere/"},
            {"alert__clock": Clock.MOVED_ON},
            {"alert__is_on": False},
            {"alert__only_tags": ["vip"]},
            {"is_exception": True},
            {"minutes": 0},
        ],
        ids=lambda row: next(iter(row)),
    )
    def test_nobody_is_asked_to_report_without_an_alert_of_that_kind_about_them(self, browser, row):
        in_view(**row)

        assert asked(browser.open("/pricing/")) == []

    def test_unknown_visitor_is_asked_nothing_and_raises_nothing(self, clock):
        in_view(2)
        stranger = VirtualBrowser()

        assert asked(stranger.open("/pricing/")) == []
        clock.shift(120)
        assert asked(stranger.report_in_view(120_000)) == []
        assert not Match.objects.exists()

    def test_report_of_the_time_raises_the_alert(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(121)

        assert asked(browser.report_in_view(120_300)) == []

        assert recipients() == ["marta@example.com"]
        assert PageView.objects.latest("pk").engaged_ms == 120_300

    def test_moment_is_that_at_which_the_time_was_reached(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(180)

        browser.close(engaged_ms=150_000)

        assert Match.objects.get().happened_at == START + timedelta(seconds=150)

    def test_repeated_report_raises_once(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(121)

        browser.report_in_view(120_300)
        browser.report_in_view(120_300)
        browser.close(engaged_ms=120_300)
        browser.open("/", after_ms=120_300)

        assert recipients() == ["marta@example.com"]
        assert Match.objects.count() == 1

    def test_forged_report_raises_nothing_before_the_servers_own_time(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(10)

        assert asked(browser.report_in_view(120_000)) == [230]
        browser.report_in_view(3_000_000)
        browser.close(engaged_ms=86_000_000)

        assert not Match.objects.exists()
        assert PageView.objects.latest("pk").engaged_ms == 10_000

    def test_report_a_moment_too_early_is_asked_for_again_when_it_is_due(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(119.7)

        assert asked(browser.report_in_view(120_000)) == [121]
        assert recipients() == []
        clock.shift(1)
        browser.report_in_view(121_000)

        assert recipients() == ["marta@example.com"]

    @pytest.mark.parametrize(
        "claim",
        [
            {"wall": 60_000},
            {"monotonic": 60_000},
            {"engaged": 60_000},
            {"engaged": -1},
            {"wall": -1, "monotonic": 119_000},
        ],
        ids=["wall clock", "monotonic clock", "hidden meanwhile", "absurd", "wall clock set back"],
    )
    def test_time_in_view_is_never_more_than_any_clock_says(self, browser, clock, claim):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(121)

        browser.report_in_view(120_000, **claim)

        assert not Match.objects.exists()

    def test_leaving_with_the_time_reached_raises_it_too(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(130)

        browser.close(engaged_ms=125_000)

        assert recipients() == ["marta@example.com"]

    @pytest.mark.parametrize("gap_ms", [100, 40_000], ids=["moved on", "left the site"])
    def test_next_page_view_says_that_the_time_was_reached(self, browser, clock, gap_ms):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(200)

        browser.open("/", after_ms=130_000, gap_ms=gap_ms)

        assert recipients() == ["marta@example.com"]

    def test_leaving_before_raises_nothing(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(300)

        browser.close(engaged_ms=119_000)
        clock.shift(timedelta(hours=1))
        sweep()

        assert recipients() == []

    def test_time_in_view_that_is_known_late_is_history_only(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(timedelta(minutes=15))

        browser.open("/", after_ms=180_000, gap_ms=12 * 60 * 1000)

        assert not Match.objects.exists()

    def test_alert_of_time_in_view_is_not_raised_by_moving_on(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(300)
        clocks = {"wall": 300_000, "monotonic": 300_000, "engaged": 20_000, "gap": 100}

        browser.open("/", previous={"id": browser.here["id"], **clocks})

        assert not Match.objects.exists()

    def test_alert_of_moving_on_is_not_raised_by_time_in_view(self, browser, clock):
        in_view(2, alert__clock=Clock.MOVED_ON)
        browser.open("/pricing/")
        clock.shift(300)

        browser.report_in_view(300_000)
        browser.close(engaged_ms=300_000)

        assert not Match.objects.exists()

    def test_row_without_minutes_is_raised_at_the_entry_by_either_clock(self, browser):
        in_view(0)

        browser.open("/pricing/")

        assert recipients() == ["marta@example.com"]

    def test_reload_goes_on_with_the_time_in_view(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(70)
        browser.close(engaged_ms=70_000)
        assert asked(browser.send({**browser.here, "how": "reload"})) == [120]
        clock.shift(51)

        browser.report_in_view(120_500)

        assert recipients() == ["marta@example.com"]

    def test_alert_switched_off_meanwhile_raises_nothing(self, browser, clock):
        row = in_view(2)
        browser.open("/pricing/")
        row.alert.is_on = False
        row.alert.save()
        clock.shift(121)

        assert asked(browser.report_in_view(120_500)) == []

        assert not Match.objects.exists()

    def test_minutes_of_now_count_where_an_alert_was_changed_meanwhile(self, browser, clock):
        row = in_view(2)
        browser.open("/pricing/")
        row.minimum_minutes = 3
        row.save()
        clock.shift(121)

        assert asked(browser.report_in_view(121_000)) == [180]
        assert not Match.objects.exists()

    def test_report_of_another_visitor_raises_nothing(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        clock.shift(121)
        other = VirtualBrowser()
        other.open("/", contact=ContactFactory())

        assert asked(other.send({"type": "in_view", **browser.measured(120_000)})) == []

        assert not Match.objects.exists()
        assert PageView.objects.filter(engaged_ms=None).count() == 3

    def test_report_of_a_page_view_that_nobody_knows_changes_nothing(self, browser, clock):
        in_view(2)
        clock.shift(121)
        unknown = browser.entry("/pricing/")

        assert asked(browser.send({"type": "in_view", **browser.measured(1), "id": unknown["id"]})) == []

    def test_report_that_arrives_after_the_page_was_left_is_bounded_by_leaving(self, browser, clock):
        in_view(2)
        browser.open("/pricing/")
        here = browser.here
        clock.shift(60)
        browser.open("/", after_ms=60_000)
        clock.shift(200)
        browser.here = here

        browser.report_in_view(200_000)

        assert not Match.objects.exists()

    def test_cap_is_that_of_the_day_on_which_the_time_was_reached(self, browser, clock):
        in_view(2)
        clock.move_to("2026-11-24T22:57:30+00:00")
        browser.open("/pricing/")
        clock.move_to("2026-11-24T23:01:00+00:00")

        browser.close(engaged_ms=210_000)

        assert Match.objects.get().slot.period == "2026-11-24"

    def test_entry_that_asks_for_a_report_costs_five_queries(self, browser, django_capture_on_commit_callbacks):
        in_view(2)
        with django_capture_on_commit_callbacks(execute=True):
            browser.open("/pricing/")
            browser.open("/warm/")

        with counted_queries() as queries:
            assert asked(browser.open("/pricing/", after_ms=0)) == [120]

        assert len(queries) <= 5, "\n".join(queries)
