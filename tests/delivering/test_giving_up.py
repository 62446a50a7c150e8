"""What was given up is told to whoever stands in for the contact's owner."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, Permission

from wagtail_visit_alerts.delivering import sending
from wagtail_visit_alerts.models import Delivery, Purpose, Role, Status

from ..factories import DeliveryFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def deliver(now=NOW):
    return sending.deliver_due(now=lambda: now)


def who_may_view(**fields):
    user = UserFactory(**fields)
    user.user_permissions.add(Permission.objects.get(codename="view_contact"))
    return user


def refused_delivery(mail_server, *, fallback=None, **fields):
    """A delivery that the mail server refuses for good, of an alert with a fallback."""
    fallback = fallback or who_may_view()
    delivery = DeliveryFactory(due_at=NOW, notification__match__alert__fallback_user=fallback, **fields)
    mail_server.answers[delivery.email] = "550 No such user"
    return delivery


def told():
    return Delivery.objects.filter(purpose=Purpose.GIVEN_UP)


def test_the_fallback_is_told_of_what_was_given_up(mail_server):
    fallback = who_may_view()
    delivery = refused_delivery(mail_server, fallback=fallback)

    counts = deliver()

    [notice] = told()
    assert (counts.failed, counts.sent) == (1, 1)
    assert (notice.user, notice.role, notice.status) == (fallback, Role.FALLBACK, Status.SENT)
    assert notice.notification == delivery.notification
    assert mail_server.received_by(fallback.email)


def test_nobody_is_told_while_the_fault_may_pass(mail_server):
    delivery = refused_delivery(mail_server)
    mail_server.answers[delivery.email] = "450 Busy"

    deliver()

    assert not told().exists()


def test_what_is_given_up_after_its_hours_is_told_too(mail_server):
    delivery = refused_delivery(mail_server)
    mail_server.answers[delivery.email] = "450 Busy"
    deliver()

    deliver(NOW + timedelta(hours=25))

    assert told().get().status == Status.SENT


def test_the_fallback_is_told_once_of_several_recipients(mail_server):
    first = refused_delivery(mail_server)
    other = DeliveryFactory(
        notification=first.notification, user=None, role=Role.CC, email="cc@example.com", due_at=NOW
    )
    first.notification.alert.cc = "cc@example.com"
    first.notification.alert.save()
    mail_server.answers[other.email] = "550 No such user"

    assert deliver().failed == 2

    assert told().count() == 1


def test_each_member_of_a_group_is_told(mail_server):
    group = Group.objects.create(name="Standing in")
    for member in (who_may_view(), who_may_view()):
        member.groups.add(group)
    delivery = DeliveryFactory(due_at=NOW, notification__match__alert__fallback_group=group)
    mail_server.answers[delivery.email] = "550 No such user"

    deliver()

    assert told().count() == 2


def test_the_one_whose_delivery_failed_is_not_told(mail_server):
    fallback = who_may_view()
    refused_delivery(
        mail_server,
        fallback=fallback,
        notification__match__page_view__visitor__contact__owner=fallback,
    )

    assert deliver().failed == 1

    assert not told().exists()


def test_a_notice_that_fails_itself_tells_nobody(mail_server):
    fallback = who_may_view()
    refused_delivery(mail_server, fallback=fallback)
    mail_server.answers[fallback.email] = "550 No such user"

    assert deliver().failed == 2

    assert told().get().status == Status.FAILED


def test_the_contact_is_never_told(mail_server):
    contact_as_user = who_may_view(email="anna@example.org")
    refused_delivery(
        mail_server,
        fallback=contact_as_user,
        notification__match__page_view__visitor__contact__email="anna@example.org",
    )

    deliver()

    assert not told().filter(email_key="anna@example.org").exists()
    assert "anna@example.org" not in mail_server.recipients


def test_nobody_is_told_of_a_failure_of_an_alert_that_is_gone(mail_server):
    delivery = refused_delivery(mail_server)
    delivery.notification.alert.delete()

    deliver()

    assert not told().exists()


def test_what_tells_of_no_alert_is_not_told_when_it_fails(mail_server):
    refused_delivery(mail_server, purpose=Purpose.TAKEN)

    deliver()

    assert not told().exists()
