"""What a user sets for themselves on Wagtail's account page; for the hook ``register_account_settings_panel``."""

from typing import Any

from django.utils.translation import gettext_lazy
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab

from wagtail_visit_alerts.admin.preferences_forms import AbsenceForm, SendingForm
from wagtail_visit_alerts.admin.views.absences import log_absence
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.alert import ADD_ALERT
from wagtail_visit_alerts.models.contact import VIEW_ANY, VIEW_OWN


def may_be_told(user: Any) -> bool:
    """Whether a user could be a recipient of alerts: others are not asked about them."""
    return (
        any(map(user.has_perm, (VIEW_ANY, VIEW_OWN, ADD_ALERT))) or Contact.objects.filter(owner=user).exists()
    )


class SendingPanel(BaseSettingsPanel):
    """How often and when the user gets e-mails."""

    name = "visit_alerts_sending"
    title = gettext_lazy("Visit alerts: when")
    tab = notifications_tab
    order = 200
    form_class = SendingForm

    def is_active(self) -> bool:
        return may_be_told(self.user)


class OwnAbsenceForm(AbsenceForm):
    """An absence that users enter for themselves."""

    def save(self, commit: bool = True) -> Any:
        preferences = super().save(commit)
        if self.changed_data:
            log_absence(self.user, by=self.user)
        return preferences


class AbsencePanel(BaseSettingsPanel):
    """When the user is away, and who is told then."""

    name = "visit_alerts_absence"
    title = gettext_lazy("Visit alerts: absence")
    tab = notifications_tab
    order = 210
    form_class = OwnAbsenceForm

    def is_active(self) -> bool:
        return may_be_told(self.user)
