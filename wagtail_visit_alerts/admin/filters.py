"""Filters of the listings."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.filters import WagtailFilterSet

from wagtail_visit_alerts.models import Alert, Contact


def authors_of_alerts(request: HttpRequest) -> QuerySet[Any]:
    """The users who have set up an alert."""
    users = get_user_model()._default_manager
    return users.filter(pk__in=Alert.objects.values("author")).order_by(get_user_model().USERNAME_FIELD)


def owners_of_contacts(request: HttpRequest) -> QuerySet[Any]:
    """The owners of the contacts that the user at the keyboard may view."""
    users = get_user_model()._default_manager
    owners = Contact.objects.viewable_by(request.user).order_by().values("owner")
    return users.filter(pk__in=owners).order_by(get_user_model().USERNAME_FIELD)


class AlertFilterSet(WagtailFilterSet):
    """Status and author."""

    is_on = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[
            ("True", pgettext_lazy("status of an alert", "ON")),
            ("False", pgettext_lazy("status of an alert", "OFF")),
        ],
        empty_label=pgettext_lazy("status of an alert", "All"),
    )
    author = django_filters.ModelChoiceFilter(label=_("Author"), queryset=authors_of_alerts)

    class Meta:
        model = Alert
        fields = ["is_on", "author"]


class ContactFilterSet(WagtailFilterSet):
    """Owner."""

    owner = django_filters.ModelChoiceFilter(label=_("Owner"), queryset=owners_of_contacts)

    class Meta:
        model = Contact
        fields = ["owner"]
