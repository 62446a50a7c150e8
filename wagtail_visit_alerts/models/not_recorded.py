"""NotRecorded: how often a day something was not recorded, by reason; Heartbeat: when something was last heard of.

Both answer questions about which there is no page view to ask. Neither says anything about a person.
"""

from datetime import date, datetime

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.primary import PrimaryManager


class Reason(models.TextChoices):
    """Why a browser's message or a page served to it was not recorded."""

    BOT = "bot", _("a bot, by what it calls itself")
    PREFETCH = "prefetch", _("loaded before anybody wanted to see it")
    LINK_CHECKED = "link", _("a signed link that a program checked")
    STAFF = "staff", _("the site's own staff")
    NETWORK = "network", _("an excluded network")
    OPTED_OUT = "out", _("opted out in this browser")
    PRIVACY_SIGNAL = "signal", _("the browser asks not to be recorded (GPC or DNT)")
    NO_CONSENT = "consent", _("no consent")
    OFF = "off", _("not recorded earlier that day: mostly staff")
    TOO_MANY = "many", _("more messages than a person can send")
    REFUSED = "refused", _("a message of another site, or one that can't be read")
    NOT_WRITTEN = "fault", _("the database could not write")


class NotRecorded(models.Model):
    """The number of one reason on one day, in the site's time zone."""

    day = models.DateField()
    reason = models.CharField(max_length=8, choices=Reason.choices)
    number = models.PositiveIntegerField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("not recorded")
        verbose_name_plural = _("not recorded")
        constraints = [
            models.UniqueConstraint(fields=["day", "reason"], name="visit_alerts_not_recorded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"

    @classmethod
    def add(cls, number: int, *, day: date, reason: Reason) -> None:
        """Add to the number of a day. One query, two or three for the first of the day."""
        counted = cls.objects.filter(day=day, reason=reason)
        if counted.update(number=F("number") + number):
            return
        _row, is_new = cls.objects.get_or_create(day=day, reason=reason, defaults={"number": number})
        if not is_new:  # another process was first
            counted.update(number=F("number") + number)


class Heartbeat(models.Model):
    """When a part of the app was last heard of: the sweep, what deletes old data, or the beacon of a host."""

    SWEEP = "sweep"
    PURGE = "purge"
    #: Those that are no host.
    PARTS = (SWEEP, PURGE)

    name = models.CharField(max_length=255, unique=True)
    heard_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str, *, now: datetime) -> None:
        """Note that a part was heard of. One query, two the first time."""
        if not cls.objects.filter(name=name).update(heard_at=now):
            cls.objects.get_or_create(name=name, defaults={"heard_at": now})
