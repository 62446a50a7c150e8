"""Which contacts an alert is about: all, or those with some tags, without others, of one owner, with a field's value.

Takes what was typed below the rows of step 2, gives the limits of the alert.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from taggit.models import Tag

from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.models import Alert, Contact
from wagtail_visit_alerts.models.contact import ContactTag
from wagtail_visit_alerts.models.declared_fields import FieldType, UnreadableValue, declared_field, parse
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.primary import primary_alias
from wagtail_visit_alerts.models.scope import STANDARD_FIELDS

#: Types of declared fields whose values people may write otherwise than they are kept.
NORMALISED = (FieldType.CHOICE, FieldType.DATE, FieldType.NUMBER, FieldType.URL)
#: More tags than anybody picks from a list; others can still be typed.
MAX_OFFERED_TAGS = 500


class TagNamesField(forms.CharField):
    """Names of existing tags, separated by commas; cleaned: a list of them as the site spells them.

    ``of_contacts`` are the names of the contacts' tags, set by the form.
    """

    of_contacts: Callable[[], Iterable[str]] = list

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value).replace("\n", ",").replace(";", ",")
        typed = [" ".join(name.split()) for name in next(csv.reader([text], skipinitialspace=True), [])]
        names = {name.casefold(): name for name in typed if name}
        known = {name.casefold(): name for name in self._spelled_as_known(names)}
        if unknown := [name for key, name in names.items() if key not in known]:
            raise ValidationError(
                _("There is no tag %(names)s: choose one of the list, or give a contact this tag first."),
                params={"names": ", ".join(_("“%(name)s”") % {"name": name} for name in unknown)},
            )
        return [known[key] for key in names]

    def _spelled_as_known(self, names: Mapping[str, str]) -> list[str]:
        """The names of those tags that there are; databases fold case each in its own way, so Python decides."""
        found = [name for name in self.of_contacts() if name.casefold() in names] if names else []
        if missing := names.keys() - {name.casefold() for name in found}:
            others = Tag.objects.using(primary_alias()).filter(name__in=[names[key] for key in missing])
            found += others.values_list("name", flat=True)
        return found

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f'"{name}"' if "," in name else name for name in value) if _is_list(value) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


class FieldNameField(forms.ChoiceField):
    """A field of contacts. The further ones in use are read only where one of them is chosen, or to choose from."""

    def valid_value(self, value: Any) -> bool:
        return value in STANDARD_FIELDS or super().valid_value(value)


class ContactLimitsForm(StepForm):
    """Part of step 2: which contacts the alert is about."""

    only_tags = TagNamesField(
        label=gettext_lazy("Only contacts with one of these tags"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "visit-alerts-tags"}),
        help_text=gettext_lazy("Separated by commas; one of them is enough."),
    )
    not_tags = TagNamesField(
        label=gettext_lazy("Not contacts with one of these tags"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "visit-alerts-tags"}),
        help_text=gettext_lazy("Separated by commas."),
    )
    contacts_of = forms.ChoiceField(
        label=gettext_lazy("Only contacts of this owner"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("This user owns no contacts any more: choose another one.")
        },
    )
    field_name = FieldNameField(
        label=gettext_lazy("Only contacts whose field"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("No contact has this field any more: choose another one.")
        },
    )
    field_value = forms.CharField(
        label=gettext_lazy("has this value"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("The whole value; upper and lower case make no difference."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Read when they are needed, and at most once.
        for name in ("only_tags", "not_tags"):
            self.fields[name].of_contacts = lambda: self.tags_of_contacts  # type: ignore[attr-defined]
        self.fields["contacts_of"].choices = self._owner_choices  # type: ignore[attr-defined]
        self.fields["field_name"].choices = self._field_choices  # type: ignore[attr-defined]

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {
            "only_tags": alert.only_tags,
            "not_tags": alert.not_tags,
            "contacts_of": alert.contacts_of_id,
            "field_name": alert.field_name,
            "field_value": alert.field_value,
        }

    # What there is to choose from

    @cached_property
    def _owners(self) -> list[Any]:
        users = get_user_model()._default_manager.filter(owned_contacts__isnull=False).distinct()
        return sorted(users, key=lambda user: display_name(user).casefold())

    def _owner_choices(self) -> list[tuple[str, str]]:
        owners = [(str(user.pk), display_name(user)) for user in self._owners]
        chosen = self.alert.contacts_of
        if chosen is not None and str(chosen.pk) not in dict(owners):
            owners.append((str(chosen.pk), display_name(chosen)))
        return [("", _("every owner")), *owners]

    def _field_choices(self) -> list[tuple[str, str]]:
        return [("", _("any field")), *self._fields_of_contacts]

    @cached_property
    def _fields_of_contacts(self) -> list[tuple[str, str]]:
        fields = Contact.objects.field_choices()
        chosen = self.alert.field_name
        return fields if not chosen or chosen in dict(fields) else [*fields, (chosen, chosen)]

    @cached_property
    def tags_of_contacts(self) -> list[str]:
        """The names of the tags that at least one contact has."""
        names = ContactTag.objects.order_by("tag__name").values_list("tag__name", flat=True)
        return list(names.distinct())

    @property
    def offered_tags(self) -> list[str]:
        """Tags to choose from; others can still be typed."""
        return self.tags_of_contacts[:MAX_OFFERED_TAGS]

    # What was chosen

    @property
    def is_set(self) -> bool:
        """Whether anything limits the contacts, or was meant to."""
        return any(self[name].value() for name in self.fields)

    def clean_field_value(self) -> str:
        return str(self.cleaned_data["field_value"]).strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        field, value = cleaned.get("field_name"), cleaned.get("field_value")
        if field and not value and "field_value" not in self.errors:
            self.add_error("field_value", _("Enter the value that the field must have."))
        if value and not field and "field_name" not in self.errors:
            self.add_error("field_name", _("Choose the field that must have this value."))
        if (declared := declared_field(field or "")) and value:
            try:
                # As it is kept of contacts, so that "31.12.2026" or a choice's label mean what is kept of them.
                cleaned["field_value"] = str(parse(declared, value)) if declared.type in NORMALISED else value
            except UnreadableValue as error:
                self.add_error("field_value", str(error))
        return cleaned

    def apply_to(self, alert: Alert) -> None:
        alert.only_tags = self.cleaned_data["only_tags"]
        alert.not_tags = self.cleaned_data["not_tags"]
        chosen = self.cleaned_data["contacts_of"]
        if chosen != str(self.alert.contacts_of_id or ""):
            alert.contacts_of = next((user for user in self._owners if str(user.pk) == chosen), None)
        alert.field_name = self.cleaned_data["field_name"]
        alert.field_value = self.cleaned_data["field_value"]
