from datetime import UTC, datetime, timedelta

import pytest
from wagtail.log_actions import registry

from wagtail_visit_alerts import tasks
from wagtail_visit_alerts.delivering import muting, sending
from wagtail_visit_alerts.delivering.muting import Reader, muted_keys
from wagtail_visit_alerts.models import Match, Mute, Notification, Outcome, Slot, Status

from ..browsing import VirtualBrowser
from ..factories import AlertFactory, ContactFactory, DeliveryFactory, MonitoredPageFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def mute(alert, reader, *, contact=None, lasts=None, now=NOW):
    return muting.mute(alert, contact=contact, reader=reader, lasts=lasts, now=now)


def reader(user):
    return Reader(user, user.email)


# Who has muted what


def test_mute_about_one_contact_leaves_others_alone():
    alert, contact, other, marta = AlertFactory(), ContactFactory(), ContactFactory(), UserFactory()
    mute(alert, reader(marta), contact=contact)

    assert muted_keys(alert.pk, contact_id=contact.pk, now=NOW) == {marta.email}
    assert muted_keys(alert.pk, contact_id=other.pk, now=NOW) == set()


def test_mute_of_an_alert_altogether_leaves_other_alerts_alone():
    alert, contact, marta = AlertFactory(), ContactFactory(), UserFactory()
    mute(alert, reader(marta))

    assert muted_keys(alert.pk, contact_id=contact.pk, now=NOW) == {marta.email}
    assert muted_keys(AlertFactory().pk, contact_id=contact.pk, now=NOW) == set()


def test_mute_is_over_when_its_time_is():
    alert, contact = AlertFactory(), ContactFactory()
    mute(alert, Reader(None, "sales@example.com"), lasts=DAY)

    last_moment = NOW + DAY - timedelta(seconds=1)
    assert muted_keys(alert.pk, contact_id=contact.pk, now=last_moment) == {"sales@example.com"}
    assert muted_keys(alert.pk, contact_id=contact.pk, now=NOW + DAY) == set()


def test_mute_for_good_lasts():
    alert, contact = AlertFactory(), ContactFactory()
    mute(alert, Reader(None, "Sales@Example.com"))

    assert muted_keys(alert.pk, contact_id=contact.pk, now=NOW + 4000 * DAY) == {"sales@example.com"}


def test_mute_of_a_user_follows_them_to_a_new_address_and_frees_the_old_one():
    alert, contact, marta = AlertFactory(), ContactFactory(), UserFactory()
    mute(alert, reader(marta))
    marta.email = "New@example.com"
    marta.save()

    assert muted_keys(alert.pk, contact_id=contact.pk, now=NOW) == {"new@example.com"}


def test_muting_again_takes_the_place_of_the_mute_before():
    alert, marta = AlertFactory(), UserFactory()
    mute(alert, reader(marta))

    mute(alert, reader(marta), lasts=DAY)

    assert Mute.objects.get().until == NOW + DAY


def test_history_of_the_alert_says_who_has_muted_it_and_names_no_contact():
    alert, contact, marta = AlertFactory(), ContactFactory(), UserFactory()

    made = mute(alert, reader(marta), contact=contact, lasts=DAY)
    muting.end([made], user=marta)

    entries = registry.get_logs_for_instance(alert).order_by("pk")
    assert [(entry.action, entry.user) for entry in entries] == [
        (muting.MUTE, marta),
        (muting.END_MUTE, marta),
    ]
    assert all(contact.name not in f"{entry.message} {entry.data}" for entry in entries)
    assert "about one contact" in str(entries[0].message)


@pytest.mark.parametrize("gone", ["alert", "contact", "user"])
def test_mute_goes_with_what_it_is_about(gone):
    things = {"alert": AlertFactory(), "contact": ContactFactory(), "user": UserFactory()}
    mute(things["alert"], reader(things["user"]), contact=things["contact"])

    things[gone].delete()

    assert not Mute.objects.exists()


# What comes of it


def test_who_has_muted_the_alert_is_not_told_and_others_are():
    contact, alert = ContactFactory(), AlertFactory(send_to_owner=True, cc="sales@example.com")
    MonitoredPageFactory(alert=alert)
    mute(alert, reader(contact.owner), contact=contact, now=datetime.now(UTC))

    VirtualBrowser().open("/pricing/", contact=contact)

    told = Notification.objects.get().deliveries.values_list("email", flat=True)
    assert list(told) == ["sales@example.com"]


def test_nobody_left_to_tell_is_noted_and_takes_no_slot():
    contact, alert = ContactFactory(), AlertFactory(send_to_owner=True)
    MonitoredPageFactory(alert=alert)
    mute(alert, reader(contact.owner), now=datetime.now(UTC))

    VirtualBrowser().open("/pricing/", contact=contact)

    assert Match.objects.get().outcome == Outcome.NOBODY
    assert not Slot.objects.exists()
    assert not Notification.objects.exists()


def test_what_waits_for_a_reader_who_mutes_is_cancelled_and_says_why(mail_server):
    delivery = DeliveryFactory(due_at=NOW, notification__match__alert__send_to_owner=True)
    mute(delivery.notification.alert, Reader.of(delivery), now=NOW)

    sending.deliver_due(now=lambda: NOW)

    delivery.refresh_from_db()
    assert (delivery.status, mail_server.received) == (Status.CANCELLED, [])
    assert "muted" in delivery.reason


def test_sweep_deletes_mutes_that_are_over():
    over, lasting = AlertFactory(), AlertFactory()
    mute(over, Reader(None, "sales@example.com"), lasts=DAY, now=datetime.now(UTC) - 2 * DAY)
    mute(lasting, Reader(None, "sales@example.com"), now=datetime.now(UTC))

    tasks.sweep()

    assert Mute.objects.get().alert == lasting
