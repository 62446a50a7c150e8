"""TestVisit: somebody tries an alert on the site, as a contact would; only they are told."""

import uuid
from datetime import timedelta

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager

#: How long a test visit may go on.
MAX_AGE = timedelta(hours=1)


class TestVisit(models.Model):
    """Its token marks the messages of one browser tab; nothing of it is recorded as a page view."""

    __test__ = False  # no test, whatever pytest thinks of the name

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tester = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    #: The alert to try as it stands in the wizard (``Alert.serializable_data()``); none: all that are on.
    alert_data = models.JSONField(null=True)
    started_at = models.DateTimeField()
    #: What became of each page of the visit, the latest last, in words and with its time.
    findings = models.JSONField(default=list)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("test visit")
        verbose_name_plural = _("test visits")

    def __str__(self) -> str:
        return str(self.token)
