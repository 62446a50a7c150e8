"""Which alerts an overview is of: by group, author and status; offers nothing of alerts that the user may not see."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_visit_alerts.admin.filters import UserChoiceField, authors_of_alerts
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import alerts_for


class AlertsForm(forms.Form):
    """The choice of alerts; all where nothing is chosen."""

    group = forms.ChoiceField(label=pgettext_lazy("of alerts", "Group"), required=False)
    author = UserChoiceField(
        label=gettext_lazy("Author"),
        queryset=None,
        required=False,
        empty_label=pgettext_lazy("authors of alerts", "All"),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[
            ("", pgettext_lazy("status of an alert", "All")),
            ("on", pgettext_lazy("status of an alert", "ON")),
            ("off", pgettext_lazy("status of an alert", "OFF")),
        ],
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET)
        self._alerts = alerts_for(request.user)  # type: ignore[arg-type]  # behind the admin's login
        groups = self._alerts.exclude(group="").order_by("group").values_list("group", flat=True).distinct()
        fields: dict[str, Any] = self.fields
        fields["group"].choices = [
            ("", pgettext_lazy("groups of alerts", "All")),
            *((name, name) for name in groups),
        ]
        fields["author"].queryset = authors_of_alerts(request)

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen; nonsense counts as nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def alerts(self) -> QuerySet[Alert]:
        """The alerts that were chosen of those that the user may see."""
        alerts, chosen = self._alerts, self.chosen
        if "group" in chosen:
            alerts = alerts.filter(group=chosen["group"])
        if "author" in chosen:
            alerts = alerts.filter(author=chosen["author"])
        if "status" in chosen:
            alerts = alerts.filter(is_on=chosen["status"] == "on")
        return alerts
