"""Mute: a recipient does not want an alert, about one contact or at all, for some time or for good."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH
from wagtail_visit_alerts.models.primary import PrimaryManager

if TYPE_CHECKING:
    from wagtail_visit_alerts.models.notification import Notification


class MuteQuerySet(models.QuerySet["Mute"]):
    def lasting(self, now: datetime) -> "MuteQuerySet":
        """Those that are not over yet."""
        return self.filter(Q(until=None) | Q(until__gt=now))

    def of_notification(self, notification: "Notification") -> "MuteQuerySet":
        """Those that concern an alert about a contact."""
        about = Q(contact=None) | Q(contact=notification.contact_id)
        return self.filter(about, alert=notification.alert_id)


MuteManager = PrimaryManager.from_queryset(MuteQuerySet)


class Mute(models.Model):
    """Asked for from an e-mail; ended by deleting it."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="mutes")
    #: Empty: whoever the alert is about.
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="mutes")
    #: Empty for an address in CC.
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    email = models.EmailField(_("e-mail address"), max_length=MAX_EMAIL_LENGTH)
    email_key = models.CharField(max_length=MAX_EMAIL_LENGTH, editable=False)
    #: Empty: for good.
    until = models.DateTimeField(_("until"), null=True)
    made_at = models.DateTimeField()

    objects = MuteManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        indexes = [models.Index(fields=["email_key", "alert"], name="visit_alerts_mute_of")]

    def __str__(self) -> str:
        return f"Mute {self.pk}"
