"""Loss: a page or user that an alert depended on and that is no more; its author is told."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.primary import PrimaryManager

#: How long it is tried to tell somebody; the admin shows the loss anyway.
TELL_FOR = timedelta(days=7)


class LossQuerySet(models.QuerySet["Loss"]):
    def open(self) -> "LossQuerySet":
        """The losses that nobody has looked after: saving the alert in the wizard does."""
        return self.filter(mended_at=None)

    def untold(self, now: datetime) -> "LossQuerySet":
        """The losses of the last seven days of which nobody has been told."""
        return self.filter(told_at=None, happened_at__gt=now - TELL_FOR).order_by("alert_id", "pk")


LossManager = PrimaryManager.from_queryset(LossQuerySet)


class Loss(models.Model):
    """Outlives the page or user, whose name it keeps."""

    class Kind(models.TextChoices):
        PAGE = "page", _("monitored page")
        EXCEPTION = "exception", _("exception")
        RECIPIENT = "recipient", _("recipient")
        FALLBACK = "fallback", _("fallback")
        OWNER = "owner", _("owner of the contacts")
        DESTINATION = "destination", _("destination")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="losses")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    #: The title of the page, or the name of the user or destination.
    name = models.CharField(max_length=255)
    #: Whether the alert was switched off because of it.
    switched_off = models.BooleanField(default=False)
    happened_at = models.DateTimeField()
    #: When a reader was told of it, or nobody was found to tell.
    told_at = models.DateTimeField(null=True)
    mended_at = models.DateTimeField(null=True)

    objects = LossManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("loss")
        verbose_name_plural = _("losses")
        constraints = [
            models.CheckConstraint(
                name="visit_alerts_loss_kind",
                condition=models.Q(
                    kind__in=["page", "exception", "recipient", "fallback", "owner", "destination"]
                ),
            )
        ]

    def __str__(self) -> str:
        return f"Loss {self.pk}"

    @property
    def in_words(self) -> str:
        """What is gone, as a sentence about the alert."""
        return loss_in_words(self.kind, self.name)


def loss_in_words(kind: str, name: str) -> str:
    """A loss as a sentence about the alert."""
    sentences = {
        Loss.Kind.PAGE: gettext("“%(name)s”, which it watched, was deleted."),
        Loss.Kind.EXCEPTION: gettext("“%(name)s”, an exception of it, was deleted."),
        Loss.Kind.RECIPIENT: gettext("%(name)s, who was told, has no active account any more."),
        Loss.Kind.FALLBACK: gettext("%(name)s, told about contacts without an owner, is gone."),
        Loss.Kind.DESTINATION: gettext("The destination “%(name)s”, to which it was sent, was deleted."),
        Loss.Kind.OWNER: gettext("%(name)s, whose contacts it is about, has no active account any more."),
    }
    return sentences[Loss.Kind(kind)] % {"name": name}
