"""The attachment, as the wizard asks it: none, typed by hand, or made from a template.

What does not apply is hidden and does not count. A template is checked as it is typed and once more on "Next": by
``delivering.attachments``, in its bounded process; what was found in a text is remembered, for every step asks
whether this one is finished.
"""

import hashlib
import json
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.models import Alert, AttachmentSource
from wagtail_visit_alerts.models.process_memory import ProcessMemory

#: Characters that an editor can type or paste; a template of this length prints far more than an e-mail should carry.
MAX_BODY_LENGTH = 100_000

_found: ProcessMemory[str, list[attachments.TemplateFault]] = ProcessMemory(limit=500)


class AttachmentForm(StepForm):
    """What the e-mail carries as a file."""

    attachment_source = forms.ChoiceField(
        label=pgettext_lazy("what the e-mail carries", "Attachment"),
        required=False,
        choices=AttachmentSource.choices,
        widget=forms.RadioSelect,
    )
    attachment_format = forms.ChoiceField(label=_("Format"), required=False)
    attachment_name = forms.CharField(
        label=_("File name"),
        required=False,
        max_length=255,
        help_text=_("Without an ending, which the format adds. Empty: the name of the alert."),
    )
    attachment_body = forms.CharField(
        label=_("Content of the attachment"),
        required=False,
        strip=False,
        max_length=MAX_BODY_LENGTH,
        widget=forms.Textarea(
            attrs={"class": "visit-alerts-code", "rows": 12, "spellcheck": "false", "autocapitalize": "off"}
        ),
        error_messages={
            "max_length": _("The content has %(show_value)d characters; at most %(limit_value)d are possible.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["attachment_format"].choices = self._formats()

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {
            "attachment_source": alert.attachment_source,
            "attachment_format": alert.attachment_format,
            "attachment_name": alert.attachment_name,
            "attachment_body": alert.attachment_body,
        }

    def _formats(self) -> list[tuple[str, str]]:
        """The formats; also one that the alert has and the site no longer: choosing another is up to a person."""
        offered = attachments.formats()
        own = self.alert.attachment_format
        return offered if own in dict(offered) else [*offered, (own, own)]

    @property
    def variables(self) -> list[tuple[str, str]]:
        """What a template can print, each as it is put in, with its meaning."""
        return [("{{ %s }}" % name, meaning) for name, meaning in attachments.variables()]  # noqa: UP031  # braces

    @property
    def examples(self) -> list[tuple[str, str]]:
        """Pieces of a template for what has to be gone through, with their meanings."""
        return attachments.examples()

    @property
    def attachment_errors(self) -> list[str]:
        """What is wrong with the attachment as it is typed, for the live check."""
        names = [name for name in self.fields if name.startswith("attachment_")]
        return [str(error) for name in names for error in self.errors.get(name, [])]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["attachment_source"] = cleaned.get("attachment_source") or AttachmentSource.NONE
        if cleaned["attachment_source"] == AttachmentSource.NONE:
            # What a hidden field holds does not count, and must not keep anybody here.
            for name in ("attachment_format", "attachment_name", "attachment_body"):
                self.errors.pop(name, None)
            return cleaned
        cleaned["attachment_body"] = cleaned.get("attachment_body", "").replace("\r\n", "\n").replace("\0", "")
        cleaned["attachment_format"] = cleaned.get("attachment_format") or self.alert.attachment_format
        if "attachment_body" not in self.errors and not cleaned["attachment_body"].strip():
            self.add_error("attachment_body", gettext("Enter the content of the attachment, or choose “none”."))
        if reason := attachments.why_unavailable(cleaned["attachment_format"]):
            self.add_error("attachment_format", reason)
        if not self.attachment_errors:
            self._check(cleaned)
        return cleaned

    def _check(self, cleaned: dict[str, Any]) -> None:
        alert = Alert()
        self.write_attachment(alert, cleaned)
        for fault in faults_of(alert):
            self.add_error(f"attachment_{fault.field}", fault.text)

    @staticmethod
    def write_attachment(alert: Alert, cleaned: dict[str, Any]) -> None:
        """Write the answers into an alert, in memory; of no attachment nothing is kept."""
        alert.attachment_source = cleaned["attachment_source"]
        has_one = cleaned["attachment_source"] != AttachmentSource.NONE
        alert.attachment_format = cleaned["attachment_format"] if has_one else Alert().attachment_format
        alert.attachment_name = cleaned["attachment_name"] if has_one else ""
        alert.attachment_body = cleaned["attachment_body"] if has_one else ""

    def apply_to(self, alert: Alert) -> None:
        self.write_attachment(alert, self.cleaned_data)


def faults_of(alert: Alert) -> list[attachments.TemplateFault]:
    """What ``attachments.check`` finds, asked once for each text; what may pass is asked again."""
    asked = [
        get_language(),
        alert.attachment_source,
        alert.attachment_format,
        alert.attachment_name,
        alert.attachment_body,
    ]
    key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    found = _found.get(key)
    if found is None:
        found = attachments.check(alert)
        # Without a line it may be the machine that is at fault, as where it lacks the time.
        if all(fault.line is not None for fault in found):
            _found.remember(key, found)
    return found
