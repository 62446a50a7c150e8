"""Alert: what an editor sets up, and its recipients who said "me"."""

from typing import Any

from django.conf import settings as django_settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.models.primary import PrimaryManager

MAX_TIMES = 100
MAX_CC_LENGTH = 255
MAIN_OWNER = _("the contact's main owner")


class Period(models.TextChoices):
    """The calendar period in which a frequency cap counts."""

    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")


_ONCE = {
    Period.DAY: _("once a day"),
    Period.WEEK: _("once a week"),
    Period.MONTH: _("once a month"),
}


class AlertQuerySet(models.QuerySet["Alert"]):
    def switched_on(self) -> "AlertQuerySet":
        """The alerts that raise notifications."""
        return self.filter(is_on=True)

    def with_words(self) -> "AlertQuerySet":
        """Read at once what the alerts' descriptions in words need, however many alerts there are."""
        return self.select_related("author").prefetch_related(
            "monitored_pages__page", "monitored_pages__site", "recipients__user"
        )


AlertManager = PrimaryManager.from_queryset(AlertQuerySet)


class Alert(ClusterableModel):
    """Tells its recipients when a contact visits one of its monitored pages."""

    name = models.CharField(_("alert name"), max_length=255)
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_on = models.BooleanField(_("on"), default=False)
    cap_times = models.PositiveSmallIntegerField(
        _("times"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_TIMES)]
    )
    cap_period = models.CharField(_("period"), max_length=5, choices=Period.choices, default=Period.DAY)
    send_to_owner = models.BooleanField(_("send the alert to the contact's main owner"), default=True)
    cc = models.CharField(
        _("CC"), max_length=MAX_CC_LENGTH, blank=True, help_text=_("E-mail addresses, separated by commas.")
    )
    description = models.TextField(_("description"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: "AlertManager[Alert]" = AlertManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="visit_alerts_alert_cap_times",
                condition=models.Q(cap_times__gte=1, cap_times__lte=MAX_TIMES),
            ),
            models.CheckConstraint(
                name="visit_alerts_alert_cap_period", condition=models.Q(cap_period__in=Period.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and count the version up, so that a process or editor holding the old one notices."""
        if self.pk is not None and not self._state.adding:
            self.version = F("version") + 1
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, "version"}
        super().save(*args, **kwargs)
        if not isinstance(self.version, int):
            self.refresh_from_db(fields=["version"])

    @property
    def cc_addresses(self) -> list[str]:
        """The addresses in CC, in their order."""
        return [address for part in self.cc.split(",") if (address := part.strip())]

    @property
    def frequency_in_words(self) -> str:
        """The frequency cap as a person says it: "once a week", "3 times a month"."""
        if self.cap_times == 1:
            return str(_ONCE[Period(self.cap_period)])
        templates = {
            Period.DAY: ngettext("%(times)d time a day", "%(times)d times a day", self.cap_times),
            Period.WEEK: ngettext("%(times)d time a week", "%(times)d times a week", self.cap_times),
            Period.MONTH: ngettext("%(times)d time a month", "%(times)d times a month", self.cap_times),
        }
        return templates[Period(self.cap_period)] % {"times": self.cap_times}

    @property
    def addresses_in_words(self) -> list[str]:
        """To which addresses the alert goes; the contact's main owner, who differs by contact, in words."""
        users = [address_of(recipient.user) or str(recipient) for recipient in self.recipients.all()]
        return [*users, *([str(MAIN_OWNER)] if self.send_to_owner else []), *self.cc_addresses]

    @property
    def recipients_in_words(self) -> list[str]:
        """Who gets the alert: users by name, the contact's main owner, CC by address."""
        names = [str(recipient) for recipient in self.recipients.all()]
        return [*names, *([str(MAIN_OWNER)] if self.send_to_owner else []), *self.cc_addresses]


class Recipient(models.Model):
    """A user who chose "send the alert to me"; only they add or remove themselves."""

    alert = ParentalKey(Alert, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="visit_alerts_recipient_once")]

    def __str__(self) -> str:
        return display_name(self.user)
