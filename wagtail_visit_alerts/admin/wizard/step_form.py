"""What the forms of the wizard's steps have in common.

Each form is made of an alert and a user, validates its own step, and writes its answers into the alert with
``apply_to``; nothing is saved here.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_noop

from wagtail_visit_alerts.models import Alert

# Wagtail's own words, beside the message that a step has errors: its Polish lacks them, ours does not.
gettext_noop("Go to the first error")


class StepForm(forms.Form):
    """A step of the wizard; ``data`` is what was typed, none before anything was."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, alert: Alert, user: Any, **kwargs: Any
    ) -> None:
        self.alert, self.user = alert, user
        super().__init__(data, initial=self.initial_of(alert, user=user), **kwargs)

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        """The answers that the alert stands for."""
        raise NotImplementedError

    def apply_to(self, alert: Alert) -> None:
        """Write the answers into the alert, in memory. The form must be valid."""
        raise NotImplementedError
