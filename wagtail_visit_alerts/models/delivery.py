"""Delivery: one notification to one recipient, with its own status and attempts."""

import uuid
from datetime import datetime

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.destination import Destination
from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH
from wagtail_visit_alerts.models.notification import Notification
from wagtail_visit_alerts.models.primary import PrimaryManager

#: The name of the channel on which deliveries leave that have no destination.
EMAIL = "email"


class Role(models.TextChoices):
    """Why somebody is a recipient."""

    ME = "me", _("chose to receive this alert")
    OWNER = "owner", _("the contact's main owner")
    DEPUTY = "deputy", _("deputy of the contact's main owner, who is away")
    FALLBACK = "fallback", _("stands in, because the contact has no active owner")
    DEFAULT = "default", _("the site's default address, because nobody else is left")
    CC = "cc", _("in CC")
    DESTINATION = "destination", _("a destination that the alert names")


class Purpose(models.TextChoices):
    """What a delivery tells its recipient."""

    ALERT = "alert", _("alert")
    TAKEN = "taken", _("somebody has taken the contact")
    GIVEN_UP = "given_up", _("the alert could not be delivered to somebody else")


class Status(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", _("waiting")
    CLAIMED = "claimed", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class WaitsFor(models.TextChoices):
    """What a delivery that could be sent waits for."""

    NOTHING = "", _("nothing")
    HOURS = "hours", _("the recipient's sending hours")
    DIGEST = "digest", _("the recipient's next digest")
    CEILING = "ceiling", _("a digest, because there were too many alerts within an hour")
    HOLD = "hold", _("a sign that no mail scanner opened the link")


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
            "destination",
            "user__wagtail_userprofile",
            "user__visit_alerts_preferences",
            "notification__alert__author",
            "notification__contact__owner__wagtail_userprofile",
            "notification__contact__owner__visit_alerts_preferences__deputy",
            "notification__contact__user",
            "notification__match__page_view__visitor",
            "notification__match__page_view__address",
            "notification__match__page_view__page",
        )


DeliveryManager = PrimaryManager.from_queryset(DeliveryQuerySet)


class Delivery(models.Model):
    """Deliveries that share an ``email_id`` leave as one e-mail."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.ALERT)
    role = models.CharField(max_length=11, choices=Role.choices)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    #: Where it goes, unless it is an e-mail.
    destination = models.ForeignKey(Destination, null=True, on_delete=models.SET_NULL, related_name="+")
    #: Empty where it goes to a destination.
    email = models.EmailField(max_length=MAX_EMAIL_LENGTH, blank=True)
    #: What two spellings of the address have in common; of a destination, its own key.
    email_key = models.CharField(max_length=MAX_EMAIL_LENGTH, editable=False)
    #: Random id of the e-mail that carries this delivery: its Message-ID is made from it.
    email_id = models.UUIDField(default=uuid.uuid4, db_index=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    waits_for = models.CharField(max_length=7, choices=WaitsFor.choices, default=WaitsFor.NOTHING, blank=True)
    #: Random token of the process that holds the delivery, and until when it is believed to.
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    #: Why the last attempt failed or the delivery was cancelled, in words for the log.
    reason = models.CharField(max_length=255, blank=True)
    #: Why the e-mail went without its attachment, in words for the log.
    attachment_fault = models.CharField(max_length=255, blank=True)
    #: 0: as it was raised. Else somebody has had it sent again: for which time, and who that was.
    resend = models.PositiveSmallIntegerField(default=0)
    resent_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = DeliveryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "email_key", "purpose", "resend"], name="visit_alerts_delivery_once"
            ),
            models.CheckConstraint(name="visit_alerts_delivery_status", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="visit_alerts_delivery_claim",
                condition=~Q(status="claimed") | Q(claim__isnull=False, claimed_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_at"], name="visit_alerts_delivery_due"),
            # How many alerts an address was sent within the last hour.
            models.Index(fields=["email_key", "sent_at"], name="visit_alerts_delivery_sent"),
            models.Index(fields=["failed_at"], name="visit_alerts_delivery_failed"),
            # What was sent lately: its daily totals are counted again.
            models.Index(fields=["sent_at"], name="visit_alerts_delivery_lately"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"
