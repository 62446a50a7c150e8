"""WizardRun: one run of the alert wizard, kept in the database until it is saved or discarded."""

import uuid

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert


class WizardRun(models.Model):
    """What an author has entered so far; its token stands in the URL, so tabs and sessions never mix."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: The alert being edited; none for a new one.
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="wizard_runs")
    #: The version of the alert that the run began with: another one since means that somebody else saved.
    alert_version = models.PositiveIntegerField(null=True)
    #: The data of each finished step by its name, as the step's form posts it.
    steps = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("run of the wizard")
        verbose_name_plural = _("runs of the wizard")

    def __str__(self) -> str:
        return str(self.token)
