"""Delivery: one notification to one recipient, with its own status and attempts."""

import uuid
from datetime import datetime

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH
from wagtail_visit_alerts.models.notification import Notification
from wagtail_visit_alerts.models.primary import PrimaryManager


class Role(models.TextChoices):
    """Why somebody is a recipient."""

    ME = "me", _("chose to receive this alert")
    OWNER = "owner", _("the contact's main owner")
    FALLBACK = "fallback", _("the alert's author, because the contact has no active owner")
    CC = "cc", _("in CC")


class Status(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", _("waiting")
    CLAIMED = "claimed", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What may be claimed: waiting and due, or claimed by a process that has not finished in time."""
        return self.filter(
            Q(status=Status.WAITING, due_at__lte=now) | Q(status=Status.CLAIMED, claimed_until__lt=now)
        )

    def held_with(self, claim: uuid.UUID) -> "DeliveryQuerySet":
        """What the process with this token still holds: nothing once its time is over and another took them."""
        return self.filter(status=Status.CLAIMED, claim=claim)

    def with_what_is_told(self) -> "DeliveryQuerySet":
        """Deliveries with the alert, the contact and the page view that their e-mail is about."""
        return self.select_related(
            "user",
            "notification__alert__author",
            "notification__contact__owner",
            "notification__contact__user",
            "notification__match__page_view__visitor",
            "notification__match__page_view__address",
            "notification__match__page_view__page",
        )


DeliveryManager = PrimaryManager.from_queryset(DeliveryQuerySet)


class Delivery(models.Model):
    """Deliveries that share an ``email_id`` leave as one e-mail."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    role = models.CharField(max_length=8, choices=Role.choices)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    email = models.EmailField(max_length=MAX_EMAIL_LENGTH)
    email_key = models.CharField(max_length=MAX_EMAIL_LENGTH, editable=False)
    #: Random id of the e-mail that carries this delivery: its Message-ID is made from it.
    email_id = models.UUIDField(default=uuid.uuid4, db_index=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    #: Random token of the process that holds the delivery, and until when it is believed to.
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    #: Why the last attempt failed or the delivery was cancelled, in words for the log.
    reason = models.CharField(max_length=255, blank=True)

    objects = DeliveryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["notification", "email_key"], name="visit_alerts_delivery_once"),
            models.CheckConstraint(name="visit_alerts_delivery_status", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="visit_alerts_delivery_claim",
                condition=~Q(status="claimed") | Q(claim__isnull=False, claimed_until__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"], name="visit_alerts_delivery_due")]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"
