from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from wagtail_visit_alerts import signals
from wagtail_visit_alerts.delivering import muting
from wagtail_visit_alerts.delivering.muting import Reader
from wagtail_visit_alerts.delivering.taking_contacts import give_back, take, takings_of
from wagtail_visit_alerts.models import Delivery, Destination, Purpose, Role, Status, Taking

from ..factories import DeliveryFactory, NotificationFactory, UserFactory

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


def colleague_of(delivery, **fields):
    """Another delivery of the same notification."""
    return DeliveryFactory(
        **{"notification": delivery.notification, "user": UserFactory(), "role": Role.ME} | fields
    )


def in_cc_of(delivery, email="sales@example.com", **fields):
    return colleague_of(delivery, **{"user": None, "role": Role.CC, "email": email} | fields)


def told():
    """The addresses that are told who has taken the contact."""
    return sorted(Delivery.objects.filter(purpose=Purpose.TAKEN).values_list("email", flat=True))


def test_first_reader_takes_the_contact_and_later_ones_see_who_and_when():
    first = DeliveryFactory()
    second = colleague_of(first)

    take(first, now=NOW)
    [taking] = take(second, now=LATER)

    assert (taking.user, taking.taken_at) == (first.user, NOW)


def test_other_readers_are_told_whether_the_alert_has_reached_them_or_still_waits():
    first = DeliveryFactory(status=Status.SENT)
    sent, waiting = colleague_of(first, status=Status.SENT), colleague_of(first)
    in_cc = in_cc_of(first)

    take(first, now=NOW)

    assert told() == sorted([sent.email, waiting.email, in_cc.email])
    waiting.refresh_from_db()
    assert waiting.status == Status.WAITING


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_whom_the_alert_never_reached_is_not_told(status):
    first = DeliveryFactory()
    colleague_of(first, status=status)

    take(first, now=NOW)

    assert told() == []


def test_taker_is_not_told_under_another_address_either():
    first = DeliveryFactory()
    colleague_of(first, user=first.user, email="other@example.com")

    take(first, now=NOW)

    assert told() == []


def test_contact_is_not_told():
    first = DeliveryFactory()
    in_cc_of(first, email=first.notification.contact.email.upper())

    take(first, now=NOW)

    assert told() == []


def test_destinations_are_not_told():
    first = DeliveryFactory()
    destination = Destination.objects.create(name="CRM", channel="webhook", address="https://crm.example.com/")
    DeliveryFactory(
        notification=first.notification,
        role=Role.DESTINATION,
        user=None,
        email="",
        email_key=destination.key,
        destination=destination,
    )

    take(first, now=NOW)

    assert not Delivery.objects.filter(purpose=Purpose.TAKEN).exists()


def test_who_has_muted_the_alert_is_not_told():
    first = DeliveryFactory()
    second = colleague_of(first)
    muting.mute(first.notification.alert, contact=None, reader=Reader.of(second), lasts=None, now=NOW)

    take(first, now=NOW)

    assert told() == []


def test_taking_twice_tells_the_others_once():
    first = DeliveryFactory()
    second = colleague_of(first)

    take(first, now=NOW)
    take(first, now=LATER)

    assert told() == [second.email]
    assert Taking.objects.get().taken_at == NOW


def test_everything_that_the_email_tells_of_the_contact_is_taken_and_told_in_one_email():
    first = DeliveryFactory()
    other = NotificationFactory(match__page_view=first.notification.match.page_view)
    DeliveryFactory(notification=other, user=first.user, email_id=first.email_id)
    second = colleague_of(first)
    colleague_of(first, notification=other, user=second.user)

    assert len(take(first, now=NOW)) == 2

    told = Delivery.objects.filter(purpose=Purpose.TAKEN)
    assert (len(told), len({each.email_id for each in told})) == (2, 1)


def test_other_contacts_of_the_same_email_stay_free():
    first = DeliveryFactory()
    other = DeliveryFactory(user=first.user, email_id=first.email_id)

    take(first, now=NOW)

    assert takings_of(other) == []


def test_signal_tells_the_site_which_contact_was_taken():
    heard = []

    def listen(contact, takings, **kwargs):
        heard.append((contact, [taking.user for taking in takings]))

    delivery = DeliveryFactory()
    signals.contact_taken.connect(listen)
    try:
        take(delivery, now=NOW)
        take(delivery, now=LATER)
    finally:
        signals.contact_taken.disconnect(listen)

    assert heard == [(delivery.notification.contact, [delivery.user])]


def test_undone_taking_is_free_for_others():
    first = DeliveryFactory()
    second = colleague_of(first)
    take(first, now=NOW)

    give_back(first)
    [taking] = take(second, now=LATER)

    assert taking.user == second.user


def test_undo_takes_back_only_ones_own():
    first = DeliveryFactory()
    second = colleague_of(first)
    take(first, now=NOW)

    give_back(second)

    assert Taking.objects.get().user == first.user


def test_undo_keeps_what_still_waits_from_being_told():
    first = DeliveryFactory()
    colleague_of(first)
    take(first, now=NOW)

    give_back(first)

    assert told() == []


def test_whom_somebody_has_told_is_told_nothing_more_after_an_undo():
    first = DeliveryFactory()
    colleague_of(first)
    take(first, now=NOW)
    Delivery.objects.filter(purpose=Purpose.TAKEN).update(status=Status.SENT, sent_at=NOW)

    give_back(first)
    take(first, now=LATER)

    assert Delivery.objects.filter(purpose=Purpose.TAKEN).count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.skipif("sqlite" in connection.vendor, reason="a database in memory has one connection")
def test_two_who_click_at_once_make_one_taker():
    first = DeliveryFactory()
    second = colleague_of(first)
    start, seen = Barrier(2), []

    def click(delivery):
        start.wait()
        seen.append([taking.email for taking in take(delivery, now=NOW)])
        connection.close()

    threads = [Thread(target=click, args=(delivery,)) for delivery in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen[0] == seen[1]
    assert len(told()) == 1
