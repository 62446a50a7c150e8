"""The description of an alert, written in Wagtail's rich text editor.

A run keeps the editor's JSON as it was posted; cleaned, it is HTML as Wagtail stores it, with what the alert's
features allow and nothing else. Whatever is posted, by a browser or not, is kept or refused with a message, and
shown again as it was typed; what is not the editor's JSON counts as plain text.
"""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from wagtail.admin.rich_text import DraftailRichTextArea

from wagtail_visit_alerts.admin.wizard import content_state
from wagtail_visit_alerts.models.alert import DESCRIPTION_FEATURES

#: Characters of text, formatting not counted: two pages, more than anybody reads at the top of an e-mail.
MAX_DESCRIPTION_LENGTH = 5000


class DescriptionArea(DraftailRichTextArea):
    """Wagtail's editor, which gives the JSON as it was posted and shows such JSON again."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, label: Any = "") -> None:
        super().__init__(
            attrs={"maxlength": MAX_DESCRIPTION_LENGTH, **(attrs or {})}, features=DESCRIPTION_FEATURES
        )
        # The box that the editor makes is no input that a label could point to.
        self.options["ariaLabel"] = label

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        # Not the parent's, which converts at once and fails at anything but well-formed JSON.
        return data.get(name)

    def format_value(self, value: Any) -> str:
        state = content_state.parse(value)
        if state is None:
            return str(super().format_value(value))
        # The editor fails at a state without paragraphs; nothing at all it knows how to show.
        # As short as it was posted: each letter as a code of six would be more than a site takes.
        return json.dumps(state if state["blocks"] else None, ensure_ascii=False)


class DescriptionField(forms.CharField):
    """Rich text; cleaned: HTML as Wagtail stores it, empty if there is no text in it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "DescriptionField":
        # The editor is made with each form: to make it, Wagtail loads every app's hooks, ours too, and those load
        # the module whose form this field stands in.
        field: DescriptionField = super().__deepcopy__(memo)
        field.widget = DescriptionArea(label=self.label)
        return field

    def bound_data(self, data: str | None, initial: Any) -> str:
        if content_state.parse(data) is not None:
            return str(data)
        return "".join(f"<p>{escape(line)}</p>" for line in (data or "").splitlines())

    def has_changed(self, initial: Any, data: Any) -> bool:
        before, after = self._state_of(self.widget.format_value(initial)), self._state_of(data)
        return content_state.meaning_of(before) != content_state.meaning_of(after)

    def clean(self, value: Any) -> str:
        state = self._state_of(value)
        text = content_state.text_of(state)
        if len(text) > MAX_DESCRIPTION_LENGTH:
            raise ValidationError(
                _("The description has %(length)d characters; at most %(limit)d are possible."),
                params={"length": len(text), "limit": MAX_DESCRIPTION_LENGTH},
            )
        return str(self.widget.converter.to_database_format(json.dumps(state))) if text.strip() else ""

    def _state_of(self, posted: str | None) -> content_state.State:
        shown = self.widget.format_value(self.bound_data(posted, None))
        return content_state.parse(shown) or {"blocks": [], "entityMap": {}}
