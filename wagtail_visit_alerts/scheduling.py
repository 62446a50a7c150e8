"""The app's schedules in django-q2: made by the app itself, never twice, for the cluster of ``QUEUE_NAME``."""

import logging
from typing import Any

from django.apps import apps
from django.db import connections, router, transaction

from wagtail_visit_alerts.conf import settings

logger = logging.getLogger(__name__)

#: The schedules' names, by which they are found again: django-q2 does not keep names unique.
SWEEP_NAME = "wagtail_visit_alerts.sweep"
PURGE_NAME = "wagtail_visit_alerts.purge"
#: Name -> the task, and every how many minutes.
SCHEDULES = {
    SWEEP_NAME: ("wagtail_visit_alerts.tasks.sweep", 1),
    PURGE_NAME: ("wagtail_visit_alerts.tasks.purge", 10),
}


def ensure_schedules(*, using: str) -> bool:
    """Make the app's schedules on a database alias, or move them to another cluster; gives whether it did any.

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
        changed = {name for name in SCHEDULES if _ensure(name, schedules=schedule.objects.using(using))}
    return bool(changed)


def _ensure(name: str, *, schedules: Any) -> bool:
    """Make one schedule, or move it; gives whether it did."""
    task, minutes = SCHEDULES[name]
    cluster = settings.QUEUE_NAME or None
    if (made := schedules.filter(name=name)).exists():
        moved = made.exclude(cluster=cluster) if cluster else made.filter(cluster__isnull=False)
        return bool(moved.update(cluster=cluster))
    schedules.create(
        name=name,
        func=task,
        schedule_type=schedules.model.MINUTES,
        minutes=minutes,
        repeats=-1,
        cluster=cluster,
    )
    logger.info("schedule.made", extra={"schedule": name})
    return True
