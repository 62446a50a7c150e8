"""Match: a page view that satisfies a monitored page of an alert, and its outcome; Slot: one use of the cap."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.monitored_page import MonitoredPage
from wagtail_visit_alerts.models.page_view import PageView
from wagtail_visit_alerts.models.primary import PrimaryManager


class Outcome(models.TextChoices):
    """What came of a match."""

    RAISED = "raised", _("raised")
    CAPPED = "capped", _("held back by the cap")
    NOBODY = "nobody", _("nobody to tell")


class Match(models.Model):
    """One per page view and alert, however many rows of the alert are satisfied."""

    page_view = models.ForeignKey(PageView, null=True, on_delete=models.SET_NULL, related_name="matches")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="matches")
    monitored_page = models.ForeignKey(MonitoredPage, null=True, on_delete=models.SET_NULL, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="matches", db_index=False)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    happened_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(fields=["page_view", "alert"], name="visit_alerts_match_once"),
            models.CheckConstraint(
                name="visit_alerts_match_outcome", condition=models.Q(outcome__in=Outcome.values)
            ),
        ]
        indexes = [
            models.Index(fields=["alert", "happened_at"], name="visit_alerts_match_alert"),
            # Which contacts' page views came to something on one day, and to what: daily totals are made from these.
            models.Index(fields=["happened_at"], name="visit_alerts_match_happened"),
            models.Index(fields=["contact", "happened_at"], name="visit_alerts_match_contact"),
        ]

    def __str__(self) -> str:
        return f"Match {self.pk}"


class Slot(models.Model):
    """The right to raise an alert about a contact once more in a period; the database keeps it unique."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="slots", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="slots")
    #: The period's name: "2026-11-24", "2026-W48" or "2026-11".
    period = models.CharField(max_length=10)
    number = models.PositiveSmallIntegerField()
    match = models.OneToOneField(Match, on_delete=models.CASCADE, related_name="slot")
    taken_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "contact", "period", "number"], name="visit_alerts_slot_once"
            ),
            models.CheckConstraint(name="visit_alerts_slot_number", condition=models.Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.period} #{self.number}"
