"""What is done with several alerts at once: on, off, delete; each judged by itself, and written to its history."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.log_actions import log
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from wagtail_visit_alerts.admin.filters import AlertFilterSet, found_by
from wagtail_visit_alerts.admin.row_keys import ChosenByKeys
from wagtail_visit_alerts.admin.switching import CannotBeOn, switch
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import alerts_for, may


class OfPermittedAlerts(ChosenByKeys):
    """Acts on those of the chosen alerts with which the user may do this, and does not know those they can't see."""

    #: What the user must be allowed to do with each alert.
    action = "change"

    def check_perm(self, alert: Alert) -> bool:
        """Whether the user may do this with this alert."""
        return may(self.request.user, self.action, alert)  # type: ignore[attr-defined]

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """What "Select all alerts in listing" means: those that its search and filters leave."""
        request = self.request  # type: ignore[attr-defined]
        alerts = alerts_for(request.user)
        filters = AlertFilterSet(request.GET, alerts, request=request)
        alerts = filters.qs if filters.is_valid() else alerts
        return found_by(request.GET.get("q", ""), alerts).values_list("pk", flat=True)

    def get_actionable_objects(self) -> tuple[list[Alert], dict[str, list[Alert]]]:
        objects, others = super().get_actionable_objects()  # type: ignore[misc]  # a mixin: the action follows
        user = self.request.user  # type: ignore[attr-defined]
        shown = [alert for alert in others["items_with_no_access"] if alert.may_be_viewed_by(user)]
        return objects, {"items_with_no_access": shown}


class SwitchBulkAction(OfPermittedAlerts, SnippetBulkAction):
    """Switches the chosen alerts."""

    models = [Alert]
    template_name = "wagtail_visit_alerts/admin/bulk_actions/confirm_switch.html"
    on: bool

    @classmethod
    def execute_action(cls, objects: Sequence[Alert], **kwargs: Any) -> tuple[int, int]:
        """Switch what can be switched; gives how many alerts are so now, and how many can't be."""
        view = kwargs["self"]
        view.refused, gone = [], 0
        for alert in objects:
            try:
                switch(alert, on=cls.on, user=view.request.user)
            except CannotBeOn as error:
                view.refused.append((alert, str(error)))
            except Alert.DoesNotExist:
                gone += 1
        return len(objects) - len(view.refused) - gone, len(view.refused)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        with_words = Alert.objects.with_words()
        alerts = with_words.in_bulk([item["item"].pk for item in context["items"]]) if self.on else {}
        for item in context["items"]:
            alert = alerts.get(item["item"].pk)
            item["obstacles"] = alert.obstacles if alert is not None else []
        return context | {"on": self.on, "title": self.display_name}

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str | None:
        for alert, why in self.refused:
            text = _("“%(name)s” can't be switched on. %(why)s") % {"name": alert.name, "why": why}
            messages.warning(self.request, text)
        return self.in_words(num_parent_objects) if num_parent_objects else None

    def in_words(self, count: int) -> str:
        """How many alerts are so now."""
        raise NotImplementedError


class SwitchOnBulkAction(SwitchBulkAction):
    display_name = gettext_lazy("Switch on")
    aria_label = gettext_lazy("Switch on the selected alerts")
    action_type = "switch_on"
    action_priority = 10
    on = True

    def in_words(self, count: int) -> str:
        return ngettext("%(count)d alert is on.", "%(count)d alerts are on.", count) % {"count": count}


class SwitchOffBulkAction(SwitchBulkAction):
    display_name = gettext_lazy("Switch off")
    aria_label = gettext_lazy("Switch off the selected alerts")
    action_type = "switch_off"
    action_priority = 20
    on = False

    def in_words(self, count: int) -> str:
        return ngettext("%(count)d alert is off.", "%(count)d alerts are off.", count) % {"count": count}


class AlertDeleteBulkAction(OfPermittedAlerts, DeleteBulkAction):
    """Wagtail's own, which writes no history of its own and knows the permission for alerts in general only."""

    models = [Alert]
    action = "delete"
    aria_label = gettext_lazy("Delete the selected alerts")

    @classmethod
    def execute_action(cls, objects: Sequence[Alert], user: Any = None, **kwargs: Any) -> tuple[int, int]:
        for alert in objects:
            log(instance=alert, action="wagtail.delete", user=kwargs["self"].request.user, deleted=True)
            # A copy: Django takes the key away from what it has deleted, and Wagtail's hooks still ask for it.
            Alert.objects.filter(pk=alert.pk).delete()
        return len(objects), 0
