"""Destination: where alerts are sent beside e-mail, such as a webhook or a chat room; AlertDestination: by which."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.primary import PrimaryManager


class Destination(models.Model):
    """Set up once by whoever may, chosen in alerts by its name: editors see neither its address nor its secret."""

    name = models.CharField(_("name"), max_length=255)
    #: The name under which the channel is registered; ``delivering.channels`` knows them.
    channel = models.CharField(_("channel"), max_length=20)
    #: A web address, or what the channel understands as one; it may hold a secret.
    address = models.TextField(_("address"))
    #: With which messages are signed, where the channel signs them.
    secret = models.CharField(_("secret"), max_length=255, blank=True)
    is_on = models.BooleanField(_("on"), default=True)
    #: Language code and time zone of its texts; empty: those of the site.
    language = models.CharField(_("language"), max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """What a delivery to it has in place of an address: no address looks like it."""
        return f"destination:{self.pk}"


class AlertDestination(models.Model):
    """An alert is sent to a destination."""

    alert = ParentalKey(Alert, on_delete=models.CASCADE, related_name="destinations")
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="alerts")

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("destination of an alert")
        verbose_name_plural = _("destinations of alerts")
        constraints = [
            models.UniqueConstraint(fields=["alert", "destination"], name="visit_alerts_destination_once")
        ]

    def __str__(self) -> str:
        return self.destination.name
