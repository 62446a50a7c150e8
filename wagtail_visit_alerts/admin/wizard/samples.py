"""A contact and a page to preview and try an alert with: chosen by the editor, or the likeliest ones.

Takes an alert as it is in the wizard, its editor and what they chose; gives contact and page. Guarantees that the
contact is one whom the editor may view at this moment.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import BooleanField, ExpressionWrapper, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_visit_alerts import previewing
from wagtail_visit_alerts.admin.contact_chooser import ContactChooser
from wagtail_visit_alerts.admin.wizard.known_fields import ChoiceOfKnown
from wagtail_visit_alerts.models import Alert, Contact, Visitor
from wagtail_visit_alerts.models.contact import VIEW_ANY, ContactQuerySet
from wagtail_visit_alerts.models.scope import Scope

#: The form that the fields belong to: they stand inside the wizard's own, and are none of its answers.
FORM_ID = "visit-alerts-sample"
#: What an e-mail asks of a contact's owner, to be read along with the contact.
_OWNER_AND_CHOICES = "owner__visit_alerts_preferences"


class SampleContactChooser(ContactChooser):
    """Stands inside the wizard's form, and belongs to another."""

    #: The one that the form has read already.
    chosen: Contact | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"form": FORM_ID}, **kwargs)

    def get_instance(self, value: Any) -> Contact | None:
        if self.chosen is not None and str(value) == str(self.chosen.pk):
            return self.chosen
        return super().get_instance(value)


class SampleForm(forms.Form):
    """Which contact visits which page, for a preview or a test."""

    sample_contact = ChoiceOfKnown(
        label=_("Contact"),
        required=False,
        queryset=Contact.objects.none(),
        widget=SampleContactChooser,
        error_messages={
            "invalid_choice": _("This contact no longer exists, or you may not view them: choose another one.")
        },
    )
    sample_place = forms.ChoiceField(
        label=_("Page they visit"), required=False, widget=forms.Select(attrs={"form": FORM_ID})
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, alert: Alert, user: Any, sites: Sequence[Site]
    ) -> None:
        self.alert, self.user = alert, user
        self.places = previewing.sample_places(alert, viewer=user, sites=sites)
        likeliest = None if (data or {}).get("sample_contact") else self.likeliest_contact
        chosen = (data or {}).get("sample_contact") or (likeliest and likeliest.pk)
        # Bound also where nothing was chosen, so that what the fields show is what is used.
        super().__init__({"sample_contact": chosen, "sample_place": (data or {}).get("sample_place", "")})
        fields: dict[str, Any] = self.fields
        fields["sample_contact"].queryset = self._to_choose_from
        fields["sample_contact"].known = likeliest
        fields["sample_contact"].widget.viewable = self.viewable
        fields["sample_place"].choices = [("", _("the first page"))] * (not self.places) + [
            (place.url, place.label) for place in self.places
        ]

    @property
    def viewable(self) -> ContactQuerySet:
        """The contacts that the user may view."""
        return Contact.objects.viewable_by(self.user)

    @property
    def _to_choose_from(self) -> ContactQuerySet:
        """The same, each with what is asked of the contact afterwards."""
        contacts, scope = self.viewable.select_related(_OWNER_AND_CHOICES), Scope.of(self.alert)
        if scope is None:
            return contacts
        return contacts.annotate(is_in_scope=ExpressionWrapper(scope.condition, output_field=BooleanField()))

    def clean_sample_contact(self) -> Contact | None:
        """The contact, which the chooser then need not read again."""
        contact: Contact | None = self.cleaned_data["sample_contact"]
        fields: dict[str, Any] = self.fields
        fields["sample_contact"].widget.chosen = contact
        return contact

    @cached_property
    def likeliest_contact(self) -> Contact | None:
        """The contact that was seen last of those that the alert is about, or else one of these, or any."""
        return self._likeliest_in_scope or self.viewable.first()

    @cached_property
    def _likeliest_in_scope(self) -> Contact | None:
        about = self.viewable.in_scope_of(self.alert)
        browsers = Visitor.objects.exclude(contact=None)
        if not (Scope.of(self.alert) is None and self.user.has_perm(VIEW_ANY)):
            browsers = browsers.filter(contact__in=about.order_by().values("pk"))
        # One row is sorted out by itself, before anything is joined to it.
        latest = browsers.order_by("-last_seen_at", "-pk").values("contact")[:1]
        seen = Contact.objects.filter(pk=Subquery(latest)).select_related(_OWNER_AND_CHOICES)
        return seen.first() or about.first()

    @cached_property
    def contact(self) -> Contact | None:
        """The contact; None where the user may view none, or not the one that was chosen."""
        return self.cleaned_data.get("sample_contact") if self.is_valid() else None

    @cached_property
    def is_about_contact(self) -> bool:
        """Whether the alert is about this contact, as it is limited."""
        contact = self.contact
        if contact is None or Scope.of(self.alert) is None:
            return contact is not None
        # Read along with a contact who was chosen.
        is_in_scope: bool = getattr(contact, "is_in_scope", contact is self._likeliest_in_scope)
        return is_in_scope

    @cached_property
    def place(self) -> previewing.Place | None:
        """The page; None where the alert watches none that is known."""
        url = self.cleaned_data.get("sample_place") if self.is_valid() else ""
        return next((place for place in self.places if place.url == url), next(iter(self.places), None))
