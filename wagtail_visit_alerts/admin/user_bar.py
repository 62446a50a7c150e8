"""What Wagtail's user bar says on a page of the site: whether this visit of a colleague is recorded."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.userbar import BaseItem

from wagtail_visit_alerts.admin.guide import guide_url
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Alert, Reason
from wagtail_visit_alerts.policies import AlertPermissionPolicy
from wagtail_visit_alerts.visits.exclusions import reason_not_recorded


def construct_user_bar(request: HttpRequest, items: list[Any], page: Any) -> None:
    """For Wagtail's hook ``construct_wagtail_userbar``; a preview is no visit at all."""
    if not getattr(request, "is_preview", False):
        items.append(VisitItem())


class VisitItem(BaseItem):
    """Says that the visit is not recorded, or that it is; and how an alert is tried, to those who may set one up."""

    template_name = "wagtail_visit_alerts/admin/user_bar_item.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        context = super().get_context_data(parent_context)
        request = context["request"]
        # Whoever sees the bar may enter the admin, and so is staff.
        reason = reason_not_recorded(request) if settings.RECORD_STAFF else Reason.STAFF
        context |= {
            "is_recorded": reason is None,
            "reason": "" if reason in (None, Reason.STAFF) else reason.label,
            "may_try": AlertPermissionPolicy(Alert).user_has_permission(request.user, "add"),
            "guide_url": guide_url("test-visits"),
        }
        return context
