"""The form of a contact in the admin."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from wagtail_visit_alerts.models import Contact


class ContactForm(WagtailAdminModelForm):
    """Refuses an address that another contact has, whatever its spelling."""

    class Media:
        # Wagtail's field for tags makes an input that no label is for.
        js = ["wagtail_visit_alerts/admin/tag-labels.js"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tags" in self.fields:
            self.fields["tags"].help_text = _("Separated by commas.")  # taggit's own is in English only

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Contact.objects.with_email(email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another contact has this e-mail address already."), code="unique")
        return email
