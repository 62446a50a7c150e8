"""Daily totals, made from the rows that the other stages write: which figure counts what, and on which day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.models import (
    DailyLatency,
    DailyPageTotal,
    DailyTotal,
    Outcome,
    Purpose,
    Status,
    Taking,
    UnmetMinimum,
)
from wagtail_visit_alerts.models.contact import ERASED_DOMAIN
from wagtail_visit_alerts.reporting.daily_totals import recount_totals

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MatchFactory,
    NotificationFactory,
    PageViewFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.any_wagtail]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture
def alert():
    return AlertFactory()


@pytest.fixture
def anna():
    return ContactFactory(email="anna.nowak@example.org")


def page_view(contact, *, at=NOON, path="/pricing/"):
    address = AddressFactory(text=f"http://testserver{path}")
    visitor = contact.visitors.first() or VisitorFactory(contact=contact)
    return PageViewFactory(visitor=visitor, entered_at=at, address=address)


def match(alert, contact, *, outcome=Outcome.RAISED, at=NOON, path="/pricing/"):
    """A match; its notification, where it raised the alert."""
    made = MatchFactory(
        page_view=page_view(contact, at=at, path=path), alert=alert, outcome=outcome, happened_at=at
    )
    if outcome == Outcome.RAISED:
        return NotificationFactory(match=made, raised_at=at)
    return made


def delivery(notification, *, status, after=timedelta(seconds=5), **fields):
    when = {Status.SENT: "sent_at", Status.FAILED: "failed_at"}.get(status)
    times = {when: notification.raised_at + after} if when else {}
    return DeliveryFactory(notification=notification, status=status, **times, **fields)


def unmet(alert, contact, *, kind=UnmetMinimum.Kind.TOO_SHORT, at=NOON):
    return UnmetMinimum.objects.create(
        page_view=page_view(contact, at=at), alert=alert, contact=contact, kind=kind, happened_at=at
    )


def figures(**where):
    """The figures that are not 0 of the one row there is."""
    row = DailyTotal.objects.get(**where)
    names = ("matched", "raised", "capped", "nobody", "too_short", "closed", "sent", "failed", "taken")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def catch_up(now=NOON):
    return reporting.catch_up(now=now)


class TestFigures:
    def test_matches_count_by_their_outcome(self, alert, anna):
        match(alert, anna)
        for outcome in (Outcome.CAPPED, Outcome.CAPPED, Outcome.NOBODY):
            match(alert, anna, outcome=outcome)

        catch_up()

        assert figures() == {"matched": 4, "raised": 1, "capped": 2, "nobody": 1}

    def test_unmet_minimums_count_by_their_kind(self, alert, anna):
        unmet(alert, anna)
        unmet(alert, anna, kind=UnmetMinimum.Kind.CLOSED)

        catch_up()

        assert figures() == {"too_short": 1, "closed": 1}

    def test_alert_counts_as_sent_once_however_many_got_it(self, alert, anna):
        notification = match(alert, anna)
        for name in ("a", "b"):
            delivery(notification, status=Status.SENT, email=f"{name}@example.com")

        catch_up()

        assert figures() == {"matched": 1, "raised": 1, "sent": 1}

    def test_alert_that_reached_one_and_not_another_counts_as_sent_and_failed(self, alert, anna):
        notification = match(alert, anna)
        delivery(notification, status=Status.SENT, email="a@example.com")
        delivery(notification, status=Status.FAILED, email="b@example.com")

        catch_up()

        assert figures() == {"matched": 1, "raised": 1, "sent": 1, "failed": 1}

    @pytest.mark.parametrize(
        "fields", [{"resend": 1}, {"purpose": Purpose.TAKEN}, {"purpose": Purpose.GIVEN_UP}], ids=str
    )
    def test_what_was_sent_again_or_tells_of_something_else_does_not_count(self, alert, anna, fields):
        delivery(match(alert, anna), status=Status.SENT, **fields)

        catch_up()

        assert figures() == {"matched": 1, "raised": 1}

    def test_alert_that_somebody_took_counts_as_taken(self, alert, anna):
        Taking.objects.create(notification=match(alert, anna), email="a@example.com", taken_at=NOON)

        catch_up()

        assert figures() == {"matched": 1, "raised": 1, "taken": 1}

    def test_alerts_and_contacts_are_counted_apart(self, alert, anna):
        other_alert, other = AlertFactory(), ContactFactory()
        match(alert, anna)
        match(other_alert, anna)
        match(alert, other)

        catch_up()

        assert set(DailyTotal.objects.values_list("alert", "contact", "matched")) == {
            (alert.pk, anna.pk, 1),
            (other_alert.pk, anna.pk, 1),
            (alert.pk, other.pk, 1),
        }

    def test_pages_are_counted_by_their_address(self, alert, anna):
        match(alert, anna, path="/pricing/")
        match(alert, anna, path="/pricing/", outcome=Outcome.CAPPED)
        match(alert, anna, path="/about/", outcome=Outcome.CAPPED)

        catch_up()

        assert set(DailyPageTotal.objects.values_list("address__text", "matched", "raised")) == {
            ("http://testserver/pricing/", 2, 1),
            ("http://testserver/about/", 1, 0),
        }

    def test_time_to_the_email_is_that_of_the_first_one_in_classes(self, alert, anna):
        notification = match(alert, anna)
        delivery(notification, status=Status.SENT, after=timedelta(seconds=40), email="a@example.com")
        delivery(notification, status=Status.SENT, after=timedelta(seconds=7.9), email="b@example.com")

        catch_up()

        assert list(DailyLatency.objects.values_list("seconds", "emails")) == [(7, 1)]


class TestDays:
    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            ("2026-03-28T22:59:59.999Z", "2026-03-28"),
            ("2026-03-28T23:00Z", "2026-03-29"),
            ("2026-03-29T21:59:59.999Z", "2026-03-29"),
            ("2026-03-29T22:00Z", "2026-03-30"),
            ("2026-10-24T21:59:59.999Z", "2026-10-24"),
            ("2026-10-24T22:00Z", "2026-10-25"),
            ("2026-10-25T22:59:59.999Z", "2026-10-25"),
            ("2026-10-25T23:00Z", "2026-10-26"),
        ],
    )
    def test_day_on_which_the_clock_is_changed_begins_and_ends_at_midnight(self, alert, anna, moment, day):
        at = datetime.fromisoformat(moment)
        match(alert, anna, at=at)

        catch_up(at + timedelta(minutes=1))

        assert [row.day.isoformat() for row in DailyTotal.objects.all()] == [day]

    def test_days_are_those_of_the_caps_time_zone_not_of_the_site(self, alert, anna, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"TIME_ZONE": "America/New_York"}
        match(alert, anna, at=datetime(2026, 11, 24, 4, 59, tzinfo=UTC))

        catch_up()

        assert DailyTotal.objects.get().day == date(2026, 11, 23)

    def test_what_became_of_an_alert_counts_for_the_day_on_which_it_was_raised(self, alert, anna):
        notification = match(alert, anna, at=NOON - timedelta(days=3))
        delivery(notification, status=Status.SENT, after=timedelta(days=2))

        catch_up()

        assert figures(day=TODAY - timedelta(days=3)) == {"matched": 1, "raised": 1, "sent": 1}


class TestCatchingUp:
    def test_second_time_writes_nothing(self, alert, anna):
        delivery(match(alert, anna), status=Status.SENT)
        assert catch_up() > 0
        kept = list(DailyTotal.objects.values())

        assert catch_up(NOON + timedelta(minutes=1)) == 0
        assert list(DailyTotal.objects.values()) == kept

    def test_row_that_is_committed_after_others_with_higher_ids_is_not_missed(self, alert, anna):
        late = match(alert, anna, outcome=Outcome.CAPPED)
        pk = late.pk
        late.delete()
        match(alert, anna)
        catch_up()
        catch_up(NOON + timedelta(minutes=8))

        late.pk = pk
        late.save(force_insert=True)
        catch_up(NOON + timedelta(minutes=9))

        assert figures()["matched"] == 2

    def test_taking_and_sending_long_after_the_alert_are_counted(self, alert, anna):
        notification = match(alert, anna)
        for hours in range(3):
            catch_up(NOON + timedelta(hours=hours))
        catch_up(NOON + timedelta(days=40))

        later = NOON + timedelta(days=40)
        delivery(notification, status=Status.SENT, after=timedelta(days=40))
        Taking.objects.create(notification=notification, email="a@example.com", taken_at=later)
        catch_up(later + timedelta(minutes=1))

        assert figures() == {"matched": 1, "raised": 1, "sent": 1, "taken": 1}

    def test_what_is_tried_again_has_not_failed_any_more(self, alert, anna):
        failed = delivery(match(alert, anna), status=Status.FAILED)
        catch_up()
        assert figures()["failed"] == 1

        failed.status, failed.failed_at = Status.WAITING, None
        failed.save()
        catch_up(NOON + timedelta(hours=5))

        assert figures() == {"matched": 1, "raised": 1}

    def test_day_that_is_over_is_counted_once_more(self, alert, anna):
        match(alert, anna)
        for hours in range(3):
            catch_up(NOON + timedelta(hours=hours))
        DailyTotal.objects.update(matched=99)

        catch_up(NOON + timedelta(hours=5))
        assert figures()["matched"] == 99
        catch_up(NOON + timedelta(days=1))

        assert figures() == {"matched": 1, "raised": 1}

    def test_more_than_one_look_takes_is_done_by_the_next(self, alert, anna, monkeypatch):
        monkeypatch.setattr("wagtail_visit_alerts.reporting.lately_written.ROWS_AT_ONCE", 2)
        for _ in range(5):
            match(alert, anna, outcome=Outcome.CAPPED)
            match(alert, ContactFactory(), outcome=Outcome.CAPPED)

        for _ in range(6):
            catch_up()

        assert sum(DailyTotal.objects.values_list("matched", flat=True)) == 10

    def test_minimum_that_was_met_after_all_is_no_longer_unmet(self, alert, anna):
        nearly = unmet(alert, anna, at=datetime(2026, 11, 24, 22, 59, tzinfo=UTC))
        late = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)
        catch_up(late)
        assert figures() == {"too_short": 1}

        MatchFactory(
            page_view=nearly.page_view, alert=alert, contact=anna, happened_at=late, outcome=Outcome.CAPPED
        )
        catch_up(late + timedelta(minutes=1))

        assert figures() == {"matched": 1, "capped": 1}
        assert not UnmetMinimum.objects.exists()


def test_queries_do_not_grow_with_what_was_written(alert):
    def catching_up(number, now):
        for _ in range(number):
            contact = ContactFactory()
            delivery(match(alert, contact), status=Status.SENT)
            unmet(alert, contact)
        with counted_queries() as queries:
            catch_up(now)
        return len(queries)

    catching_up(1, NOON)

    assert catching_up(2, NOON + timedelta(minutes=1)) == catching_up(12, NOON + timedelta(minutes=2)) <= 50


class TestWhatStays:
    def test_forgotten_contact_stays_counted_as_one_person_whom_nobody_knows(self, alert, anna):
        delivery(match(alert, anna), status=Status.SENT)
        match(alert, anna, at=NOON - timedelta(days=1))
        catch_up()

        reporting.forget_contact(anna)
        anna.delete()
        catch_up()
        reporting.rebuild(now=NOON)

        totals = list(DailyTotal.objects.values_list("contact", "matched", "stand_in"))
        assert [row[:2] for row in totals] == [(None, 1), (None, 1)]
        assert len({stand_in for *_, stand_in in totals}) == 1
        assert [row.contact_id for row in DailyPageTotal.objects.all()] == [None, None]
        assert [row.emails for row in DailyLatency.objects.all()] == [1]

    def test_contact_who_is_being_erased_is_not_counted_again(self, alert, anna):
        match(alert, anna)
        catch_up()

        reporting.forget_contact(anna)
        anna.email = f"0123@{ERASED_DOMAIN}"
        anna.save()
        catch_up()
        reporting.rebuild(now=NOON)

        assert list(DailyTotal.objects.values_list("contact", "matched")) == [(None, 1)]
        assert [row.contact_id for row in DailyPageTotal.objects.all()] == [None]

    def test_two_who_are_forgotten_stay_two(self, alert):
        for _ in range(2):
            contact = ContactFactory()
            match(alert, contact)
            catch_up()
            reporting.forget_contact(contact)
            contact.delete()

        assert len(set(DailyTotal.objects.values_list("stand_in", flat=True))) == 2

    def test_totals_of_a_deleted_alert_stay(self, alert, anna):
        match(alert, anna)
        catch_up()

        alert.delete()
        catch_up()
        reporting.rebuild(now=NOON)

        assert figures(alert=None, contact=anna) == {"matched": 1, "raised": 1}

    def test_day_of_which_retention_has_deleted_anything_stays_as_it_is(self, alert, anna, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_NOTIFICATIONS_DAYS": 10}
        match(alert, anna, at=NOON - timedelta(days=10, hours=3))
        match(alert, anna, at=NOON - timedelta(days=10, hours=-3))
        catch_up(NOON - timedelta(days=8))
        anna.matches.filter(happened_at__lt=NOON - timedelta(days=10)).delete()

        reporting.rebuild(now=NOON)
        recount_totals(date(2026, 11, 14), [anna.pk], now=NOON)

        assert figures() == {"matched": 2, "raised": 2}

    def test_pages_of_page_views_that_retention_has_deleted_stay(self, alert, anna):
        notification = match(alert, anna)
        catch_up()
        notification.match.page_view.delete()

        Taking.objects.create(notification=notification, email="a@example.com", taken_at=NOON)
        catch_up()

        assert figures() == {"matched": 1, "raised": 1, "taken": 1}
        assert DailyPageTotal.objects.get().matched == 1
