"""When what is due is not sent at once: a doubtful opening of a link, sending hours, digests, the ceiling."""

import threading
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection, connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.delivering import outbox
from wagtail_visit_alerts.delivering.postponing import HOLD, judge, window_opens_at
from wagtail_visit_alerts.delivering.sending import deliver_due
from wagtail_visit_alerts.delivering.sending_hours import SendingHours, problem_with
from wagtail_visit_alerts.models import (
    Delivery,
    LinkOutcome,
    LinkUse,
    Method,
    Purpose,
    ReaderPreferences,
    Role,
    Sign,
    SignedLink,
    Status,
    WaitsFor,
)

from ..factories import ContactFactory, DeliveryFactory, DestinationFactory, UserFactory
from ..query_counting import counted_queries

WARSAW = ZoneInfo("Europe/Warsaw")
#: A Tuesday, ten o'clock in Warsaw.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def warsaw(*parts):
    return datetime(*parts, tzinfo=WARSAW)


ZONES = st.sampled_from(["Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
CLOCKS = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda clock: clock.replace(microsecond=0))
HOURS = st.builds(
    SendingHours,
    zone=ZONES.map(ZoneInfo),
    start=CLOCKS,
    end=CLOCKS,
    days=st.frozensets(st.integers(1, 7), min_size=1),
)
MOMENTS = st.integers(0, 2 * 365 * 24 * 3600).map(lambda second: NOW + timedelta(seconds=second))


class TestSendingHours:
    """The rules by themselves."""

    def test_hours_once_a_week_that_a_change_of_the_clock_swallows_are_open_a_week_later(self):
        hours = SendingHours(WARSAW, time(2), time(3), frozenset({7}))

        # On Sunday, 29 March, the clock goes from 2:00 to 3:00.
        assert hours.next_open(warsaw(2026, 3, 23, 12)) == warsaw(2026, 4, 5, 2)

    @given(HOURS, MOMENTS)
    def test_next_moment_is_within_the_hours_and_never_in_the_past(self, hours, at):
        opens_at = hours.next_open(at)

        assert opens_at >= at
        assert hours.are_open(opens_at)

    @given(HOURS, MOMENTS)
    def test_nothing_waits_while_the_hours_are_open(self, hours, at):
        if hours.are_open(at):
            assert hours.next_open(at) == at

    @given(HOURS, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)))
    def test_order_is_kept(self, hours, at, later):
        for following in (hours.next_open, hours.next_full_hour, hours.next_morning):
            assert following(at) <= following(at + later)

    @given(HOURS, MOMENTS)
    def test_digests_leave_within_the_hours_and_after_what_they_carry(self, hours, at):
        for following in (hours.next_full_hour, hours.next_morning):
            assert following(at) > at
            assert hours.are_open(following(at))

    @given(ZONES.map(ZoneInfo), MOMENTS)
    def test_hourly_digest_leaves_at_a_full_hour_of_the_readers_clock(self, zone, at):
        leaves_at = SendingHours(zone).next_full_hour(at).astimezone(zone)

        # On Lord Howe Island the clock changes by half an hour.
        assert leaves_at.minute == 0 or zone.key == "Australia/Lord_Howe"
        assert leaves_at - at.astimezone(zone) <= timedelta(hours=1)

    def test_what_falls_into_the_evening_waits_for_the_morning(self):
        hours = SendingHours(WARSAW, time(8), time(18))

        assert hours.next_open(warsaw(2026, 11, 24, 19)) == warsaw(2026, 11, 25, 8)

    def test_the_end_belongs_to_the_hours_no_more(self):
        hours = SendingHours(WARSAW, time(8), time(18))

        assert hours.next_open(warsaw(2026, 11, 24, 18)) == warsaw(2026, 11, 25, 8)

    def test_friday_evening_waits_for_monday(self):
        hours = SendingHours(WARSAW, time(8), time(18), frozenset({1, 2, 3, 4, 5}))

        assert hours.next_open(warsaw(2026, 11, 27, 20)) == warsaw(2026, 11, 30, 8)

    def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(self):
        friday_night = SendingHours(WARSAW, time(22), time(6), frozenset({5}))

        assert friday_night.are_open(warsaw(2026, 11, 28, 5))
        assert not friday_night.are_open(warsaw(2026, 11, 27, 5))

    def test_the_same_time_twice_is_the_whole_day(self):
        assert SendingHours(WARSAW, time(9), time(9)).are_open(warsaw(2026, 11, 24, 3))

    def test_hours_follow_the_clock_on_the_wall_when_it_changes(self):
        hours = SendingHours(WARSAW, time(8), time(18))

        assert hours.next_open(warsaw(2026, 3, 28, 20)) == datetime(2026, 3, 29, 6, tzinfo=UTC)
        assert hours.next_open(warsaw(2026, 10, 24, 20)) == datetime(2026, 10, 25, 7, tzinfo=UTC)

    def test_an_opening_that_the_clock_leaves_out_is_the_change_itself(self):
        hours = SendingHours(WARSAW, time(2, 30), time(18))

        assert hours.next_open(warsaw(2026, 3, 29, 1)) == datetime(2026, 3, 29, 1, tzinfo=UTC)

    def test_a_morning_without_hours_is_eight_o_clock(self):
        assert SendingHours(WARSAW).next_morning(warsaw(2026, 11, 24, 8)) == warsaw(2026, 11, 25, 8)

    def test_half_an_hour_of_a_time_zone_is_minded(self):
        kolkata = ZoneInfo("Asia/Kolkata")
        at = datetime(2026, 11, 24, 10, 10, tzinfo=kolkata)

        assert SendingHours(kolkata).next_full_hour(at) == datetime(2026, 11, 24, 11, tzinfo=kolkata)

    @pytest.mark.parametrize(
        ("configured", "problem"),
        [
            ({}, ""),
            ({"from": "08:00", "until": "18:00", "days": [1, 7]}, ""),
            ({"days": [1]}, ""),
            ({"from": "08:00"}, "only one"),
            ({"from": "8 o'clock", "until": "18:00"}, "no time of day"),
            ({"from": "08:00", "until": "18:00", "days": [0]}, "no list of numbers"),
            ({"from": "08:00", "until": "18:00", "days": 5}, "no list of numbers"),
            ({"start": "08:00"}, 'no key "start"'),
        ],
    )
    def test_what_is_wrong_with_the_setting_is_said(self, configured, problem):
        assert problem in problem_with(configured)
        assert bool(problem) == bool(problem_with(configured))


class TestWindowOfCeiling:
    """When an address may get more, from what it has got."""

    SENT = st.lists(st.timedeltas(timedelta(0), timedelta(minutes=59)), max_size=60)

    @given(SENT, st.integers(0, 40), st.integers(1, 5), st.integers(1, 40))
    def test_never_more_alerts_within_an_hour_than_the_ceiling(self, ages, in_hand, alerts, most):
        sent = sorted(NOW - age for age in ages)
        opens_at = window_opens_at(sent, in_hand=in_hand, alerts=alerts, most=most, now=NOW)

        if opens_at is None:
            assert len(sent) + in_hand + alerts <= most or not (sent or in_hand)
        else:
            assert NOW < opens_at <= NOW + timedelta(hours=1)
            left = [at for at in sent if at > opens_at - timedelta(hours=1)]
            assert len(left) + in_hand + alerts <= most or not left or in_hand + alerts > most

    def test_a_ceiling_of_none_holds_nothing_back(self):
        assert window_opens_at([NOW] * 99, in_hand=9, alerts=1, most=0, now=NOW) is None


@pytest.fixture
def reader(db):
    """A salesperson whose clock is Warsaw's."""
    user = UserFactory(username="marta")
    UserProfile.objects.create(user=user, current_time_zone="Europe/Warsaw")
    return user


@pytest.fixture
def contact(reader):
    return ContactFactory(owner=reader)


def claimed(contact, **fields):
    """A delivery that this process holds for its first attempt."""
    values = {
        "notification__match__page_view__visitor__contact": contact,
        "status": Status.CLAIMED,
        "claim": uuid4(),
        "claimed_until": NOW + timedelta(minutes=5),
        "attempts": 1,
        **fields,
    }
    return read(DeliveryFactory(**values))


def read(delivery):
    """The delivery as a sending process reads it."""
    return Delivery.objects.with_what_is_told().get(pk=delivery.pk)


def prefer(user, **fields):
    ReaderPreferences.objects.create(user=user, **fields)


def judged(delivery, *, now=NOW):
    """Until when the delivery waits, and what for; None: it may be sent."""
    postponement = judge([read(delivery)], now=now)
    return postponement and (postponement.due_at, postponement.waits_for)


def test_an_alert_is_sent_at_once_where_nobody_has_chosen_anything(contact):
    assert judged(claimed(contact)) is None


class TestReadersHours:
    def test_what_falls_outside_waits_for_the_readers_next_hours(self, contact, reader):
        prefer(reader, hours_from=time(11), hours_until=time(17))

        assert judged(claimed(contact)) == (warsaw(2026, 11, 24, 11), WaitsFor.HOURS)

    def test_hours_are_those_of_the_readers_time_zone(self, contact, reader):
        UserProfile.objects.filter(user=reader).update(current_time_zone="Asia/Tokyo")
        prefer(reader, hours_from=time(9), hours_until=time(17))

        assert judged(claimed(contact)) == (
            datetime(2026, 11, 25, 9, tzinfo=ZoneInfo("Asia/Tokyo")),
            WaitsFor.HOURS,
        )

    def test_the_sites_hours_hold_for_who_has_chosen_nothing(self, contact, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            **settings.WAGTAIL_VISIT_ALERTS,
            "SENDING_HOURS": {"from": "11:00", "until": "18:00"},
        }

        assert judged(claimed(contact)) == (warsaw(2026, 11, 24, 11), WaitsFor.HOURS)

    def test_the_readers_own_hours_take_the_place_of_the_sites(self, contact, reader, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            **settings.WAGTAIL_VISIT_ALERTS,
            "SENDING_HOURS": {"from": "11:00", "until": "18:00"},
        }
        prefer(reader, hours_from=time(9), hours_until=time(12))

        assert judged(claimed(contact)) is None

    def test_days_that_the_reader_has_not_chosen_are_the_sites(self, contact, reader, settings):
        settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "SENDING_HOURS": {"days": [3]}}
        prefer(reader, hours_from=time(9), hours_until=time(12))

        assert judged(claimed(contact)) == (warsaw(2026, 11, 25, 9), WaitsFor.HOURS)

    def test_hours_of_the_setting_that_make_no_sense_hold_nothing_back(self, contact, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            **settings.WAGTAIL_VISIT_ALERTS,
            "SENDING_HOURS": {"from": "noon", "until": 3},
        }

        assert judged(claimed(contact)) is None

    def test_an_address_in_cc_has_the_sites_hours_by_the_clock_of_the_alerts_author(self, contact, settings):
        settings.WAGTAIL_VISIT_ALERTS = {
            **settings.WAGTAIL_VISIT_ALERTS,
            "SENDING_HOURS": {"from": "08:00", "until": "18:00"},
        }
        delivery = claimed(contact, role=Role.CC, user=None, email="cc@example.com")
        UserProfile.objects.create(
            user=delivery.notification.alert.author, current_time_zone="America/New_York"
        )

        assert judged(delivery) == (
            datetime(2026, 11, 24, 8, tzinfo=ZoneInfo("America/New_York")),
            WaitsFor.HOURS,
        )

    def test_what_was_tried_before_waits_for_the_hours_too(self, contact, reader):
        prefer(reader, hours_from=time(11), hours_until=time(17))

        assert judged(claimed(contact, attempts=2, first_tried_at=NOW)) == (
            warsaw(2026, 11, 24, 11),
            WaitsFor.HOURS,
        )

    def test_what_was_tried_before_is_sent_outside_of_the_hours_rather_than_given_up(self, contact, reader):
        prefer(reader, hours_from=time(11), hours_until=time(17), days=[5])

        assert judged(claimed(contact, attempts=2, first_tried_at=NOW)) is None


class TestDigest:
    def test_hourly_waits_for_the_next_full_hour(self, contact, reader):
        prefer(reader, pace="hourly")

        now = NOW + timedelta(minutes=20)
        assert judged(claimed(contact), now=now) == (warsaw(2026, 11, 24, 11), WaitsFor.DIGEST)

    def test_hourly_outside_of_the_hours_waits_for_them_and_no_longer(self, contact, reader):
        prefer(reader, pace="hourly", hours_from=time(11, 30), hours_until=time(17))

        assert judged(claimed(contact)) == (warsaw(2026, 11, 24, 11, 30), WaitsFor.DIGEST)

    def test_daily_waits_for_eight_o_clock(self, contact, reader):
        prefer(reader, pace="daily")

        assert judged(claimed(contact)) == (warsaw(2026, 11, 25, 8), WaitsFor.DIGEST)

    def test_daily_waits_for_the_start_of_the_readers_hours(self, contact, reader):
        prefer(reader, pace="daily", hours_from=time(7), hours_until=time(19), days=[1])

        assert judged(claimed(contact)) == (warsaw(2026, 11, 30, 7), WaitsFor.DIGEST)

    def test_a_digest_that_is_due_leaves(self, contact, reader):
        prefer(reader, pace="daily")

        assert judged(claimed(contact, waits_for=WaitsFor.DIGEST)) is None

    def test_a_digest_that_is_due_late_waits_for_the_hours_and_stays_a_digest(self, contact, reader):
        prefer(reader, pace="daily", hours_from=time(11), hours_until=time(17))

        assert judged(claimed(contact, waits_for=WaitsFor.DIGEST)) == (
            warsaw(2026, 11, 24, 11),
            WaitsFor.DIGEST,
        )

    def test_what_was_tried_before_keeps_its_form(self, contact, reader):
        prefer(reader, pace="daily")

        assert judged(claimed(contact, attempts=2, first_tried_at=NOW)) is None

    def test_an_address_in_cc_gets_no_digest(self, contact, reader):
        prefer(reader, pace="daily")

        assert judged(claimed(contact, role=Role.CC, user=None, email="cc@example.com")) is None


class TestCeiling:
    @pytest.fixture(autouse=True)
    def three_an_hour(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "MOST_ALERTS_PER_HOUR": 3}

    def sent(self, contact, minutes_ago, **fields):
        DeliveryFactory(
            notification__match__page_view__visitor__contact=contact,
            status=Status.SENT,
            sent_at=NOW - timedelta(minutes=minutes_ago),
            **fields,
        )

    def test_what_is_above_the_ceiling_waits_until_the_hour_has_room(self, contact):
        for minutes in (50, 40, 30):
            self.sent(contact, minutes)

        assert judged(claimed(contact)) == (NOW + timedelta(minutes=10), WaitsFor.CEILING)

    def test_what_is_below_the_ceiling_is_sent(self, contact):
        for minutes in (61, 40, 30):
            self.sent(contact, minutes)

        assert judged(claimed(contact)) is None

    def test_other_addresses_and_other_e_mails_do_not_count(self, contact):
        for minutes in (50, 40, 30):
            self.sent(ContactFactory(), minutes)
            self.sent(contact, minutes, purpose=Purpose.TAKEN)

        assert judged(claimed(contact)) is None

    def test_a_digest_counts_once(self, contact):
        email_id = uuid4()
        for minutes in (50, 50, 50):
            self.sent(contact, minutes, email_id=email_id, waits_for=WaitsFor.CEILING)

        assert judged(claimed(contact)) is None

    def test_alerts_of_one_e_mail_count_each(self, contact):
        email_id = uuid4()
        for minutes in (50, 50, 50):
            self.sent(contact, minutes, email_id=email_id)

        assert judged(claimed(contact)) == (NOW + timedelta(minutes=10), WaitsFor.CEILING)

    def test_what_another_process_has_begun_counts_whichever_was_written_first(self, contact):
        for minutes in (50, 40):
            self.sent(contact, minutes)
        first, second = claimed(contact), claimed(contact)

        assert judged(second) is None
        outbox.begin([second], now=NOW)
        assert judged(first) == (NOW + timedelta(minutes=10), WaitsFor.CEILING)

    def test_what_another_process_only_holds_takes_no_place(self, contact):
        for minutes in (50, 40):
            self.sent(contact, minutes)
        claimed(contact)

        assert judged(claimed(contact)) is None

    def test_what_this_process_holds_besides_is_no_rival(self, contact):
        for minutes in (50, 40):
            self.sent(contact, minutes)
        first = claimed(contact)

        assert judged(claimed(contact, claim=first.claim)) is None

    def test_what_waits_for_the_ceiling_leaves_when_it_is_due(self, contact):
        for minutes in (50, 40, 30):
            self.sent(contact, minutes)

        assert judged(claimed(contact, waits_for=WaitsFor.CEILING)) is None

    def test_ceiling_and_hours_together_wait_for_both(self, contact, reader):
        prefer(reader, hours_from=time(8), hours_until=time(10, 5))
        for minutes in (50, 40, 30):
            self.sent(contact, minutes)

        assert judged(claimed(contact)) == (warsaw(2026, 11, 25, 8), WaitsFor.CEILING)

    def test_more_alerts_at_once_than_the_ceiling_leave_where_nothing_else_does(self, contact):
        deliveries = [claimed(contact) for _number in range(4)]
        for delivery in deliveries:
            delivery.claim = deliveries[0].claim
            delivery.save()

        assert judge(deliveries, now=NOW) is None


class TestHold:
    def opened(self, delivery, sign, *, seconds_ago=5, outcome=LinkOutcome.IDENTIFIED):
        """The visitor of a delivery was recognised by a signed link a moment ago."""
        visitor = delivery.notification.match.page_view.visitor
        opened_at = NOW - timedelta(seconds=seconds_ago)
        link = SignedLink.objects.create(
            token_hash=uuid4().hex, contact=delivery.notification.contact, first_opened_at=opened_at
        )
        visitor.identified_at = opened_at
        visitor.save()
        return LinkUse.objects.create(
            link=link, visitor=visitor, sign=sign, outcome=outcome, opened_at=opened_at
        )

    @pytest.mark.parametrize("sign", [Sign.VISIBLE, Sign.SCROLL])
    def test_a_link_that_no_hand_need_have_opened_is_held_for_half_a_minute(self, contact, sign):
        delivery = claimed(contact)
        use = self.opened(delivery, sign)

        assert judged(delivery) == (use.opened_at + HOLD, WaitsFor.HOLD)

    def test_a_destination_is_not_told_of_a_doubtful_opening_either(self, contact):
        delivery = claimed(
            contact, role=Role.DESTINATION, destination=DestinationFactory(), user=None, email=""
        )
        use = self.opened(delivery, Sign.VISIBLE)

        assert judged(delivery) == (use.opened_at + HOLD, WaitsFor.HOLD)

    def test_an_email_whose_process_died_before_it_was_tried_is_held_like_a_new_one(self, contact):
        delivery = claimed(contact, attempts=2)
        use = self.opened(delivery, Sign.VISIBLE)

        assert judged(delivery) == (use.opened_at + HOLD, WaitsFor.HOLD)

    @pytest.mark.parametrize("sign", [Sign.POINTER, Sign.KEY, Sign.TOUCH])
    def test_a_link_opened_by_hand_is_not_held(self, contact, sign):
        delivery = claimed(contact)
        self.opened(delivery, sign)

        assert judged(delivery) is None

    def test_a_second_opening_by_hand_ends_the_doubt(self, contact):
        delivery = claimed(contact)
        use = self.opened(delivery, Sign.VISIBLE)
        LinkUse.objects.create(
            link=use.link,
            visitor=use.visitor,
            sign=Sign.TOUCH,
            outcome=LinkOutcome.KNOWN,
            opened_at=NOW,
        )

        assert judged(delivery) is None

    def test_after_half_a_minute_nothing_is_held_and_nothing_asked(self, contact):
        delivery = claimed(contact)
        self.opened(delivery, Sign.VISIBLE, seconds_ago=30)

        with counted_queries() as queries:
            assert judge([read(delivery)], now=NOW) is None
        assert not any("linkuse" in query.lower() for query in queries)

    def test_a_visitor_who_is_known_more_surely_is_not_held(self, contact):
        delivery = claimed(contact)
        use = self.opened(delivery, Sign.VISIBLE)
        use.visitor.identified_by = Method.LOGIN
        use.visitor.save()

        assert judged(delivery) is None


def test_an_e_mail_costs_few_queries(contact, reader):
    prefer(reader, hours_from=time(8), hours_until=time(17))
    delivery = claimed(contact)

    with counted_queries() as queries:
        judge([delivery], now=NOW)

    assert len(queries) <= 2


@pytest.mark.database
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_processes_that_send_at_once_never_exceed_the_ceiling(settings):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory has one connection")
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "MOST_ALERTS_PER_HOUR": 3}
    contact = ContactFactory()
    for _number in range(40):
        DeliveryFactory(notification__match__page_view__visitor__contact=contact, due_at=NOW)
    faults = []

    def send():
        try:
            deliver_due(now=lambda: NOW)
        except Exception as error:  # shown by the main thread
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert Counter(Delivery.objects.values_list("status", "waits_for")) == {
        (Status.SENT, WaitsFor.NOTHING): 3,
        (Status.WAITING, WaitsFor.CEILING): 37,
    }


class TestThroughTheOutbox:
    """What comes of it when the deliveries are sent for real."""

    @pytest.fixture
    def clock(self):
        with time_machine.travel(NOW, tick=False) as traveller:
            yield traveller

    def written(self, contact, number):
        """So many alerts about a contact, each raised by a page view of its own."""
        for _number in range(number):
            DeliveryFactory(notification__match__page_view__visitor__contact=contact)

    def alerts_sent(self):
        """How many alerts each e-mail carried, in the order in which they left."""
        sent = Delivery.objects.filter(status=Status.SENT).order_by("sent_at", "pk")
        return list(Counter(sent.values_list("email_id", flat=True)).values())

    def test_nothing_above_the_ceiling_is_dropped_and_it_leaves_as_one_e_mail(self, contact, clock, settings):
        settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "MOST_ALERTS_PER_HOUR": 3}
        self.written(contact, 8)

        deliver_due(now=timezone.now)
        assert self.alerts_sent() == [1, 1, 1]
        clock.shift(timedelta(minutes=59))
        deliver_due(now=timezone.now)
        assert self.alerts_sent() == [1, 1, 1]
        clock.shift(timedelta(minutes=1))
        deliver_due(now=timezone.now)

        assert self.alerts_sent() == [1, 1, 1, 5]
        assert len(mail.outbox) == 4

    def test_an_hours_alerts_leave_as_one_e_mail_at_the_full_hour(self, contact, reader, clock):
        prefer(reader, pace="hourly")
        for minutes in (5, 20):
            self.written(contact, 1)
            clock.shift(timedelta(minutes=minutes))
            deliver_due(now=timezone.now)
        assert mail.outbox == []

        clock.shift(timedelta(minutes=35))
        deliver_due(now=timezone.now)

        assert self.alerts_sent() == [2]

    def test_a_nights_alerts_leave_in_the_morning_in_their_order(self, contact, reader, clock):
        prefer(reader, hours_from=time(11), hours_until=time(17))
        self.written(contact, 3)
        deliver_due(now=timezone.now)
        assert mail.outbox == []

        clock.move_to(warsaw(2026, 11, 24, 11))
        deliver_due(now=timezone.now)

        assert self.alerts_sent() == [1, 1, 1]
        written = Delivery.objects.order_by("pk").values_list("email_id", flat=True)
        assert [message.extra_headers["Message-ID"].split("@")[0] for message in mail.outbox] == [
            f"<{email_id.hex}" for email_id in written
        ]

    def test_what_waits_for_an_owner_who_goes_away_is_told_to_the_deputy(self, contact, reader, clock):
        deputy = UserFactory(email="jan@example.com")
        deputy.user_permissions.add(Permission.objects.get(codename="view_contact"))
        prefer(
            reader,
            hours_from=time(11),
            hours_until=time(17),
            away_from=date(2026, 11, 25),
            deputy=deputy,
        )
        clock.move_to(warsaw(2026, 11, 24, 18))
        self.written(contact, 1)
        deliver_due(now=timezone.now)

        clock.move_to(warsaw(2026, 11, 25, 11))
        deliver_due(now=timezone.now)
        deliver_due(now=timezone.now)

        assert [message.to for message in mail.outbox] == [["jan@example.com"]]
        assert Delivery.objects.get().role == Role.DEPUTY
