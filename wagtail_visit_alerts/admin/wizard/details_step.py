"""The wizard's step 4: who gets the alert, what stands in it, and what it carries."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_visit_alerts.admin.wizard.attachment_fields import AttachmentForm
from wagtail_visit_alerts.admin.wizard.description_field import DescriptionField
from wagtail_visit_alerts.admin.wizard.recipients_fields import RecipientsForm
from wagtail_visit_alerts.models import Alert


class DetailsForm(RecipientsForm, AttachmentForm):
    """Step 4: recipients, description and attachment."""

    description = DescriptionField(
        label=pgettext_lazy("of an alert", "Description"),
        required=False,
        help_text=_(
            "Shown at the top of the alert. Write when the alert is sent and what the reader should do, "
            "such as “Sent when a contact opens the price list. Call within the hour.”"
        ),
    )

    class Media:
        css = {"all": ["wagtail_visit_alerts/admin/summary.css", "wagtail_visit_alerts/admin/details.css"]}
        js = [
            "wagtail_visit_alerts/admin/chip_list.js",
            "wagtail_visit_alerts/admin/chips.js",
            "wagtail_visit_alerts/admin/live_check.js",
            "wagtail_visit_alerts/admin/attachment.js",
        ]

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {
            **RecipientsForm.initial_of(self, alert, user=user),
            **AttachmentForm.initial_of(self, alert, user=user),
            "description": alert.description,
        }

    def apply_to(self, alert: Alert) -> None:
        RecipientsForm.apply_to(self, alert)
        AttachmentForm.apply_to(self, alert)
        alert.description = self.cleaned_data["description"]
