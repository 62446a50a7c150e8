"""Switches an alert on or off from anywhere but the wizard, and writes it to the alert's history."""

from typing import Any

from wagtail.log_actions import log

from wagtail_visit_alerts.admin.log_actions import SWITCH_OFF, SWITCH_ON
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.models.primary import atomic


class CannotBeOn(VisitAlertsError):
    """The alert could raise nothing; ``alert`` is as it is now, and the text says why."""

    def __init__(self, alert: Alert, obstacles: list[str]) -> None:
        super().__init__(" ".join(obstacles))
        self.alert = alert


def switch(alert: Alert, *, on: bool, user: Any) -> bool:
    """Switch an alert; gives whether it was not so already. The permission is the caller's to check.

    Raises ``CannotBeOn``, and ``Alert.DoesNotExist`` for one that was deleted meanwhile. Writes; locks the alert.
    """
    with atomic():
        current = Alert.objects.select_for_update().get(pk=alert.pk)
        if current.is_on == on:
            return False
        if on and (obstacles := current.obstacles):
            raise CannotBeOn(current, obstacles)
        current.is_on = on
        current.save(update_fields=["is_on", "updated_at"])
        log(instance=current, action=SWITCH_ON if on else SWITCH_OFF, user=user, content_changed=True)
    return True
