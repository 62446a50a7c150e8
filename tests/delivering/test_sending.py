import uuid
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from django.contrib.auth.models import Permission
from django.db import IntegrityError, OperationalError, connection

from wagtail_visit_alerts.delivering import retrying, sending
from wagtail_visit_alerts.models import Delivery, Role, Status

from ..factories import AlertFactory, DeliveryFactory, UserFactory
from .conftest import refuse_login

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def due_delivery(**fields):
    return DeliveryFactory(due_at=NOW, **fields)


def deliver(now=NOW, **options):
    return sending.deliver_due(now=lambda: now, **options)


def the_delivery():
    return Delivery.objects.get()


# What arrives


def test_an_email_arrives_and_is_recorded_as_sent(mail_server):
    delivery = due_delivery()

    counts = deliver()

    [message] = mail_server.received_by(delivery.email)
    assert message["From"] == "alerts@example.com"
    assert (counts.sent, the_delivery().status, the_delivery().sent_at) == (1, Status.SENT, NOW)


def test_nothing_is_sent_twice(mail_server):
    due_delivery()

    deliver()
    deliver(NOW + timedelta(days=1))

    assert len(mail_server.received) == 1


def test_several_deliveries_of_one_email_arrive_as_one_that_names_all_alerts(mail_server):
    first = due_delivery(notification__match__alert__name="Price list")
    due_delivery(
        notification__match__alert=AlertFactory(name="Any page"),
        notification__match__page_view=first.notification.match.page_view,
        user=first.user,
        email_id=first.email_id,
    )

    assert deliver().sent == 2

    [message] = mail_server.received
    text = message.get_body(("plain",)).get_content()
    assert "Price list" in text
    assert "Any page" in text


def test_all_emails_of_a_run_leave_over_one_connection(mail_server):
    for _ in range(sending.BATCH + 2):
        due_delivery()

    deliver()

    assert (len(mail_server.received), mail_server.sessions) == (sending.BATCH + 2, 1)


def test_a_repeat_after_a_crash_carries_the_same_message_id(mail_server):
    due_delivery()
    deliver()
    Delivery.objects.update(  # as it was when the process died between acceptance and record
        status=Status.CLAIMED, claim=the_delivery().email_id, claimed_until=NOW, sent_at=None
    )

    deliver(NOW + timedelta(minutes=1))

    first, repeat = mail_server.received
    assert first["Message-ID"] == repeat["Message-ID"]


# Faults of one e-mail


@pytest.mark.parametrize("code", [550, 551, 553])
def test_a_recipient_refused_for_good_is_given_up_with_the_servers_words(mail_server, code):
    delivery = due_delivery()
    mail_server.answers[delivery.email] = f"{code} No such user here"

    assert deliver().failed == 1

    assert the_delivery().status == Status.FAILED
    assert the_delivery().reason == f"The mail server refused the recipient: {code} No such user here"


def test_a_recipient_refused_for_now_is_tried_again(mail_server):
    delivery = due_delivery()
    mail_server.answers[delivery.email] = "450 Mailbox busy"
    deliver()
    assert (the_delivery().status, the_delivery().attempts) == (Status.WAITING, 1)

    mail_server.answers.clear()
    deliver(NOW + timedelta(seconds=90))

    assert (the_delivery().status, the_delivery().attempts) == (Status.SENT, 2)


@pytest.mark.parametrize(
    ("answer", "status"), [("554 Looks like spam", Status.FAILED), ("452 Disk full", Status.WAITING)]
)
def test_a_body_refused_is_given_up_or_tried_again_by_its_code(mail_server, answer, status):
    due_delivery()
    mail_server.answer_to_body = answer

    deliver()

    assert the_delivery().status == status
    assert answer in the_delivery().reason


def test_an_email_that_is_too_large_for_the_mail_server_holds_up_no_other(mail_server):
    due_delivery()
    mail_server.answer_to_sender = "552 Message size exceeds fixed maximum message size"

    counts = deliver()

    assert (counts.failed, counts.closed) == (1, [])
    assert the_delivery().reason == "The e-mail is larger than the mail server takes."


def test_one_refused_recipient_does_not_hold_up_the_others(mail_server):
    refused = due_delivery()
    mail_server.answers[refused.email] = "550 No such user"
    other = due_delivery()

    counts = deliver()

    assert (counts.sent, counts.failed) == (1, 1)
    assert mail_server.received_by(other.email)


@pytest.mark.parametrize("moment", ["RCPT", "DATA"])
def test_a_connection_that_drops_is_opened_again_for_the_next_email(mail_server, moment):
    due_delivery()
    due_delivery()
    mail_server.hangs_up_after = moment

    counts = deliver()

    assert (counts.waiting, mail_server.sessions) == (2, 2)
    assert the_reasons() == {"The mail server closed the connection."}


def the_reasons():
    return set(Delivery.objects.values_list("reason", flat=True))


@pytest.mark.parametrize("address", ["zażółć@example.com", "no-domain", "a@example.com, b@example.com"])
def test_an_address_that_mail_cannot_reach_is_given_up_without_asking(mail_server, address):
    due_delivery(role=Role.CC, user=None, email=address)

    deliver()

    assert the_delivery().status == Status.FAILED
    assert mail_server.recipients == []


def test_a_broken_template_of_the_site_costs_no_other_email(mail_server, settings, tmp_path, caplog):
    (tmp_path / "wagtail_visit_alerts/email").mkdir(parents=True)
    broken = "{% if contents.facts.0.value == 'Broken' %}{% include 'missing.html' %}{% endif %}"
    (tmp_path / "wagtail_visit_alerts/email/subject.txt").write_text(broken + "Subject")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    due_delivery(notification__match__page_view__visitor__contact__name="Broken")
    due_delivery()

    counts = deliver()

    assert (counts.sent, counts.waiting) == (1, 1)
    assert "delivery.not_written" in caplog.messages
    assert "The e-mail could not be written: TemplateDoesNotExist." in the_reasons()


# Faults of the mail server


def test_a_dead_mail_server_loses_nothing(stopped_mail_server):
    for _ in range(3):
        due_delivery()

    assert deliver().waiting == 3
    stopped_mail_server.start()
    deliver(NOW + timedelta(seconds=90))

    assert len(stopped_mail_server.received) == 3


def test_a_mail_server_that_cannot_be_reached_is_asked_once_a_run(stopped_mail_server):
    for _ in range(sending.BATCH + 1):
        due_delivery()

    counts = deliver()

    assert counts.waiting == sending.BATCH
    assert Delivery.objects.filter(attempts=0).count() == 1


@pytest.mark.parametrize("options", [{"EMAIL_USE_TLS": True}, {"EMAIL_USE_TLS": True, "EMAIL_USE_SSL": True}])
def test_settings_that_the_mail_server_cannot_meet_burn_no_attempts(mail_server, settings, options, caplog):
    for name, value in options.items():
        setattr(settings, name, value)
    due_delivery()

    deliver()

    assert (the_delivery().status, the_delivery().attempts) == (Status.WAITING, 0)
    assert the_delivery().due_at == NOW + sending.SETTINGS_PAUSE
    assert "delivery.settings_refused" in caplog.messages


def test_a_refused_login_burns_no_attempts_and_tells_no_secret(stopped_mail_server, settings, caplog):
    stopped_mail_server.start(authenticator=refuse_login, auth_require_tls=False)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "alerts", "s3cret"
    due_delivery()

    deliver()

    assert (the_delivery().status, the_delivery().attempts) == (Status.WAITING, 0)
    assert the_delivery().reason == "The mail server refused the login: 535."
    assert "s3cret" not in caplog.text


def test_a_login_that_is_put_right_sends_what_has_waited(stopped_mail_server, settings):
    accepted = {"password": False}

    def authenticate(*args):
        return AuthResult(success=accepted["password"], handled=False)

    stopped_mail_server.start(authenticator=authenticate, auth_require_tls=False)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "alerts", "s3cret"
    due_delivery()
    deliver()

    accepted["password"] = True
    deliver(NOW + sending.SETTINGS_PAUSE)

    assert the_delivery().status == Status.SENT


def test_a_refused_sender_burns_no_attempts(mail_server):
    due_delivery()
    due_delivery()
    mail_server.answer_to_sender = "550 Not your domain"

    deliver()

    assert set(Delivery.objects.values_list("status", "attempts")) == {(Status.WAITING, 0)}


@pytest.mark.parametrize(
    ("greeting", "attempts"), [("421 Too busy", 1), ("554 Your network is not welcome", 0)]
)
def test_a_mail_server_that_turns_everybody_away_is_asked_again_later(greet, greeting, attempts):
    due_delivery()
    greet(greeting)

    deliver()

    assert (the_delivery().status, the_delivery().attempts) == (Status.WAITING, attempts)
    assert the_delivery().reason == f"The mail server refused the connection: {greeting[:3]}."


def test_a_mail_server_that_hangs_holds_a_run_up_for_the_time_out_only(settings, silent_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", silent_port, 0.2
    due_delivery()
    due_delivery()

    assert deliver().waiting == 2


# Who gets it, asked again


def test_a_contacts_new_owner_gets_what_still_waits_and_the_old_one_does_not(mail_server):
    delivery = due_delivery()
    contact = delivery.notification.contact
    contact.owner = new_owner = UserFactory()
    contact.save()

    counts = deliver()

    assert (counts.handed_over, counts.sent) == (1, 1)
    assert mail_server.recipients == [new_owner.email]


def test_a_delivery_of_a_deleted_alert_is_cancelled(mail_server):
    delivery = due_delivery()
    delivery.notification.alert.delete()

    assert deliver().cancelled == 1

    assert (the_delivery().status, mail_server.recipients) == (Status.CANCELLED, [])
    assert "deleted" in the_delivery().reason


def test_what_waits_for_an_alert_that_was_switched_off_is_still_sent(mail_server):
    due_delivery(notification__match__alert__is_on=False)

    assert deliver().sent == 1


def test_a_user_who_may_no_longer_view_the_contact_gets_nothing(mail_server):
    user = UserFactory()
    permission = Permission.objects.get(codename="view_contact")
    user.user_permissions.add(permission)
    due_delivery(role=Role.ME, user=user)
    user.user_permissions.remove(permission)

    assert deliver().cancelled == 1

    assert mail_server.recipients == []


@pytest.mark.database
def test_an_erased_contact_leaves_nothing_to_send(mail_server):
    delivery = due_delivery()
    delivery.notification.contact.delete()

    deliver()

    assert mail_server.recipients == []


# A run


def test_an_email_that_kills_every_process_is_given_up(mail_server):
    due_delivery(
        attempts=retrying.most_attempts(),
        first_tried_at=NOW,
        status=Status.CLAIMED,
        claim=uuid.uuid4(),
        claimed_until=NOW - timedelta(seconds=1),
    )

    deliver()

    assert (the_delivery().status, mail_server.recipients) == (Status.FAILED, [])


def test_an_email_that_was_tried_as_often_and_killed_nobody_goes_on(mail_server):
    due_delivery(attempts=retrying.most_attempts(), first_tried_at=NOW)

    assert deliver().sent == 1


def test_a_run_that_takes_too_long_leaves_the_rest_to_another_one(
    mail_server, django_capture_on_commit_callbacks, take_queued
):
    for _ in range(5):
        due_delivery()
    ticks = iter(range(200))

    with django_capture_on_commit_callbacks(execute=True):
        counts = sending.deliver_due(
            now=lambda: NOW + timedelta(seconds=next(ticks)), time_limit=timedelta(seconds=12)
        )

    assert 0 < counts.sent < 5
    assert set(Delivery.objects.exclude(status=Status.SENT).values_list("status", "attempts")) == {
        (Status.WAITING, 0)
    }
    assert take_queued() == ["wagtail_visit_alerts.tasks.deliver"]


def test_no_address_is_written_to_the_log(mail_server, caplog):
    caplog.set_level("INFO")
    delivery = due_delivery()
    mail_server.answers[delivery.email] = f"550 {delivery.email} is unknown"

    deliver()

    ours = [vars(record) for record in caplog.records if record.name.startswith("wagtail_visit_alerts")]
    assert ours
    assert delivery.email not in str(ours)


def test_sending_an_email_takes_a_bounded_number_of_queries(mail_server, django_assert_max_num_queries):
    due_delivery()

    with django_assert_max_num_queries(30):
        deliver()


def test_an_email_that_the_database_can_not_take_holds_up_no_other(mail_server):
    due_delivery(), due_delivery()
    faults = iter([True])

    def refuse_the_first(execute, sql, params, many, context):
        if "wagtail_visit_alerts_mute" in sql and next(faults, False):
            raise IntegrityError("Somebody else was faster.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse_the_first):
        counts = deliver()

    assert (counts.sent, counts.waiting) == (1, 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_was_accepted_is_recorded_once_the_database_is_back(mail_server, monkeypatch):
    """What is not recorded would be sent again."""
    monkeypatch.setattr(sending, "RECORDED_AGAIN_AFTER", (timedelta(0), timedelta(0)))
    due_delivery()
    away = iter([True, True])

    def be_away_twice_after_acceptance(execute, sql, params, many, context):
        if mail_server.received and sql.startswith("UPDATE") and next(away, False):
            raise OperationalError("The database is away.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(be_away_twice_after_acceptance):
        counts = deliver()

    assert (counts.sent, the_delivery().status) == (1, Status.SENT)
    deliver(NOW + timedelta(days=1))
    assert len(mail_server.received) == 1
