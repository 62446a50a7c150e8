"""Made outcomes: what came of page views that alerts watch, as the pipeline would have written it."""

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from wagtail_visit_alerts.capping import period_name
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.generating.bulk_rows import BulkRows
from wagtail_visit_alerts.generating.made_people import MadePeople, new_uuid
from wagtail_visit_alerts.generating.made_visits import MadeView, condition_met_at
from wagtail_visit_alerts.models import (
    Delivery,
    Ending,
    Match,
    Notification,
    Outcome,
    Purpose,
    Role,
    Slot,
    Status,
    Taking,
    UnmetMinimum,
    WaitsFor,
)
from wagtail_visit_alerts.models.email_address import email_key

NOBODY_SHARE = 0.02
TAKEN_SHARE = 0.12
FAILED_SHARE = 0.015
CANCELLED_SHARE = 0.01
#: What was raised within this time may still wait; when it would be sent, nobody looks at the data any more.
MAY_WAIT_FOR = timedelta(days=2)
NEVER_DUE = timedelta(days=3650)
REASONS = (
    "550 5.1.1 The address is unknown.",
    "552 5.2.2 The mailbox is full.",
    "The mail server did not answer for 24 hours.",
)


class OutcomeWriter:
    """Matches, slots, notifications, deliveries and takings; unmet minimum times. Views must come in their order."""

    def __init__(self, people: MadePeople, *, rng: random.Random, now: datetime) -> None:
        self._people, self._rng, self._now = people, rng, now
        self._zone = settings.cap_time_zone
        #: How many slots are taken, by period, alert and contact; only of the latest days.
        self._taken: dict[str, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
        self.matches = self.notifications = 0
        self._match_rows = BulkRows(
            Match, "page_view", "alert", "monitored_page", "contact", "outcome", "happened_at"
        )
        self._slots = BulkRows(Slot, "alert", "contact", "period", "number", "match", "taken_at")
        self._notifications = BulkRows(Notification, "match", "alert", "alert_name", "contact", "raised_at")
        self._deliveries = BulkRows(
            Delivery,
            *(
                "notification",
                "purpose",
                "role",
                "user",
                "email",
                "email_key",
                "email_id",
                "status",
                "attempts",
            ),
            *("first_tried_at", "due_at", "waits_for", "sent_at", "failed_at", "reason"),
        )
        self._takings = BulkRows(Taking, "notification", "user", "email", "taken_at")
        self._unmet = BulkRows(UnmetMinimum, "page_view", "alert", "contact", "kind", "happened_at")

    @property
    def share_raised(self) -> float:
        """The share of the matches so far that raised an alert."""
        return self.notifications / self.matches if self.matches > 50 else 0.8

    def add(self, page_view_id: int, view: MadeView, *, contact_id: int) -> None:
        """Add what came of a page view on a watched address."""
        watch = view.watch
        assert watch is not None
        moment = condition_met_at(view)
        if moment is None:
            kind = UnmetMinimum.Kind.TOO_SHORT if view.ending == Ending.MOVED_ON else UnmetMinimum.Kind.CLOSED
            self._unmet.add(page_view_id, watch.alert.pk, contact_id, kind, view.entered_at)
            return
        number, period = self._slot(view, moment=moment)
        outcome = Outcome.RAISED if number else Outcome.CAPPED
        if self._rng.random() < NOBODY_SHARE:
            outcome = Outcome.NOBODY
        match_id = self._match_rows.add(page_view_id, watch.alert.pk, watch.row_id, contact_id, outcome, moment)
        self.matches += 1
        if outcome == Outcome.RAISED:
            self._taken[period][watch.alert.pk, contact_id] = number
            self._slots.add(watch.alert.pk, contact_id, period, number, match_id, moment)
            self._raise(match_id, view, contact_id=contact_id, moment=moment)

    def _slot(self, view: MadeView, *, moment: datetime) -> tuple[int, str]:
        """The number of the slot that a page view would take, 0 where none is free, and the period's name."""
        assert view.watch is not None
        alert = view.watch.alert
        period = period_name(moment.astimezone(self._zone).date(), alert.cap_period)
        taken = self._taken[period][alert.pk, self._people.contact_ids[view.contact]]
        return (taken + 1 if taken < alert.cap_times else 0), period

    def _raise(self, match_id: int, view: MadeView, *, contact_id: int, moment: datetime) -> None:
        watch, rng = view.watch, self._rng
        assert watch is not None
        self.notifications += 1
        notification_id = self._notifications.add(
            match_id, watch.alert.pk, watch.alert.name, contact_id, moment
        )
        first_user_id = None
        for role, user_id, email in self._addressees(view):
            is_sent = self._deliver(notification_id, role, user_id, email, moment=moment)
            first_user_id = first_user_id or (user_id if is_sent else None)
        if first_user_id is not None and rng.random() < TAKEN_SHARE:
            taken_at = min(self._now, moment + timedelta(minutes=1 + rng.expovariate(1 / 20)))
            email = self._people.addresses_of_users[first_user_id]
            self._takings.add(notification_id, first_user_id, email, taken_at)

    def _addressees(self, view: MadeView) -> Iterable[tuple[Role, int | None, str]]:
        """Who is told, each once."""
        watch = view.watch
        assert watch is not None
        addresses = self._people.addresses_of_users
        owner_id = self._people.owner_ids[view.contact]
        user_id = owner_id or watch.alert.author_id
        yield (Role.OWNER if owner_id else Role.FALLBACK), user_id, addresses[user_id]
        for recipient_id in watch.recipient_ids:
            if recipient_id != user_id:
                yield Role.ME, recipient_id, addresses[recipient_id]
        if watch.alert.cc:
            yield Role.CC, None, watch.alert.cc

    def _deliver(
        self, notification_id: int, role: Role, user_id: int | None, email: str, *, moment: datetime
    ) -> bool:
        """Add a delivery, which nobody will ever send; gives whether it counts as sent."""
        rng, lot = self._rng, self._rng.random()
        status, reason, waits_for, due_at, attempts = Status.SENT, "", WaitsFor.NOTHING, moment, 1
        sent_at = failed_at = None
        first_tried_at: datetime | None = moment
        if self._now - moment < MAY_WAIT_FOR and lot > 0.9:
            status, waits_for = Status.WAITING, rng.choice((WaitsFor.HOURS, WaitsFor.DIGEST))
            due_at, attempts, first_tried_at = moment + NEVER_DUE, 0, None
        elif lot < FAILED_SHARE:
            status, reason, attempts = Status.FAILED, rng.choice(REASONS), 20
            failed_at = min(self._now, moment + timedelta(hours=24))
        elif lot < FAILED_SHARE + CANCELLED_SHARE:
            status, reason, attempts = Status.CANCELLED, "The alert was switched off.", 0
            first_tried_at = None
        else:
            late = rng.expovariate(1 / 2) if rng.random() < 0.9 else rng.expovariate(1 / 1_800)
            sent_at = min(self._now, moment + timedelta(seconds=0.2 + late))
        self._deliveries.add(
            *(notification_id, Purpose.ALERT, role, user_id, email, email_key(email), new_uuid(rng)),
            *(status, attempts, first_tried_at, due_at, waits_for, sent_at, failed_at, reason),
        )
        return status == Status.SENT

    def write(self) -> None:
        """Write what was added, whose page views are written, and forget periods that are over."""
        for rows in (
            *(self._match_rows, self._unmet, self._slots, self._notifications),
            *(self._deliveries, self._takings),
        ):
            rows.write()
        for outdated in list(self._taken)[:-90]:
            del self._taken[outdated]
