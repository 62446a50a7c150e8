"""Notification: one alert raised for one contact by one match."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.match import Match
from wagtail_visit_alerts.models.primary import PrimaryManager


class Notification(models.Model):
    """Goes to one or more recipients: its deliveries. Outlives its alert."""

    match = models.OneToOneField(Match, on_delete=models.CASCADE, related_name="notification")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="notifications")
    alert_name = models.CharField(_("alert name"), max_length=255)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    raised_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["alert", "raised_at"], name="visit_alerts_ntf_alert"),
            # The delivery log: the latest of all, and the latest about a contact.
            models.Index(fields=["raised_at"], name="visit_alerts_ntf_raised"),
            models.Index(fields=["contact", "raised_at"], name="visit_alerts_ntf_contact"),
        ]

    def __str__(self) -> str:
        return f"Notification {self.pk}"
