"""A run over several channels: what stops one of them is no matter of the others."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wagtail_visit_alerts.delivering import outbox, sending
from wagtail_visit_alerts.delivering.channels import (
    Channel,
    LineStoppedError,
    channel_registry,
    register_channel,
)
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.models import ChannelPause, Delivery, Role, Status

from ..factories import DeliveryFactory, DestinationFactory
from .conftest import refuse_login

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Room(Channel):
    """A site's own channel, which takes what it is given, or does what a test says."""

    name = "room"
    label = "Room"

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.asked = 0
        self.answer: Any = None

    def open(self) -> "Room":
        return self

    def send(self, deliveries: Sequence[Delivery], **options: Any) -> Fault | None:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            self.taken += deliveries
        return self.answer

    def close(self) -> None:
        pass


@pytest.fixture
def room(monkeypatch) -> Iterator[Room]:
    monkeypatch.setattr(channel_registry, "_channels", dict(channel_registry._channels))
    register_channel(channel := Room())
    return channel


def to_room(**fields):
    destination = fields.pop("destination", None) or DestinationFactory(channel="room")
    delivery = DeliveryFactory(
        destination=destination,
        role=Role.DESTINATION,
        user=None,
        email="",
        email_key=destination.key,
        due_at=NOW,
        **fields,
    )
    delivery.notification.alert.destinations.create(destination=destination)
    return delivery


def by_email(**fields):
    return DeliveryFactory(due_at=NOW, **fields)


def deliver(now=NOW, **options):
    return sending.deliver_due(now=lambda: now, **options)


def stopped(kind):
    return LineStoppedError(Fault(kind, "The room is closed."))


def test_a_delivery_to_a_destination_leaves_on_its_channel(room, mail_server):
    delivery = to_room()

    assert deliver().sent == 1

    assert room.taken == [delivery]
    assert mail_server.recipients == []


def test_a_channel_that_stops_for_the_run_stops_no_other(room, mail_server):
    to_room()
    to_room()
    email = by_email()
    room.answer = stopped(Kind.TRANSIENT)

    counts = deliver()

    assert (counts.sent, counts.waiting, counts.closed) == (1, 2, ["room"])
    assert mail_server.received_by(email.email)
    assert room.asked == 1


def test_a_dead_mail_server_holds_up_no_other_channel(room, stopped_mail_server):
    by_email()
    for _ in range(sending.BATCH):
        by_email()
    to_room()

    counts = deliver()

    assert (counts.sent, counts.closed) == (1, ["email"])
    assert len(room.taken) == 1


def test_a_channel_that_stopped_for_a_run_is_asked_again_by_the_next(room):
    to_room()
    room.answer = stopped(Kind.TRANSIENT)
    deliver()

    room.answer = None

    assert deliver(NOW + timedelta(seconds=90)).sent == 1


def test_settings_that_are_refused_pause_the_channel_for_everybody(room):
    to_room()
    room.answer = stopped(Kind.CONFIGURATION)
    deliver()
    written_since = to_room()

    counts = deliver(NOW + timedelta(seconds=1))

    assert (room.asked, counts.closed) == (1, ["room"])
    written_since.refresh_from_db()
    assert (written_since.status, written_since.attempts, written_since.due_at) == (Status.WAITING, 0, NOW)
    assert ChannelPause.objects.get().reason == "The room is closed."


def test_settings_that_are_refused_pause_no_other_channel(room, mail_server):
    to_room()
    room.answer = stopped(Kind.CONFIGURATION)
    deliver()
    by_email()

    assert deliver(NOW + timedelta(seconds=1)).sent == 1


def test_a_pause_ends_by_itself_and_nothing_is_lost(room):
    to_room()
    to_room()
    room.answer = stopped(Kind.CONFIGURATION)
    deliver()

    room.answer = None

    assert deliver(NOW + sending.SETTINGS_PAUSE).sent == 2


def test_refused_settings_burn_nobodys_hours(stopped_mail_server, settings):
    by_email()
    deliver()  # one attempt, as the server is down
    stopped_mail_server.start(authenticator=refuse_login, auth_require_tls=False)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "alerts", "s3cret"
    days_later = NOW + timedelta(days=3)
    deliver(days_later)
    stopped_mail_server.stop()

    deliver(days_later + sending.SETTINGS_PAUSE)

    assert Delivery.objects.get().status == Status.WAITING


def test_what_leaves_by_a_channel_that_is_gone_is_given_up(room, monkeypatch):
    to_room()
    channel_registry._channels.pop("room")

    assert deliver().failed == 1

    assert "not installed any more" in Delivery.objects.get(destination__isnull=False).reason


def test_an_error_that_nobody_has_foreseen_costs_no_other_message(room, mail_server, caplog):
    to_room()
    by_email()
    room.answer = ZeroDivisionError("about Anna Nowak")

    counts = deliver()

    assert (counts.sent, counts.waiting) == (1, 1)
    assert Delivery.objects.get(destination__isnull=False).reason == "It could not be sent: ZeroDivisionError."
    assert "delivery.broke" in caplog.messages
    assert "Anna" not in caplog.text


def test_a_mail_server_that_drops_every_connection_is_left_alone_for_the_run(mail_server):
    for _ in range(sending.MOST_LOST_CONNECTIONS + 2):
        by_email()
    mail_server.hangs_up_after = "RCPT"

    counts = deliver()

    assert len(mail_server.recipients) == sending.MOST_LOST_CONNECTIONS
    assert (counts.waiting, counts.closed) == (sending.MOST_LOST_CONNECTIONS + 2, ["email"])


def test_what_a_stopped_process_has_not_begun_is_given_back(mail_server):
    for _ in range(3):
        by_email()

    counts = deliver(is_stopping=lambda: len(mail_server.received) == 1)

    assert counts.sent == 1
    assert (
        list(Delivery.objects.exclude(status=Status.SENT).values_list("status", "attempts", "claim"))
        == [(Status.WAITING, 0, None)] * 2
    )


def test_what_an_interrupted_process_has_not_begun_is_given_back(room):
    to_room()
    waiting = to_room()
    room.answer = None

    def interrupt(deliveries: Sequence[Delivery], **options: Any) -> None:
        raise KeyboardInterrupt

    room.send = interrupt
    with pytest.raises(KeyboardInterrupt):
        deliver()

    waiting.refresh_from_db()
    assert (waiting.status, waiting.attempts, waiting.due_at) == (Status.WAITING, 0, NOW)


def test_what_was_read_a_while_ago_is_read_again_before_it_is_sent(room):
    first, second = to_room(), to_room()
    clock = [NOW]

    def take_long(deliveries: Sequence[Delivery], **options: Any) -> None:
        room.taken += deliveries
        clock[0] += sending.FRESH + timedelta(seconds=1)
        second.notification.alert.delete()

    room.send = take_long
    sending.deliver_due(now=lambda: clock[0])

    assert room.taken == [first]
    second.refresh_from_db()
    assert second.status == Status.CANCELLED


def test_sending_a_batch_takes_few_queries_an_email(mail_server, django_assert_max_num_queries):
    for _ in range(sending.BATCH):
        by_email()

    with django_assert_max_num_queries(20 * sending.BATCH):
        assert deliver().sent == sending.BATCH

    assert outbox.claim(now=NOW, limit=1) == []
