"""How often alerts were raised and sent: for the listing and the inspect view, from the same totals as the analytics.

Read in a fixed number of queries, however many alerts are asked for, and however often they were raised.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from wagtail_visit_alerts.models import Alert, Delivery, Notification, Status
from wagtail_visit_alerts.reporting.alert_figures import Figures, by_alert, totals_viewable_by
from wagtail_visit_alerts.reporting.periods import Choice, Span, span_of, today

#: What "lately" is in the listing and on the inspect view.
LATELY = Choice.DAYS_30
DAYS = int(LATELY)


@dataclass
class Sent:
    """How many alerts were sent lately, and when the latest one was."""

    lately: int = 0
    last_at: datetime | None = None


def sent_of(alert_ids: Collection[int], *, user: Any, now: datetime) -> dict[int, Sent]:
    """How many alerts were sent lately, about contacts whom the user may view, and when the last one was.

    Two queries, beside those for the user's permissions.
    """
    found = {alert_id: Sent() for alert_id in alert_ids}
    totals = totals_viewable_by(user).filter(alert__in=alert_ids)
    for one in by_alert(totals, span_of(LATELY, on=today(now=now))):
        if one.alert_id is not None:
            found[one.alert_id].lately = one.figures.sent
    for alert_id, last_at in _last_sent(alert_ids):
        found[alert_id].last_at = last_at
    return found


def figures_of(alert: Alert, *, user: Any, now: datetime) -> tuple[Figures, Figures, datetime | None]:
    """An alert's figures lately and in all, about contacts whom the user may view, and when it was last sent.

    Three queries, beside those for the user's permissions.
    """
    totals, on = totals_viewable_by(user).filter(alert=alert), today(now=now)
    lately, ever = (
        next((one.figures for one in by_alert(totals, span)), Figures())
        for span in (span_of(LATELY, on=on), Span(date.min, on))
    )
    return lately, ever, dict(_last_sent([alert.pk])).get(alert.pk)


def _last_sent(alert_ids: Collection[int]) -> "Any":
    """When an alert of each of these was last sent: of the latest that was, by the index of notifications."""
    # Notification by notification, the latest first: SQLite would begin with all that was ever sent.
    sent = Delivery.objects.filter(notification=OuterRef("pk"), status=Status.SENT).order_by()
    latest = Notification.objects.filter(Exists(sent), alert=OuterRef("pk")).order_by("-raised_at")
    last_at = Subquery(latest.values(sent_at=Subquery(sent.values("sent_at")[:1]))[:1])
    return Alert.objects.filter(pk__in=alert_ids).order_by().values_list("pk", last_at)
