"""SubmittedForm: a contact has submitted a form of the site. What they typed stays with the form."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager


class SubmittedForm(models.Model):
    """By its page, or by the name that the site's own code gives it."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="submitted_forms", db_index=False
    )
    page = models.ForeignKey(PAGE_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    submitted_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("submitted form")
        verbose_name_plural = _("submitted forms")
        indexes = [models.Index(fields=["contact", "submitted_at"], name="visit_alerts_form_contact")]

    def __str__(self) -> str:
        return f"Submitted form {self.pk}"

    @property
    def title(self) -> str:
        """The page's title, or the form's name; empty where neither is known any more."""
        return self.page.title if self.page else self.name
