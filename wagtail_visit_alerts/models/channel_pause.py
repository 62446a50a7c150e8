"""ChannelPause: until when nothing is tried on a channel, because the site's settings for it are refused."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.primary import PrimaryManager

MAX_REASON_LENGTH = 255


class ChannelPause(models.Model):
    """One row for each channel that was ever paused; over once its time has passed."""

    #: The name under which the channel is registered; ``delivering.channels`` knows them.
    channel = models.CharField(max_length=20, unique=True)
    until = models.DateTimeField()
    #: What is wrong, in words for the log.
    reason = models.CharField(max_length=MAX_REASON_LENGTH)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("pause of a channel")
        verbose_name_plural = _("pauses of channels")

    def __str__(self) -> str:
        return self.channel

    @classmethod
    def begin(cls, channel: str, *, until: datetime, reason: str) -> None:
        """Pause a channel for every process; a pause that is there already goes on until the new time."""
        cls.objects.update_or_create(
            channel=channel,
            defaults={"until": until, "reason": reason[:MAX_REASON_LENGTH]},
        )

    @classmethod
    def paused(cls, now: datetime) -> set[str]:
        """Return the names of the channels that are paused. One query."""
        return set(cls.objects.filter(until__gt=now).values_list("channel", flat=True))
