"""ContactImport: a file of contacts that was uploaded and is looked through before it is imported."""

import uuid
from datetime import timedelta

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.primary import PrimaryManager

#: How long a file is kept that nobody imports: it holds personal data.
MAX_AGE = timedelta(days=1)


class ContactImport(models.Model):
    """Kept between the dry run and the import; from then on the content is only the lines with errors."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=255)
    content = models.TextField()
    #: What the author chose for the import, as its form keeps it.
    options = models.JSONField(default=dict)
    #: How far it has come and what came of its lines, as ``importing.Progress`` keeps it.
    outcome = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("import of contacts")
        verbose_name_plural = _("imports of contacts")

    def __str__(self) -> str:
        return self.file_name
