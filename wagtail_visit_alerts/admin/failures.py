"""Alerts that could not be delivered lately, as those see them who can mend it: their authors, and administrators.

Takes a user and the clock; gives components for Wagtail's home page, the listing and an alert's page. Names alerts
and no contacts. A failure goes by being tried again, or after seven days, and not by being clicked away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.admin.delivery_rows import ALERTS, LOG
from wagtail_visit_alerts.models import Alert, Delivery, Purpose, Status
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.policies import AlertPermissionPolicy, alerts_for, may_see_log

#: After which a failure goes quiet.
QUIET_AFTER = timedelta(days=7)
#: Alerts that are named.
MOST_NAMED = 5


@dataclass(frozen=True)
class FailedAlert:
    """An alert with how often it could not be delivered, and where that is to be seen."""

    name: str
    number: int
    url: str


class Failures(Component):
    """What could not be delivered, in a sentence, and of which alerts."""

    template_name = "wagtail_visit_alerts/admin/failures.html"

    def __init__(
        self, user: Any, *, number: int, alerts: Sequence[FailedAlert] = (), alert_url: str = ""
    ) -> None:
        self.user, self.number, self.alert_url = user, number, alert_url
        self.alerts, self.more = alerts[:MOST_NAMED], max(len(alerts) - MOST_NAMED, 0)

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        sees_log = may_see_log(self.user)
        return {
            "number": self.number,
            "days": QUIET_AFTER.days,
            "alerts": self.alerts,
            "more": self.more,
            "log_url": (self.alert_url or _log_url()) if sees_log else "",
            "sees_all": self.user.has_perm(VIEW_ANY),
        }


class FailuresPanel(Failures):
    """The same on Wagtail's home page, as a part of its own."""

    name = "visit_alerts_failures"
    template_name = "wagtail_visit_alerts/admin/failures_panel.html"
    #: Above Wagtail's own lists of pages, below its figures.
    order = 110


def failures_of_alerts(user: Any, *, now: datetime) -> Failures | None:
    """What failed of the alerts that a user may change; None if nothing. One query."""
    found = _found(user, now=now)
    return None if found is None else Failures(user, number=found[0], alerts=found[1])


def failures_of_alert(alert: Alert, *, user: Any, now: datetime) -> Failures | None:
    """What failed of one alert that a user may see; None if nothing. One query."""
    number = _failed(now).filter(notification__alert=alert).aggregate(**_NUMBER)["number"]
    return Failures(user, number=number, alert_url=_log_url(alert=alert.pk)) if number else None


def construct_home_page_panels(request: HttpRequest, panels: list[Component]) -> None:
    """For Wagtail's hook ``construct_homepage_panels``."""
    user: Any = request.user
    if not AlertPermissionPolicy(Alert).user_has_permission(user, "change"):
        return
    found = _found(user, now=timezone.now())
    if found is not None:
        panels.append(FailuresPanel(user, number=found[0], alerts=found[1]))


#: Alerts are counted, not e-mails: one that reached nobody of three is one.
_NUMBER = {"number": Count("notification", distinct=True)}


def _failed(now: datetime) -> Any:
    return Delivery.objects.filter(
        status=Status.FAILED, failed_at__gt=now - QUIET_AFTER, purpose=Purpose.ALERT
    ).order_by()


def _found(user: Any, *, now: datetime) -> tuple[int, list[FailedAlert]] | None:
    """How many could not be delivered, and of which alerts, those with most of them first."""
    failed = _failed(now).filter(notification__alert__in=alerts_for(user, "change").order_by())
    by_alert = failed.values_list("notification__alert", "notification__alert__name").annotate(**_NUMBER)
    found = list(by_alert.order_by("-number", "notification__alert"))
    if not found:
        return None
    sees_log = may_see_log(user)
    # A notification is of one alert.
    return sum(count for _pk, _name, count in found), [
        FailedAlert(name, count, _log_url(alert=pk) if sees_log else reverse(f"{ALERTS}:inspect", args=[pk]))
        for pk, name, count in found
    ]


def _log_url(**filters: Any) -> str:
    """The log of what failed."""
    return f"{reverse(f'{LOG}:index')}?{urlencode({'status': Status.FAILED.value, **filters})}"
