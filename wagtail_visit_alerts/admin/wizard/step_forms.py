"""The forms of the wizard's one-page steps: name, frequency, details, summary.

Each form is made of an alert and a user, validates its own step, and writes its answers into the alert with
``apply_to``; nothing is saved here.
"""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminAutoHeightTextInput, SwitchInput

from wagtail_visit_alerts.models import Alert, Period, Recipient
from wagtail_visit_alerts.models.alert import MAX_CC_LENGTH, MAX_TIMES
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.models.email_address import address_of, email_key

EXACTLY = "exactly"


def _out_of_range() -> str:
    return gettext("Enter a whole number from 1 to %(limit)d.") % {"limit": MAX_TIMES}


# A lazy text filled in with % is no longer lazy: it stays in the language of the import.
_OUT_OF_RANGE = lazy(_out_of_range, str)()


class StepForm(forms.Form):
    """A step of the wizard; ``data`` is what was typed, none before anything was."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, alert: Alert, user: Any, **kwargs: Any
    ) -> None:
        self.alert, self.user = alert, user
        super().__init__(data, initial=self.initial_of(alert, user=user), **kwargs)

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        """The answers that the alert stands for."""
        raise NotImplementedError

    def apply_to(self, alert: Alert) -> None:
        """Write the answers into the alert, in memory. The form must be valid."""
        raise NotImplementedError


class NameForm(StepForm):
    """Step 1: what the alert is called."""

    name = forms.CharField(
        label=_("Alert name"),
        max_length=255,
        help_text=_("By this name you find it again, and recipients recognise it: “Price list opened”."),
        error_messages={"required": _("Give the alert a name.")},
    )

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {"name": alert.name}

    def apply_to(self, alert: Alert) -> None:
        alert.name = self.cleaned_data["name"]


class FrequencyForm(StepForm):
    """Step 3: how often the alert may be raised about one contact."""

    how_often = forms.ChoiceField(
        label=_("How often"),
        choices=[
            (Period.DAY.value, _("once a day")),
            (Period.WEEK.value, _("once a week")),
            (Period.MONTH.value, _("once a month")),
            (EXACTLY, _("Choose exactly")),
        ],
        widget=forms.RadioSelect,
        help_text=_("At most this often about the same contact. Weeks begin on Monday."),
        error_messages={"required": _("Choose how often the alert may be sent.")},
    )
    times = forms.IntegerField(
        label=_("Times"),
        required=False,
        min_value=1,
        max_value=MAX_TIMES,
        error_messages={
            "invalid": _OUT_OF_RANGE,
            "min_value": _OUT_OF_RANGE,
            "max_value": _OUT_OF_RANGE,
        },
    )
    period = forms.ChoiceField(label=_("Period"), required=False, choices=Period.choices)

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        once = alert.cap_times == 1
        return {
            "how_often": alert.cap_period if once else EXACTLY,
            "times": alert.cap_times,
            "period": alert.cap_period,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how_often") != EXACTLY:
            # What the hidden fields hold does not count, and must not keep anybody here.
            self.errors.pop("times", None)
            self.errors.pop("period", None)
            return cleaned
        for name in ("times", "period"):
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, self.fields[name].error_messages.get("invalid") or _("Choose a period."))
        return cleaned

    def apply_to(self, alert: Alert) -> None:
        chosen = self.cleaned_data["how_often"]
        exactly = chosen == EXACTLY
        alert.cap_times = self.cleaned_data["times"] if exactly else 1
        alert.cap_period = self.cleaned_data["period"] if exactly else chosen


class AddressesField(forms.CharField):
    """E-mail addresses, typed with commas, semicolons or line breaks between them; cleaned: joined by commas."""

    widget = AdminAutoHeightTextInput

    def clean(self, value: Any) -> str:
        addresses: dict[str, str] = {}
        for part in re.split(r"[,;\n\r]", super().clean(value)):
            if address := part.strip():
                self._check(address)
                addresses.setdefault(email_key(address), address)
        joined = ",".join(addresses.values())
        if len(joined) > MAX_CC_LENGTH:
            raise ValidationError(
                _("These addresses have %(length)d characters together; at most %(limit)d are possible."),
                params={"length": len(joined), "limit": MAX_CC_LENGTH},
            )
        return joined

    def _check(self, address: str) -> None:
        if not address.rpartition("@")[0].isascii():
            # Mail servers without SMTPUTF8 (RFC 6531) can't be given such an address.
            raise ValidationError(
                _("“%(address)s” has letters before the @ that many mail servers refuse: use plain ones."),
                params={"address": address},
            )
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError(
                _("“%(address)s” is not a valid e-mail address."), params={"address": address}
            ) from None


class DetailsForm(StepForm):
    """Step 4: who gets the alert, and what stands at its top."""

    send_to_me = forms.BooleanField(label=_("Send the alert to me"), required=False)
    send_to_owner = forms.BooleanField(label=_("Send the alert to the contact's main owner"), required=False)
    cc = AddressesField(
        label=_("CC"),
        required=False,
        help_text=_("Further e-mail addresses, separated by commas."),
    )
    description = forms.CharField(
        label=pgettext_lazy("of an alert", "Description"),
        required=False,
        widget=AdminAutoHeightTextInput,
        help_text=_(
            "Shown at the top of the alert. Write when the alert is sent and what the reader should do, "
            "such as “Sent when a contact opens the price list. Call within the hour.”"
        ),
    )

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {
            "send_to_me": any(recipient.user_id == user.pk for recipient in alert.recipients.all()),
            "send_to_owner": alert.send_to_owner,
            "cc": ", ".join(alert.cc_addresses),
            "description": alert.description,
        }

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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        somebody = cleaned.get("send_to_me") or cleaned.get("send_to_owner") or cleaned.get("cc")
        if not (somebody or self.other_recipients or self.errors):
            self.add_error(
                "send_to_me",
                gettext("Choose at least one recipient: yourself, the contact's main owner or CC."),
            )
        return cleaned

    def apply_to(self, alert: Alert) -> None:
        mine = [recipient for recipient in alert.recipients.all() if recipient.user_id == self.user.pk]
        others = [recipient for recipient in alert.recipients.all() if recipient.user_id != self.user.pk]
        if self.cleaned_data["send_to_me"]:
            others += mine or [Recipient(user=self.user)]
        alert.recipients = others
        alert.send_to_owner = self.cleaned_data["send_to_owner"]
        alert.cc = self.cleaned_data["cc"]
        alert.description = self.cleaned_data["description"]


class SummaryForm(StepForm):
    """Step 5: whether the alert is raised from now on."""

    is_on = forms.BooleanField(
        label=_("Activate the alert"),
        required=False,
        widget=SwitchInput,
        help_text=_("An alert that is off watches nothing. You can switch it at any time."),
    )

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {"is_on": alert.is_on}

    def apply_to(self, alert: Alert) -> None:
        alert.is_on = self.cleaned_data["is_on"]
