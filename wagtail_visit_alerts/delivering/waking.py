"""The wake-up: asks the queue for a delivery run, or another task, and never costs the caller more than a moment.

Takes nothing, gives nothing. Guarantees that a broker which is down, slow or misconfigured never breaks or
holds up what has just been committed: that is logged, and the sweep delivers a minute later.
"""

import logging
import threading
from functools import partial

from django_q.conf import Conf
from django_q.tasks import async_task

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models.primary import on_commit

logger = logging.getLogger(__name__)

#: Design, section 6: what a broker on another machine may cost a request.
PATIENCE_SECONDS = 0.25
#: How many calls may hang at a broker that does not answer; further ones are left to the sweep.
_room = threading.BoundedSemaphore(4)

TASK = "wagtail_visit_alerts.tasks.deliver"


def wake_up() -> None:
    """Have deliveries sent as soon as the current transaction is committed; at once outside of one."""
    queue_on_commit(TASK)


def queue_on_commit(task: str, **ids: str) -> None:
    """Queue a task as soon as the current transaction is committed; at once outside of one."""
    on_commit(partial(_call_broker, task, ids), robust=True)


def _call_broker(task: str, ids: dict[str, str]) -> None:
    # The database's own broker writes by the connection at hand; a run in the caller (sync) needs it as well.
    if Conf.ORM or Conf.SYNC:
        _enqueue(task, ids)
        return
    if not _room.acquire(blocking=False):
        logger.error("wake_up.broker_hangs")
        return
    call = threading.Thread(
        target=_enqueue_and_make_room, args=(task, ids), name="visit-alerts-wake-up", daemon=True
    )
    call.start()
    call.join(PATIENCE_SECONDS)
    if call.is_alive():
        logger.warning("wake_up.broker_slow", extra={"seconds": PATIENCE_SECONDS})


def _enqueue_and_make_room(task: str, ids: dict[str, str]) -> None:
    try:
        _enqueue(task, ids)
    finally:
        _room.release()


def _enqueue(task: str, ids: dict[str, str]) -> None:
    try:
        async_task(task, **ids, **_options())
    except Exception:  # whatever a broker raises: what was committed must survive, and the sweep covers it
        logger.exception("wake_up.failed")


def _options() -> dict[str, str]:
    """Which cluster the task is for, where several share a broker."""
    return {"cluster": settings.QUEUE_NAME} if settings.QUEUE_NAME else {}
