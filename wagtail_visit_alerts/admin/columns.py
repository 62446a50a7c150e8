"""Columns of the listings."""

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from wagtail.admin.ui.tables import Column, TitleColumn

from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.models.display_name import display_name

#: Monitored pages that the listing names; the others are counted.
MAX_PAGES = 2


def name_of(user: Any) -> str:
    """A user as a person calls them; a dash for none."""
    return "-" if user is None else display_name(user)


class NameColumn(TitleColumn):
    """An alert's name, and below it what the alert is on."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/name_cell.html"

    def get_cell_context_data(self, instance: Alert, parent_context: Any) -> dict[str, Any]:
        rows = list(instance.monitored_pages.all())
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | {"rows": rows[:MAX_PAGES], "more": max(len(rows) - MAX_PAGES, 0)}


class SwitchColumn(Column):
    """Whether an alert is on, as a switch that works in place."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/switch_cell.html"

    def __init__(self, *args: Any, switch_url_name: str, index_url_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.switch_url_name, self.index_url_name = switch_url_name, index_url_name

    def get_cell_context_data(self, instance: Alert, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | switch_context(
            instance,
            request=parent_context["request"],
            switch_url_name=self.switch_url_name,
            index_url_name=self.index_url_name,
        )


class SentColumn(Column):
    """How many alerts were sent lately, which leads to the alert's analytics."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/sent_cell.html"

    def __init__(self, *args: Any, analytics_url_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.analytics_url_name = analytics_url_name

    def get_cell_context_data(self, instance: Alert, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | {"url": reverse(self.analytics_url_name, args=[instance.pk])}


def switch_context(
    alert: Any, *, request: HttpRequest, switch_url_name: str, index_url_name: str
) -> dict[str, Any]:
    """What the template of a switch is given; ``alert.may_be_switched`` says whether the user may."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return {
        "alert": alert,
        "obstacles": [] if alert.is_on else alert.obstacles,
        "losses": alert.open_losses,
        "switch_url": reverse(switch_url_name, args=[alert.pk]),
        # Of the listing, also where only its results are asked for.
        "next_url": reverse(index_url_name) + query,
        "csrf_token": get_token(request),
    }
