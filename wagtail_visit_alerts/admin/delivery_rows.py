"""Notifications and their deliveries in words, as the delivery log, a contact's page and the exports show them.

Takes notifications about contacts whom the reader may view; gives rows. Alerts are named to those who may see them or
were told; addresses in CC, and what a mail server said of them, to those who may see the alert.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.channels import channel
from wagtail_visit_alerts.explaining.naming import Reader, is_named, moment
from wagtail_visit_alerts.models import Delivery, Notification, Purpose, Role, Status, WaitsFor
from wagtail_visit_alerts.models.delivery import EMAIL
from wagtail_visit_alerts.policies import may, may_change_any_contact

ALERTS = "wagtailsnippets_wagtail_visit_alerts_alert"
CONTACTS = "wagtailsnippets_wagtail_visit_alerts_contact"
LOG = "visit_alerts_log"

#: How a status looks: as what is said on the set-up page.
STATES = {Status.SENT: "good", Status.FAILED: "bad", Status.CANCELLED: "note"}


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery in words. ``others`` counts the deliveries that its e-mail carries besides."""

    delivery: Delivery
    notification: Notification
    reader: Reader
    others: int = 0

    @property
    def is_named(self) -> bool:
        """Whether the reader may see to whom it goes."""
        return is_named(self.delivery, alert=self.notification.alert, reader=self.reader)

    @cached_property
    def name(self) -> str:
        """To whom it goes."""
        delivery = self.delivery
        if delivery.role == Role.DESTINATION:
            if not self.is_named:
                return _("a destination")
            return (
                wording.one_line(delivery.destination.name) if delivery.destination else _("one that is gone")
            )
        if delivery.user is not None:
            return wording.one_line(name_of(delivery.user))
        if self.is_named:
            return wording.one_line(delivery.email)
        return _("an address in CC") if delivery.role == Role.CC else _("a user who is gone")

    @property
    def address(self) -> str:
        """The address to which it goes, unless that is its name."""
        return wording.one_line(self.delivery.email) if self.delivery.user and self.is_named else ""

    @property
    def role(self) -> str:
        """Why they are told."""
        return str(self.delivery.get_role_display())

    @property
    def channel(self) -> str:
        """By which channel."""
        if self.delivery.role != Role.DESTINATION:
            return channel_label(EMAIL)
        return channel_label(self.delivery.destination.channel) if self.delivery.destination else "-"

    @property
    def state(self) -> str:
        """How it looks: "good", "bad", "warning" where it is tried again, or "note"."""
        tried = self.delivery.status == Status.WAITING and self.delivery.attempts
        return STATES.get(Status(self.delivery.status), "warning" if tried else "note")

    @property
    def status(self) -> str:
        """Where it stands."""
        return capfirst(self.delivery.get_status_display())

    @property
    def when(self) -> datetime | None:
        """When it came to stand there, or will go on: sent, given up, or due."""
        if self.delivery.status == Status.WAITING:
            return self.delivery.due_at
        return {Status.SENT: self.delivery.sent_at, Status.FAILED: self.delivery.failed_at}.get(
            Status(self.delivery.status)
        )

    @property
    def waits_for(self) -> str:
        """What it waits for; empty where that is only its turn."""
        delivery = self.delivery
        if delivery.status != Status.WAITING or delivery.waits_for == WaitsFor.NOTHING:
            return ""
        return str(delivery.get_waits_for_display())

    @property
    def reason(self) -> str:
        """Why the last attempt failed, or it was cancelled, where the reader may know."""
        return wording.one_line(self.delivery.reason) if self.is_named else ""

    @property
    def notes(self) -> list[str]:
        """All that is worth knowing besides, in the list: a sentence or phrase each."""
        delivery, counted = self.delivery, []
        if delivery.attempts > 1 or (delivery.attempts and delivery.status != Status.SENT):
            text = ngettext("%(count)d attempt", "%(count)d attempts", delivery.attempts)
            counted = [text % {"count": delivery.attempts}]
        return [*counted, *self.further_notes]

    @property
    def further_notes(self) -> list[str]:
        """The same without the number of attempts."""
        return list(self._further_notes())

    def _further_notes(self) -> Iterator[str]:
        delivery = self.delivery
        if delivery.purpose != Purpose.ALERT:
            yield _("Tells: %(what)s") % {"what": delivery.get_purpose_display()}
        if delivery.resend:
            yield _("Sent again, as %(name)s asked.") % {"name": name_of(delivery.resent_by)}
        if self.waits_for:
            yield _("Waits for: %(what)s") % {"what": self.waits_for}
        if self.reason:
            yield self.reason
        if delivery.attachment_fault:
            fault = wording.one_line(delivery.attachment_fault)
            yield _("Without its attachment: %(fault)s") % {"fault": fault}
        if self.others:
            text = ngettext(
                "In one e-mail with %(count)d other alert.",
                "In one e-mail with %(count)d other alerts.",
                self.others,
            )
            yield text % {"count": self.others}

    @property
    def can_be_sent_again(self) -> bool:
        """Whether there is something to send again: an alert that was sent, or anything that was given up."""
        if self.notification.alert is None:
            return False
        is_sent_alert = self.delivery.status == Status.SENT and self.delivery.purpose == Purpose.ALERT
        return is_sent_alert or self.delivery.status == Status.FAILED


@dataclass(frozen=True)
class NotificationRow:
    """One notification in words, with its deliveries."""

    notification: Notification
    reader: Reader
    lines: list[DeliveryLine]

    @property
    def pk(self) -> int:
        """The notification's id."""
        return self.notification.pk

    @property
    def raised(self) -> str:
        """When it was raised."""
        return moment(self.notification.raised_at)

    @property
    def url(self) -> str:
        """The notification's own page."""
        return reverse(f"{LOG}:inspect", args=[self.pk])

    @property
    def contact(self) -> str:
        """About whom."""
        return wording.one_line(self.notification.contact)

    @property
    def company(self) -> str:
        """The contact's company."""
        return wording.one_line(self.notification.contact.company)

    @property
    def contact_url(self) -> str:
        """The contact's page."""
        return reverse(f"{CONTACTS}:inspect", args=[self.notification.contact_id])

    @cached_property
    def may_see_alert(self) -> bool:
        """Whether the reader may see the alert in the admin; of a deleted one, whether they see any."""
        return self.reader.may_see(self.notification.alert)

    @property
    def alert(self) -> str:
        """Which alert, also one that is gone, if the reader may know."""
        alert = self.notification.alert
        if not (self.may_see_alert or self.reader.is_told_by([line.delivery for line in self.lines])):
            return _("an alert of somebody else's")
        if alert is not None:
            return wording.one_line(alert.name)
        return _("%(name)s (deleted since)") % {"name": wording.one_line(self.notification.alert_name)}

    @property
    def alert_url(self) -> str:
        """The alert's page, if the reader may see it."""
        if self.notification.alert is None or not self.may_see_alert:
            return ""
        return reverse(f"{ALERTS}:inspect", args=[self.notification.alert_id])

    @property
    def page(self) -> str:
        """The page's title, or host and path where it is no Wagtail page."""
        page_view = self.notification.match.page_view
        if page_view is None:
            return pgettext("a page view", "deleted since")
        title = wording.one_line(page_view.title)
        return title.removeprefix("https://").removeprefix("http://")

    @property
    def page_url(self) -> str:
        """Where the page is; empty where that is no address of the web."""
        page_view = self.notification.match.page_view
        return "" if page_view is None else wording.web_link(page_view.address.text)

    @property
    def taken_by(self) -> str:
        """Who said "I'm on it"; empty if nobody."""
        taking = getattr(self.notification, "taking", None)
        if taking is None:
            return ""
        if taking.user is not None:
            return wording.one_line(name_of(taking.user))
        return wording.one_line(taking.email) if self.may_see_alert else _("an address in CC")

    @property
    def may_send_again(self) -> bool:
        """Whether the reader may have it sent again."""
        return may_send_again(self.reader.user, self.notification)


def may_send_again(user: Any, notification: Notification) -> bool:
    """Whether a user may have an alert about a contact sent again: who may change it, or any contact."""
    alert, contact = notification.alert, notification.contact
    if alert is None or not contact.may_be_viewed_by(user):
        return False
    return may(user, "change", alert) or may_change_any_contact(user)


def channel_label(name: str) -> str:
    """What a channel is called; its bare name where it is not installed any more."""
    found = channel(name)
    return name if found is None else str(found.label)


def with_what_is_shown(notifications: QuerySet[Notification]) -> QuerySet[Notification]:
    """Read at once what the rows need, in two queries however many there are."""
    deliveries = Delivery.objects.select_related("user", "destination", "resent_by").order_by("pk")
    return notifications.select_related(
        "alert", "contact", "match__page_view__address", "match__page_view__page", "taking__user"
    ).prefetch_related(Prefetch("deliveries", queryset=deliveries))


def rows_of(notifications: Sequence[Notification], *, reader: Any) -> list[NotificationRow]:
    """The rows of notifications, for a user who may view their contacts. One query."""
    asking, deliveries = Reader(reader), [one for each in notifications for one in each.deliveries.all()]
    in_email = dict(
        Delivery.objects.filter(email_id__in={one.email_id for one in deliveries})
        .order_by()
        .values_list("email_id")
        .annotate(number=Count("pk"))
    )
    return [
        NotificationRow(
            notification,
            asking,
            [
                DeliveryLine(one, notification, asking, others=in_email.get(one.email_id, 1) - 1)
                for one in notification.deliveries.all()
            ],
        )
        for notification in notifications
    ]
