"""One sweep: all that is done once a minute, by the queue or by cron.

Takes the clock; judges and closes page views, sends what is due, notes near misses, counts what was written, tells
what alerts have lost, deletes mutes that are over, and notes that it was there. Guarantees that what breaks one of
these does not keep the others from being done.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from wagtail_visit_alerts import losing, reporting
from wagtail_visit_alerts.delivering import muting, sending
from wagtail_visit_alerts.models import Heartbeat
from wagtail_visit_alerts.pipeline.near_misses import note_near_misses
from wagtail_visit_alerts.pipeline.reports import sweep

logger = logging.getLogger(__name__)


@dataclass
class Swept:
    """What one sweep has done, and the first error of a part of it: the caller decides what to make of that."""

    page_views: int = 0
    deliveries: sending.Counts = field(default_factory=sending.Counts)
    losses: int = 0
    error: Exception | None = None

    def __str__(self) -> str:
        return f"{self.page_views} page views, {self.deliveries}, {self.losses} losses told"


def sweep_all(*, now: Callable[[], datetime], is_stopping: Callable[[], bool] = lambda: False) -> Swept:
    """Do one sweep; what is left of it when the process is to stop is the next one's. Raises nothing."""
    swept = Swept()

    def judge() -> None:
        swept.page_views = sweep(now=now())

    def deliver() -> None:
        swept.deliveries = sending.deliver_due(now=now, is_stopping=is_stopping)

    def tell() -> None:
        losing.note_unnoticed(now=now())
        swept.losses = losing.tell(now=now())

    parts: dict[str, Callable[[], object]] = {
        "judge": judge,
        "deliver": deliver,
        "note_near_misses": lambda: note_near_misses(now=now()),
        "count": lambda: reporting.catch_up(now=now()),
        "add_up": lambda: reporting.add_up_months(now=now()),
        "tell": tell,
        "tidy": lambda: muting.delete_expired(now=now()),
        "note": lambda: Heartbeat.beat(Heartbeat.SWEEP, now=now()),
    }
    for name, part in parts.items():
        if is_stopping():
            break
        try:
            part()
        except Exception as error:  # the other parts, the sending above all, must be done all the same
            logger.exception("sweep.failed", extra={"part": name})
            swept.error = swept.error or error
    return swept
