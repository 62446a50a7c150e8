"""Mutes in the admin: as a table with a button that ends each, on one's own page and on an alert's.

Takes mutes; gives columns and a component. A contact is named only to who may view them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, Table

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Alert, Mute

#: Mutes that an alert's page shows: more than a person reads, and a bound for the page.
MOST_SHOWN = 100


def about(mute: Mute, viewer: Any) -> str:
    """About whom the alert is muted, in words for a viewer."""
    if mute.contact is None:
        return _("any contact")
    return str(mute.contact) if mute.contact.may_be_viewed_by(viewer) else _("a contact whom you may not view")


def until(mute: Mute, viewer: Any) -> str:
    """How long the mute lasts, in words."""
    return pgettext("how long", "for good") if mute.until is None else moment(mute.until)


def who(mute: Mute, viewer: Any) -> str:
    """Who has muted it: a user by name, an address in CC by itself."""
    return mute.email if mute.user is None else name_of(mute.user)


class InWordsColumn(Column):
    """What a function of the mute and of the admin's user says."""

    def __init__(self, name: str, words: Callable[[Mute, Any], str], **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.words = words

    def get_cell_context_data(self, instance: Mute, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return context | {"value": self.words(instance, parent_context["request"].user)}

    def get_value(self, instance: Mute) -> str:
        """Nothing yet: the request is not known here."""
        return ""


class MutedAlertColumn(Column):
    """The alert, which leads to its page where the user may see that."""

    cell_template_name = "wagtail_visit_alerts/admin/mutes/alert_cell.html"

    def get_cell_context_data(self, instance: Mute, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        url = ""
        if instance.alert.may_be_viewed_by(parent_context["request"].user):
            url = reverse("wagtailsnippets_wagtail_visit_alerts_alert:inspect", args=[instance.alert_id])
        return context | {"url": url}


class EndColumn(Column):
    """A button that ends the mute, and leads back to where it was pressed."""

    cell_template_name = "wagtail_visit_alerts/admin/mutes/end_cell.html"

    def get_cell_context_data(self, instance: Mute, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        request = parent_context["request"]
        return context | {
            "end_url": reverse("visit_alerts_mutes:end", args=[instance.pk]),
            "next_url": request.path,
            "csrf_token": get_token(request),
            "about": about(instance, request.user),
        }


_ABOUT = InWordsColumn("about", about, label=pgettext_lazy("of a muted alert", "About"))
_UNTIL = InWordsColumn("until", until, label=pgettext_lazy("of a muted alert", "Until"), sort_key="until")
_END = EndColumn("end", label=gettext_lazy("End it"), accessor="pk")
#: On the page of the one who asked for them.
OWN_COLUMNS = [
    MutedAlertColumn("alert", label=gettext_lazy("Alert"), sort_key="alert__name"),
    _ABOUT,
    _UNTIL,
    _END,
]
#: On the page of the alert, whoever asked for them; nothing is sorted there.
ALERTS_COLUMNS = [
    InWordsColumn("who", who, label=pgettext_lazy("of a muted alert", "Muted by")),
    _ABOUT,
    InWordsColumn("until", until, label=pgettext_lazy("of a muted alert", "Until")),
    _END,
]


class MutesOfAlert(Component):
    """Who has muted an alert, about whom and until when; for those who may change the alert."""

    template_name = "wagtail_visit_alerts/admin/mutes/of_alert.html"

    def __init__(self, alert: Alert, *, now: datetime) -> None:
        self.alert, self.now = alert, now

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        mutes = (
            Mute.objects.lasting(self.now).filter(alert=self.alert).select_related("alert", "contact", "user")
        )
        rows = list(mutes.order_by("-made_at", "-pk")[: MOST_SHOWN + 1])
        table = Table(
            ALERTS_COLUMNS,
            rows[:MOST_SHOWN],
            classname="listing visit-alerts-mutes",
            caption=_("Who has muted this alert"),
        )
        return {
            "table": table if rows else None,
            "most_shown": MOST_SHOWN if len(rows) > MOST_SHOWN else 0,
            "request": parent_context["request"],
        }
