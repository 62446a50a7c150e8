"""The form of a destination: its address is taken and never shown again, its secret is made by us."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.localization import get_available_admin_languages

from wagtail_visit_alerts.delivering.channels import Channel, channel, channels
from wagtail_visit_alerts.delivering.channels.webhook_signature import new_secret
from wagtail_visit_alerts.models import Destination


class DestinationForm(WagtailAdminModelForm):
    """Keeps the address where none is typed, and lets the channel judge a new one."""

    channel = forms.ChoiceField(label=_("Channel"))
    address = forms.CharField(
        label=_("Address"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        max_length=2000,
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, help_text=_("In which chat and SMS are written.")
    )
    new_secret = forms.BooleanField(
        label=_("Make a new secret"),
        required=False,
        help_text=_(
            "From then on the receiver must check signatures with the new one: it is shown after saving."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {one.name: one for one in channels() if one.has_destinations}
        fields: dict[str, Any] = self.fields
        fields["channel"].choices = [(name, one.label) for name, one in offered.items()]
        fields["address"].help_text = _helps(list(offered.values()))
        fields["language"].choices = [
            ("", pgettext_lazy("language", "The site's")),
            *get_available_admin_languages(),
        ]
        if self.instance.pk is None:
            del fields["new_secret"]
            return
        fields["address"].required = False
        fields["address"].label = _("New address")
        fields["address"].help_text = format_html(
            "{}<br>{}",
            _("Leave it empty to keep the one that is stored: it is not shown."),
            fields["address"].help_text,
        )
        if not _signs(self.instance.channel):
            del fields["new_secret"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = channel(cleaned.get("channel", ""))
        if chosen is None or "address" in self.errors:
            return cleaned
        address = cleaned.get("address", "")
        try:
            if address:
                chosen.check_address(address)
            elif chosen.name != self.instance.channel:
                raise ValidationError(_("Another channel needs another address: type it here."))
            else:
                cleaned["address"] = self.instance.address
        except ValidationError as error:
            self.add_error("address", error)
        return cleaned

    def save(self, commit: bool = True) -> Destination:
        """Save the destination with a secret, where its channel signs what it sends."""
        if not _signs(self.instance.channel):
            self.instance.secret = ""
        elif not self.instance.secret or self.cleaned_data.get("new_secret"):
            self.instance.secret = new_secret()
        saved: Destination = super().save(commit=commit)
        return saved


def _signs(name: str) -> bool:
    found = channel(name)
    return found is not None and found.has_secret


def _helps(offered: list[Channel]) -> SafeString:
    """What the address of each channel looks like, or what the installation lacks for it."""
    return format_html_join(
        mark_safe("<br>"),
        "<b>{}:</b> {}",
        ((one.label, one.why_unavailable() or one.address_help) for one in offered),
    )
