"""The schedule of the sweep in django-q2: made by the app itself, never twice, for the cluster of ``QUEUE_NAME``."""

import logging

from django.apps import apps
from django.db import connections, router, transaction

from wagtail_visit_alerts.conf import settings

logger = logging.getLogger(__name__)

#: The schedule's name, by which it is found again: django-q2 does not keep names unique.
SWEEP_NAME = "wagtail_visit_alerts.sweep"
SWEEP_TASK = "wagtail_visit_alerts.tasks.sweep"
SWEEP_MINUTES = 1


def ensure_schedules(*, using: str) -> bool:
    """Make the schedule of the sweep on a database alias, or move it to another cluster; gives whether it did.

    Nothing happens where django-q2 is not installed, or keeps its tables elsewhere or has none yet. A schedule that a
    site has changed stays as it is, but for its cluster: that is what ``QUEUE_NAME`` says.
    """
    if not apps.is_installed("django_q"):
        return False
    schedule = apps.get_model("django_q", "Schedule")
    table = schedule._meta.db_table
    if router.db_for_write(schedule) != using or table not in connections[using].introspection.table_names():
        return False
    with transaction.atomic(using=using):
        schedules = schedule.objects.using(using)
        cluster = settings.QUEUE_NAME or None
        if (made := schedules.filter(name=SWEEP_NAME)).exists():
            moved = made.exclude(cluster=cluster) if cluster else made.filter(cluster__isnull=False)
            return bool(moved.update(cluster=cluster))
        schedules.create(
            name=SWEEP_NAME,
            func=SWEEP_TASK,
            schedule_type=schedule.MINUTES,
            minutes=SWEEP_MINUTES,
            repeats=-1,
            cluster=cluster,
        )
    logger.info("schedule.made", extra={"schedule": SWEEP_NAME})
    return True
