"""How often alerts were raised and sent: read in a fixed number of queries, however many alerts are asked for."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from wagtail_visit_alerts.models import Alert, Delivery, Match, Notification, Outcome, Status

#: What "lately" is in the listing and on the inspect view.
LATELY = timedelta(days=30)
DAYS = LATELY.days


@dataclass
class Sent:
    """How many alerts were sent lately, and when the latest one was."""

    lately: int = 0
    last_at: datetime | None = None


@dataclass
class Totals:
    """What came of the page views that satisfied an alert."""

    matched: int = 0
    #: Alerts of which at least one e-mail has gone.
    sent: int = 0
    capped: int = 0
    nobody: int = 0
    #: Single e-mails that were given up.
    failed: int = 0


@dataclass
class Figures:
    """An alert's totals, lately and in all."""

    lately: Totals = field(default_factory=Totals)
    ever: Totals = field(default_factory=Totals)
    last_at: datetime | None = None


def sent_of(alert_ids: Collection[int], *, now: datetime) -> dict[int, Sent]:
    """How many alerts were sent in the last 30 days, and when the last one, of each of these. Two queries."""
    found = {alert_id: Sent() for alert_id in alert_ids}
    of_these = Notification.objects.filter(alert__in=alert_ids, raised_at__gt=now - LATELY)
    sent = of_these.filter(deliveries__status=Status.SENT)
    for row in sent.order_by().values("alert").annotate(count=Count("pk", distinct=True)):
        found[row["alert"]].lately = row["count"]
    for alert_id, last_at in _last_sent(alert_ids):
        found[alert_id].last_at = last_at
    return found


def figures_of(alert: Alert, *, now: datetime) -> Figures:
    """An alert's totals in the last 30 days and in all. Four queries."""
    since = now - LATELY
    matches = Match.objects.filter(alert=alert).aggregate(**_twice("pk", "happened_at", since, _OUTCOMES))
    sent = Notification.objects.filter(alert=alert, deliveries__status=Status.SENT).aggregate(
        **_twice("pk", "raised_at", since, {"sent": Q()}, distinct=True)
    )
    failed = Delivery.objects.filter(notification__alert=alert, status=Status.FAILED).aggregate(
        **_twice("pk", "notification__raised_at", since, {"failed": Q()})
    )
    counts = matches | sent | failed
    figures = Figures(last_at=dict(_last_sent([alert.pk])).get(alert.pk))
    for name in Totals.__dataclass_fields__:
        setattr(figures.lately, name, counts[f"{name}_lately"])
        setattr(figures.ever, name, counts[f"{name}_ever"])
    return figures


_OUTCOMES = {"matched": Q(), "capped": Q(outcome=Outcome.CAPPED), "nobody": Q(outcome=Outcome.NOBODY)}


def _twice(
    what: str, when: str, since: datetime, conditions: dict[str, Q], *, distinct: bool = False
) -> dict[str, Any]:
    """Counts for each condition, lately and ever."""
    lately = Q(**{f"{when}__gt": since})
    return {
        f"{name}_{period}": Count(
            what, filter=condition & within if within else condition or None, distinct=distinct
        )
        for name, condition in conditions.items()
        for period, within in (("lately", lately), ("ever", None))
    }


def _last_sent(alert_ids: Collection[int]) -> "Any":
    """When an alert of each of these was last sent: of the latest that was, by the index of notifications."""
    latest = Notification.objects.filter(alert=OuterRef("pk"), deliveries__status=Status.SENT).order_by(
        "-raised_at"
    )
    last_at = Subquery(latest.values("deliveries__sent_at")[:1])
    return Alert.objects.filter(pk__in=alert_ids).order_by().values_list("pk", last_at)
