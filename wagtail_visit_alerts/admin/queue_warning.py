"""The warning on our pages in the admin that nothing processes the queue, with what to do about it.

Takes the clock and who looks; gives a component, or nothing where alerts leave as they should. Two indexed queries.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.delivering import health
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import AlertPermissionPolicy


class QueueWarning(Component):
    """Says that alerts wait, or would; ``set_up_url`` leads to the set-up page, for those who may see it."""

    template_name = "wagtail_visit_alerts/admin/queue_warning.html"

    def __init__(self, found: health.Health, *, set_up_url: str) -> None:
        self.found, self.set_up_url = found, set_up_url

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {
            "waiting": self.found.waiting,
            "problems": self.found.problems,
            "set_up_url": self.set_up_url,
        }


def queue_warning(*, user: Any, now: datetime, with_link: bool = True) -> QueueWarning | None:
    """The warning, if there is something to warn of; ``with_link`` to the set-up page."""
    found = health.look(now=now, failed_too=False)
    if not found.alerts_are_waiting:
        return None
    is_linked = with_link and AlertPermissionPolicy(Alert).user_has_any_permission(user, ["add", "change"])
    return QueueWarning(found, set_up_url=reverse("visit_alerts_set_up:index") if is_linked else "")
