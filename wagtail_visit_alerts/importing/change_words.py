"""Changes as a person reads them before they are made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils.text import capfirst

from wagtail_visit_alerts.importing.line_changes import FieldChange
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import declared_field
from wagtail_visit_alerts.models.display_name import display_name

if TYPE_CHECKING:
    from wagtail_visit_alerts.importing.importer import Change


@dataclass(frozen=True)
class ChangeWords:
    """What a line makes of a contact: of each field its label, and its value before and after."""

    line: int
    email: str
    fields: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "ChangeWords":
        """What JSON has kept of it."""
        return cls(kept["line"], kept["email"], tuple((label, a, b) for label, a, b in kept["fields"]))


def in_words(changes: Sequence["Change"]) -> list[ChangeWords]:
    """The changes in the active language. At most one query, for the names of owners."""
    owners = _names_of_owners(one for change in changes for one in change.fields)
    return [
        ChangeWords(
            change.line,
            change.email,
            tuple(
                (_label(one), _text(one, one.before, owners), _text(one, one.after, owners))
                for one in change.fields
            ),
        )
        for change in changes
    ]


def _names_of_owners(changes: Iterable[FieldChange]) -> dict[int, str]:
    ids = {value for one in changes if one.name == "owner_id" for value in (one.before, one.after) if value}
    if not ids:
        return {}
    return {user.pk: display_name(user) for user in get_user_model()._default_manager.filter(pk__in=ids)}


def _label(change: FieldChange) -> str:
    if change.column == "extra":
        field = declared_field(change.key)
        return change.key if field is None else str(field.label)
    return capfirst(str(Contact._meta.get_field(change.name).verbose_name))


def _text(change: FieldChange, value: Any, owners: Mapping[int, str]) -> str:
    if value is None or value == "":
        return ""
    if change.name == "owner_id":
        return owners.get(value, "")
    field = declared_field(change.key) if change.column == "extra" else None
    return str(value) if field is None else field.text_of(value)
