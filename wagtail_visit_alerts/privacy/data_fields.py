"""What sections of a contact's data are made of: fields, and how their values are read, a little at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Choices, Model
from django.utils.functional import Promise

from wagtail_visit_alerts.models import Contact

Rows = Callable[[Contact], Iterable[Any]]

#: Rows that are held in memory at a time.
CHUNK_SIZE = 2_000


@dataclass(frozen=True)
class Field:
    """One value of each row: its key in JSON, its heading for people, and how it is read."""

    key: str
    label: Promise | str
    read: Callable[[Any], Any]
    #: What people read in place of the value, where a program's would mean nothing to them.
    for_people: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Section:
    """The rows of one kind. ``models`` are the tables that are read for it."""

    key: str
    title: Promise | str
    models: tuple[type[Model], ...]
    rows: Rows
    fields: tuple[Field, ...]
    #: Always exactly one row, which people read as a list.
    is_one_row: bool = False

    def values_of(self, contact: Contact) -> Iterator[dict[str, Any]]:
        """The values of each row, by their keys."""
        for row in self.rows(contact):
            yield {field.key: field.read(row) for field in self.fields}


def path_to(*names: str) -> Callable[[Any], Any]:
    """Read an attribute of an attribute; nothing where one on the way is nothing."""

    def read(row: Any) -> Any:
        for name in names:
            row = None if row is None else getattr(row, name)
        return row

    return read


def text_at(*names: str) -> Callable[[Any], Any]:
    """The same, as a text for people."""
    path = path_to(*names)
    return lambda row: None if (value := path(row)) is None else str(value)


def choice_of(choices: type[Choices], name: str) -> Callable[[Any], Any]:
    """Read one of several words, of which JSON has the key and people the label."""
    return lambda row: choices(getattr(row, name))


def field(key: str, label: Any, *names: str) -> Field:
    """A field that is read as it is, by its own name or by others."""
    return Field(key, label, path_to(*(names or (key,))))


def all_of(
    model: type[Model],
    *related: str,
    of: str = "contact",
    order: str = "pk",
    leave_out: tuple[str, ...] = (),
) -> Rows:
    """Read a contact's rows of a table in an order, a little at a time, without columns that nobody asks for."""

    def rows(contact: Contact) -> Iterable[Any]:
        found = model._base_manager.filter(**{of: contact.pk}).select_related(*related).defer(*leave_out)
        return found.order_by(order).iterator(chunk_size=CHUNK_SIZE)

    return rows
