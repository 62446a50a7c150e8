"""WizardRun: one run of the alert wizard, kept in the database until it is saved or left for too long."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.primary import PrimaryManager, atomic
from wagtail_visit_alerts.models.test_visit import TestVisit

#: How long a run that nobody touches is kept, and one in which nothing was ever entered.
MAX_AGE = timedelta(days=30)
MAX_AGE_UNTOUCHED = timedelta(days=1)


class WizardRunQuerySet(models.QuerySet["WizardRun"]):
    def abandoned(self, now: datetime) -> "WizardRunQuerySet":
        """The runs that nobody has touched for 30 days, saved or not; for a day, where nothing was entered."""
        untouched = models.Q(is_touched=False, saved_at=None, updated_at__lt=now - MAX_AGE_UNTOUCHED)
        return self.filter(models.Q(updated_at__lt=now - MAX_AGE) | untouched)

    def unfinished(self, author: Any) -> "WizardRunQuerySet":
        """The runs in which an author has entered something that is not saved, the latest first."""
        return self.filter(author=author.pk, saved_at=None, is_touched=True).order_by("-updated_at")


WizardRunManager = PrimaryManager.from_queryset(WizardRunQuerySet)


class WizardRun(models.Model):
    """What an author has entered so far; its token stands in the URL, so tabs and sessions never mix."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: The alert being edited; none for a new one until it is saved.
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="wizard_runs")
    #: The version of the alert that the run began with: another one since means that somebody else saved.
    #: None for a new alert. Set without an alert: somebody has deleted the alert since.
    alert_version = models.PositiveIntegerField(null=True)
    #: What was typed in each step, by the step's name: field name -> list of values, as the step's form posts it.
    steps = models.JSONField(default=dict)
    #: Whether a person has entered anything; what the run began with is none of it.
    is_touched = models.BooleanField(default=False)
    #: The alert that a new one is a copy of.
    copied_from = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="+")
    #: The latest one that was begun on the summary.
    test_visit = models.ForeignKey(TestVisit, null=True, on_delete=models.SET_NULL, related_name="+")
    #: When the alert was saved. The row stays, empty, so that a second click finds the alert and not an error.
    saved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WizardRunManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("run of the wizard")
        verbose_name_plural = _("runs of the wizard")

    def __str__(self) -> str:
        return str(self.token)

    def store(self, step: str, data: dict[str, list[str]]) -> None:
        """Keep what was typed in one step, valid or not, without touching another tab's steps. Locks the row."""
        with atomic():
            row = type(self).objects.select_for_update().get(pk=self.pk)
            row.is_touched = row.is_touched or row.steps.get(step) != data
            row.steps[step] = data
            row.save(update_fields=["steps", "is_touched", "updated_at"])
        self.steps, self.is_touched = row.steps, row.is_touched

    def note_test_visit(self, test_visit: TestVisit) -> None:
        """Keep which test visit was begun last. Writes the row."""
        self.test_visit = test_visit
        self.save(update_fields=["test_visit"])

    def claim(self, *, now: datetime) -> bool:
        """Take the right to save the alert; only the first of two simultaneous callers gets it.

        Call it first in the transaction that saves: the update holds the row, on every database, until its end.
        """
        claimed = type(self).objects.filter(pk=self.pk, saved_at=None).update(saved_at=now, updated_at=now)
        return bool(claimed)

    def close(self, *, alert: Alert, now: datetime) -> None:
        """Say which alert the run has become, and forget what was typed. Writes the row."""
        self.alert, self.steps, self.saved_at = alert, {}, now
        self.save(update_fields=["alert", "steps", "saved_at", "updated_at"])

    @property
    def name_so_far(self) -> str:
        """The alert's name as far as it was typed; empty before."""
        return " ".join(" ".join(self.steps.get("name", {}).get("name", [])[-1:]).split())

    @property
    def is_new(self) -> bool:
        """Whether the run makes an alert, rather than changing one."""
        return self.alert_version is None

    @property
    def alert_was_deleted(self) -> bool:
        """Whether somebody has deleted the alert that this run changes."""
        return self.alert_version is not None and self.alert_id is None

    def start_over_as_new(self) -> None:
        """Keep what was typed, and make a new alert of it in the end. Writes the row."""
        self.alert_version = None
        self.save(update_fields=["alert_version", "updated_at"])
