"""The wizard's step 5: what the alert amounts to, and whether it is raised from now on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import SwitchInput

from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.models import Alert


class SummaryForm(StepForm):
    """Step 5: whether the alert is raised from now on."""

    is_on = forms.BooleanField(
        label=_("Activate the alert"),
        required=False,
        widget=SwitchInput,
        help_text=_("An alert that is off watches nothing. You can switch it at any time."),
    )

    class Media:
        css = {"all": ["wagtail_visit_alerts/admin/summary.css"]}
        js = ["wagtail_visit_alerts/admin/sample.js"]

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {"is_on": alert.is_on}

    def apply_to(self, alert: Alert) -> None:
        alert.is_on = self.cleaned_data["is_on"]
