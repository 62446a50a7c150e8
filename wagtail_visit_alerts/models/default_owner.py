"""DefaultOwner: who becomes the owner of contacts that come in by a site or a form page."""

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models.primary import PrimaryManager


class DefaultOwner(models.Model):
    """Exactly one of site and form page is set; the form page's wins. Only new contacts without an owner get one."""

    site = models.OneToOneField(
        Site,
        verbose_name=_("site"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    form_page = models.OneToOneField(
        PAGE_MODEL,
        verbose_name=_("form page"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    owner = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="+",
    )

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("default owner")
        verbose_name_plural = _("default owners")

    def __str__(self) -> str:
        return str(self.form_page or self.site)
