"""MonthlyTotal: the daily totals of one alert in one month together, so that a year is read at once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.primary import PrimaryManager


class MonthlyTotal(models.Model):
    """Made from the daily totals of a month that is over. Where a month has none, its daily totals say the same."""

    #: The first day of the month.
    month = models.DateField()
    #: None once the alert is deleted.
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="monthly_totals")
    #: As in ``DailyTotal``, of all contacts together.
    matched = models.PositiveIntegerField(default=0)
    raised = models.PositiveIntegerField(default=0)
    capped = models.PositiveIntegerField(default=0)
    nobody = models.PositiveIntegerField(default=0)
    too_short = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    #: How often the contact that raised it most on one day did so.
    most_in_a_day = models.PositiveIntegerField(default=0)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("monthly total")
        verbose_name_plural = _("monthly totals")
        indexes = [models.Index(fields=["month", "alert"], name="visit_alerts_month_alert")]

    def __str__(self) -> str:
        return f"{self.month}: alert {self.alert_id}"
