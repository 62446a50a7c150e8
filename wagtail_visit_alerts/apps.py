"""The Django app: connects system checks and signal receivers, nothing else."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitAlertsConfig(AppConfig):
    name = "wagtail_visit_alerts"
    label = "wagtail_visit_alerts"
    verbose_name = _("Visit alerts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail_visit_alerts import checks, receivers

        checks.register_all()
        receivers.connect_all()
