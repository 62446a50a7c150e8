"""The app's own tasks in the queue of a site that has no cluster: run or dropped by the sweep from cron.

Only of django-q2's database broker: whoever runs Redis runs a cluster. Guarantees that tasks of the site itself stay
where they are, and that a cluster which runs after all does none of these a second time.
"""

import logging
from datetime import datetime, timedelta

from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.models import OrmQ

from wagtail_visit_alerts.conf import settings

logger = logging.getLogger(__name__)

_OURS = "wagtail_visit_alerts.tasks."
#: What a sweep does anyway: such a task carries nothing.
_DONE_BY_SWEEP = (f"{_OURS}deliver", f"{_OURS}sweep")


def work_off(*, now: datetime) -> int:
    """Take the app's tasks out of the queue before a sweep, run those that it does not do; return how many.

    A task that raises is logged and gone, as in a cluster.
    """
    if not Conf.ORM:
        return 0
    queued = OrmQ.objects.using(Conf.ORM).filter(key=settings.QUEUE_NAME or Conf.CLUSTER_NAME)
    taken = 0
    for row in queued.filter(lock__lt=now).order_by("pk").iterator():
        path = str(row.task.get("func"))  # none where it can't be read: a cluster reports and drops it
        if not path.startswith(_OURS):
            continue
        # Taken as a cluster takes it (django_q/brokers/orm.py, dequeue): another process finds it locked.
        if not queued.filter(pk=row.pk, lock=row.lock).update(lock=now + timedelta(seconds=Conf.RETRY)):
            continue
        taken += 1
        if path not in _DONE_BY_SWEEP:
            _run(path, row.task["kwargs"])
        queued.filter(pk=row.pk).delete()
    return taken


def _run(path: str, arguments: dict[str, object]) -> None:
    try:
        import_string(path)(**arguments)
    except Exception:  # whatever one task does, the sweep comes after it
        logger.exception("queued_task.failed", extra={"task": path})
