"""Merging two contacts: the other one is chosen, both are shown side by side, and a person says whose values stay."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin import messages

from wagtail_visit_alerts import merging
from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.contact_chooser import ContactChooser
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.views.contact_subpage import ContactSubpage
from wagtail_visit_alerts.delivering.wording import further_value
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import declared_field
from wagtail_visit_alerts.policies import ContactPermissionPolicy

OTHER = "other"


@dataclass(frozen=True)
class Row:
    """A field of both contacts; there is a choice where both have a value, and not the same."""

    name: str
    label: str
    kept: str
    other: str

    @property
    def is_choice(self) -> bool:
        """Whether a person has to say whose value stays."""
        return bool(self.kept and self.other and self.kept != self.other)


class OtherContactForm(forms.Form):
    """With whom the contact is merged: somebody else whom the user may change and delete."""

    other = forms.ModelChoiceField(
        label=gettext_lazy("The other contact"),
        queryset=Contact.objects.none(),
        widget=ContactChooser,
        error_messages={
            "required": gettext_lazy("Choose the other contact."),
            "invalid_choice": gettext_lazy("Choose another contact, one that you may view."),
        },
    )

    def __init__(self, *args: Any, contact: Contact, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Contact.objects.viewable_by(user).exclude(pk=contact.pk).select_related("owner", "user")
        field: Any = self.fields[OTHER]
        field.queryset = field.widget.viewable = others


def may_merge(user: Any, contact: Contact) -> bool:
    """Whether a user may merge this contact with another one: whoever may change and delete them."""
    policy = ContactPermissionPolicy(Contact)
    return all(
        policy.user_has_permission_for_instance(user, action, contact) for action in ("change", "delete")
    )


class MergeContactsView(ContactSubpage):
    """Choose the other contact, compare, and merge: the contact in the address stays."""

    page_title = gettext_lazy("Merge contacts")
    header_icon = "resubmit"
    template_name = "wagtail_visit_alerts/admin/contacts/merge.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not may_merge(request.user, self.object):
            raise PermissionDenied

    @cached_property
    def form(self) -> OtherContactForm:
        """Empty until somebody was chosen."""
        chosen = self.request.POST if self.request.method == "POST" else self.request.GET
        data = chosen if OTHER in chosen else None
        return OtherContactForm(data, contact=self.object, user=self.request.user)

    @cached_property
    def other(self) -> Contact | None:
        """The one who was chosen."""
        return self.form.cleaned_data[OTHER] if self.form.is_valid() else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context |= {"form": self.form, "other": self.other, "media": self.form.media}
        if self.other is not None:
            swapped = reverse(f"{CONTACTS}:merge", args=[self.other.pk])
            context |= {
                "rows": [_row(name, self.object, self.other) for name in _fields(self.object, self.other)],
                "swapped_url": f"{swapped}?{OTHER}={self.object.pk}",
            }
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.other is None:
            return self.render_to_response(self.get_context_data())
        take = {name for name in _fields(self.object, self.other) if request.POST.get(f"take-{name}") == OTHER}
        said = {"other": str(self.other)}
        try:
            kept = merging.merge(self.object.pk, self.other.pk, take=take, by=request.user, now=timezone.now())
        except merging.NotTwoContacts:
            messages.error(request, gettext("%(other)s is no longer there, so nothing was merged.") % said)
            return self.back_to_contact()
        messages.success(request, gettext("%(other)s is now part of %(name)s.") % {**said, "name": kept})
        return redirect(self.contact_url)


def _fields(kept: Contact, other: Contact) -> list[str]:
    return merging.fields_of(kept, other)


def _row(name: str, kept: Contact, other: Contact) -> Row:
    column, _dot, key = name.partition(".")
    declared = declared_field(key) if key else None
    if key:
        label = str(declared.label) if declared else key
    else:
        label = capfirst(str(Contact._meta.get_field(column).verbose_name))

    def text(contact: Contact) -> str:
        value = merging.value_of(contact, name)
        if value is None:
            return ""
        if column in ("owner", "user"):
            return name_of(value)
        return declared.text_of(value) if declared else further_value(value)

    return Row(name, label, text(kept), text(other))
