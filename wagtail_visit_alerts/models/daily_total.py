"""DailyTotal: what one alert made of one contact's page views on one day; read by analytics in place of the rows.

Days are those of the cap's time zone. What happened to the e-mails counts for the day on which the alert was raised.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models.address import Address
from wagtail_visit_alerts.models.alert import Alert
from wagtail_visit_alerts.models.contact import Contact
from wagtail_visit_alerts.models.primary import PrimaryManager


class DailyTotal(models.Model):
    """Made from matches, unmet minimums, deliveries and takings. Outlives its alert and its contact."""

    day = models.DateField()
    #: None once the alert is deleted.
    alert = models.ForeignKey(
        Alert, null=True, on_delete=models.SET_NULL, related_name="daily_totals", db_index=False
    )
    #: None once the contact is erased; ``stand_in`` keeps apart who was one person.
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.SET_NULL, related_name="daily_totals", db_index=False
    )
    #: A random number in place of a contact that was erased, the same in all their totals.
    stand_in = models.BigIntegerField(null=True)
    #: Page views that satisfied the alert: raised, capped and nobody together.
    matched = models.PositiveIntegerField(default=0)
    #: Of these, those that raised the alert; held back by the cap; with nobody to tell, as all had muted it.
    raised = models.PositiveIntegerField(default=0)
    capped = models.PositiveIntegerField(default=0)
    nobody = models.PositiveIntegerField(default=0)
    #: Page views on a monitored page that were moved on from, or closed, before the minimum time.
    too_short = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    #: Of the alerts raised, those of which at least one delivery was sent; of which one failed for good; that
    #: a reader has taken on ("I'm on it"). What was sent again or tells of something else is not counted.
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")
        constraints = [
            models.UniqueConstraint(fields=["alert", "day", "contact"], name="visit_alerts_daily_total_once"),
        ]
        indexes = [
            models.Index(fields=["day", "alert"], name="visit_alerts_total_day"),
            models.Index(fields=["contact", "day"], name="visit_alerts_total_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: alert {self.alert_id}, contact {self.contact_id}"


class DailyPageTotal(models.Model):
    """How often page views of one address satisfied an alert on one day, by contact: for the pages behind it."""

    day = models.DateField()
    alert = models.ForeignKey(
        Alert, null=True, on_delete=models.SET_NULL, related_name="daily_page_totals", db_index=False
    )
    #: None once the contact is erased.
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.SET_NULL, related_name="daily_page_totals", db_index=False
    )
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    page = models.ForeignKey(PAGE_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    matched = models.PositiveIntegerField(default=0)
    raised = models.PositiveIntegerField(default=0)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("daily total of a page")
        verbose_name_plural = _("daily totals of pages")
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "day", "contact", "address"], name="visit_alerts_page_total_once"
            ),
        ]
        indexes = [
            models.Index(fields=["day", "alert"], name="visit_alerts_ptotal_day"),
            models.Index(fields=["contact", "day"], name="visit_alerts_ptotal_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: alert {self.alert_id}, address {self.address_id}"


class DailyLatency(models.Model):
    """How many first e-mails of an alert, raised about one contact on one day, took how long from that moment on."""

    day = models.DateField()
    alert = models.ForeignKey(
        Alert, null=True, on_delete=models.SET_NULL, related_name="daily_latencies", db_index=False
    )
    #: None once the contact is erased.
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.SET_NULL, related_name="daily_latencies", db_index=False
    )
    #: The lower end of a class of durations, in seconds; ``reporting`` says which there are.
    seconds = models.PositiveIntegerField()
    emails = models.PositiveIntegerField(default=0)

    objects = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("daily time to the e-mail")
        verbose_name_plural = _("daily times to the e-mail")
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "day", "contact", "seconds"], name="visit_alerts_latency_once"
            ),
        ]
        indexes = [
            models.Index(fields=["day", "alert"], name="visit_alerts_latency_day"),
            models.Index(fields=["contact", "day"], name="visit_alerts_latency_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: alert {self.alert_id}, {self.seconds} s"
