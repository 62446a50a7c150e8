"""The files in which a person gets all that is kept of them: JSON for programs, HTML to read and print.

Takes a contact and an open file; writes row by row, so that a contact with very many page views needs little memory.
"""

import html
import json
import secrets
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, TextIO

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Choices
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.privacy.data_fields import Section
from wagtail_visit_alerts.privacy.data_sections import SECTIONS

FORMAT: Final = "wagtail_visit_alerts.contact"
#: Goes up when a key gets another meaning or goes; a new key is no reason.
VERSION: Final = 1


def export_contact(contact: Contact, file: TextIO, *, as_html: bool = False, now: datetime) -> None:
    """Write all that is kept of a contact into a file: as JSON, or as a page in the active language and time zone."""
    write: Callable[..., None] = _write_html if as_html else _write_json
    write(contact, file, now=now)


def _write_json(contact: Contact, file: TextIO, *, now: datetime) -> None:
    file.write(f'{{"format": {json.dumps(FORMAT)}, "version": {VERSION}, "exported_at": {_json(now)}')
    for section in SECTIONS:
        file.write(f",\n{json.dumps(section.key)}: [")
        for number, row in enumerate(section.values_of(contact)):
            file.write(f"{',' if number else ''}\n  {_json(row)}")
        file.write("]")
    file.write("}\n")


class _Encoder(DjangoJSONEncoder):
    """Django's own keeps three digits of a second; a row's time is kept whole."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else super().default(value)


def _json(value: Any) -> str:
    return json.dumps(_for_programs(value), cls=_Encoder, ensure_ascii=False)


def _for_programs(value: Any) -> Any:
    if isinstance(value, Choices):
        return value.name.lower()
    if isinstance(value, dict):
        return {key: _for_programs(item) for key, item in value.items()}
    return value


def _write_html(contact: Contact, file: TextIO, *, now: datetime) -> None:
    here = secrets.token_hex(16)  # which nothing that a stranger wrote can contain
    context = {"contact": contact, "now": now, "sections": SECTIONS, "here": here}
    page = render_to_string("wagtail_visit_alerts/personal_data/page.html", context)
    beginning, _here, end = page.partition(here)
    file.write(beginning)
    words = _Words()
    for section in SECTIONS:
        _write_section(section, contact, file, words=words)
    file.write(end)


def _write_section(section: Section, contact: Contact, file: TextIO, *, words: "_Words") -> None:
    if section.is_one_row:
        _write_list(section, contact, file, words=words)
        return
    labels = ((capfirst(str(field.label)),) for field in section.fields)
    headings = format_html_join("", '<th scope="col">{}</th>', labels)
    file.write(format_html('<h2 id="{}">{}</h2>\n', section.key, capfirst(str(section.title))))
    number = 0
    for number, row in enumerate(section.values_of(contact), start=1):
        if number == 1:
            # Wider than a phone: the keyboard scrolls it too.
            begin = '<table tabindex="0" aria-labelledby="{}"><thead><tr>{}</tr></thead><tbody>\n'
            file.write(format_html(begin, section.key, headings))
        # By hand: Django's functions for it take three times as long, for a hundred thousand rows.
        cells = "".join(f"<td>{html.escape(words.of(value))}</td>" for value in row.values())
        file.write(f"<tr>{cells}</tr>\n")
    file.write("</tbody></table>\n" if number else format_html("<p>{}</p>\n", _("Nothing is kept.")))


def _write_list(section: Section, contact: Contact, file: TextIO, *, words: "_Words") -> None:
    """Write the one row of a section as a list of its values."""
    for row in section.values_of(contact):
        pairs = (
            (capfirst(str(field.label)), words.of(field.for_people(value)))
            for field, value in zip(section.fields, row.values(), strict=True)
        )
        rows = format_html_join("\n", '<tr><th scope="row">{}</th><td>{}</td></tr>', pairs)
        file.write(format_html('<h2 id="{}">{}</h2>\n', section.key, capfirst(str(section.title))))
        file.write(format_html("<table><tbody>\n{}\n</tbody></table>\n", rows))


class _Words:
    """Values as people read them, in the active language and time zone; each word is translated once."""

    def __init__(self) -> None:
        self._yes, self._no = _("yes"), _("no")
        self._labels: dict[tuple[type, Any], str] = {}

    def of(self, value: Any) -> str:
        """One value; empty where there is none."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return self._yes if value else self._no
        if isinstance(value, Choices):
            return self._label(value)
        if isinstance(value, datetime):
            return date_format(timezone.localtime(value), "DATETIME_FORMAT")
        if isinstance(value, date):
            return date_format(value, "DATE_FORMAT")
        if isinstance(value, dict):
            return "; ".join(f"{key}: {self.of(item)}" for key, item in value.items())
        if isinstance(value, list):
            return ", ".join(self.of(item) for item in value)
        return str(value)

    def _label(self, value: Any) -> str:
        key = type(value), value.value
        if key not in self._labels:
            self._labels[key] = str(value.label)
        return self._labels[key]
