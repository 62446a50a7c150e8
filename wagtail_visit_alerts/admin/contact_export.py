"""Contacts as a spreadsheet: the columns, and a row for each, read in parts however many there are.

Texts from outside are on one line, and no spreadsheet calculates them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from wagtail_visit_alerts.admin.contact_form import form_name
from wagtail_visit_alerts.admin.seen_lately import DAYS, visits_of
from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.delivering.wording import one_line
from wagtail_visit_alerts.identifying import link_token
from wagtail_visit_alerts.models import Contact, ContactTag
from wagtail_visit_alerts.models.declared_fields import (
    LONGEST_VALUE,
    DeclaredField,
    FieldType,
    day_of,
    declared_fields,
)
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.policies import ContactPermissionPolicy

#: Contacts that are read at a time.
CHUNK = 500
TEXTS = ("email", "name", "phone", "company", "position", "city", "country", "language")


class ContactSheet:
    """The columns that a user may see, and the rows. Who holds a link token passes for its contact: it is there only
    for those who may change contacts."""

    def __init__(self, user: Any, *, now: datetime) -> None:
        self.now = now
        self.declared = declared_fields()
        self.has_tokens = ContactPermissionPolicy(Contact).user_has_permission(user, "change")

    @property
    def headings(self) -> dict[str, str]:
        """The names of the columns and their headings, in their order."""
        return {
            **{name: _heading(name) for name in (*TEXTS, "tags", "owner")},
            **{form_name(field): str(field.label) for field in self.declared},
            "last_seen_at": _heading("last_seen_at"),
            "visits": ngettext("Visits in %(days)d day", "Visits in %(days)d days", DAYS) % {"days": DAYS},
            "recording": pgettext("of a contact", "Recording"),
            **({"token": _("Link token")} if self.has_tokens else {}),
        }

    def rows(self, contacts: QuerySet[Contact]) -> Iterator[dict[str, Any]]:
        """A row for each contact, in their order. Three queries for each five hundred."""
        chunk: list[Contact] = []
        for contact in contacts.select_related("owner").iterator(chunk_size=CHUNK):
            chunk.append(contact)
            if len(chunk) == CHUNK:
                yield from self._rows_of(chunk)
                chunk = []
        yield from self._rows_of(chunk)

    def _rows_of(self, contacts: Sequence[Contact]) -> Iterator[dict[str, Any]]:
        keys = [contact.pk for contact in contacts]
        visits = visits_of(keys, now=self.now)
        tags: dict[int, list[str]] = {}
        tagged = ContactTag.objects.filter(content_object__in=keys).order_by("tag__name")
        for key, name in tagged.values_list("content_object", "tag__name"):
            tags.setdefault(key, []).append(name)
        for contact in contacts:
            row = self._row(contact, tags=tags.get(contact.pk, []), visits=visits.get(contact.pk, 0))
            yield {name: _cell(value) for name, value in row.items()}

    def _row(self, contact: Contact, *, tags: Sequence[str], visits: int) -> dict[str, Any]:
        seen, owner = contact.last_seen_at, contact.owner
        row = {
            **{name: getattr(contact, name) for name in TEXTS},
            "tags": ", ".join(tags),
            # By which a file of contacts names owners when it is imported.
            "owner": "" if owner is None else address_of(owner) or owner.get_username(),
            **{form_name(field): _value(field, contact.extra.get(field.name)) for field in self.declared},
            "last_seen_at": None if seen is None else timezone.make_naive(seen).replace(microsecond=0),
            "visits": visits,
            "recording": _("on") if contact.recording_stopped_at is None else _("stopped"),
        }
        return row | {"token": link_token(contact)} if self.has_tokens else row


def _heading(name: str) -> str:
    return capfirst(str(Contact._meta.get_field(name).verbose_name))


def _value(field: DeclaredField, value: Any) -> Any:
    """A declared field's value for a cell: numbers and days as such, anything else in words."""
    if field.type == FieldType.DATE and (day := day_of(value)) is not None:
        return day
    if field.type == FieldType.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return field.text_of(value)


def _cell(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    if value.isascii() and value.isprintable() and value[0].isalnum() and len(value) <= LONGEST_VALUE:
        return value  # harmless, as most are: fifty thousand rows take a third of the time
    return without_formula(one_line(value, longest=LONGEST_VALUE))
