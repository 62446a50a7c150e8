"""Postponing: what is due is not always to be sent at once, and this says until when it waits and what for.

Takes the claimed deliveries of one e-mail, read with what is told; gives until when they wait, or nothing. Asks, in
this order, about a signed link that a mail scanner may have opened, the reader's hours, their digest, the ceiling;
of a destination, about the link only.
Guarantees that everything leaves in the end: a digest that is due is held back by nothing but sending hours, and an
e-mail that was tried before goes as it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import retrying
from wagtail_visit_alerts.delivering.reader_clock import preferences_of, time_zone_of
from wagtail_visit_alerts.delivering.sending_hours import SendingHours, hours_of
from wagtail_visit_alerts.models import (
    Delivery,
    LinkOutcome,
    LinkUse,
    Method,
    Pace,
    Purpose,
    Sign,
    Status,
    Visitor,
    WaitsFor,
)
from wagtail_visit_alerts.models.delivery import DeliveryQuerySet
from wagtail_visit_alerts.models.primary import atomic

#: How long a second opening of a signed link, by a mail scanner or by the contact, may take to show which was which:
#: as long as ``identifying.link_openings`` compares two of them.
HOLD = timedelta(seconds=30)
#: The time in which the ceiling counts.
HOUR = timedelta(hours=1)
_DIGESTS = (WaitsFor.DIGEST, WaitsFor.CEILING)


@dataclass(frozen=True)
class Postponement:
    """Until when deliveries wait, and what for."""

    due_at: datetime
    waits_for: WaitsFor


def judge(deliveries: Sequence[Delivery], *, now: datetime) -> Postponement | None:
    """Say until when the claimed deliveries of one e-mail wait; None: it may be sent. At most three queries."""
    is_retried = _is_retried(deliveries)
    if not is_retried and (held := _hold(deliveries, now=now)) is not None:
        return held
    if deliveries[0].destination is not None:
        return None
    reader = next((delivery.user for delivery in deliveries if delivery.user is not None), None)
    alert = deliveries[0].notification.alert
    preferences = preferences_of(reader)
    hours = hours_of(preferences, zone=time_zone_of(reader or (alert.author if alert else None)))
    is_digest = any(delivery.waits_for in _DIGESTS for delivery in deliveries)
    if is_retried or is_digest:
        return _wait_for_hours(deliveries, hours, now=now)
    pace = Pace(preferences.pace) if preferences is not None else Pace.AT_ONCE
    return (
        _wait_for_digest(pace, hours, now=now)
        or _wait_for_hours(deliveries, hours, now=now)
        or _wait_for_ceiling(deliveries, hours, now=now)
    )


@contextmanager
def turn_of(email_key: str) -> Iterator[None]:
    """Let the processes that hold e-mails to one address decide about them one after the other.

    Each locks a row of every e-mail to the address that is held, its own among them: whoever comes later finds the
    one who came before, and what that one has begun.
    """
    held = Delivery.objects.filter(email_key=email_key, status=Status.CLAIMED)
    # Before the transaction, so that what is read in it is as it is after the wait. One row of each e-mail: whoever
    # holds it changes all of them, in an order that is the database's own.
    first_rows = [row["first"] for row in held.order_by().values("email_id").annotate(first=Min("pk"))]
    with atomic():
        list(Delivery.objects.filter(pk__in=first_rows).order_by("pk").select_for_update().values_list("pk"))
        yield


def window_opens_at(
    sent: Sequence[datetime], *, in_hand: int, alerts: int, most: int, now: datetime
) -> datetime | None:
    """When an address may get so many alerts more; None: now.

    ``sent`` says when it got what counts, the earliest first; ``in_hand`` is what other processes are about to send.
    More at once than the ceiling allows at all go where nothing else does.
    """
    too_many = len(sent) + in_hand + alerts - most
    if most < 1 or too_many <= 0 or not (sent or in_hand):
        return None
    if not sent:
        return now + HOUR
    return max(sent[min(too_many, len(sent)) - 1] + HOUR, now + timedelta(seconds=1))


def _is_retried(deliveries: Sequence[Delivery]) -> bool:
    """Whether an attempt was begun before; a process that dies earlier has only counted one."""
    return any(delivery.first_tried_at is not None for delivery in deliveries)


def _hold(deliveries: Sequence[Delivery], *, now: datetime) -> Postponement | None:
    """Wait where a visitor was recognised a moment ago by a link that no hand need have opened.

    A query only where one was recognised by a link within that time.
    """
    visitors = {}
    for delivery in deliveries:
        page_view = delivery.notification.match.page_view
        if page_view is not None and _is_fresh(page_view.visitor, now=now):
            visitors[page_view.visitor_id] = page_view.visitor
    if not visitors:
        return None
    uses = LinkUse.objects.filter(visitor__in=visitors, opened_at__gt=now - HOLD)
    recognising = (LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN)
    opened = list(uses.filter(outcome__in=recognising).values_list("visitor", "sign", "opened_at"))
    by_hand = {visitor_id for visitor_id, sign, _opened_at in opened if Sign(sign).is_by_hand}
    doubtful = [opened_at for visitor_id, _sign, opened_at in opened if visitor_id not in by_hand]
    return Postponement(max(doubtful) + HOLD, WaitsFor.HOLD) if doubtful else None


def _is_fresh(visitor: Visitor, *, now: datetime) -> bool:
    """Whether a visitor is known by nothing but a link, and that since a moment."""
    identified_at = visitor.identified_at
    is_by_link = visitor.identified_by == Method.LINK
    return is_by_link and identified_at is not None and identified_at > now - HOLD


def _wait_for_hours(
    deliveries: Sequence[Delivery], hours: SendingHours, *, now: datetime
) -> Postponement | None:
    """Wait for the sending hours; a digest stays one.

    What was tried before does not wait longer than it is tried: better outside of the hours than given up.
    """
    opens_at = hours.next_open(now)
    if opens_at <= now:
        return None
    if _is_retried(deliveries) and opens_at >= retrying.last_attempt_at(deliveries, now=now):
        return None
    kept = next((WaitsFor(one.waits_for) for one in deliveries if one.waits_for in _DIGESTS), WaitsFor.HOURS)
    return Postponement(opens_at, kept)


def _wait_for_digest(pace: Pace, hours: SendingHours, *, now: datetime) -> Postponement | None:
    if pace == Pace.HOURLY:
        # Outside of the hours all that comes until they open goes then, not an hour later.
        due_at = hours.next_full_hour(now) if hours.are_open(now) else hours.next_open(now)
        return Postponement(due_at, WaitsFor.DIGEST)
    if pace == Pace.DAILY:
        return Postponement(hours.next_morning(now), WaitsFor.DIGEST)
    return None


def _wait_for_ceiling(
    deliveries: Sequence[Delivery], hours: SendingHours, *, now: datetime
) -> Postponement | None:
    """Wait where the address has had as many alerts within the hour as it may. Two queries.

    A digest counts once, however much it carries. What another process has begun to send counts as sent.
    """
    to_address = Delivery.objects.filter(email_key=deliveries[0].email_key, purpose=Purpose.ALERT)
    recent = to_address.filter(status=Status.SENT, sent_at__gt=now - HOUR)
    sent = _counted(recent)
    begun = to_address.filter(status=Status.CLAIMED, first_tried_at__isnull=False)
    in_hand = len(_counted(begun.exclude(claim=deliveries[0].claim)))
    opens_at = window_opens_at(
        sent, in_hand=in_hand, alerts=len(deliveries), most=settings.MOST_ALERTS_PER_HOUR, now=now
    )
    return None if opens_at is None else Postponement(hours.next_open(opens_at), WaitsFor.CEILING)


def _counted(deliveries: DeliveryQuerySet) -> list[Any]:
    """When each of these was sent, the earliest first; a digest once."""
    rows = deliveries.order_by("sent_at", "pk").values_list("pk", "email_id", "waits_for", "sent_at")
    counted = {email_id if waits_for in _DIGESTS else pk: sent_at for pk, email_id, waits_for, sent_at in rows}
    return list(counted.values())
