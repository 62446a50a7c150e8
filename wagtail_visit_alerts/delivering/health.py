"""Health: whether alerts are delivered, read from our own tables alone.

``look`` takes the clock and limits; gives when the sweep last ran, what is due, what has failed, how far the
database's clock is from this one, and which of that is a problem. What the queue says of itself is not asked:
django-q2 calls a cluster that does nothing any more "Working". Makes three small queries, writes nothing, names
nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connections
from django.db.models import Case, Count, F, Min, When
from django.db.models.functions import Now
from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import Delivery, Heartbeat, Status
from wagtail_visit_alerts.models.primary import primary_alias


class Part(StrEnum):
    """What can be a problem; the values are what monitoring programs read."""

    SWEEP = "sweep"
    DUE = "due"
    FAILED = "failed"
    CLOCK = "clock"


#: After how long what the sweep is to do shows that nothing does it. The sweep runs once a minute; django-q2 looks at
#: its schedules each half minute, and one run takes up to 40 s.
OVERDUE = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From when on something is a problem; None: never."""

    sweep: timedelta | None = OVERDUE
    due: timedelta | None = OVERDUE
    #: How many deliveries may fail for good within an hour: a mistyped address in CC is no reason to wake anybody.
    failed: int | None = None
    clock: timedelta | None = None


#: For programs that watch the servers. A clock that is wrong is their matter, not that of an editor.
FOR_MONITORING = Limits(clock=timedelta(seconds=30))


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, in a sentence with what to do."""

    part: Part
    text: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """What was found at one moment."""

    #: When the sweep last ended; None: never.
    last_sweep_at: datetime | None
    #: Since when the delivery that has been due for longest could have been sent; None: nothing is due.
    oldest_due_at: datetime | None
    #: How many deliveries are due. Those that wait for a later time, such as the next attempt, do not count.
    waiting: int
    #: How many deliveries were given up for good within the last hour; 0 where that was not asked.
    failed_last_hour: int
    #: How far the database's clock is ahead of this process's, or behind if negative; None where it has none of its
    #: own (SQLite) or no sweep has run yet.
    clock_skew: timedelta | None
    found: tuple[Problem, ...] = ()

    @property
    def problems(self) -> list[str]:
        """The problems in words."""
        return [problem.text for problem in self.found]

    @property
    def alerts_are_waiting(self) -> bool:
        """Whether nothing processes the queue, or not soon enough."""
        return any(problem.part in {Part.SWEEP, Part.DUE} for problem in self.found)

    def as_json(self) -> dict[str, Any]:
        """The same in JSON's types, for programs: times in UTC, durations in seconds."""
        return {
            "status": "problem" if self.found else "good",
            "problems": [{"part": problem.part.value, "text": problem.text} for problem in self.found],
            "last_sweep_at": self.last_sweep_at and self.last_sweep_at.isoformat(),
            "oldest_due_at": self.oldest_due_at and self.oldest_due_at.isoformat(),
            "waiting": self.waiting,
            "failed_last_hour": self.failed_last_hour,
            "clock_skew_seconds": None
            if self.clock_skew is None
            else round(self.clock_skew.total_seconds(), 3),
        }


def look(*, now: datetime, limits: Limits = Limits(), failed_too: bool = True) -> Health:
    """Look at the outbox and the sweep as they are at this moment. Two queries, three with what has failed."""
    last_sweep_at, database_now = _sweep()
    oldest_due_at, waiting = _due(now)
    lately = Delivery.objects.filter(failed_at__gt=now - timedelta(hours=1))
    failed = lately.count() if failed_too else 0
    skew = None if database_now is None else database_now - now
    problems = [
        *_sweep_problem(last_sweep_at, limit=limits.sweep, now=now),
        *_due_problem(oldest_due_at, waiting, limit=limits.due, now=now),
        *_failed_problem(failed, limit=limits.failed),
        *_clock_problem(skew, last_sweep_at, limit=limits.clock, now=now),
    ]
    return Health(
        last_sweep_at=last_sweep_at,
        oldest_due_at=oldest_due_at,
        waiting=waiting,
        failed_last_hour=failed,
        clock_skew=skew,
        found=tuple(problems),
    )


def _sweep() -> tuple[datetime | None, datetime | None]:
    """When the sweep last ended, and what the database's clock says now where it has one of its own."""
    heartbeats = Heartbeat.objects.filter(name=Heartbeat.SWEEP)
    if connections[primary_alias()].vendor == "sqlite":  # its clock is that of this very process
        return heartbeats.values_list("heard_at", flat=True).first(), None
    row = heartbeats.annotate(database_now=Now()).values_list("heard_at", "database_now").first()
    return row or (None, None)


def _due(now: datetime) -> tuple[datetime | None, int]:
    """Since when the oldest delivery is due, and how many are; what a dead process held, since its lease ended."""
    due_since = Case(When(status=Status.CLAIMED, then=F("claimed_until")), default=F("due_at"))
    found = Delivery.objects.due(now).aggregate(since=Min(due_since), number=Count("pk"))
    return found["since"], found["number"]


def _sweep_problem(
    last_sweep_at: datetime | None, *, limit: timedelta | None, now: datetime
) -> Iterator[Problem]:
    if limit is None:
        return
    if last_sweep_at is None:
        text = gettext("The sweep has never run: start the django-q2 cluster (manage.py qcluster).")
        yield Problem(part=Part.SWEEP, text=text)
    elif now - last_sweep_at > limit:
        text = gettext(
            "The sweep last ran %(ago)s ago: the django-q2 cluster is stopped or stuck. Start it again."
        )
        yield Problem(part=Part.SWEEP, text=text % {"ago": wording.duration(now - last_sweep_at)})


def _due_problem(
    oldest_due_at: datetime | None, waiting: int, *, limit: timedelta | None, now: datetime
) -> Iterator[Problem]:
    if limit is None or oldest_due_at is None or now - oldest_due_at <= limit:
        return
    text = ngettext(
        "%(count)d delivery is due, since %(ago)s: is the django-q2 cluster running, and is the mail server slow?",
        "%(count)d deliveries are due, the oldest since %(ago)s: is the django-q2 cluster running, and is the mail "
        "server slow?",
        waiting,
    )
    yield Problem(part=Part.DUE, text=text % {"count": waiting, "ago": wording.duration(now - oldest_due_at)})


def _failed_problem(failed: int, *, limit: int | None) -> Iterator[Problem]:
    if limit is None or failed <= limit:
        return
    text = ngettext(
        "%(count)d delivery failed for good within the last hour: the delivery log in the admin says why.",
        "%(count)d deliveries failed for good within the last hour: the delivery log in the admin says why.",
        failed,
    )
    yield Problem(part=Part.FAILED, text=text % {"count": failed})


def _clock_problem(
    skew: timedelta | None, last_sweep_at: datetime | None, *, limit: timedelta | None, now: datetime
) -> Iterator[Problem]:
    if limit is None:
        return
    if skew is not None and abs(skew) > limit:
        text = gettext(
            "The clocks of the database and of this machine are %(apart)s apart: set them by a time server (NTP)."
        )
        yield Problem(part=Part.CLOCK, text=text % {"apart": wording.duration(abs(skew))})
    elif last_sweep_at is not None and last_sweep_at - now > limit:
        text = gettext(
            "The cluster's clock is %(apart)s ahead of this machine's: set them by a time server (NTP)."
        )
        yield Problem(part=Part.CLOCK, text=text % {"apart": wording.duration(last_sweep_at - now)})
