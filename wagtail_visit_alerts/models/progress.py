"""Progress: how far a piece of work has come that goes on from sweep to sweep."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.primary import PrimaryManager


class Progress(models.Model):
    """One row for each piece of work, by its name; what the numbers and the time mean is for that work to say."""

    name = models.CharField(max_length=64, unique=True)
    #: Rows up to this id are done.
    last_id = models.BigIntegerField(default=0)
    #: What happened before this is done.
    done_until = models.DateTimeField(null=True)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("progress")
        verbose_name_plural = _("progress")

    def __str__(self) -> str:
        return self.name
