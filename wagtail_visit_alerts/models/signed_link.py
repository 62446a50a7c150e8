"""SignedLink: a token that was opened; LinkUse: each opening that a person's browser reported, and its outcome."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.models.address import Address
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager, atomic
from wagtail_visit_alerts.models.visitor import Visitor

#: How long the keyed hash of a network is kept (design 3.1).
NETWORK_KEPT_FOR = timedelta(seconds=60)


class SignedLink(models.Model):
    """A token for a contact, from its first opening on. Its row orders its openings in several browsers."""

    #: SHA-256 of the token: who reads the database can't open links with it.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="signed_links")
    #: More browsers than the setting allows have opened it: it identifies nobody further.
    shared_at = models.DateTimeField(null=True)
    first_opened_at = models.DateTimeField()

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("signed link")
        verbose_name_plural = _("signed links")

    def __str__(self) -> str:
        return f"Signed link {self.pk}"


class Sign(models.TextChoices):
    """The sign of life with which a browser reported a signed link (design 3.1)."""

    POINTER = "pointer", _("pointer")
    KEY = "key", _("key")
    TOUCH = "touch", _("touch")
    SCROLL = "scroll", _("scrolling")
    VISIBLE = "visible", _("in view for 5 seconds")

    @property
    def is_by_hand(self) -> bool:
        """Whether only a person gives it, or a program that takes pains to look like one."""
        return self in (Sign.POINTER, Sign.KEY, Sign.TOUCH)


class LinkOutcome(models.TextChoices):
    """What came of opening a signed link."""

    IDENTIFIED = "identified", _("recognised the contact")
    KNOWN = "known", _("the browser was the contact's already")
    WEAKER = "weaker", _("the browser is known more surely as somebody else's")
    OTHER_NETWORK = "network", _("another network opened it within 30 seconds")
    BURST = "burst", _("several links of the contact were opened within seconds, as mail scanners do")
    SHARED = "shared", _("more browsers opened it than one person has")
    STAFF = "staff", _("the browser is a colleague's")


class LinkUseQuerySet(models.QuerySet["LinkUse"]):
    def of_contact(self, contact: Contact) -> "LinkUseQuerySet":
        """The openings of a contact's links, the latest first, with what a reader is shown of them."""
        latest_first = self.filter(link__contact=contact).order_by("-opened_at", "-pk")
        return latest_first.select_related("link", "visitor__user_agent", "address")

    def others_opened_link_of(self, visitor: Visitor) -> bool:
        """Whether other browsers than this one have opened the link by which it was recognised. One query.

        Those of colleagues and of programs that check links do not count.
        """
        links = self.filter(visitor=visitor.pk, outcome=LinkOutcome.IDENTIFIED).values("link")
        others = self.filter(link__in=links).exclude(visitor=visitor.pk).exclude(visitor=None)
        return others.exclude(outcome=LinkOutcome.BURST).exists()

    def forget_networks(self, now: datetime) -> int:
        """Empty the networks that have been kept long enough; gives how many. One query where there are none."""
        outdated = self.filter(network_hash__gt="", opened_at__lte=now - NETWORK_KEPT_FOR)
        use_ids = list(outdated.values_list("pk", flat=True))
        if not use_ids:
            return 0
        with atomic():  # locked in one order first: the sweep and an opening may do it at the same time
            uses = LinkUse.objects.filter(pk__in=use_ids)
            locked = list(uses.order_by("pk").select_for_update().values_list("pk", flat=True))
            return LinkUse.objects.filter(pk__in=locked).update(network_hash="")


LinkUseManager = PrimaryManager.from_queryset(LinkUseQuerySet)


class LinkUse(models.Model):
    """One browser opened one signed link on one page."""

    link = models.ForeignKey(SignedLink, on_delete=models.CASCADE, related_name="uses", db_index=False)
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.SET_NULL, related_name="link_uses")
    address = models.ForeignKey(Address, null=True, on_delete=models.SET_NULL, related_name="+")
    #: Keyed hash of the network; emptied after ``NETWORK_KEPT_FOR``.
    network_hash = models.CharField(max_length=32, blank=True, db_index=True)
    sign = models.CharField(max_length=8, choices=Sign.choices)
    outcome = models.CharField(max_length=10, choices=LinkOutcome.choices)
    opened_at = models.DateTimeField(db_index=True)

    objects = LinkUseManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("opening of a signed link")
        verbose_name_plural = _("openings of signed links")
        indexes = [models.Index(fields=["link", "opened_at"], name="visit_alerts_link_use")]

    def __str__(self) -> str:
        return f"Opening {self.pk}"
