"""Declared fields: what a site's setting ``CONTACT_FIELDS`` adds to contacts, and the values that they hold.

Takes the declarations, and what people, files, forms and the site's code give; gives values fit for
``Contact.extra``, which keeps them under the field's name, and their texts in the active language. No queries.
A declaration that can't be read counts as none: a system check says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.formats import date_format, get_format, number_format
from django.utils.translation import gettext as _

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models.yes_and_no import words_for_yes_and_no

#: Characters of a text or a URL: the value stands in lists and e-mails.
LONGEST_VALUE = 1000
#: Digits before the decimals: more can't be kept exactly by all programs that read JSON (IEEE 754).
MOST_DIGITS = 15
#: Names in templates (``contact.extra.budget``), in addresses and in forms.
_NAME = re.compile(r"[^\W\d_][\w-]*")
LONGEST_NAME = 100
#: What files, and the function that identifies by a form, take besides the columns of the table.
_TAKEN_NAMES = frozenset({"token", "link_token", "visits", "request", "response", "form_name"})
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[,.][0-9]{3})+")
#: How files say yes and no in any language.
_SIGNS = {"true": {"true", "1", "y", "x", "on"}, "false": {"false", "0", "n", "off"}}

#: What ``Contact.extra`` keeps of a declared field; a date as ISO 8601 writes it.
Value = str | int | float | bool


class FieldType(StrEnum):
    """What a declared field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    URL = "url"
    CHOICE = "choice"


class UnreadableValue(VisitAlertsError, ValueError):
    """A value is not what its field holds; the text says so in the active language."""


class MalformedDeclaration(VisitAlertsError):
    """A field can't be declared in this way; the text is for a system check."""


@dataclass(frozen=True)
class DeclaredField:
    """One field of the setting."""

    name: str
    label: str
    type: FieldType
    in_email: bool = True
    #: Value and label of each choice; of a choice only.
    choices: tuple[tuple[str, str], ...] = ()

    def text_of(self, value: Any) -> str:
        """A value in words, empty for none; one that the field can't hold as it stands."""
        if value is None or value == "":
            return ""
        if self.type == FieldType.YES_NO and isinstance(value, bool):
            return _("yes") if value else _("no")
        if self.type == FieldType.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
            return str(number_format(value, force_grouping=False))
        if self.type == FieldType.DATE and (day := day_of(value)) is not None:
            return date_format(day, "DATE_FORMAT")
        return dict(self.choices).get(str(value), str(value))


def declared_fields() -> list[DeclaredField]:
    """The site's declared fields in the order of the setting."""
    fields: dict[str, DeclaredField] = {}
    for declaration in settings.CONTACT_FIELDS:
        try:
            field = read_declaration(declaration)
        except MalformedDeclaration:
            continue
        if field.name.casefold() not in fields:
            fields[field.name.casefold()] = field
    return list(fields.values())


def declared_field(name: str) -> DeclaredField | None:
    """The declared field of this name."""
    return next((field for field in declared_fields() if field.name == name), None)


def declared_fields_of(contact: Any) -> list[tuple[str, str]]:
    """Label and value in words of each declared field, in the order of the setting; empty values too."""
    return [(str(field.label), field.text_of(contact.extra.get(field.name))) for field in declared_fields()]


def by_labels(values: Mapping[str, Any]) -> dict[str, Any]:
    """Further fields as people read them: declared ones in words, by their labels, the others as they were given."""
    shown: dict[str, Any] = dict(values)
    for field in declared_fields():
        if field.name in shown:
            shown[str(field.label)] = field.text_of(shown.pop(field.name))
    return shown


def undeclared_values_of(contact: Any) -> dict[str, Any]:
    """What the contact's further fields hold besides the declared ones, as it was given."""
    declared = {field.name for field in declared_fields()}
    return {name: value for name, value in contact.extra.items() if name not in declared}


def parse(field: DeclaredField, given: object) -> Value | None:
    """What ``extra`` keeps of a text as people write it, or of Python's own type; None for nothing.

    Raises ``UnreadableValue``, a ``ValueError``.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    return _PARSERS[field.type](field, given)


def kept(name: str, given: Any) -> Any:
    """What ``extra`` keeps of a value that the site's own code gives: read if it can be, else as it is."""
    field = declared_field(name)
    if field is None:
        return given
    try:
        return parse(field, given)
    except UnreadableValue:
        return given


def day_of(value: object) -> date | None:
    """The day that a value of a field of dates stands for."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def read_declaration(declaration: Any) -> DeclaredField:
    """One item of the setting. Raises ``MalformedDeclaration``."""
    if not isinstance(declaration, Mapping):
        raise MalformedDeclaration(f"is a {type(declaration).__name__}, not a dict")
    if unknown := set(declaration) - {"name", "label", "type", "in_email", "choices"}:
        raise MalformedDeclaration(f"has unknown keys: {', '.join(sorted(map(str, unknown)))}")
    name = declaration.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise MalformedDeclaration(
            f'needs a "name" of at most {LONGEST_NAME} letters, digits, hyphens and underscores, a letter first'
        )
    if name.casefold() in _names_of_contact():
        raise MalformedDeclaration("has a name that contacts use already")
    kind = declaration.get("type", FieldType.TEXT)
    if not isinstance(kind, str) or kind not in list(FieldType):
        raise MalformedDeclaration(f"has the type {kind!r}; the types are {', '.join(FieldType)}")
    if not isinstance(in_email := declaration.get("in_email", True), bool):
        raise MalformedDeclaration('needs True or False as "in_email"')
    choices = tuple(_read_choices(declaration.get("choices", ())))
    if bool(choices) != (kind == FieldType.CHOICE):
        raise MalformedDeclaration('needs "choices" if it is a choice, and none otherwise')
    label = declaration.get("label") or name
    return DeclaredField(name=name, label=label, type=FieldType(kind), in_email=in_email, choices=choices)


def _names_of_contact() -> set[str]:
    fields = apps.get_model("wagtail_visit_alerts", "Contact")._meta.get_fields()
    return {field.name.casefold() for field in fields} | _TAKEN_NAMES


def _read_choices(choices: Any) -> Iterator[tuple[str, str]]:
    """Values and labels; a text alone is both."""
    if isinstance(choices, str | Mapping) or not hasattr(choices, "__iter__"):
        raise MalformedDeclaration('needs a list as "choices"')
    seen: set[str] = set()
    for choice in choices:
        value, label = choice if isinstance(choice, list | tuple) and len(choice) == 2 else (choice, choice)
        if not isinstance(value, str) or not value.strip():
            raise MalformedDeclaration('needs "choices" that are texts, or pairs of a text and its label')
        if value in seen:
            raise MalformedDeclaration(f"has the choice {value!r} twice")
        seen.add(value)
        yield value, label


def _parse_text(field: DeclaredField, given: object) -> str:
    said = ", ".join(map(str, given)) if isinstance(given, list | tuple) else str(given)
    text = " ".join(said.split())
    if isinstance(given, dict):
        raise UnreadableValue(_("“%(value)s” is no text.") % {"value": _shown(given)})
    if len(text) > LONGEST_VALUE:
        raise UnreadableValue(_("Enter at most %(count)d characters.") % {"count": LONGEST_VALUE})
    return text


def _parse_number(field: DeclaredField, given: object) -> int | float:
    """Digits with or without decimals behind a point or a comma; spaces may part the thousands, other signs not."""
    text = "".join(str(given).split())
    is_number = isinstance(given, int | float | Decimal) and not isinstance(given, bool)
    if not is_number and _THOUSANDS.fullmatch(text) and ("," in text or text.count(".") > 1):
        raise UnreadableValue(
            _("“%(value)s” may mean several numbers: write nothing between its thousands.") % {"value": text}
        )
    try:
        number = Decimal(text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text)
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(given, bool) or not number.is_finite() or number.adjusted() >= MOST_DIGITS:
        raise UnreadableValue(_("“%(value)s” is no number.") % {"value": _shown(given)})
    return int(number) if number == number.to_integral_value() else float(number)


def _parse_date(field: DeclaredField, given: object) -> str:
    """ISO 8601, or as the active language writes a date."""
    if isinstance(given, datetime):
        return given.date().isoformat()
    if isinstance(given, date):
        return given.isoformat()
    text = str(given).strip()
    for form in ("%Y-%m-%d", *get_format("DATE_INPUT_FORMATS")):
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 (a day without a time)
        except ValueError:
            continue
    raise UnreadableValue(_("“%(value)s” is no date: write it as 2026-12-31.") % {"value": _shown(given)})


def _parse_yes_no(field: DeclaredField, given: object) -> bool:
    if isinstance(given, bool):
        return given
    text = str(given).strip().casefold()
    for answer, words in words_for_yes_and_no().items():
        if text in words or text in _SIGNS[answer]:
            return answer == "true"
    raise UnreadableValue(_("“%(value)s” is neither yes nor no.") % {"value": _shown(given)})


def _parse_url(field: DeclaredField, given: object) -> str:
    text = str(given).strip()
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        text = ""
    if not text or len(text) > LONGEST_VALUE:
        raise UnreadableValue(
            _("“%(value)s” is no address of a page: it begins with https:// or http://.")
            % {"value": _shown(given)}
        )
    return text


def _parse_choice(field: DeclaredField, given: object) -> str:
    """By its value, else by its label, in any case."""
    text = str(given).strip()
    values = dict(field.choices)
    if text in values:
        return text
    for value, label in field.choices:
        if text.casefold() in (value.casefold(), str(label).casefold()):
            return value
    raise UnreadableValue(
        _("“%(value)s” is none of the choices: %(choices)s.")
        % {"value": _shown(given), "choices": ", ".join(map(str, values.values()))}
    )


def _shown(given: object) -> str:
    """What was given, as much of it as a message bears."""
    text = " ".join(str(given).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


_PARSERS = {
    FieldType.TEXT: _parse_text,
    FieldType.NUMBER: _parse_number,
    FieldType.DATE: _parse_date,
    FieldType.YES_NO: _parse_yes_no,
    FieldType.URL: _parse_url,
    FieldType.CHOICE: _parse_choice,
}
