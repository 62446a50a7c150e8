"""Lately written: which contacts' days the other stages have written something for since they were counted last.

Rows are found by their ids where those only grow, else by a time. A transaction may commit its rows after others with
higher ids and later times; so what was written within ``OVERLAP`` is read again each time: counting again what has
not changed writes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet

from wagtail_visit_alerts.models import (
    DailyTotal,
    Delivery,
    LinkOutcome,
    LinkUse,
    Match,
    PageView,
    Progress,
    Purpose,
    Status,
    Taking,
    UnmetMinimum,
    Visitor,
)
from wagtail_visit_alerts.reporting.counting_turn import note_progress, progress_of
from wagtail_visit_alerts.reporting.local_days import ContactsByDay, by_day

#: No transaction of ours is as long as this.
OVERLAP = timedelta(minutes=10)
#: New rows that one look takes at most, where many have come together.
ROWS_AT_ONCE = 5000

#: What was read: contacts' ids, each with a moment of the day that is to be counted again.
Moments = list[tuple[int | None, datetime | None]]


@dataclass(frozen=True)
class Look:
    """What was found; ``note`` is called once it has been counted, so that a crash before that loses nothing."""

    found: ContactsByDay
    note: Callable[[], None]


def for_totals(*, now: datetime) -> Look:
    """The days of which alerts' figures may have changed."""
    matches = Match.objects.filter(alert__isnull=False)
    unmet = UnmetMinimum.objects.filter(alert__isnull=False)
    alerts = Delivery.objects.filter(purpose=Purpose.ALERT, resend=0)

    def sent_or_taken(since: datetime, until: datetime) -> Moments:
        columns = ("notification__contact_id", "notification__raised_at")
        sent = alerts.filter(sent_at__gt=since, sent_at__lte=until)
        failed = alerts.filter(failed_at__gt=since, failed_at__lte=until)
        taken = Taking.objects.filter(taken_at__gt=since, taken_at__lte=until)
        return [
            row for rows in (sent, failed, taken) for row in rows.order_by().values_list(*columns).distinct()
        ]

    # A page view's unmet minimum goes with its match, which may be of the day after.
    of_match = ("contact_id", "happened_at", "contact_id", "page_view__entered_at")
    return _together(
        _new("matches", matches, of_match, now=now),
        _new("unmet_minimums", unmet, ("contact_id", "happened_at"), now=now),
        _since("deliveries", sent_or_taken, now=now),
        Look(by_day(_tried_again(alerts)), lambda: None),
    )


def for_activity(*, now: datetime) -> Look:
    """The days on which contacts may have been more or less active than was counted."""

    def identified(since: datetime, until: datetime) -> Moments:
        visitors = Visitor.objects.filter(identified_at__gt=since, identified_at__lte=until)
        history = PageView.objects.filter(visitor__in=visitors, contact__isnull=False)
        return list(history.order_by().values_list("contact_id", "entered_at"))

    return _together(
        _new(
            "page_views", PageView.objects.filter(contact__isnull=False), ("contact_id", "entered_at"), now=now
        ),
        _since("identified", identified, now=now),
    )


def parted(*, now: datetime) -> Look:
    """The days on which visitors were taken for contacts, by a signed link that somebody else had opened."""

    def taken_back(since: datetime, until: datetime) -> Moments:
        by_mistake = (LinkOutcome.OTHER_NETWORK, LinkOutcome.BURST)
        uses = LinkUse.objects.filter(opened_at__gt=since, opened_at__lte=until, outcome__in=by_mistake)
        return list(
            uses.order_by().values_list("link__contact_id", "visitor__page_views__entered_at").distinct()
        )

    return _since("parted", taken_back, now=now)


def note_all_counted(*, now: datetime) -> Callable[[], None]:
    """A function that notes that all there is at this moment was counted: to be called once it was."""
    tops = {
        "matches": _top(Match.objects.all()),
        "unmet_minimums": _top(UnmetMinimum.objects.all()),
        "page_views": _top(PageView.objects.all()),
    }

    def note() -> None:
        for name, top in tops.items():
            note_progress(_seen(name), last_id=top, done_until=now)
            # The last ones once more: what was being written at that moment has such an id, too.
            note_progress(_settled(name), last_id=max(top - ROWS_AT_ONCE, 0))

    return note


def _tried_again(alerts: QuerySet[Delivery]) -> Moments:
    """What had failed and waits for another attempt: it has not failed any more, and nothing else says since when."""
    failed = DailyTotal.objects.filter(
        contact=OuterRef("notification__contact"), alert=OuterRef("notification__alert"), failed__gt=0
    )
    waiting = alerts.filter(status__in=[Status.WAITING, Status.CLAIMED])
    return list(
        waiting.filter(Exists(failed))
        .order_by()
        .values_list("notification__contact_id", "notification__raised_at")
        .distinct()
    )


def _new(name: str, rows: QuerySet[Any], columns: Sequence[str], *, now: datetime) -> Look:
    """The rows with higher ids than those that are settled; ``columns``: pairs of a contact's id and a moment.

    An id is settled once ten minutes have passed since it was the highest, or where so many follow that it
    can't be young.
    """
    settled, seen = _settled(name), _seen(name)
    top = _top(rows.model.objects.all())
    new = list(rows.filter(pk__gt=settled.last_id).order_by("pk").values_list("pk", *columns)[:ROWS_AT_ONCE])
    is_all = len(new) < ROWS_AT_ONCE
    highest = max(top, settled.last_id) if is_all else new[-1][0]

    def note() -> None:
        if not is_all:
            note_progress(settled, last_id=highest)
            note_progress(seen, last_id=highest, done_until=now)
        elif seen.done_until is None or now - seen.done_until >= OVERLAP:
            note_progress(settled, last_id=max(settled.last_id, min(seen.last_id, highest)))
            note_progress(seen, last_id=highest, done_until=now)

    moments = [(row[i], row[i + 1]) for row in new for i in range(1, len(row), 2)]
    return Look(by_day(moments), note)


def _since(name: str, read: Callable[[datetime, datetime], Moments], *, now: datetime) -> Look:
    """What has happened since the last look, and within ``OVERLAP`` before it."""
    progress = progress_of(f"reporting.{name}")
    since = (progress.done_until or now) - OVERLAP
    return Look(by_day(read(since, now)), lambda: note_progress(progress, done_until=now))


def _together(*looks: Look) -> Look:
    found: ContactsByDay = {}
    for look in looks:
        for day, contact_ids in look.found.items():
            found.setdefault(day, set()).update(contact_ids)

    def note() -> None:
        for look in looks:
            look.note()

    return Look(found, note)


def _settled(name: str) -> Progress:
    return progress_of(f"reporting.{name}")


def _seen(name: str) -> Progress:
    return progress_of(f"reporting.{name}.seen")


def _top(rows: QuerySet[Any]) -> int:
    return rows.aggregate(top=Max("pk"))["top"] or 0
