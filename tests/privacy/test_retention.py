from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from wagtail_visit_alerts import capping, privacy
from wagtail_visit_alerts.models import (
    ContactImport,
    ContactNote,
    DailyActivity,
    DailyTotal,
    Delivery,
    Heartbeat,
    LinkUse,
    Match,
    Notification,
    NotRecorded,
    PageView,
    Reason,
    Sign,
    SignedLink,
    Slot,
    Status,
    SubmittedForm,
    Taking,
    TestVisit,
    UnmetMinimum,
    Visitor,
    WizardRun,
)
from wagtail_visit_alerts.privacy import deleting_rows, retention
from wagtail_visit_alerts.tasks import purge

from ..factories import (
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MatchFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def ago(**time):
    return NOW - timedelta(**time)


def page_view_of(contact, *, at):
    visitor = VisitorFactory(contact=contact, last_seen_at=at)
    return PageViewFactory(visitor=visitor, entered_at=at)


class TestPageViews:
    def test_those_of_contacts_go_after_400_days(self):
        contact = ContactFactory()
        page_view_of(contact, at=ago(days=401))
        young = page_view_of(contact, at=ago(days=399))

        purge()

        assert PageView.objects.get() == young

    def test_those_of_nobody_known_go_after_30_days_with_their_visitor(self):
        page_view_of(None, at=ago(days=31))
        young = page_view_of(None, at=ago(days=29))

        purge()

        assert PageView.objects.get() == young
        assert Visitor.objects.get() == young.visitor

    def test_visitor_who_came_back_keeps_the_younger_page_views(self):
        old = page_view_of(None, at=ago(days=31))
        Visitor.objects.update(last_seen_at=ago(days=1))
        young = PageViewFactory(visitor=old.visitor, entered_at=ago(days=1))

        purge()

        assert PageView.objects.get() == young

    def test_their_matches_stay_without_them(self):
        match = MatchFactory(
            page_view=page_view_of(ContactFactory(), at=ago(days=401)), happened_at=ago(days=401)
        )

        purge()

        match.refresh_from_db()
        assert match.page_view is None

    def test_zero_days_keep_them_for_ever(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_PAGE_VIEWS_DAYS": 0, "KEEP_UNIDENTIFIED_DAYS": 0}
        page_view_of(ContactFactory(), at=ago(days=5000))
        page_view_of(None, at=ago(days=5000))

        purge()

        assert PageView.objects.count() == 2

    def test_site_says_how_long(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_PAGE_VIEWS_DAYS": 10, "KEEP_UNIDENTIFIED_DAYS": 5}
        page_view_of(ContactFactory(), at=ago(days=11))
        page_view_of(None, at=ago(days=6))

        purge()

        assert not PageView.objects.exists()


class TestVisitors:
    def test_browser_of_a_contact_is_remembered_as_long_as_its_cookie_holds(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_PAGE_VIEWS_DAYS": 10}
        VisitorFactory(contact=ContactFactory(), last_seen_at=ago(days=401))
        young = VisitorFactory(contact=ContactFactory(), last_seen_at=ago(days=399))

        purge()

        assert Visitor.objects.get() == young

    def test_visitor_without_page_views_who_is_nobody_known_goes(self):
        VisitorFactory(last_seen_at=ago(days=31))

        purge()

        assert not Visitor.objects.exists()

    def test_visitor_with_an_old_page_view_that_is_still_kept_stays(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_PAGE_VIEWS_DAYS": 0}
        page_view_of(ContactFactory(), at=ago(days=1000))

        purge()

        assert Visitor.objects.exists()


class TestAlertsThatWereRaised:
    def raised(self, *, at):
        page_view = page_view_of(ContactFactory(), at=at)
        match = MatchFactory(page_view=page_view, happened_at=at)
        delivery = DeliveryFactory(notification__match=match, notification__raised_at=at)
        Taking.objects.create(notification=delivery.notification, email="eva@example.com", taken_at=at)
        Slot.objects.create(
            alert=match.alert, contact=match.contact, period="2026-11", number=1, match=match, taken_at=at
        )
        return delivery

    def test_they_go_after_730_days_with_all_that_belongs_to_them(self):
        self.raised(at=ago(days=731))

        purge()

        assert [model.objects.count() for model in (Notification, Delivery, Taking, Match, Slot)] == [0] * 5

    def test_younger_ones_stay(self):
        self.raised(at=ago(days=729))

        purge()

        assert [model.objects.count() for model in (Notification, Delivery, Taking, Match, Slot)] == [1] * 5

    def test_matches_that_raised_nothing_go_too(self):
        contact = ContactFactory()
        match = MatchFactory(page_view=None, contact=contact, happened_at=ago(days=731))
        UnmetMinimum.objects.create(contact=contact, alert=match.alert, kind="short", happened_at=ago(days=731))

        purge()

        assert not Match.objects.exists()
        assert not UnmetMinimum.objects.exists()

    def test_daily_totals_stay(self):
        delivery = self.raised(at=ago(days=731))
        total = DailyTotal.objects.create(
            day=ago(days=731).date(), alert=delivery.notification.alert, contact=delivery.notification.contact
        )

        purge()

        total.refresh_from_db()
        assert total.contact is not None


class TestTheRest:
    def test_forms_links_and_activity_go_with_the_page_views(self):
        contact = ContactFactory()
        for at in (ago(days=401), ago(days=399)):
            SubmittedForm.objects.create(contact=contact, name="Contact us", submitted_at=at)
            link = SignedLink.objects.create(contact=contact, token_hash=str(at), first_opened_at=at)
            LinkUse.objects.create(link=link, sign=Sign.KEY, outcome="identified", opened_at=at)
            DailyActivity.objects.create(contact=contact, day=at.date())

        purge()

        assert [model.objects.count() for model in (SubmittedForm, SignedLink, LinkUse, DailyActivity)] == [
            1
        ] * 4

    def test_notes_stay(self):
        ContactNote.objects.create(contact=ContactFactory(), text="Call in June.", written_at=ago(days=5000))

        purge()

        assert ContactNote.objects.exists()

    def test_what_is_only_needed_for_a_day_goes_after_it(self):
        user = UserFactory()
        for hours in (25, 23):
            ContactImport.objects.create(
                author=user, file_name="a.csv", content="", uploaded_at=ago(hours=hours)
            )
            TestVisit.objects.create(tester=user, contact=ContactFactory(), started_at=ago(hours=hours))
            run = WizardRun.objects.create(author=user)
            WizardRun.objects.filter(pk=run.pk).update(updated_at=ago(hours=hours))

        purge()

        assert [model.objects.count() for model in (ContactImport, TestVisit, WizardRun)] == [1] * 3

    def test_what_was_not_recorded_is_counted_for_400_days(self):
        for days in (402, 399):
            NotRecorded.objects.create(day=ago(days=days).date(), reason=Reason.BOT, number=1)

        purge()

        assert NotRecorded.objects.count() == 1


class TestWhatIsStillNeeded:
    """However short the time is for which alerts are kept."""

    @pytest.fixture(autouse=True)
    def three_days(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_NOTIFICATIONS_DAYS": 3}

    def test_alert_of_this_month_counts_for_the_cap(self):
        alert = AlertFactory(cap_period="month")
        contact = ContactFactory()
        for days in (40, 10):
            match = MatchFactory(alert=alert, page_view__visitor__contact=contact, happened_at=ago(days=days))
            assert capping.take_slot(match, alert=alert, now=ago(days=days))

        purge()

        assert Match.objects.get() == match
        again = MatchFactory(alert=alert, page_view__visitor__contact=contact)
        assert capping.take_slot(again, alert=alert, now=NOW) is None

    @pytest.mark.parametrize("status", [Status.WAITING, Status.CLAIMED])
    def test_alert_that_waits_to_be_sent_stays(self, status):
        held = {"claim": uuid4(), "claimed_until": NOW} if status == Status.CLAIMED else {}
        delivery = DeliveryFactory(
            notification__raised_at=ago(days=5),
            notification__match__happened_at=ago(days=5),
            due_at=NOW + timedelta(hours=1),
            status=status,
            **held,
        )

        purge()
        assert Delivery.objects.get() == delivery

        Delivery.objects.update(status=Status.SENT, claim=None, claimed_until=None)
        purge()
        assert not Match.objects.exists()


class TestALittleAtATime:
    def test_each_transaction_deletes_a_bounded_number_of_rows(self, monkeypatch):
        monkeypatch.setattr(retention, "BATCH", 3)
        deleted = []
        delete_rows = deleting_rows.delete_rows

        def counting(model, row_ids):
            deleted.append(len(row_ids))
            return delete_rows(model, row_ids)

        monkeypatch.setattr(retention, "delete_rows", counting)
        for _number in range(8):
            page_view_of(None, at=ago(days=31))

        purge()

        assert not PageView.objects.exists()
        assert max(deleted) == 3

    def test_what_is_left_when_the_time_is_over_is_the_next_calls(self, clock):
        contact = ContactFactory()
        for _number in range(3):
            page_view_of(contact, at=ago(days=401))

        def now():
            clock.shift(15)
            return timezone.now()

        rows = PageView.objects.filter(contact=contact)
        budget = privacy.Budget(now=now, lasts=timedelta(seconds=20))
        deleting_rows.delete_in_batches(rows, budget=budget, batch=1)
        left = PageView.objects.count()
        purge()

        assert left == 2
        assert not PageView.objects.exists()

    def test_tables_without_an_index_are_gone_through_from_call_to_call(self, monkeypatch):
        monkeypatch.setattr(retention, "STEP", 2)
        monkeypatch.setattr(retention, "LOOKED_AT", 2)
        for days in (1, 1, 731, 1, 731):
            MatchFactory(page_view=None, contact=ContactFactory(), happened_at=ago(days=days))

        left = []
        for _call in range(3):
            purge()
            left.append(Match.objects.count())

        assert left == [5, 4, 3]

    def test_command_goes_on_until_all_is_done(self, monkeypatch):
        monkeypatch.setattr(retention, "STEP", 2)
        monkeypatch.setattr(retention, "LOOKED_AT", 2)
        for days in (1, 1, 731, 1, 731):
            MatchFactory(page_view=None, contact=ContactFactory(), happened_at=ago(days=days))
        out = StringIO()

        call_command("visit_alerts_purge", stdout=out)

        assert Match.objects.count() == 3
        assert "2 match" in out.getvalue()

    def test_nothing_to_do_costs_the_same_however_much_there_is(self):
        purge()

        with counted_queries() as before:
            purge()
        for _number in range(20):
            page_view_of(ContactFactory(), at=ago(days=1))
        with counted_queries() as after:
            purge()

        assert len(after) <= len(before) + 6  # one more for each table that is gone through
        assert len(before) < 60


def test_cron_does_it_every_ten_minutes(clock):
    call_command("visit_alerts_deliver", stdout=StringIO())
    first = Heartbeat.objects.get(name=Heartbeat.PURGE).heard_at
    clock.shift(60)
    call_command("visit_alerts_deliver", stdout=StringIO())
    second = Heartbeat.objects.get(name=Heartbeat.PURGE).heard_at
    clock.shift(600)
    call_command("visit_alerts_deliver", stdout=StringIO())
    third = Heartbeat.objects.get(name=Heartbeat.PURGE).heard_at

    assert (first, second, third) == (NOW, NOW, NOW + timedelta(seconds=660))


def test_fault_of_it_is_said_by_cron_and_the_alerts_have_left(monkeypatch, mailoutbox):
    delivery = DeliveryFactory()

    def broken(**_options):
        raise ZeroDivisionError

    monkeypatch.setattr("wagtail_visit_alerts.privacy.purge_if_due", broken)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        call_command("visit_alerts_deliver", stdout=StringIO())

    assert [message.to for message in mailoutbox] == [[delivery.email]]


def test_each_run_is_logged_without_names(caplog):
    page_view_of(ContactFactory(name="Anna Nowak"), at=ago(days=401))

    with caplog.at_level("INFO"):
        purge()

    [record] = [record for record in caplog.records if record.getMessage() == "purge.done"]
    assert record.rows["pageview"] == 1
    assert "Anna" not in caplog.text
