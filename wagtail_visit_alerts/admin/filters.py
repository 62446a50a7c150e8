"""Filters of the listing of alerts."""

from collections.abc import Iterator
from typing import Any

import django_filters
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters.fields import ModelChoiceField, ModelChoiceIterator
from wagtail.admin.filters import WagtailFilterSet

from wagtail_visit_alerts.admin.row_keys import keys_in
from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models import Alert, Loss, MonitoredPage, Recipient
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.policies import alerts_for

#: Fields of an alert in which the listing's search looks.
SEARCHED = ("name", "group")
#: Rows that a list offers: more than anybody picks from. What an address asks for is offered besides.
MOST_CHOICES = 500


class ReadOnceIterator(ModelChoiceIterator):
    """The choices, read together with the one that was chosen."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        if self.field.null_label is not None:
            yield self.field.null_value, self.field.null_label
        yield from (self.choice(one) for one in self.field.queryset)


class ReadOnceChoiceField(ModelChoiceField):
    """A choice among rows that are read in one query, where Django reads the chosen one and then all."""

    iterator = ReadOnceIterator

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if self.null_label is not None and value == self.null_value:
            return value
        for one in self.queryset:
            if str(one.pk) == str(value):
                return one
        raise ValidationError(
            self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
        )


class UserChoiceField(ReadOnceChoiceField):
    """A choice of users by their names."""

    def label_from_instance(self, user: Any) -> str:
        return display_name(user)


class ReadOnceFilter(django_filters.ModelChoiceFilter):
    field_class = ReadOnceChoiceField


class UserFilter(django_filters.ModelChoiceFilter):
    field_class = UserChoiceField


def users_by_name() -> QuerySet[Any]:
    """All users, in the order of the names with which they log in."""
    user_model = get_user_model()
    return user_model._default_manager.order_by(user_model.USERNAME_FIELD)


def authors_of_alerts(request: HttpRequest) -> QuerySet[Any]:
    """The authors of the alerts that the user at the keyboard may see."""
    return users_by_name().filter(pk__in=_seen(request).values("author"))


def recipients_of_alerts(request: HttpRequest) -> QuerySet[Any]:
    """The users who chose to get an alert that the user at the keyboard may see, or stand in for an owner."""
    seen = _seen(request)
    told = Recipient.objects.filter(alert__in=seen).values("user")
    return users_by_name().filter(Q(pk__in=told) | Q(pk__in=seen.values("fallback_user")))


def pages_of_alerts(request: HttpRequest) -> QuerySet[Any]:
    """The Wagtail pages that the alerts watch which the user at the keyboard may see."""
    watched = MonitoredPage.objects.filter(alert__in=_seen(request), is_exception=False)
    return apps.get_model(PAGE_MODEL).objects.filter(pk__in=watched.values("page")).order_by("title", "pk")


def alerts_to_choose(request: HttpRequest) -> QuerySet[Alert]:
    """Alerts that the user at the keyboard may see."""
    return some_of(_seen(request).order_by("name", "pk"), chosen=request.GET.get("alert", ""))


def some_of(rows: Any, *, chosen: str) -> Any:
    """The first of them, and the one that an address asks for: a list of all may be too long."""
    first = list(rows.values_list("pk", flat=True)[: MOST_CHOICES + 1])
    if len(first) <= MOST_CHOICES:
        return rows.filter(pk__in=first)
    return rows.filter(pk__in=[*first[:MOST_CHOICES], *keys_in(rows.model, [chosen])])


def _seen(request: HttpRequest) -> QuerySet[Alert]:
    return alerts_for(request.user).order_by()  # type: ignore[arg-type]  # behind the admin's login


def found_by(query: str, alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """The alerts that the listing's search finds."""
    condition = Q()
    for name in SEARCHED:
        condition |= Q(**{f"{name}__icontains": query})
    return alerts.filter(condition) if query else alerts


class AlertFilterSet(WagtailFilterSet):
    """Status, group, author, page and recipients; offers nothing of alerts that the user may not see."""

    status = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[
            ("on", pgettext_lazy("status of an alert", "ON")),
            ("off", pgettext_lazy("status of an alert", "OFF")),
            ("lost", _("has lost something")),
        ],
        empty_label=pgettext_lazy("status of an alert", "All"),
        method="with_status",
    )
    group = django_filters.ChoiceFilter(
        label=pgettext_lazy("of alerts", "Group"), empty_label=pgettext_lazy("groups of alerts", "All")
    )
    author = UserFilter(label=_("Author"), queryset=authors_of_alerts)
    page = ReadOnceFilter(label=_("Monitored page"), queryset=pages_of_alerts, method="watching")
    recipient = UserFilter(label=_("Recipient"), queryset=recipients_of_alerts, method="told")
    cc = django_filters.CharFilter(label=_("Address in CC"), field_name="cc", lookup_expr="icontains")

    class Meta:
        model = Alert
        fields = ["status", "group", "author", "page", "recipient", "cc"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = _seen(self.request).exclude(group="").values_list("group", flat=True)
        self.filters["group"].extra["choices"] = [(name, name) for name in groups.order_by("group").distinct()]

    def with_status(self, alerts: QuerySet[Alert], name: str, status: str) -> QuerySet[Alert]:
        """The alerts that are on, off, or have lost something."""
        if status == "lost":
            return alerts.filter(Exists(Loss.objects.open().filter(alert=OuterRef("pk"))))
        return alerts.filter(is_on=status == "on")

    def watching(self, alerts: QuerySet[Alert], name: str, page: Any) -> QuerySet[Alert]:
        """The alerts that watch this very page."""
        rows = MonitoredPage.objects.filter(alert=OuterRef("pk"), page=page, is_exception=False)
        return alerts.filter(Exists(rows))

    def told(self, alerts: QuerySet[Alert], name: str, user: Any) -> QuerySet[Alert]:
        """The alerts that a user gets, by their own choice or in place of an owner."""
        chose = Exists(Recipient.objects.filter(alert=OuterRef("pk"), user=user))
        return alerts.filter(chose | Q(send_to_owner=True, fallback_user=user))
