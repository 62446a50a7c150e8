"""The end of the wizard: a run becomes an alert, once.

Takes a draft, gives the saved alert; the run is claimed first, so of two clicks only one saves. Everything, the
entry in Wagtail's history included, is one transaction.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry

from wagtail_visit_alerts.admin.log_actions import COPY
from wagtail_visit_alerts.admin.wizard.draft import Draft
from wagtail_visit_alerts.admin.wizard.steps import LAST
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Alert, Loss, WizardRun
from wagtail_visit_alerts.models.primary import atomic


class StepUnfinished(VisitAlertsError):
    """A step is not, or no longer, filled in validly; ``slug`` says which."""

    def __init__(self, slug: str) -> None:
        super().__init__(_("Something in this step needs your attention before the alert can be saved."))
        self.slug = slug


class ChangedMeanwhile(VisitAlertsError):
    """Somebody else has saved the alert since the run began; ``version`` is what they made of it."""

    def __init__(self, alert: Alert) -> None:
        self.version = alert.version
        entry = log_registry.get_logs_for_instance(alert).order_by("-timestamp").first()
        who = entry.user_display_name if entry else ""
        if who:
            text = _("%(who)s has changed this alert since you began. Nothing of yours is saved yet.") % {
                "who": who
            }
        else:
            text = _("Somebody has changed this alert since you began. Nothing of yours is saved yet.")
        super().__init__(text)


class AlreadySaved(VisitAlertsError):
    """The run has been saved before, by the first of two clicks."""


def save_run(run: WizardRun, *, user: Any, now: datetime, overwriting: int | None = None) -> Alert:
    """Make the alert of a run, write it and its history, and close the run; or change nothing.

    ``overwriting`` is the version that the user has agreed to replace, if somebody else saved in the meantime.
    Raises ``AlreadySaved``, ``ChangedMeanwhile`` and ``StepUnfinished``. Writes; locks the run and the alert.
    """
    with atomic():
        if not run.claim(now=now):
            raise AlreadySaved(_("This alert has already been saved."))
        run.refresh_from_db()
        if run.alert_id is not None:
            current = Alert.objects.select_for_update().get(pk=run.alert_id)
            if current.version not in (run.alert_version, overwriting):
                raise ChangedMeanwhile(current)
        draft = Draft(run, user=user)
        if draft.first_unfinished != LAST:
            raise StepUnfinished(draft.first_unfinished)
        alert = draft.build()
        alert.save()
        Loss.objects.open().filter(alert=alert).update(mended_at=now)
        log(instance=alert, user=user, content_changed=True, **_what_was_done(run))
        run.close(alert=alert, now=now)
    return alert


def _what_was_done(run: WizardRun) -> dict[str, Any]:
    """The entry in the alert's history."""
    if not run.is_new:
        return {"action": "wagtail.edit"}
    if run.copied_from is None:
        return {"action": "wagtail.create"}
    return {"action": COPY, "data": {"source": {"id": run.copied_from_id, "name": run.copied_from.name}}}
