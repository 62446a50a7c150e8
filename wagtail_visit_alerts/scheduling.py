"""The schedule of the sweep in django-q2, made by the app itself and never twice."""

import logging

from django.apps import apps
from django.db import connections, router, transaction

logger = logging.getLogger(__name__)

#: The schedule's name, by which it is found again: django-q2 does not keep names unique.
SWEEP_NAME = "wagtail_visit_alerts.sweep"
SWEEP_TASK = "wagtail_visit_alerts.tasks.sweep"
SWEEP_MINUTES = 1


def ensure_schedules(*, using: str) -> bool:
    """Make the schedule of the sweep on a database alias, if it is not there; gives whether it was made.

    Nothing happens where django-q2 is not installed, or keeps its tables elsewhere or has none yet. A schedule that a
    site has changed stays as it is.
    """
    if not apps.is_installed("django_q"):
        return False
    schedule = apps.get_model("django_q", "Schedule")
    table = schedule._meta.db_table
    if router.db_for_write(schedule) != using or table not in connections[using].introspection.table_names():
        return False
    with transaction.atomic(using=using):
        schedules = schedule.objects.using(using)
        if schedules.filter(name=SWEEP_NAME).exists():
            return False
        schedules.create(
            name=SWEEP_NAME,
            func=SWEEP_TASK,
            schedule_type=schedule.MINUTES,
            minutes=SWEEP_MINUTES,
            repeats=-1,
        )
    logger.info("schedule.made", extra={"schedule": SWEEP_NAME})
    return True
