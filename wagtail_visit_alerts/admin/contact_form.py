"""The form of a contact in the admin, and the panel of the fields that the site declares."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.widgets import AdminDateInput

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import (
    LONGEST_VALUE,
    DeclaredField,
    FieldType,
    UnreadableValue,
    day_of,
    declared_fields,
    parse,
)
from wagtail_visit_alerts.models.display_name import display_name

ADDRESS_IS_TAKEN = _("Another contact has this e-mail address already.")


class ContactForm(WagtailAdminModelForm):
    """Refuses an address that another contact has, whatever its spelling; has the site's declared fields."""

    class Media:
        # Wagtail's field for tags makes an input that no label is for.
        js = ["wagtail_visit_alerts/admin/tag-labels.js"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tags" in self.fields:
            self.fields["tags"].help_text = _("Separated by commas.")  # taggit's own is in English only
        if "owner" in self.fields:
            offer_owners(self.fields["owner"], chosen=self.instance.owner_id)
        self.declared = declared_fields()
        for field in self.declared:
            value = self.instance.extra.get(field.name)
            # What a field of its type can't show stays to be seen as text.
            field_as_text = replace(field, type=FieldType.TEXT)
            self.fields[form_name(field)] = form_field(field if _fits(field, value) else field_as_text)
            self.initial.setdefault(form_name(field), _initial(field, value))

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Contact.objects.with_email(email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(ADDRESS_IS_TAKEN, code="unique")
        return email

    def clean(self) -> dict[str, Any]:
        """Read the declared fields; what a person enters is not "as given in a form" any more."""
        cleaned: dict[str, Any] = super().clean()
        further = dict(self.instance.extra)
        for field in self.declared:
            name = form_name(field)
            if name not in cleaned or name not in self.changed_data:
                continue
            try:
                value = parse(field, cleaned[name])
            except UnreadableValue as error:
                self.add_error(name, str(error))
                continue
            further.pop(field.name, None)
            if value is not None:
                further[field.name] = value
        self.instance.extra = further
        changed = {*self.changed_data, *(f.name for f in self.declared if form_name(f) in self.changed_data)}
        self.instance.fields_given_by_form = [
            name for name in self.instance.fields_given_by_form if name not in changed
        ]
        return cleaned


class DeclaredFieldsPanel(MultiFieldPanel):
    """The fields that the site declares, as its settings are now; not shown where there are none."""

    class BoundPanel(MultiFieldPanel.BoundPanel):
        @cached_property
        def children(self) -> list[Any]:
            return [
                FieldPanel(form_name(field), disable_comments=True)
                .bind_to_model(Contact)
                .get_bound_panel(
                    instance=self.instance,
                    request=self.request,
                    form=self.form,
                    prefix=f"{self.prefix}-child-{form_name(field)}",
                )
                for field in declared_fields()
            ]

        @property
        def visible_children_with_identifiers(self) -> list[tuple[Any, str]]:
            return [(child, child.field_name) for child in self.children if child.is_shown()]


class ContactPanels(ObjectList):
    """All panels of the form."""

    class BoundPanel(ObjectList.BoundPanel):
        def render_missing_fields(self) -> SafeString:
            """The form's fields that no panel shows: as Wagtail does it, who knows nothing of declared fields."""
            shown = {*self.panel.get_form_options().get("fields", ()), *map(form_name, declared_fields())}
            missing = ((self.form[name],) for name in self.form.fields if name not in shown)
            return format_html_join("", "{}", missing)


def offer_owners(field: Any, *, chosen: Any) -> None:
    """Let a field offer the users whose account is active, by the names that people know.

    The key of the one who is ``chosen`` stays to be chosen, whatever has become of the account.
    """
    model = get_user_model()
    users = model._default_manager.filter(Q(is_active=True) | Q(pk=chosen))
    field.queryset = users.order_by(model.USERNAME_FIELD)
    field.label_from_instance = display_name


def form_name(field: DeclaredField) -> str:
    """What a declared field is called in forms and filters: like no field of the table."""
    return f"extra_{field.name}"


def form_field(field: DeclaredField) -> forms.Field:
    """The field of a form for a declared field; it may be left empty."""
    options: dict[str, Any] = {"label": field.label, "required": False}
    match field.type:
        case FieldType.NUMBER:
            return forms.DecimalField(**options)
        case FieldType.DATE:
            return forms.DateField(widget=AdminDateInput(), **options)
        case FieldType.YES_NO:
            return forms.TypedChoiceField(choices=YES_NO, coerce=YES_NO_VALUES.get, empty_value=None, **options)
        case FieldType.URL:
            return forms.URLField(max_length=LONGEST_VALUE, assume_scheme="https", **options)
        case FieldType.CHOICE:
            return forms.ChoiceField(choices=[("", "---------"), *field.choices], **options)
        case _:
            return forms.CharField(max_length=LONGEST_VALUE, **options)


YES_NO = [
    ("", "---------"),
    ("yes", pgettext_lazy("value of a field", "Yes")),
    ("no", pgettext_lazy("value of a field", "No")),
]
YES_NO_VALUES: Mapping[str, bool] = {"yes": True, "no": False}


def _fits(field: DeclaredField, value: Any) -> bool:
    try:
        return parse(field, value) == (None if value == "" else value)
    except UnreadableValue:
        return False


def _initial(field: DeclaredField, value: Any) -> Any:
    """A value as its form field shows it."""
    if field.type == FieldType.YES_NO:
        return next((name for name, answer in YES_NO_VALUES.items() if answer is value), value)
    return day_of(value) or value if field.type == FieldType.DATE else value
