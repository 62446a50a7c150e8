"""Alert: what an editor sets up, and its recipients who said "me"."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.fields import RichTextField

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.models.primary import PrimaryManager

if TYPE_CHECKING:
    from wagtail_visit_alerts.models.loss import Loss

#: Whoever has one of these may see every alert; whoever may add alerts sees their own.
VIEW_ANY_ALERT = tuple(f"wagtail_visit_alerts.{action}_alert" for action in ("view", "change", "delete"))
ADD_ALERT = "wagtail_visit_alerts.add_alert"
MAX_TIMES = 100
MAX_CC_LENGTH = 255
#: What an editor may do in a description: Wagtail's names for what its rich text editor offers.
DESCRIPTION_FEATURES = ["bold", "italic", "ol", "ul", "link"]
MAIN_OWNER = _("the contact's main owner")


class Period(models.TextChoices):
    """The calendar period in which a frequency cap counts."""

    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")


class Clock(models.TextChoices):
    """When the minimum time of a monitored page is up (design 3.3)."""

    MOVED_ON = "moved_on", _("when the contact moves on to another page")
    IN_VIEW = "in_view", _("as soon as the page has been in view that long")


class AttachmentSource(models.TextChoices):
    """Where the content of the attachment is from."""

    NONE = "none", pgettext_lazy("attachment", "none")
    TEXT = "text", _("content typed by hand")
    TEMPLATE = "template", _("Jinja2 template")


_ONCE = {
    Period.DAY: _("once a day"),
    Period.WEEK: _("once a week"),
    Period.MONTH: _("once a month"),
}


class AlertQuerySet(models.QuerySet["Alert"]):
    def switched_on(self) -> "AlertQuerySet":
        """The alerts that raise notifications."""
        return self.filter(is_on=True)

    def viewable_by(self, user: Any) -> "AlertQuerySet":
        """The alerts that a user may see: any, their own, or none."""
        if any(map(user.has_perm, VIEW_ANY_ALERT)):
            return self
        return self.filter(author=user.pk) if user.has_perm(ADD_ALERT) else self.none()

    def with_parts(self) -> "AlertQuerySet":
        """Read at once what belongs to the alerts: their pages, recipients and destinations, and whom they name."""
        destinations = apps.get_model("wagtail_visit_alerts", "AlertDestination").objects.all()
        return self.select_related("author", "contacts_of", "fallback_user", "fallback_group").prefetch_related(
            "monitored_pages__page",
            "monitored_pages__site",
            models.Prefetch("recipients", Recipient.objects.select_related("user")),
            models.Prefetch("destinations", destinations.select_related("destination")),
        )

    def with_words(self) -> "AlertQuerySet":
        """Read at once what the alerts' descriptions in words need, however many alerts there are."""
        return self.with_parts().prefetch_related("losses")


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
    group = models.CharField(
        pgettext_lazy("of alerts", "group"),
        max_length=100,
        blank=True,
        help_text=_("A label to sort alerts by, such as “Sales North”."),
    )
    is_on = models.BooleanField(_("on"), default=False)
    clock = models.CharField(
        _("when the time is up"), max_length=8, choices=Clock.choices, default=Clock.MOVED_ON
    )
    #: The contacts that the alert is about: names of tags of which one is enough, and of tags that exclude.
    only_tags = models.JSONField(_("only contacts with one of these tags"), default=list, blank=True)
    not_tags = models.JSONField(_("not contacts with one of these tags"), default=list, blank=True)
    contacts_of = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("only contacts of this owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    #: A field of the contact, or the key of a further one, and the value that it must have, in any case.
    field_name = models.CharField(_("only contacts whose field"), max_length=100, blank=True)
    field_value = models.CharField(_("has this value"), max_length=255, blank=True)
    cap_times = models.PositiveSmallIntegerField(
        _("times"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_TIMES)]
    )
    cap_period = models.CharField(_("period"), max_length=5, choices=Period.choices, default=Period.DAY)
    send_to_owner = models.BooleanField(_("send the alert to the contact's main owner"), default=True)
    cc = models.CharField(
        _("CC"), max_length=MAX_CC_LENGTH, blank=True, help_text=_("E-mail addresses, separated by commas.")
    )
    #: Who is told of a contact without an active owner; with neither of the two, the author.
    fallback_user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("fallback"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    fallback_group = models.ForeignKey(
        "auth.Group",
        verbose_name=_("fallback"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    description = RichTextField(_("description"), features=DESCRIPTION_FEATURES, blank=True)
    attachment_source = models.CharField(
        _("attachment"), max_length=8, choices=AttachmentSource.choices, default=AttachmentSource.NONE
    )
    #: The name under which the format is registered; ``delivering.attachments`` knows them.
    attachment_format = models.CharField(_("format"), max_length=20, default="txt")
    #: Without an extension, which the format adds; a template where the attachment is one.
    attachment_name = models.CharField(_("file name"), max_length=255, blank=True)
    attachment_body = models.TextField(_("content of the attachment"), blank=True)
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
            models.CheckConstraint(name="visit_alerts_alert_clock", condition=models.Q(clock__in=Clock.values)),
            models.CheckConstraint(
                name="visit_alerts_alert_attachment",
                condition=models.Q(attachment_source__in=AttachmentSource.values),
            ),
            models.CheckConstraint(
                name="visit_alerts_alert_one_fallback",
                condition=models.Q(fallback_user__isnull=True) | models.Q(fallback_group__isnull=True),
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

    def may_be_viewed_by(self, user: Any) -> bool:
        """Whether a user may see this alert in the admin."""
        is_own = self.author_id is not None and self.author_id == user.pk
        return any(map(user.has_perm, VIEW_ANY_ALERT)) or (is_own and user.has_perm(ADD_ALERT))

    @property
    def open_losses(self) -> "list[Loss]":
        """What the alert depended on and lost, and nobody has looked after yet; in the order in which it went."""
        return sorted((loss for loss in self.losses.all() if loss.mended_at is None), key=lambda loss: loss.pk)

    @property
    def obstacles(self) -> list[str]:
        """Why the alert could raise nothing, or not what was meant, however it is switched; empty where it could."""
        found = []
        if not any(row.watches_something for row in self.monitored_pages.all()):
            found.append(gettext("It has no page left to watch."))
        if not self.tells_somebody:
            found.append(gettext("Nobody is left who would be told."))
        if (self.contacts_of is None or not self.contacts_of.is_active) and any(
            loss.kind == loss.Kind.OWNER for loss in self.open_losses
        ):
            found.append(gettext("The owner whose contacts it is about is gone."))
        return found

    @property
    def tells_somebody(self) -> bool:
        """Whether anybody or anything is left that would be told; owners are believed to be there."""
        return bool(
            self.send_to_owner
            or self.cc
            or any(one.user.is_active for one in self.recipients.all())
            or any(one.destination.is_on for one in self.destinations.all())
        )

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
    def frequency_sentence(self) -> str:
        """The frequency cap as a sentence, with where a period begins and in which time zone."""
        templates = {
            Period.DAY: ngettext(
                "At most %(times)d alert a day about the same contact; days start at midnight, time zone %(zone)s.",
                "At most %(times)d alerts a day about the same contact; days start at midnight, time zone %(zone)s.",
                self.cap_times,
            ),
            Period.WEEK: ngettext(
                "At most %(times)d alert a week about the same contact; weeks start on Monday, time zone %(zone)s.",
                "At most %(times)d alerts a week about the same contact; weeks start on Monday, time zone %(zone)s.",
                self.cap_times,
            ),
            Period.MONTH: ngettext(
                "At most %(times)d alert a month about the same contact; months start on day 1, time zone %(zone)s.",
                "At most %(times)d alerts a month about the same contact; months start on day 1, time zone %(zone)s.",
                self.cap_times,
            ),
        }
        return templates[Period(self.cap_period)] % {
            "times": self.cap_times,
            "zone": settings.cap_time_zone.key,
        }

    @property
    def addresses_in_words(self) -> list[str]:
        """To which addresses the alert goes; the contact's main owner, who differs by contact, in words."""
        users = [address_of(recipient.user) or str(recipient) for recipient in self.recipients.all()]
        owner = [str(MAIN_OWNER)] if self.send_to_owner else []
        return [*users, *owner, *self.cc_addresses, *self.destinations_in_words]

    @property
    def recipients_in_words(self) -> list[str]:
        """Who gets the alert: users by name, the contact's main owner, CC by address, destinations by name."""
        names = [str(recipient) for recipient in self.recipients.all()]
        owner = [str(MAIN_OWNER)] if self.send_to_owner else []
        return [*names, *owner, *self.cc_in_words, *self.destinations_in_words]

    @property
    def destinations_in_words(self) -> list[str]:
        """The destinations by their names, each with whether it is off."""
        texts = {
            True: gettext("the destination “%(name)s”"),
            False: gettext("the destination “%(name)s”, which is off"),
        }
        return [texts[one.destination.is_on] % {"name": one} for one in self.destinations.all()]

    @property
    def cc_in_words(self) -> list[str]:
        """The addresses in CC, each with the word for what it is."""
        return [gettext("%(address)s in CC") % {"address": address} for address in self.cc_addresses]


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
