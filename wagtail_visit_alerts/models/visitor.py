"""Visitor: one browser, known by the hash of its cookie's key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.address import UserAgent
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager


class Method(models.IntegerChoices):
    """How a visitor became known; the number is the strength (design 3.1)."""

    NONE = 0, _("not identified")
    LINK = 10, _("by a link sent to them")
    FORM = 20, _("by a form")
    API = 30, _("by the site")
    LOGIN = 40, _("by their login")


class VisitorQuerySet(models.QuerySet["Visitor"]):
    def with_key(self, key_hash: str) -> "VisitorQuerySet":
        """The visitor who holds the key with this hash."""
        return self.filter(key_hash=key_hash)

    def in_use(self) -> "VisitorQuerySet":
        """Visitors whose key still records."""
        return self.filter(retired_at=None)


VisitorManager = PrimaryManager.from_queryset(VisitorQuerySet)


class Visitor(models.Model):
    """One browser. Its contact never changes once set: another contact means another key."""

    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="visitors")
    identified_by = models.PositiveSmallIntegerField(choices=Method.choices, default=Method.NONE)
    #: When it became its contact's; a stronger way in which it is known later does not change that.
    identified_at = models.DateTimeField(null=True)
    user_agent = models.ForeignKey(UserAgent, null=True, on_delete=models.SET_NULL, related_name="+")
    #: Keyed hash of the session cookie at the last message: session and user are read again when it changes.
    session_hash = models.CharField(max_length=32, blank=True)
    #: What the site's consent function said at the last message; unknown where the site has none.
    consents = models.BooleanField(null=True)
    beacon_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VisitorManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        # Who became known lately: their history is counted as their contact's from then on.
        indexes = [models.Index(fields=["identified_at"], name="visit_alerts_identified")]
        constraints = [
            models.CheckConstraint(
                name="visit_alerts_visitor_identified",
                # A contact without a way; the other half can't be held: MariaDB empties a key before it cascades.
                condition=models.Q(contact__isnull=True) | models.Q(identified_by__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"Visitor {self.pk}"
