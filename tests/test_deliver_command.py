"""``manage.py visit_alerts_deliver``: one sweep from cron, for hosting without a process that runs all the time."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from wagtail_visit_alerts.models import Delivery, Heartbeat, Status

from .delivering.conftest import mail_server, stopped_mail_server  # noqa: F401
from .factories import DeliveryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


def run():
    out = StringIO()
    call_command("visit_alerts_deliver", stdout=out)
    return out.getvalue()


def test_what_is_due_is_sent(mail_server):  # noqa: F811
    delivery = DeliveryFactory()

    assert "sent=1" in run()

    assert mail_server.received_by(delivery.email)


def test_it_counts_as_the_sweep():
    run()

    assert Heartbeat.objects.filter(name=Heartbeat.SWEEP).exists()


def test_exit_code_says_that_the_mail_server_takes_nothing(stopped_mail_server):  # noqa: F811
    DeliveryFactory()

    with pytest.raises(CommandError) as failure:
        run()

    assert failure.value.returncode == 2
    assert "email" in str(failure.value)
    assert Delivery.objects.get().status == Status.WAITING


def test_exit_code_says_that_a_part_failed_and_the_others_were_done(mail_server, monkeypatch):  # noqa: F811
    DeliveryFactory()

    def broken(**_options):
        raise ZeroDivisionError

    monkeypatch.setattr("wagtail_visit_alerts.pipeline.sweeping.sweep", broken)

    with pytest.raises(CommandError) as failure:
        run()

    assert failure.value.returncode == 1
    assert Delivery.objects.get().status == Status.SENT


def test_no_address_is_printed(mail_server):  # noqa: F811
    delivery = DeliveryFactory()
    mail_server.answers[delivery.email] = f"550 {delivery.email} is unknown"

    assert delivery.email not in run()


@pytest.fixture
def queue():
    """The site's queue in the database."""
    if not Conf.ORM:
        pytest.skip("a site with Redis runs a cluster")
    OrmQ.objects.all().delete()
    return OrmQ.objects


def test_wake_ups_do_not_pile_up_in_the_queue(queue, mail_server):  # noqa: F811
    async_task("wagtail_visit_alerts.tasks.deliver")
    async_task("wagtail_visit_alerts.tasks.sweep")

    run()

    assert queue.count() == 0


def test_a_task_of_the_sites_own_stays_in_the_queue(queue, mail_server):  # noqa: F811
    async_task("site.tasks.send_newsletter")

    run()

    assert queue.count() == 1


def test_another_task_of_the_app_is_run(queue, mail_server, monkeypatch):  # noqa: F811
    asked = []
    monkeypatch.setattr("wagtail_visit_alerts.tasks.trying.deliver", lambda **ids: asked.append(ids) or "sent")
    number = str(uuid.uuid4())
    async_task("wagtail_visit_alerts.tasks.deliver_test", test_visit=number, page_view=number)

    run()

    assert [str(ids["test_visit_id"]) for ids in asked] == [number]
    assert queue.count() == 0


def test_a_task_that_a_cluster_has_taken_is_left_to_it(queue, mail_server):  # noqa: F811
    async_task("wagtail_visit_alerts.tasks.deliver")
    queue.update(lock=timezone.now() + timedelta(minutes=5))

    run()

    assert queue.count() == 1


def test_a_task_that_fails_does_not_keep_alerts_from_being_sent(queue, mail_server, caplog):  # noqa: F811
    async_task("wagtail_visit_alerts.tasks.deliver_test")
    delivery = DeliveryFactory()

    run()

    assert mail_server.received_by(delivery.email)
    assert "queued_task.failed" in caplog.messages
