import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from wagtail_visit_alerts.api import ensure_schedules
from wagtail_visit_alerts.scheduling import SWEEP_NAME

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


def test_migrating_makes_the_schedule_of_the_sweep():
    schedule = Schedule.objects.get(name=SWEEP_NAME)

    assert (schedule.schedule_type, schedule.minutes, schedule.repeats) == (Schedule.MINUTES, 1, -1)
    assert callable(import_string(schedule.func))


def test_schedule_is_made_once():
    assert not ensure_schedules(using="default")

    assert Schedule.objects.filter(name=SWEEP_NAME).count() == 1


def test_schedule_that_the_site_has_changed_stays():
    Schedule.objects.filter(name=SWEEP_NAME).update(minutes=5)

    call_command("visit_alerts_schedules")

    assert Schedule.objects.get(name=SWEEP_NAME).minutes == 5


def test_command_makes_a_schedule_that_is_missing(capsys):
    Schedule.objects.all().delete()

    call_command("visit_alerts_schedules")

    assert Schedule.objects.filter(name=SWEEP_NAME).exists()
    assert "made" in capsys.readouterr().out


def test_nothing_happens_without_the_queues_tables(settings):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apps, "is_installed", lambda name: name != "django_q")

        assert not ensure_schedules(using="default")
