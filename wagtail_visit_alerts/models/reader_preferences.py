"""ReaderPreferences: when a user wants to be told, how often, and who is told while they are away."""

from datetime import date

from django.conf import settings as django_settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.primary import PrimaryManager

WEEKDAYS = (1, 2, 3, 4, 5, 6, 7)


class Pace(models.TextChoices):
    """How often a recipient gets e-mails."""

    AT_ONCE = "at_once", _("at once, an e-mail for each visit")
    HOURLY = "hourly", _("once an hour, all in one e-mail")
    DAILY = "daily", _("once a day, all in one e-mail")


class ReaderPreferences(models.Model):
    """One row for each user who has chosen something else than the site's defaults."""

    user = models.OneToOneField(
        django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visit_alerts_preferences"
    )
    pace = models.CharField(_("how often"), max_length=7, choices=Pace.choices, default=Pace.AT_ONCE)
    #: Sending hours in the user's own time zone; both empty: the site's.
    hours_from = models.TimeField(_("from"), null=True, blank=True)
    hours_until = models.TimeField(_("until"), null=True, blank=True)
    #: ISO numbers of weekdays, Monday is 1; empty: those of the site.
    days = models.JSONField(_("days"), default=list, blank=True)
    #: First and last day of an absence, in the user's own time zone.
    away_from = models.DateField(_("away from"), null=True, blank=True)
    away_until = models.DateField(_("away until"), null=True, blank=True)
    deputy = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("deputy"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("preferences of a recipient")
        verbose_name_plural = _("preferences of recipients")
        constraints = [
            models.CheckConstraint(
                name="visit_alerts_preferences_away",
                condition=Q(away_from__isnull=True)
                | Q(away_until__isnull=True)
                | Q(away_from__lte=F("away_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"Preferences {self.pk}"

    @property
    def has_absence(self) -> bool:
        """Whether an absence has been entered, of any time."""
        return self.away_from is not None or self.away_until is not None

    def is_away_on(self, day: date) -> bool:
        """Whether the user is away on a day of their own calendar; an absence may have no end."""
        if not self.has_absence:
            return False
        begun = self.away_from is None or self.away_from <= day
        return begun and (self.away_until is None or day <= self.away_until)
