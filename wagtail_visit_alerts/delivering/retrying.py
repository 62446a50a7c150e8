"""Retrying: when an attempt that failed is made again, and how many there can be.

Takes the deliveries of one e-mail and a moment; gives moments. Guarantees pauses that grow to an hour at most, unless
the other side has asked for a longer one, and a last attempt when the hours are over for which it is tried.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Delivery

#: The pause after the first failure; each further one is twice as long as the one before.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=55)
#: Pauses are longer by a random part of up to this share, so that what failed together does not return
#: together.
JITTER = 0.09

_random = random.SystemRandom()


def first_attempt_at(deliveries: Sequence[Delivery], *, now: datetime) -> datetime:
    """Return when an e-mail was first tried; ``now`` where that is only just being done."""
    return min((one.first_tried_at for one in deliveries if one.first_tried_at is not None), default=now)


def last_attempt_at(deliveries: Sequence[Delivery], *, now: datetime) -> datetime:
    """Return when an e-mail is tried for the last time: ``RETRY_HOURS`` after the first."""
    return first_attempt_at(deliveries, now=now) + timedelta(hours=settings.RETRY_HOURS)


def next_attempt_at(
    deliveries: Sequence[Delivery], *, retry_after: timedelta, now: datetime
) -> datetime | None:
    """Return when an e-mail is tried again that has failed just now; None: that was the last attempt."""
    last = last_attempt_at(deliveries, now=now)
    if now >= last:
        return None
    attempts = max((delivery.attempts for delivery in deliveries), default=0)
    return min(now + max(pause(attempts), retry_after), last)


def pause(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: between 60 and 66 seconds at first, an hour at most."""
    doubled = FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10)
    return min(doubled, LONGEST_PAUSE) * (1 + _random.uniform(0, JITTER))


def most_attempts() -> int:
    """After how many attempts an e-mail is given up that has just outlived its process: twice what the pauses allow.

    Only for that case: no failure is recorded of an attempt during which the process dies.
    """
    return 2 * (settings.RETRY_HOURS + 8)
