"""Who gets the alert, as the wizard asks it: me, the contact's main owner and who stands in, CC, destinations."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.models import Admin
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_visit_alerts.admin.wizard.address_list import AddressesField
from wagtail_visit_alerts.admin.wizard.known_fields import ChoiceOfKnown
from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.delivering.channels import channel
from wagtail_visit_alerts.models import Alert, AlertDestination, Destination, Recipient
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.email_address import address_of, email_key

AUTHOR, USER, GROUP = "author", "user", "group"


def users_of_admin() -> "QuerySet[Any]":
    """The active users who may enter the admin and have an e-mail address, in the order of their names."""
    user_model = get_user_model()
    address = user_model.get_email_field_name()
    # Wagtail's permission to enter, "access_admin", is one on the model ``Admin``.
    users = ModelPermissionPolicy(Admin).users_with_permission("access")
    return users.exclude(**{address: ""}).order_by(user_model.USERNAME_FIELD)


class UserChoiceField(forms.ModelChoiceField):
    """A choice of users by their names."""

    def label_from_instance(self, user: Any) -> str:
        return f"{display_name(user)} ({address_of(user)})"


class DestinationsField(forms.ModelMultipleChoiceField):
    """A choice of destinations by their names and channels: nothing else of them is shown."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, destination: Any) -> str:
        found = channel(destination.channel)
        words = {"name": destination.name, "channel": found.label if found else destination.channel}
        if destination.is_on:
            return gettext("%(name)s (%(channel)s)") % words
        return gettext("%(name)s (%(channel)s, switched off)") % words


class RecipientsForm(StepForm):
    """Who gets the alert."""

    send_to_me = forms.BooleanField(label=_("Send the alert to me"), required=False)
    send_to_owner = forms.BooleanField(label=_("Send the alert to the contact's main owner"), required=False)
    fallback = forms.ChoiceField(
        label=_("Who is told where a contact has no active owner"), required=False, widget=forms.RadioSelect
    )
    fallback_user = UserChoiceField(
        label=pgettext_lazy("who stands in for an owner", "User"),
        required=False,
        queryset=get_user_model()._default_manager.none(),
        empty_label=_("Choose a user"),
        error_messages={
            "invalid_choice": _(
                "The user who was chosen here may not enter the admin any more, or has no e-mail address: "
                "choose another."
            )
        },
    )
    fallback_group = ChoiceOfKnown(
        label=pgettext_lazy("who stands in for an owner", "Group"),
        required=False,
        queryset=Group.objects.order_by("name"),
        empty_label=_("Choose a group"),
        error_messages={
            "invalid_choice": _("The group that was chosen here no longer exists: choose another.")
        },
    )
    cc = AddressesField(
        label=_("CC"),
        required=False,
        help_text=_("Further e-mail addresses, separated by commas, semicolons or new lines."),
    )

    destinations = DestinationsField(
        label=pgettext_lazy("where alerts are sent beside e-mail", "Destinations"),
        required=False,
        queryset=Destination.objects.none(),
        help_text=_("They are told at once, whatever the sending hours and digests of people are."),
        error_messages={
            "invalid_choice": _("A destination that was chosen here no longer exists."),
            "invalid_pk_value": _("A destination that was chosen here no longer exists."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["fallback"].choices = [
            (AUTHOR, self._author_in_words()),
            (USER, _("Another user")),
            (GROUP, _("A group of users")),
        ]
        fields["fallback_user"].queryset = users_of_admin()
        fields["fallback_group"].known = self.alert.fallback_group
        fields["destinations"].queryset = Destination.objects.all()

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        fallback = USER if alert.fallback_user_id else GROUP if alert.fallback_group_id else AUTHOR
        return {
            "send_to_me": any(recipient.user_id == user.pk for recipient in alert.recipients.all()),
            "send_to_owner": alert.send_to_owner,
            "fallback": fallback,
            "fallback_user": alert.fallback_user_id,
            "fallback_group": alert.fallback_group_id,
            "cc": ", ".join(alert.cc_addresses),
            "destinations": [one.destination_id for one in alert.destinations.all()],
        }

    def _author_in_words(self) -> str:
        author = self.alert.author
        if author == self.user:
            return gettext("Me, as the author of this alert")
        if author is None:
            return gettext("The author of this alert, whose account was deleted: nobody")
        return gettext("%(name)s, the author of this alert") % {"name": display_name(author)}

    @property
    def other_recipients(self) -> list[Recipient]:
        """The other users who chose to get this alert: only they can change that."""
        return [recipient for recipient in self.alert.recipients.all() if recipient.user_id != self.user.pk]

    def clean_send_to_me(self) -> bool:
        chosen = bool(self.cleaned_data["send_to_me"])
        if chosen and not address_of(self.user):
            raise ValidationError(_("Your account has no e-mail address: add one to your account first."))
        return chosen

    def clean_cc(self) -> str:
        cc = str(self.cleaned_data["cc"])
        already_there = {email_key(address) for address in self.alert.cc_addresses}
        added = [address for address in cc.split(",") if address and email_key(address) not in already_there]
        if added and not self.user.has_perm(VIEW_ANY):
            raise ValidationError(
                _("You may not add %(addresses)s: CC is told of every contact, and you may not view them all."),
                params={"addresses": ", ".join(added)},
            )
        return cc

    def clean_destinations(self) -> list[Destination]:
        chosen = list(self.cleaned_data["destinations"])
        already_there = {one.destination_id for one in self.alert.destinations.all()}
        added = [destination.name for destination in chosen if destination.pk not in already_there]
        if added and not self.user.has_perm(VIEW_ANY):
            raise ValidationError(
                _(
                    "You may not add %(destinations)s: a destination is told of every contact, and you may not view "
                    "them all."
                ),
                params={"destinations": ", ".join(added)},
            )
        return chosen

    @cached_property
    def offers_destinations(self) -> bool:
        """Whether there are destinations to choose; read once, also for the field that shows them."""
        field: Any = self.fields["destinations"]
        field.choices = [(one.pk, field.label_from_instance(one)) for one in field.queryset]
        return bool(field.choices)

    @property
    def may_add_destinations(self) -> bool:
        """Whether the user may set one up."""
        return bool(self.user.has_perm("wagtail_visit_alerts.add_destination"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._clean_fallback(cleaned)
        chosen = any(cleaned.get(name) for name in ("send_to_me", "send_to_owner", "cc", "destinations"))
        if not (chosen or self.other_recipients or {"send_to_me", "cc", "destinations"} & self.errors.keys()):
            self.add_error(
                "send_to_me",
                gettext(
                    "Choose at least one recipient: yourself, the contact's main owner, CC or a destination."
                )
                if self.offers_destinations
                else gettext("Choose at least one recipient: yourself, the contact's main owner or CC."),
            )
        return cleaned

    def _clean_fallback(self, cleaned: dict[str, Any]) -> None:
        chosen = cleaned.get("fallback") if cleaned.get("send_to_owner") else AUTHOR
        required = {
            USER: ("fallback_user", _("Choose a user.")),
            GROUP: ("fallback_group", _("Choose a group.")),
        }
        for choice, (name, error) in required.items():
            if chosen != choice:
                # What a hidden field holds does not count, and must not keep anybody here.
                self.errors.pop(name, None)
                cleaned[name] = None
            elif name not in self.errors and cleaned.get(name) is None:
                self.add_error(name, str(error))

    def apply_to(self, alert: Alert) -> None:
        mine = [recipient for recipient in alert.recipients.all() if recipient.user_id == self.user.pk]
        others = [recipient for recipient in alert.recipients.all() if recipient.user_id != self.user.pk]
        if self.cleaned_data["send_to_me"]:
            others += mine or [Recipient(user=self.user)]
        alert.recipients = others
        alert.send_to_owner = self.cleaned_data["send_to_owner"]
        alert.fallback_user = self.cleaned_data["fallback_user"]
        alert.fallback_group = self.cleaned_data["fallback_group"]
        alert.cc = self.cleaned_data["cc"]
        there = {one.destination_id: one for one in alert.destinations.all()}
        alert.destinations = [
            there.get(destination.pk) or AlertDestination(destination=destination)
            for destination in self.cleaned_data["destinations"]
        ]
