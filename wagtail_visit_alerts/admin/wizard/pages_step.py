"""The wizard's step 2 as one form: the rows, when their time is up, and which contacts the alert is about.

Each part validates itself and writes its own answers into the alert; the step is valid when all of them are.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.admin.wizard import page_tester
from wagtail_visit_alerts.admin.wizard.contact_limits import ContactLimitsForm
from wagtail_visit_alerts.admin.wizard.known_fields import OneOfField
from wagtail_visit_alerts.admin.wizard.monitored_pages import MonitoredPagesFormSet
from wagtail_visit_alerts.admin.wizard.recent_page_views import latest_urls
from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.models import Alert, Clock

#: The name under which the browser posts the URL to try; kept with the answers, part of none.
TRIED_URL = "tried_url"


class ClockForm(StepForm):
    """Part of step 2: when the minimum time of its rows is up."""

    clock = OneOfField(label=_("When is the time up?"), choices=Clock.choices, default=Clock.MOVED_ON.value)

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {"clock": alert.clock}

    def apply_to(self, alert: Alert) -> None:
        alert.clock = self.cleaned_data["clock"]


class PagesForm:
    """Step 2. Has what the wizard asks of any step's form."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, alert: Alert, user: Any) -> None:
        self.alert, self.user, self.data = alert, user, data or {}
        self.is_bound = data is not None
        self.rows = MonitoredPagesFormSet(data, alert=alert)
        self.clock = ClockForm(data, alert=alert, user=user)
        self.contacts = ContactLimitsForm(data, alert=alert, user=user)
        self.parts = (self.rows, self.clock, self.contacts)

    def is_valid(self) -> bool:
        """Whether every part is valid; each is asked, so that all errors are shown at once."""
        return all([part.is_valid() for part in self.parts])  # noqa: C419  # all of them, not up to the first

    def has_changed(self) -> bool:
        """Whether anything differs from what the step shows at first."""
        return any(part.has_changed() for part in self.parts)

    @property
    def media(self) -> forms.Media:
        folder = "wagtail_visit_alerts/admin"
        own = forms.Media(
            css={"all": [f"{folder}/pages.css"]},
            js=[f"{folder}/{name}.js" for name in ("live_check", "chip_list", "tag_picker")],
        )
        return self.rows.empty_form.media + self.contacts.media + own

    def apply_to(self, alert: Alert) -> None:
        """Write the answers into the alert, in memory. The step must be valid."""
        for part in self.parts:
            part.apply_to(alert)

    @property
    def tried_url(self) -> str:
        """The URL that was typed to be tried."""
        return str(self.data.get(TRIED_URL, ""))

    def as_far_as_valid(self) -> Alert:
        """An alert in memory of what is valid so far: rows without errors, and limits and clock if they have none."""
        alert = Alert(author=self.user)
        for part in self.parts:
            if part is self.rows:
                alert.monitored_pages = [row for _number, row in self.rows.valid_rows]
            elif part.is_bound and part.is_valid():
                part.apply_to(alert)
        return alert

    @cached_property
    def check(self) -> page_tester.Check:
        """What the live tester says of the step as it is now; its hints are then at the rows."""
        check = page_tester.check(self, now=timezone.now())
        for row in self.rows:
            row.hint = check.hints.get(row.prefix)
        return check

    @cached_property
    def latest_urls(self) -> list[str]:
        """URLs to choose one to try."""
        return latest_urls(self.user)
