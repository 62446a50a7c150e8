"""The wake-up: asks the queue for a delivery run, without ever costing the caller more than a moment.

Takes nothing, gives nothing. Guarantees that a broker which is down, slow or misconfigured never breaks or
holds up what has just been committed: that is logged, and the sweep delivers a minute later.
"""

import logging
import threading

from django_q.conf import Conf
from django_q.tasks import async_task

from wagtail_visit_alerts.models.primary import on_commit

logger = logging.getLogger(__name__)

#: Design, section 6: what a broker on another machine may cost a request.
PATIENCE_SECONDS = 0.25
#: How many calls may hang at a broker that does not answer; further ones are left to the sweep.
_room = threading.BoundedSemaphore(4)

TASK = "wagtail_visit_alerts.tasks.deliver"


def wake_up() -> None:
    """Have deliveries sent as soon as the current transaction is committed; at once outside of one."""
    on_commit(_call_broker, robust=True)


def _call_broker() -> None:
    # The database's own broker writes by the connection at hand; a run in the caller (sync) needs it as well.
    if Conf.ORM or Conf.SYNC:
        _enqueue()
        return
    if not _room.acquire(blocking=False):
        logger.error("wake_up.broker_hangs")
        return
    call = threading.Thread(target=_enqueue_and_make_room, name="visit-alerts-wake-up", daemon=True)
    call.start()
    call.join(PATIENCE_SECONDS)
    if call.is_alive():
        logger.warning("wake_up.broker_slow", extra={"seconds": PATIENCE_SECONDS})


def _enqueue_and_make_room() -> None:
    try:
        _enqueue()
    finally:
        _room.release()


def _enqueue() -> None:
    try:
        async_task(TASK)
    except Exception:  # whatever a broker raises: what was committed must survive, and the sweep covers it
        logger.exception("wake_up.failed")
