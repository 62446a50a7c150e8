"""ContactNote: what a colleague has written down about a contact."""

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager


class ContactNote(models.Model):
    """Plain text, shown on the contact's page, the latest first. Goes with its contact."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="notes", db_index=False)
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(_("note"), max_length=5000)
    written_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["contact", "written_at"], name="visit_alerts_note_contact")]

    def __str__(self) -> str:
        return f"Note {self.pk}"
