"""PageView: one entry of a visitor on one page in one browser tab."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models.address import Address
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager
from wagtail_visit_alerts.models.visitor import Visitor


class Source(models.IntegerChoices):
    """Who reported the page view."""

    HOOK = 1, _("seen by the server only")
    BEACON = 2, _("seen by the browser")
    BOTH = 3, _("seen by server and browser")


class Ending(models.IntegerChoices):
    """What became of the page view."""

    OPEN = 0, _("still open")
    MOVED_ON = 1, _("moved on to another page")
    LEFT = 2, _("left the site")
    CLOSED = 3, _("closed")


class PageViewQuerySet(models.QuerySet["PageView"]):
    def latest_of(self, contact: Contact) -> "PageViewQuerySet":
        """A contact's page views, the latest first, with what a reader is shown of them."""
        shown = self.filter(contact=contact, is_confirmed=True)
        return shown.order_by("-entered_at", "-pk").select_related("address", "page")

    def due_for_sweep(self, now: datetime) -> "PageViewQuerySet":
        """Page views that wait for the sweep to judge or close them."""
        return self.filter(sweep_at__lte=now, ending=Ending.OPEN).order_by("sweep_at", "pk")

    def ended_for_sweep(self, now: datetime) -> "PageViewQuerySet":
        """Page views of contacts that have ended and wait for the sweep to say which alerts they have missed."""
        return self.filter(sweep_at__lte=now).exclude(ending=Ending.OPEN).order_by("sweep_at", "pk")


PageViewManager = PrimaryManager.from_queryset(PageViewQuerySet)


class PageView(models.Model):
    """Reported by the page-serve hook, the beacon, or both."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="page_views")
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.CASCADE, related_name="page_views", db_index=False
    )
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    page = models.ForeignKey(PAGE_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    #: A beacon reported it, or the sweep found that no beacon could: the page was really shown.
    is_confirmed = models.BooleanField(default=True)
    source = models.PositiveSmallIntegerField(choices=Source.choices)
    #: The beacon's own random id of the page view; unknown until a beacon has claimed the hook's row.
    beacon_id = models.UUIDField(null=True)
    #: The beacon's random id of the browser tab.
    tab_id = models.UUIDField(null=True)
    #: The beacon's id of the page view that this one has named as the one before it.
    follows_id = models.UUIDField(null=True)
    #: The page of the same site that the ``Referer`` named; kept only for the hook's rows.
    came_from = models.ForeignKey(Address, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField()
    #: When the server first knew of it: bounds the dwell time. Unknown for an entry message that was lost.
    anchored_at = models.DateTimeField(null=True)
    ending = models.PositiveSmallIntegerField(choices=Ending.choices, default=Ending.OPEN)
    ended_at = models.DateTimeField(null=True)
    #: Milliseconds from entering until moving on to the next page in the same tab; only where that happened.
    dwell_ms = models.PositiveIntegerField(null=True)
    #: Milliseconds in which the page was visible.
    engaged_ms = models.PositiveIntegerField(null=True)
    #: Milliseconds for which the browser said it had been open when it was left: what the dwell time will be if the
    #: next page view of the tab follows and can't name this one.
    left_after_ms = models.PositiveIntegerField(null=True)
    #: When the sweep looks at it next: to judge a row only the server saw, to close it, or, of a contact's that has
    #: ended, to say which alerts it has missed. Empty: never again.
    sweep_at = models.DateTimeField(null=True, db_index=True)

    objects = PageViewManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("page view")
        verbose_name_plural = _("page views")
        constraints = [
            models.UniqueConstraint(fields=["visitor", "beacon_id"], name="visit_alerts_page_view_once"),
            models.CheckConstraint(
                name="visit_alerts_page_view_dwell",
                condition=Q(dwell_ms__isnull=True) | Q(ending=1),
            ),
        ]
        indexes = [
            models.Index(fields=["contact", "entered_at"], name="visit_alerts_pv_contact"),
            models.Index(fields=["visitor", "entered_at"], name="visit_alerts_pv_visitor"),
            # What was seen lately, counted without reading the rows: grows at one end only.
            models.Index(fields=["entered_at", "contact", "address", "page"], name="visit_alerts_pv_recent"),
        ]

    def __str__(self) -> str:
        return f"Page view {self.pk}"

    @property
    def title(self) -> str:
        """The page's title, or its URL where it is no Wagtail page: never what a browser calls it."""
        return self.page.title if self.page else self.address.text
