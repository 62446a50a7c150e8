"""The wizard's step 3: how often the alert may be raised about one contact."""

from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.models import Alert, Period
from wagtail_visit_alerts.models.alert import MAX_TIMES

EXACTLY = "exactly"


def _out_of_range() -> str:
    return gettext("Enter a whole number from 1 to %(limit)d.") % {"limit": MAX_TIMES}


# A lazy text filled in with % is no longer lazy: it stays in the language of the import.
_OUT_OF_RANGE = lazy(_out_of_range, str)()


class FrequencyForm(StepForm):
    """Step 3: how often the alert may be raised about one contact."""

    class Media:
        js = ["wagtail_visit_alerts/admin/live_check.js"]

    how_often = forms.ChoiceField(
        label=_("How often"),
        choices=[
            (Period.DAY.value, _("once a day")),
            (Period.WEEK.value, _("once a week")),
            (Period.MONTH.value, _("once a month")),
            (EXACTLY, _("Choose exactly")),
        ],
        widget=forms.RadioSelect,
        help_text=_("At most this often about the same contact; every other contact counts for themselves."),
        error_messages={"required": _("Choose how often the alert may be sent.")},
    )
    times = forms.IntegerField(
        label=_("Times"),
        required=False,
        min_value=1,
        max_value=MAX_TIMES,
        error_messages={
            "invalid": _OUT_OF_RANGE,
            "min_value": _OUT_OF_RANGE,
            "max_value": _OUT_OF_RANGE,
        },
    )
    period = forms.ChoiceField(label=_("Period"), required=False, choices=Period.choices)

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        once = alert.cap_times == 1
        return {
            "how_often": alert.cap_period if once else EXACTLY,
            "times": alert.cap_times,
            "period": alert.cap_period,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how_often") != EXACTLY:
            # What the hidden fields hold does not count, and must not keep anybody here.
            self.errors.pop("times", None)
            self.errors.pop("period", None)
            return cleaned
        for name in ("times", "period"):
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, self.fields[name].error_messages.get("invalid") or _("Choose a period."))
        return cleaned

    @property
    def sentence(self) -> str:
        """The answers as a sentence; empty while they have errors."""
        alert = Alert(cap_times=self.alert.cap_times, cap_period=self.alert.cap_period)
        if self.is_bound:
            if not self.is_valid():
                return ""
            self.apply_to(alert)
        return alert.frequency_sentence

    def apply_to(self, alert: Alert) -> None:
        chosen = self.cleaned_data["how_often"]
        exactly = chosen == EXACTLY
        alert.cap_times = self.cleaned_data["times"] if exactly else 1
        alert.cap_period = self.cleaned_data["period"] if exactly else chosen
