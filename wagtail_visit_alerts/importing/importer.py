"""The import itself: lines become contacts, a batch at a time, each batch in a transaction of its own.

Takes a table and what was chosen for it; gives what came of each batch, be it written or only looked through.
Guarantees that a file which is imported twice changes nothing the second time, that an empty cell leaves what is
there, and that nobody changes a contact whom they may not view.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from django.db import IntegrityError, connections
from django.utils.translation import gettext
from wagtail.search.backends import get_search_backends

from wagtail_visit_alerts.importing.csv_table import Line, Table
from wagtail_visit_alerts.importing.import_log import log_batch
from wagtail_visit_alerts.importing.import_tags import TagNames, tags_of
from wagtail_visit_alerts.importing.line_changes import FieldChange, Options, change
from wagtail_visit_alerts.importing.line_values import LineError, LineValues, Owners, address_in, values_of
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.email_address import email_key
from wagtail_visit_alerts.models.primary import atomic, on_commit, primary_alias

#: Contacts that are read, compared and written together.
BATCH: Final = 1000
#: Columns besides those of a change that are written with it.
_WRITTEN_TOO: Final = ("fields_given_by_form", "updated_at")
#: How often a batch is begun anew in which somebody else has made one of its contacts or tags meanwhile.
_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Change:
    """What a line makes of a contact."""

    line: int
    email: str
    is_new: bool
    fields: tuple[FieldChange, ...]


@dataclass
class Tally:
    """What came of some lines; ``errors`` may be several of one line."""

    lines: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: list[LineError] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add the counts of further lines; their errors and changes are left to the caller."""
        for name in ("lines", "created", "changed", "unchanged", "refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def refuse(self, errors: Sequence[LineError]) -> None:
        """Count a line that is not imported."""
        self.refused += 1
        self.errors += errors


@dataclass
class _Batch:
    """What is to be written of a batch."""

    created: list[Contact] = field(default_factory=list)
    changed: dict[Contact, set[str]] = field(default_factory=dict)
    tags: list[tuple[Contact, list[str]]] = field(default_factory=list)
    #: Given new tags and else nothing.
    tagged: list[Contact] = field(default_factory=list)


class Importer:
    """One way through a file, for a user or, with None, for whoever runs a command."""

    def __init__(self, table: Table, *, options: Options, by: Any | None = None) -> None:
        self._table = table
        self._options = options
        self._by = by
        self._owners = Owners()
        self._tags = TagNames()
        self._first_lines: dict[str, int] = {}

    def batches(self, *, done: int = 0) -> Iterator[list[Line]]:
        """The lines of the file in batches, without as many as are ``done``. Raises ``UnreadableFile``."""
        lines = self._table.lines()
        for line in islice(lines, done):
            self._note_address(line)
        while batch := list(islice(lines, BATCH)):
            for line in batch:
                self._note_address(line)
            yield batch

    def look_through(self, batch: Sequence[Line]) -> Tally:
        """What would come of a batch. Writes nothing; a few queries."""
        tally, _batch = self._compare(batch, is_writing=False)
        return tally

    def write(self, batch: Sequence[Line], *, now: datetime) -> Tally:
        """Import a batch in one transaction, or a savepoint in one."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with atomic():
                    tally, found = self._compare(batch, is_writing=True)
                    self._write(found, now=now)
                return tally
            except IntegrityError:
                if attempt == _ATTEMPTS:
                    raise
                self._tags = TagNames()  # those that it has made are gone with the transaction
        raise AssertionError("the last attempt returns or raises")

    def _note_address(self, line: Line) -> None:
        self._first_lines.setdefault(email_key(address_in(line)), line.number)

    def _compare(self, batch: Sequence[Line], *, is_writing: bool) -> tuple[Tally, _Batch]:
        tally, found = Tally(lines=len(batch)), _Batch()
        good: list[LineValues] = []
        for values in values_of(batch, table=self._table, owners=self._owners):
            if isinstance(values, list):
                tally.refuse(values)
            elif (first := self._first_lines[values.key]) != values.line:
                tally.refuse([self._error(values, _same_address(first))])
            else:
                good.append(values)
        contacts = _contacts([values.key for values in good], is_writing=is_writing)
        tags = tags_of(contact.pk for contact in contacts.values())
        for values in good:
            contact = contacts.get(values.key)
            if contact is not None and self._by is not None and not contact.may_be_viewed_by(self._by):
                tally.refuse([self._error(values, _not_yours())])
                continue
            self._sort(values, contact, tags=tags, tally=tally, found=found)
        return tally, found

    def _sort(
        self,
        values: LineValues,
        contact: Contact | None,
        *,
        tags: Mapping[int, set[str]],
        tally: Tally,
        found: _Batch,
    ) -> None:
        """Count what a line makes of a contact, and put the contact where it belongs."""
        is_new = contact is None
        if contact is None:
            contact = Contact(email=values.email, email_key=values.key)
        fields = change(contact, values, options=self._options, is_new=is_new)
        has = tags.get(contact.pk, set()) if contact.pk else set()
        names = {name.casefold(): name for name in (*values.tags, *self._options.tags)}
        new_tags = [name for key, name in names.items() if key not in has]
        if is_new:
            tally.created += 1
            found.created.append(contact)
        elif fields or new_tags:
            tally.changed += 1
            if fields:
                found.changed[contact] = {change.column for change in fields}
            else:
                found.tagged.append(contact)
        else:
            tally.unchanged += 1
            return
        if new_tags:
            found.tags.append((contact, new_tags))
            fields.append(FieldChange("tags", "", ", ".join(new_tags)))
        tally.changes.append(Change(values.line, contact.email, is_new, tuple(fields)))

    def _write(self, found: _Batch, *, now: datetime) -> None:
        # In one order: two who make the same contacts at once wait, and never for each other.
        Contact.objects.bulk_create(sorted(found.created, key=lambda contact: contact.email_key))
        if columns := {name for names in found.changed.values() for name in names}:
            _update(list(found.changed), columns=[*sorted(columns), *_WRITTEN_TOO])
        self._tags.add(found.tags)
        changed = [*found.changed, *found.tagged]
        log_batch(found.created, changed, by=self._by, now=now)
        on_commit(partial(_index, [*found.created, *found.changed]), robust=True)

    def _error(self, values: LineValues, message: str) -> LineError:
        return LineError(values.line, self._table.address_heading, message)


def _contacts(keys: Sequence[str], *, is_writing: bool) -> dict[str, Contact]:
    """The contacts with these addresses by their keys; locked in one order to be written."""
    contacts = Contact.objects.filter(email_key__in=keys).order_by("pk")
    contacts = contacts.select_for_update() if is_writing else contacts
    return {contact.email_key: contact for contact in contacts}


def _update(contacts: Sequence[Contact], *, columns: Sequence[str]) -> None:
    """Write columns of contacts that are locked: as an insert that finds them there, which takes half the time that a
    bulk update does (measured with 50,000 on SQLite).
    """
    has_target = connections[primary_alias()].features.supports_update_conflicts_with_target
    Contact.objects.bulk_create(
        contacts,
        update_conflicts=True,
        update_fields=[Contact._meta.get_field(name).name for name in columns],
        unique_fields=["id"] if has_target else None,
    )


def _index(contacts: Sequence[Contact]) -> None:
    """Tell the search, which hears of single contacts only by signals that a batch does not send."""
    if contacts:
        for backend in get_search_backends(with_auto_update=True):
            backend.add_bulk(Contact, contacts)


def _same_address(line: int) -> str:
    return gettext("Line %(line)d has the same address already: put both into one line.") % {"line": line}


def _not_yours() -> str:
    return gettext("You may not change this contact: ask somebody who may change all contacts.")
