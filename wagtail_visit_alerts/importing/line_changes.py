"""What a line changes in a contact: an empty cell nothing, another one what was chosen for the import."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wagtail_visit_alerts.importing.line_values import LineValues
from wagtail_visit_alerts.models import Contact


@dataclass(frozen=True)
class Options:
    """What was chosen for an import."""

    #: Cells replace what a contact has; else they fill only what it lacks.
    overwrite: bool = True
    #: Who becomes the owner of new contacts whose line names none.
    default_owner_id: int | None = None
    #: Tags that every contact of the file is given.
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldChange:
    """A value before and after, by the field's name, or ``extra.name`` for a declared one; an owner by id."""

    name: str
    before: Any
    after: Any

    @property
    def column(self) -> str:
        """The column of the database that holds it."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The name of the declared field; empty for another one."""
        return self.name.partition(".")[2]


def change(contact: Contact, values: LineValues, *, options: Options, is_new: bool) -> list[FieldChange]:
    """Enter into a contact, in memory, what a line changes in it; gives the changes."""
    changes = list(_changes(contact, values, options=options, is_new=is_new))
    for one in changes:
        if one.column == "extra":
            contact.extra = {**contact.extra, one.key: one.after}
        else:
            setattr(contact, one.name, one.after)
    changed = {one.name for one in changes}
    # What a file says is the site's own knowledge from then on.
    contact.fields_given_by_form = [name for name in contact.fields_given_by_form if name not in changed]
    return changes


def _changes(contact: Contact, values: LineValues, *, options: Options, is_new: bool) -> Iterator[FieldChange]:
    given = {
        **values.texts,
        **{f"extra.{name}": value for name, value in values.extra.items()},
    }
    for name, after in given.items():
        column, _dot, key = name.partition(".")
        before = contact.extra.get(key) if key else getattr(contact, column)
        is_there = before not in (None, "")
        if (before, type(before)) != (after, type(after)) and (options.overwrite or not is_there):
            yield FieldChange(name, before, after)
    owner_id = values.owner_id or (options.default_owner_id if is_new else None)
    if owner_id and owner_id != contact.owner_id and (options.overwrite or contact.owner_id is None):
        yield FieldChange("owner_id", contact.owner_id, owner_id)
