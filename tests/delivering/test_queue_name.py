"""The app's tasks in a queue of their own, where several clusters share a broker."""

import pytest
from django.core.management import call_command
from django_q.brokers import get_broker
from django_q.models import Schedule
from django_q.signing import SignedPackage

from wagtail_visit_alerts.api import ensure_schedules
from wagtail_visit_alerts.delivering import outbox
from wagtail_visit_alerts.scheduling import SWEEP_NAME

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
QUEUE = "visit-alerts-tests"


@pytest.fixture
def queue():
    broker = get_broker(QUEUE)
    broker.purge_queue()
    yield broker
    broker.purge_queue()


@pytest.fixture
def own_queue(settings, queue):
    """The site has given the app's tasks a queue of their own."""
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "QUEUE_NAME": QUEUE}
    return queue


def the_schedule():
    return Schedule.objects.get(name=SWEEP_NAME)


def test_tasks_wait_in_the_queue_of_the_name(own_queue, take_queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        outbox.wake_up()

    [(_key, package)] = own_queue.dequeue()
    assert SignedPackage.loads(package)["func"] == "wagtail_visit_alerts.tasks.deliver"
    assert SignedPackage.loads(package)["kwargs"] == {}
    assert take_queued() == []


def test_tasks_wait_in_the_sites_queue_without_a_name(queue, take_queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        outbox.wake_up()

    assert take_queued() == ["wagtail_visit_alerts.tasks.deliver"]
    assert queue.queue_size() == 0


def test_the_schedule_is_that_of_the_named_cluster(own_queue):
    Schedule.objects.all().delete()

    assert ensure_schedules(using="default")

    assert the_schedule().cluster == QUEUE


def test_changing_the_name_moves_the_schedule(settings, capsys):
    for name, cluster in [(QUEUE, QUEUE), ("elsewhere", "elsewhere"), ("", None)]:
        settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "QUEUE_NAME": name}

        call_command("visit_alerts_schedules")

        assert the_schedule().cluster == cluster
    assert capsys.readouterr().out.count("moved") == 3


def test_a_schedule_that_is_moved_keeps_what_the_site_has_changed(own_queue):
    Schedule.objects.filter(name=SWEEP_NAME).update(minutes=5)

    assert ensure_schedules(using="default")

    assert (the_schedule().cluster, the_schedule().minutes) == (QUEUE, 5)


def test_a_schedule_in_its_place_stays(own_queue):
    ensure_schedules(using="default")

    assert not ensure_schedules(using="default")
