"""UnmetMinimum: a contact's page view on a monitored page that ended before the minimum time had counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.page_view import PageView
from wagtail_visit_alerts.models.primary import PrimaryManager


class UnmetMinimum(models.Model):
    """No match: kept so that analytics can say how often an alert was nearly raised. One per page view and alert."""

    class Kind(models.TextChoices):
        """How the page view ended."""

        TOO_SHORT = "short", _("moved on before the minimum time")
        #: Or the site was left. Where an alert waits for moving on, however long the page had been open.
        CLOSED = "closed", _("closed before the minimum time had counted")

    page_view = models.ForeignKey(PageView, null=True, on_delete=models.SET_NULL, related_name="unmet_minimums")
    alert = models.ForeignKey(
        Alert, null=True, on_delete=models.SET_NULL, related_name="unmet_minimums", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="unmet_minimums", db_index=False
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    #: When the page was entered.
    happened_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("unmet minimum time")
        verbose_name_plural = _("unmet minimum times")
        constraints = [
            models.UniqueConstraint(fields=["page_view", "alert"], name="visit_alerts_unmet_once"),
            models.CheckConstraint(
                name="visit_alerts_unmet_kind", condition=models.Q(kind__in=["short", "closed"])
            ),
        ]
        indexes = [
            models.Index(fields=["alert", "happened_at"], name="visit_alerts_unmet_alert"),
            models.Index(fields=["happened_at"], name="visit_alerts_unmet_happened"),
            models.Index(fields=["contact", "happened_at"], name="visit_alerts_unmet_contact"),
        ]

    def __str__(self) -> str:
        return f"Unmet minimum {self.pk}"
