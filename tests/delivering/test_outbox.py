import logging
import threading
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction
from django_q.conf import Conf
from redis.backoff import NoBackoff
from redis.retry import Retry

from wagtail_visit_alerts.delivering import outbox, retrying, waking
from wagtail_visit_alerts.delivering.recipients import Addressee
from wagtail_visit_alerts.models import Delivery, Purpose, Role, Status, WaitsFor

from ..factories import (
    DeliveryFactory,
    DestinationFactory,
    MatchFactory,
    NotificationFactory,
    PageViewFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def due_delivery(**fields):
    return DeliveryFactory(due_at=NOW, **fields)


def two_deliveries_of_one_email(**fields):
    first = due_delivery(**fields)
    return first, due_delivery(email=first.email, email_id=first.email_id, **fields)


def claim_one(now=NOW):
    [claimed] = outbox.claim(now=now, limit=10)
    return claimed.deliveries()


def redis_at(port):
    """Settings of a Redis that is given up after half a second: the thread that asks it outlives the test else."""
    return {"host": "127.0.0.1", "port": port, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}


def wait_for_the_broker():
    for thread in threading.enumerate():
        if thread.name == "visit-alerts-wake-up":
            thread.join()


# Writing


def test_writing_makes_a_delivery_for_each_addressee():
    owner = UserFactory()
    told = [Addressee(owner, "Marta@Example.com", Role.OWNER), Addressee(None, "cc@example.com", Role.CC)]

    assert outbox.write([(NotificationFactory(), told)], now=NOW) == 2

    to_owner, to_cc = Delivery.objects.order_by("pk")
    assert (to_owner.user, to_owner.email, to_owner.email_key) == (
        owner,
        "Marta@Example.com",
        "marta@example.com",
    )
    assert (to_cc.user, to_cc.role, to_cc.due_at, to_cc.status) == (None, Role.CC, NOW, Status.WAITING)
    assert to_owner.email_id != to_cc.email_id


def test_several_alerts_of_one_page_view_reach_one_address_as_one_email():
    page_view = PageViewFactory()
    raised = [
        (NotificationFactory(match=MatchFactory(page_view=page_view)), [Addressee(None, spelling, Role.CC)])
        for spelling in ("cc@example.com", "CC@Example.com")
    ]

    outbox.write(raised, now=NOW)

    assert len(set(Delivery.objects.values_list("email_id", flat=True))) == 1


def test_two_contacts_never_share_an_email():
    raised = [(NotificationFactory(), [Addressee(None, "cc@example.com", Role.CC)]) for _ in range(2)]

    outbox.write(raised, now=NOW)

    assert len(set(Delivery.objects.values_list("email_id", flat=True))) == 2


def test_nothing_is_left_of_a_transaction_that_fails():
    def fail_after_writing():
        with transaction.atomic():
            outbox.write([(NotificationFactory(), [Addressee(None, "cc@example.com", Role.CC)])], now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_writing()

    assert not Delivery.objects.exists()


# Waking up


def test_waking_up_queues_a_task_only_after_the_commit(django_capture_on_commit_callbacks, take_queued):
    with django_capture_on_commit_callbacks(execute=True):
        outbox.wake_up()
        queued_before = take_queued()

    assert queued_before == []
    assert take_queued() == ["wagtail_visit_alerts.tasks.deliver"]


def test_a_broker_that_is_down_is_logged_and_raises_nothing(
    monkeypatch, caplog, django_capture_on_commit_callbacks, unused_port
):
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", redis_at(unused_port))

    with django_capture_on_commit_callbacks(execute=True):
        outbox.wake_up()
    wait_for_the_broker()

    assert "wake_up.failed" in caplog.messages


def test_a_broker_that_does_not_answer_costs_the_caller_a_quarter_of_a_second_at_most(
    monkeypatch, caplog, django_capture_on_commit_callbacks, silent_port
):
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", redis_at(silent_port))

    started = datetime.now(UTC)
    with django_capture_on_commit_callbacks(execute=True):
        outbox.wake_up()
    took = datetime.now(UTC) - started

    assert took < timedelta(seconds=waking.PATIENCE_SECONDS + 0.25)
    assert "wake_up.broker_slow" in caplog.messages
    wait_for_the_broker()


# Claiming


def test_a_claim_takes_all_deliveries_of_an_email_and_counts_the_attempt():
    two_deliveries_of_one_email()

    [claimed] = outbox.claim(now=NOW, limit=10)

    assert [(d.status, d.attempts) for d in claimed.deliveries()] == [(Status.CLAIMED, 1)] * 2


def test_what_one_process_holds_no_other_gets():
    due_delivery()
    outbox.claim(now=NOW, limit=10)

    assert outbox.claim(now=NOW, limit=10) == []


def test_what_is_not_due_yet_is_not_claimed():
    DeliveryFactory(due_at=NOW + timedelta(seconds=1))

    assert outbox.claim(now=NOW, limit=10) == []


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.CANCELLED])
def test_what_is_finished_is_not_claimed(status):
    due_delivery(status=status)

    assert outbox.claim(now=NOW, limit=10) == []


def test_a_claim_takes_the_longest_due_first_and_no_more_than_asked_for():
    due_delivery()
    longest_due = DeliveryFactory(due_at=NOW - timedelta(hours=1))

    [claimed] = outbox.claim(now=NOW, limit=1)

    assert claimed.email_id == longest_due.email_id


def test_a_dead_process_holds_an_email_for_its_lease_only():
    due_delivery()
    outbox.claim(now=NOW, limit=10)

    assert outbox.claim(now=NOW + outbox.LEASE, limit=10) == []
    [delivery] = claim_one(NOW + outbox.LEASE + timedelta(seconds=1))
    assert delivery.attempts == 2


def test_a_process_whose_lease_has_ended_changes_nothing(caplog):
    due_delivery()
    late = claim_one()
    claim_one(NOW + outbox.LEASE + timedelta(seconds=1))

    assert outbox.record_sent(late, now=NOW) == 0

    assert Delivery.objects.get().status == Status.CLAIMED
    assert "delivery.lease_lost" in caplog.messages


@pytest.mark.database
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_four_processes_at_once_never_claim_the_same_email():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory has one connection")
    emails = 60
    for _ in range(emails):
        two_deliveries_of_one_email()
    won, faults = [], []

    def claim_until_nothing_is_due():
        try:
            while batch := outbox.claim(now=NOW, limit=7):
                won.extend((claimed.email_id, len(claimed.deliveries())) for claimed in batch)
        except Exception as error:  # shown by the main thread
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim_until_nothing_is_due) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(won) == len({email_id for email_id, _ in won}) == emails
    assert {number for _, number in won} == {2}


# Recording


def test_what_was_sent_is_recorded_with_its_time():
    due_delivery(reason="The mail server closed the connection.")

    assert outbox.record_sent(claim_one(), now=NOW) == 1

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.sent_at, delivery.reason, delivery.claim) == (
        Status.SENT,
        NOW,
        "",
        None,
    )


def test_a_fault_that_may_pass_is_tried_again_within_90_seconds():
    due_delivery()

    outbox.record_failure(claim_one(), reason="Busy", may_pass=True, now=NOW)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason) == (Status.WAITING, "Busy")
    assert timedelta(seconds=60) <= delivery.due_at - NOW <= timedelta(seconds=90)


def test_a_fault_that_will_not_pass_is_given_up_at_once():
    due_delivery()

    outbox.record_failure(claim_one(), reason="Unknown", may_pass=False, now=NOW)

    assert Delivery.objects.get().status == Status.FAILED


def test_the_pauses_grow_to_an_hour_at_most():
    pauses = [retrying.pause(attempts) for attempts in range(1, 40)]

    assert all(later > earlier for earlier, later in pairwise(pauses[:7]))
    assert max(pauses) <= timedelta(hours=1)


def try_until_given_up():
    """Let each attempt fail for a fault that may pass; gives when the last one was made."""
    now = NOW
    while True:
        outbox.record_failure(claim_one(now), reason="Busy", may_pass=True, now=now)
        if Delivery.objects.get().status != Status.WAITING:
            return now
        now = Delivery.objects.get().due_at


def test_a_delivery_is_given_up_24_hours_after_the_first_attempt():
    due_delivery()

    given_up_at = try_until_given_up()

    delivery = Delivery.objects.get()
    assert given_up_at == NOW + timedelta(hours=24)
    assert (delivery.status, delivery.first_tried_at, delivery.failed_at) == (Status.FAILED, NOW, given_up_at)
    assert delivery.reason == f"Given up after {delivery.attempts} attempts: Busy"


def test_what_the_other_side_asks_to_be_left_alone_for_is_kept_to():
    due_delivery()

    outbox.record_failure(claim_one(), reason="Busy", may_pass=True, retry_after=timedelta(minutes=20), now=NOW)

    assert Delivery.objects.get().due_at == NOW + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("asked", "earliest", "latest"),
    [
        (timedelta(seconds=1), timedelta(seconds=60), timedelta(seconds=66)),
        (timedelta(days=400), timedelta(hours=24), timedelta(hours=24)),
    ],
)
def test_what_the_other_side_asks_for_shortens_no_pause_and_puts_no_attempt_off_for_ever(
    asked, earliest, latest
):
    due_delivery()

    outbox.record_failure(claim_one(), reason="Busy", may_pass=True, retry_after=asked, now=NOW)

    assert NOW + earliest <= Delivery.objects.get().due_at <= NOW + latest


def test_an_attempt_begins_only_where_the_email_is_still_held(caplog):
    due_delivery()
    late = claim_one()
    claim_one(NOW + outbox.LEASE + timedelta(seconds=1))

    assert not outbox.begin(late, now=NOW)

    assert Delivery.objects.get().first_tried_at is None
    assert "delivery.lease_lost" in caplog.messages


def test_the_site_says_for_how_many_hours_is_tried(settings):
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "RETRY_HOURS": 2}
    due_delivery()

    assert try_until_given_up() == NOW + timedelta(hours=2)


def test_the_hours_count_from_the_first_attempt_not_from_when_it_was_due():
    DeliveryFactory(due_at=NOW - timedelta(days=3))

    outbox.record_failure(claim_one(), reason="Busy", may_pass=True, now=NOW)

    assert Delivery.objects.get().status == Status.WAITING


def test_a_long_reason_is_cut_to_what_the_log_holds():
    due_delivery()

    outbox.record_failure(claim_one(), reason="x" * 1000, may_pass=False, now=NOW)

    assert len(Delivery.objects.get().reason) == 255


def test_an_email_that_is_put_back_has_lost_no_attempt():
    due_delivery()

    outbox.put_back(outbox.claim(now=NOW, limit=1), due_at=NOW + timedelta(minutes=5), reason="Refused login")

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.due_at, delivery.reason) == (
        Status.WAITING,
        0,
        NOW + timedelta(minutes=5),
        "Refused login",
    )


def test_a_delivery_that_is_handed_over_becomes_another_email_with_attempts_of_its_own():
    old = due_delivery(attempts=3)
    [delivery] = claim_one()

    outbox.hand_over(delivery, Addressee(owner := UserFactory(), owner.email, Role.OWNER), now=NOW)

    delivery.refresh_from_db()
    assert (delivery.user, delivery.email, delivery.status) == (owner, owner.email, Status.WAITING)
    assert (delivery.attempts, delivery.due_at) == (0, NOW)
    assert delivery.email_id != old.email_id


def test_what_is_handed_over_from_one_email_to_one_person_stays_one_email():
    two_deliveries_of_one_email()
    owner = UserFactory()

    for delivery in claim_one():
        outbox.hand_over(delivery, Addressee(owner, owner.email, Role.OWNER), now=NOW)

    assert len(claim_one()) == 2


def test_a_delivery_is_not_handed_over_to_somebody_who_gets_the_notification_already():
    waiting = due_delivery()
    DeliveryFactory(
        notification=waiting.notification, email="new@example.com", status=Status.SENT, email_id=uuid.uuid4()
    )
    [delivery] = claim_one()

    outbox.hand_over(delivery, Addressee(UserFactory(), "New@example.com", Role.OWNER), now=NOW)

    delivery.refresh_from_db()
    assert delivery.status == Status.CANCELLED


# Postponing, and putting together


def test_what_is_postponed_has_lost_no_attempt():
    due_delivery()
    later = NOW + timedelta(hours=8)

    outbox.postpone(claim_one(), due_at=later, waits_for=WaitsFor.HOURS, now=NOW)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.due_at, delivery.waits_for) == (Status.WAITING, later, WaitsFor.HOURS)
    assert (delivery.attempts, delivery.first_tried_at, delivery.claim) == (0, None, None)


@pytest.mark.database
def test_what_was_tried_before_it_is_put_back_keeps_its_first_attempt():
    due_delivery()
    outbox.record_failure(claim_one(), reason="Busy", may_pass=True, now=NOW)
    later = NOW + timedelta(minutes=2)

    outbox.put_back(outbox.claim(now=later, limit=1), due_at=later)

    assert (Delivery.objects.get().attempts, Delivery.objects.get().first_tried_at) == (1, NOW)


@pytest.mark.database
def test_what_was_tried_before_it_is_postponed_keeps_its_first_attempt():
    due_delivery()
    outbox.record_failure(claim_one(), reason="Busy", may_pass=True, now=NOW)
    later = NOW + timedelta(minutes=2)

    outbox.postpone(claim_one(later), due_at=later, waits_for=WaitsFor.HOURS, now=later)

    assert (Delivery.objects.get().attempts, Delivery.objects.get().first_tried_at) == (1, NOW)


@pytest.mark.parametrize("waits_for", [WaitsFor.DIGEST, WaitsFor.CEILING])
def test_what_waits_for_a_digest_of_one_address_is_claimed_as_one_email(waits_for):
    reader = UserFactory()
    for _ in range(3):
        due_delivery(user=reader, waits_for=waits_for)
    other = due_delivery(waits_for=waits_for)

    batch = outbox.claim(now=NOW, limit=10)

    carried = outbox.read(batch)
    assert sorted(len(carried[claimed.email_id]) for claimed in batch) == [1, 3]
    assert other.email_id not in carried


def test_a_digest_takes_all_that_is_due_however_few_are_asked_for():
    reader = UserFactory()
    for _ in range(3):
        due_delivery(user=reader, waits_for=WaitsFor.DIGEST)

    [claimed] = outbox.claim(now=NOW, limit=1)

    assert len(claimed.deliveries()) == 3


def test_a_digest_leaves_what_is_not_due_yet():
    reader = UserFactory()
    due_delivery(user=reader, waits_for=WaitsFor.DIGEST)
    DeliveryFactory(user=reader, waits_for=WaitsFor.DIGEST, due_at=NOW + timedelta(seconds=1))

    assert len(claim_one()) == 1


@pytest.mark.parametrize("fields", [{"waits_for": WaitsFor.HOURS}, {"purpose": Purpose.TAKEN}])
def test_what_waits_for_no_digest_is_not_put_together(fields):
    reader = UserFactory()
    for _ in range(2):
        due_delivery(user=reader, **{"waits_for": WaitsFor.DIGEST, **fields})

    assert len(outbox.claim(now=NOW, limit=10)) == 2


def test_a_digest_that_failed_is_tried_again_as_the_same_email_without_what_came_since():
    reader = UserFactory()
    due_delivery(user=reader, waits_for=WaitsFor.DIGEST)
    [first] = outbox.claim(now=NOW, limit=1)
    outbox.record_failure(first.deliveries(), reason="Busy", may_pass=True, now=NOW)
    due_delivery(user=reader, waits_for=WaitsFor.DIGEST)

    batch = outbox.claim(now=NOW + timedelta(minutes=2), limit=10)

    assert len(batch) == 2
    assert first.email_id in {claimed.email_id for claimed in batch}


def test_a_digest_is_bounded_and_nothing_of_it_is_lost(monkeypatch):
    monkeypatch.setattr(outbox, "LONGEST_DIGEST", 2)
    reader = UserFactory()
    for _ in range(5):
        due_delivery(user=reader, waits_for=WaitsFor.CEILING)

    sizes = [len(claim_one()) for _ in range(3)]

    assert sizes == [2, 2, 1]


@pytest.mark.database
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_processes_that_claim_digests_at_once_take_each_delivery_once():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory has one connection")
    readers = [UserFactory() for _ in range(3)]
    for number in range(60):
        due_delivery(user=readers[number % 3], waits_for=WaitsFor.DIGEST)
    carried, faults = [], []

    def claim_until_nothing_is_due():
        try:
            while batch := outbox.claim(now=NOW, limit=2):
                carried.extend(d.pk for deliveries in outbox.read(batch).values() for d in deliveries)
        except Exception as error:  # shown by the main thread
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim_until_nothing_is_due) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert sorted(carried) == sorted(Delivery.objects.values_list("pk", flat=True))


# What a dead process has left


def test_an_email_of_a_dead_process_is_claimed_alone():
    for _ in range(3):
        due_delivery()
    outbox.claim(now=NOW, limit=10)

    batch = outbox.claim(now=NOW + outbox.LEASE + timedelta(seconds=1), limit=10)

    assert [claimed.lapsed for claimed in batch] == [True]


def test_an_email_of_a_dead_process_waits_for_its_turn():
    due_delivery()
    outbox.claim(now=NOW, limit=10)
    longer_due = DeliveryFactory(due_at=NOW - timedelta(hours=1))

    [claimed] = outbox.claim(now=NOW + outbox.LEASE + timedelta(seconds=1), limit=10)

    assert (claimed.email_id, claimed.lapsed) == (longer_due.email_id, False)


# Channels


def test_what_leaves_on_a_channel_that_is_left_out_stays():
    due_delivery()
    to_room = due_delivery(destination=DestinationFactory(), user=None, email="", email_key="destination:1")

    assert [c.email_id for c in outbox.claim(now=NOW, limit=10, leave_out={"email"})] == [to_room.email_id]


def test_emails_leave_where_another_channel_is_left_out():
    by_email = due_delivery()
    room = DestinationFactory()
    due_delivery(destination=room, user=None, email="", email_key="destination:1")

    assert [c.email_id for c in outbox.claim(now=NOW, limit=10, leave_out={room.channel})] == [
        by_email.email_id
    ]


def test_claiming_costs_the_same_whatever_waits(django_assert_max_num_queries):
    for _ in range(12):
        due_delivery()

    with django_assert_max_num_queries(7):
        outbox.claim(now=NOW, limit=10)


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.INFO)
