"""DailyActivity: how active one contact was on the site on one day; read in place of their page views."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager


class DailyActivity(models.Model):
    """Made from the contact's page views. Days are those of the cap's time zone; goes with its contact."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="daily_activities", db_index=False
    )
    day = models.DateField()
    #: Visits that began on this day.
    visits = models.PositiveIntegerField(default=0)
    #: Page views that were entered on this day, and for how long they were in view, in seconds.
    page_views = models.PositiveIntegerField(default=0)
    engaged_seconds = models.PositiveIntegerField(default=0)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("daily activity")
        verbose_name_plural = _("daily activities")
        constraints = [
            models.UniqueConstraint(fields=["contact", "day"], name="visit_alerts_activity_once"),
        ]
        indexes = [models.Index(fields=["day", "contact"], name="visit_alerts_activity_day")]

    def __str__(self) -> str:
        return f"{self.day}: contact {self.contact_id}"
