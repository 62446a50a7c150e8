"""Filters and search of the delivery log; they offer and find nothing that the user may not see.

What is asked of deliveries (status, recipient, channel, what they wait for) must be true of one delivery at once.
"""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

from wagtail_visit_alerts.admin.delivery_rows import channel_label
from wagtail_visit_alerts.admin.filters import UserFilter, alerts_to_choose
from wagtail_visit_alerts.admin.row_keys import keys_in
from wagtail_visit_alerts.delivering.channels import channels
from wagtail_visit_alerts.models import Alert, Contact, Delivery, Notification, Role, Status, WaitsFor
from wagtail_visit_alerts.models.alert import VIEW_ANY_ALERT
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.models.delivery import EMAIL
from wagtail_visit_alerts.models.email_address import email_key
from wagtail_visit_alerts.policies import alerts_for

ALL = pgettext_lazy("in the delivery log", "All")
#: Contacts that are asked for by id: SQLite takes 32,766 values since 3.32 (https://sqlite.org/limits.html).
MOST_BY_ID = 2000


def users_told(request: HttpRequest) -> QuerySet[Any]:
    """The users who were told of a contact whom the user at the keyboard may view."""
    user_model = get_user_model()
    if request.user.has_perm(VIEW_ANY):
        told = user_model._default_manager.filter(Exists(Delivery.objects.filter(user=OuterRef("pk"))))
    else:  # from their contacts on, as "distinct" keeps PostgreSQL to: each user was told of many others as well
        viewable = Contact.objects.viewable_by(request.user).order_by()
        deliveries = Delivery.objects.filter(user__isnull=False, notification__contact__in=viewable)
        told = user_model._default_manager.filter(pk__in=deliveries.order_by().values("user").distinct())
    return told.order_by(user_model.USERNAME_FIELD)


def contact_chosen(request: HttpRequest) -> QuerySet[Contact]:
    """The one contact whose page led here, if the user may view them: all others are found by searching."""
    chosen = keys_in(Contact, [request.GET.get("contact", "")])
    return Contact.objects.viewable_by(request.user).filter(pk__in=chosen)


class DeliveryLogFilterSet(WagtailFilterSet):
    """Day, alert, status, recipient, channel, what it waits for; and the contact from whose page one comes."""

    raised_at = django_filters.DateFromToRangeFilter(label=_("Raised"), widget=DateRangePickerWidget)
    alert = django_filters.ModelChoiceFilter(label=_("Alert"), queryset=alerts_to_choose)
    contact = django_filters.ModelChoiceFilter(label=_("Contact"), queryset=contact_chosen)
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[(status.value, capfirst(status.label)) for status in Status],
        empty_label=ALL,
        method="ask_of_delivery",
    )
    recipient = UserFilter(label=_("Recipient"), queryset=users_told, method="ask_of_delivery")
    channel = django_filters.ChoiceFilter(label=_("Channel"), empty_label=ALL, method="ask_of_delivery")
    waits_for = django_filters.ChoiceFilter(
        label=_("Waits for"),
        choices=[(one.value, one.label) for one in WaitsFor if one.value],
        empty_label=ALL,
        method="ask_of_delivery",
    )

    class Meta:
        model = Notification
        fields = ["raised_at", "alert", "contact", "status", "recipient", "channel", "waits_for"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["channel"].extra["choices"] = [(one.name, channel_label(one.name)) for one in channels()]
        if not contact_chosen(self.request):
            del self.filters["contact"]

    def ask_of_delivery(self, notifications: Any, name: str, value: Any) -> Any:
        """Nothing yet: ``filter_queryset`` asks all of it of one delivery."""
        return notifications

    def filter_queryset(self, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        notifications: QuerySet[Notification] = super().filter_queryset(queryset)
        condition = self.of_deliveries
        if not condition:
            return notifications
        deliveries = Delivery.objects.filter(condition)
        if self.asks_for_most:  # asked of one notification after the other, until the page is full
            return notifications.filter(Exists(deliveries.filter(notification=OuterRef("pk"))))
        return notifications.filter(pk__in=deliveries.order_by().values("notification"))

    @property
    def asks_for_most(self) -> bool:
        """Whether nothing is asked of deliveries but what is true of most of them: sent, and by e-mail."""
        asked = self.form.cleaned_data
        is_rare = asked.get("recipient") or asked.get("waits_for")
        return not is_rare and asked.get("status") in ("", Status.SENT) and asked.get("channel") in ("", EMAIL)

    @property
    def of_deliveries(self) -> Q:
        """What is asked of deliveries; empty if nothing."""
        asked, condition = self.form.cleaned_data, Q()
        if status := asked.get("status"):
            condition &= Q(status=status)
        if user := asked.get("recipient"):
            condition &= Q(user=user)
        if channel := asked.get("channel"):
            by_email = ~Q(role=Role.DESTINATION)
            condition &= by_email if channel == EMAIL else Q(destination__channel=channel)
        if waits_for := asked.get("waits_for"):
            condition &= Q(status=Status.WAITING, waits_for=waits_for)
        return condition


def found_in_log(query: str, notifications: QuerySet[Notification], *, user: Any) -> QuerySet[Notification]:
    """The notifications that the search finds: by contact, by alert, or by a recipient's whole address."""
    of_contact = Q()
    for field in ("name", "email", "company"):
        of_contact |= Q(**{f"{field}__icontains": query})
    # Contacts and alerts are looked through once, not again for each notification; contacts, unless many are found,
    # not again for the number of notifications and for those on the page either.
    contacts = Contact.objects.filter(of_contact).order_by().values_list("pk", flat=True)
    some = list(contacts[: MOST_BY_ID + 1])
    condition = Q(contact__in=some if len(some) <= MOST_BY_ID else contacts)
    sees_any_alert = any(map(user.has_perm, VIEW_ANY_ALERT))
    named = Alert.objects.filter(name__icontains=query).order_by().values("pk")
    of_alert = Q(alert_name__icontains=query) | Q(alert__in=named)
    condition |= of_alert if sees_any_alert else of_alert & Q(alert__in=alerts_for(user).order_by())
    if sees_any_alert and "@" in query:
        told = Delivery.objects.filter(email_key=email_key(query)).order_by()
        condition |= Q(pk__in=told.values("notification"))
    return notifications.filter(condition)
