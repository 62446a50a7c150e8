"""Filters and search of the listing of contacts; they offer and find nothing that the user may not see."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from taggit.models import Tag
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.widgets import AdminDateInput

from wagtail_visit_alerts.admin.contact_form import YES_NO, YES_NO_VALUES, form_name
from wagtail_visit_alerts.admin.filters import (
    UserChoiceField,
    UserFilter,
    alerts_to_choose,
    some_of,
    users_by_name,
)
from wagtail_visit_alerts.models import Alert, Contact, ContactTag, DailyTotal, Method, Visitor
from wagtail_visit_alerts.models.alert import VIEW_ANY_ALERT
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.models.declared_fields import DeclaredField, FieldType, declared_fields
from wagtail_visit_alerts.models.primary import primary_alias
from wagtail_visit_alerts.models.scope import TextOfKey
from wagtail_visit_alerts.policies import alerts_for

#: Fields of a contact in which the listing's search looks.
SEARCHED = ("name", "email", "company", "phone")
NOBODY = "nobody"
ALL = pgettext_lazy("contacts", "All")


class OwnerField(UserChoiceField):
    """A choice of users, or of nobody."""

    def label_from_instance(self, user: Any) -> str:
        return str(self.null_label) if user == NOBODY else super().label_from_instance(user)


class OwnerFilter(UserFilter):
    field_class = OwnerField


def owners_of_contacts(request: HttpRequest) -> QuerySet[Any]:
    """The owners of the contacts that the user at the keyboard may view."""
    owners = Contact.objects.viewable_by(request.user).order_by().values("owner")
    return users_by_name().filter(pk__in=owners)


def tags_of_contacts(request: HttpRequest) -> QuerySet[Tag]:
    """Tags of the contacts that the user at the keyboard may view."""
    tagged = ContactTag.objects.filter(tag=OuterRef("pk"))
    if not request.user.has_perm(VIEW_ANY):
        tagged = tagged.filter(content_object__in=Contact.objects.viewable_by(request.user).order_by())
    tags = Tag.objects.using(primary_alias()).filter(Exists(tagged)).order_by("name")
    return some_of(tags, chosen=request.GET.get("tag", ""))


def _contacts_of(**asked: Any) -> Any:
    """The contacts of browsers like this, read once and not for each contact."""
    return Visitor.objects.filter(contact__isnull=False, **asked).values("contact")


def contacts_found_by(query: str, contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """The contacts that the listing's search finds."""
    condition = Q()
    for name in SEARCHED:
        condition |= Q(**{f"{name}__icontains": query})
    return contacts.filter(condition) if query else contacts


class ContactFilterSet(WagtailFilterSet):
    """Who they are and whose, when and how they were seen, whether they agree, and which alerts they have raised."""

    owner = OwnerFilter(
        label=_("Owner"),
        queryset=owners_of_contacts,
        null_label=pgettext_lazy("owner of a contact", "Nobody"),
        null_value=NOBODY,
    )
    tag = django_filters.ModelChoiceFilter(label=_("Tag"), queryset=tags_of_contacts, method="tagged")
    company = django_filters.CharFilter(label=_("Company"), lookup_expr="icontains")
    last_seen = django_filters.ChoiceFilter(
        label=_("Last seen"),
        choices=[
            ("today", pgettext_lazy("last seen", "today")),
            ("7", _("in 7 days")),
            ("30", _("in 30 days")),
            ("90", _("in 90 days")),
            ("earlier", _("longer ago")),
            ("never", pgettext_lazy("last seen", "never")),
        ],
        empty_label=ALL,
        widget=forms.RadioSelect,
        method="seen",
    )
    recognised = django_filters.ChoiceFilter(
        label=_("How recognised"),
        choices=[
            *((str(method.value), method.label) for method in Method if method),
            ("0", pgettext_lazy("a contact is recognised", "not yet")),
        ],
        empty_label=ALL,
        widget=forms.RadioSelect,
        method="recognised_by",
    )
    consent = django_filters.ChoiceFilter(
        label=_("Consent"),
        choices=[
            ("agreed", pgettext_lazy("consent", "agreed")),
            ("unknown", pgettext_lazy("consent", "not asked")),
            ("withdrawn", pgettext_lazy("consent", "withdrawn")),
            ("stopped", _("recording stopped")),
        ],
        empty_label=ALL,
        widget=forms.RadioSelect,
        method="consenting",
    )
    alert = django_filters.ModelChoiceFilter(
        label=_("Has raised the alert"), queryset=alerts_to_choose, method="ask_of_totals"
    )
    raised_from = django_filters.DateFilter(
        label=_("Has raised an alert since"), widget=AdminDateInput, method="ask_of_totals"
    )
    raised_until = django_filters.DateFilter(
        label=_("Has raised an alert until"), widget=AdminDateInput, method="ask_of_totals"
    )

    class Meta:
        model = Contact
        fields = [
            "owner",
            "tag",
            "company",
            "last_seen",
            "recognised",
            "consent",
            "alert",
            "raised_from",
            "raised_until",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in declared_fields():
            if field.type in FILTERS_OF_FIELDS:
                own = FILTERS_OF_FIELDS[field.type](field)
                own.parent, own.model = self, Contact
                self.filters[form_name(field)] = own

    def tagged(self, contacts: QuerySet[Contact], name: str, tag: Tag) -> QuerySet[Contact]:
        """The contacts that have this tag."""
        return contacts.filter(pk__in=ContactTag.objects.filter(tag=tag).values("content_object"))

    def seen(self, contacts: QuerySet[Contact], name: str, choice: str) -> QuerySet[Contact]:
        """The contacts who were last seen then; a day is that of the user at the keyboard."""
        now = timezone.localtime()
        if choice == "never":
            return contacts.filter(last_seen_at=None)
        if choice == "earlier":
            return contacts.filter(last_seen_at__lt=now - timedelta(days=90))
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight if choice == "today" else now - timedelta(days=int(choice))
        return contacts.filter(last_seen_at__gte=since)

    def recognised_by(self, contacts: QuerySet[Contact], name: str, method: str) -> QuerySet[Contact]:
        """The contacts of whom at least one browser became known in this way; those of whom none is."""
        if method == "0":
            return contacts.filter(~Exists(Visitor.objects.filter(contact=OuterRef("pk"))))
        return contacts.filter(pk__in=_contacts_of(identified_by=int(method)))

    def consenting(self, contacts: QuerySet[Contact], name: str, choice: str) -> QuerySet[Contact]:
        """The contacts whose browsers have said this; one that has agreed and is in use outweighs a withdrawal."""
        if choice == "stopped":
            return contacts.exclude(recording_stopped_at=None)
        agree_now = Q(pk__in=_contacts_of(consents=True, retired_at=None))
        withdrew = Q(pk__in=_contacts_of(consents=False))
        if choice == "agreed":
            return contacts.filter(agree_now | Q(pk__in=_contacts_of(consents=True)) & ~withdrew)
        if choice == "withdrawn":
            return contacts.filter(withdrew & ~agree_now)
        return contacts.exclude(pk__in=_contacts_of(consents__isnull=False))

    def ask_of_totals(self, contacts: Any, name: str, value: Any) -> Any:
        """Nothing yet: ``filter_queryset`` asks all of it of one total."""
        return contacts

    def filter_queryset(self, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        contacts: QuerySet[Contact] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        alert, since, until = (asked.get(name) for name in ("alert", "raised_from", "raised_until"))
        if not (alert or since or until):
            return contacts
        return contacts.filter(pk__in=self._who_raised(alert, since=since, until=until))

    def _who_raised(self, alert: Alert | None, *, since: date | None, until: date | None) -> Any:
        """The contacts who have raised this alert in the period, or any that the user may see."""
        totals = DailyTotal.objects.filter(raised__gt=0, contact__isnull=False)
        if alert is not None:
            totals = totals.filter(alert=alert)
        elif not any(map(self.request.user.has_perm, VIEW_ANY_ALERT)):
            totals = totals.filter(alert__in=alerts_for(self.request.user).order_by())
        if since is not None:
            totals = totals.filter(day__gte=since)
        if until is not None:
            totals = totals.filter(day__lte=until)
        return totals.values("contact")


class DeclaredFieldFilter(django_filters.Filter):
    """Asks for the value of a declared field."""

    def __init__(self, field: DeclaredField, **options: Any) -> None:
        super().__init__(label=field.label, **options)
        self.key = field.name

    def filter(self, contacts: QuerySet[Contact], value: Any) -> QuerySet[Contact]:
        if value in (None, ""):
            return contacts
        text = TextOfKey("extra", self.key)
        known = contacts.alias(**{self.alias: text, f"{self.alias}_small": Lower(text)})
        return known.filter(self.condition(value))

    @property
    def alias(self) -> str:
        """A name for the value in the query, which no field has."""
        return f"further_{self.creation_counter}"

    def condition(self, value: Any) -> Q:
        """What is asked of the value."""
        return Q(**{self.alias: Value(value)})


class TextFieldFilter(DeclaredFieldFilter, django_filters.CharFilter):
    """Contains a text, in any case."""

    def condition(self, value: Any) -> Q:
        # MariaDB compares what JSON holds letter by letter; SQLite makes only A to Z small.
        as_it_is, small = Q(**{f"{self.alias}__icontains": value}), value.lower()
        return as_it_is | Q(**{f"{self.alias}_small__contains": small})


class ChoiceFieldFilter(DeclaredFieldFilter, django_filters.ChoiceFilter):
    """Has this value."""

    def __init__(self, field: DeclaredField) -> None:
        super().__init__(field, choices=field.choices, empty_label=ALL)


class YesNoFieldFilter(DeclaredFieldFilter, django_filters.ChoiceFilter):
    """Is yes, or no."""

    def __init__(self, field: DeclaredField) -> None:
        super().__init__(field, choices=YES_NO[1:], empty_label=ALL)

    def condition(self, value: Any) -> Q:
        return super().condition("true" if YES_NO_VALUES[value] else "false")


FILTERS_OF_FIELDS: Mapping[FieldType, Callable[[DeclaredField], DeclaredFieldFilter]] = {
    FieldType.TEXT: TextFieldFilter,
    FieldType.URL: TextFieldFilter,
    FieldType.CHOICE: ChoiceFieldFilter,
    FieldType.YES_NO: YesNoFieldFilter,
}
