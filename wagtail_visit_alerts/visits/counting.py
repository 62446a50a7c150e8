"""Counts what is not recorded, by reason, and notes when a host's beacon was last heard of.

The numbers are kept in the process and written at most once a minute, after the response to a message of the beacon:
a request of somebody who is not recorded costs no query. A process that is killed takes a minute's numbers with it.
"""

import logging
from collections import Counter
from datetime import date, datetime, timedelta
from threading import Lock

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Heartbeat, NotRecorded, Reason
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.visits.after_response import call_after, short_lock_timeout

logger = logging.getLogger(__name__)

WRITTEN_EVERY = timedelta(minutes=1)
#: Hosts of which a process, and the table, remembers a beacon: a site that takes any host name is told any.
MOST_HOSTS = 100
LONGEST_HOST = 255


class _Kept:
    """What one process has counted and not written yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Count nothing any more, as a test does that rolls its database back."""
        with self._lock:
            self._numbers: Counter[tuple[date, Reason]] = Counter()
            self._hosts: dict[str, datetime] = {}
            self._written_hosts: set[str] = set()
            self._since: datetime | None = None

    def count(self, reason: Reason, *, day: date, now: datetime) -> None:
        with self._lock:
            self._numbers[day, reason] += 1
            self._since = self._since or now

    def heard_from(self, host: str, *, now: datetime) -> None:
        with self._lock:
            if host not in self._hosts and len(self._hosts) >= MOST_HOSTS:
                return
            self._hosts[host] = now
            if host in self._written_hosts or len(self._written_hosts) >= MOST_HOSTS:
                self._since = self._since or now
            else:  # the first one is written at once: somebody who sets the app up waits for it
                self._since = now - WRITTEN_EVERY

    def is_due(self, now: datetime) -> bool:
        # However far: a clock that was set back must not keep the numbers waiting.
        return self._since is not None and abs(now - self._since) >= WRITTEN_EVERY

    def take(self, *, now: datetime) -> "tuple[Counter[tuple[date, Reason]], dict[str, datetime]]":
        """Everything that is due, once: of two threads that ask at the same time one gets nothing."""
        with self._lock:
            if not self.is_due(now):
                return Counter(), {}
            taken = self._numbers, self._hosts
            self._written_hosts |= self._hosts.keys()
            self._numbers, self._hosts, self._since = Counter(), {}, None
            return taken

    def give_back(
        self, numbers: Counter[tuple[date, Reason]], hosts: dict[str, datetime], *, now: datetime
    ) -> None:
        """What could not be written is due again a minute later, together with what has come meanwhile."""
        with self._lock:
            self._numbers += numbers
            self._hosts = hosts | self._hosts
            self._since = self._since or now


_kept = _Kept()


def count(reason: Reason, *, now: datetime) -> None:
    """Count one message or page that was not recorded, on the day that it is in the site's calendar. No query."""
    _kept.count(reason, day=timezone.localdate(now, settings.cap_time_zone), now=now)


def heard_from(host: str, *, now: datetime) -> None:
    """Note that the beacon of a host, without its port, was recorded just now. No query."""
    if host not in Heartbeat.PARTS and len(host) <= LONGEST_HOST:
        _kept.heard_from(host, now=now)


def write_after(request: HttpRequest) -> None:
    """Have what is due written once the response to this request has been sent, with the connection still open."""
    call_after(request, lambda: write_due(now=timezone.now()))


def write_due(*, now: datetime) -> None:
    """Write what has been kept for a minute. Whatever fails is logged; what could not be written is kept."""
    numbers, hosts = _kept.take(now=now)
    if not numbers and not hosts:
        return
    try:
        with short_lock_timeout(), atomic():
            for (day, reason), number in numbers.items():
                NotRecorded.add(number, day=day, reason=reason)
            for host, heard_at in hosts.items():
                _beat(host, heard_at=heard_at)
        return
    except DatabaseError:
        logger.warning("counts.not_written", exc_info=True)
    except Exception:  # the response has been sent, and its request must end well
        logger.exception("counts.not_written")
    _kept.give_back(numbers, hosts, now=now)


def forget() -> None:
    """Drop what has been counted and not written."""
    _kept.forget()


def _beat(host: str, *, heard_at: datetime) -> None:
    known = Heartbeat.objects.filter(name=host)
    if known.update(heard_at=heard_at) or Heartbeat.objects.count() > MOST_HOSTS:
        return
    Heartbeat.beat(host, now=heard_at)
