"""Taking: a reader of an alert has said "I'm on it"."""

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH
from wagtail_visit_alerts.models.notification import Notification
from wagtail_visit_alerts.models.primary import PrimaryManager


class Taking(models.Model):
    """The first reader of a notification who took its contact; later ones are told who that was."""

    notification = models.OneToOneField(Notification, on_delete=models.CASCADE, related_name="taking")
    #: Empty for an address in CC.
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    email = models.EmailField(max_length=MAX_EMAIL_LENGTH)
    taken_at = models.DateTimeField(db_index=True)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("taking of a contact")
        verbose_name_plural = _("takings of contacts")

    def __str__(self) -> str:
        return f"Taking {self.pk}"
