"""Scope: which contacts an alert is about, as a condition that every database judges alike.

Takes an alert's limits, gives a condition on contacts. Texts are compared in any case but with their accents, and
without the white space around them. The databases fold case each in its own way, SQLite only that of A to Z, and
MariaDB drops accents as well; so each letter is spelled out in both cases, in a pattern that all read alike.
"""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, F, Func, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Regex

from wagtail_visit_alerts.models.email_address import email_key
from wagtail_visit_alerts.models.yes_and_no import words_for_yes_and_no

if TYPE_CHECKING:
    from wagtail_visit_alerts.models.alert import Alert

#: The fields of every contact that an alert may ask for, as a person looks for them.
STANDARD_FIELDS = ("company", "position", "city", "country", "language", "phone", "name", "email")


@dataclass(frozen=True)
class Scope:
    """What an alert says of its contacts."""

    only_tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    owner_id: int | None = None
    field_name: str = ""
    field_value: str = ""

    @classmethod
    def of(cls, alert: "Alert") -> "Scope | None":
        """The limits of an alert, saved or not; None where it is about all contacts."""
        scope = cls(
            only_tags=tuple(alert.only_tags),
            not_tags=tuple(alert.not_tags),
            owner_id=alert.contacts_of_id,
            field_name=alert.field_name,
            field_value=alert.field_value if alert.field_name else "",
        )
        return None if scope == cls() else scope

    @property
    def condition(self) -> Q:
        """What is true of the contacts that the alert is about; to filter contacts with."""
        condition = Q()
        if self.only_tags:
            condition &= Q(_has_tag(self.only_tags))
        if self.not_tags:
            condition &= ~Q(_has_tag(self.not_tags))
        if self.owner_id is not None:
            condition &= Q(owner_id=self.owner_id)
        if self.field_name:
            condition &= self._field_has_value
        return condition

    @property
    def _field_has_value(self) -> Q:
        if self.field_name == "email":
            return Q(Regex(F("email_key"), _pattern([_in_any_case(email_key(self.field_value))])))
        value = self.field_value.strip()
        if self.field_name in STANDARD_FIELDS:
            return Q(Regex(F(self.field_name), _pattern([_in_any_case(value)])))
        text = Coalesce(TextOfKey("extra", self.field_name), Value(""), output_field=TextField())
        return Q(Regex(text, _pattern(_ways_to_say(value))))


def _has_tag(names: tuple[str, ...]) -> Exists:
    tagged = apps.get_model("wagtail_visit_alerts", "ContactTag").objects.filter(content_object=OuterRef("pk"))
    return Exists(tagged.filter(tag__name__regex=_pattern([_in_any_case(name.strip()) for name in names])))


def _pattern(alternatives: list[str]) -> str:
    """A pattern for texts that are one of the alternatives, whatever white space is around them."""
    return f"^[ \t\r\n]*(?:{'|'.join(alternatives)})[ \t\r\n]*$"


def _in_any_case(text: str) -> str:
    """A pattern for a text, each letter in any case.

    Alternatives, no sets of characters: MariaDB compares the bytes, of which a letter may have several.
    """
    return "".join(map(_letter_in_any_case, text))


def _letter_in_any_case(letter: str) -> str:
    forms = {letter, letter.lower(), letter.upper(), letter.upper().lower()}
    single = sorted(form for form in forms if len(form) == 1)
    if len(single) > 1:
        return f"(?:{'|'.join(single)})"
    return f"\\{letter}" if letter.isascii() and not letter.isalnum() else letter


def _ways_to_say(value: str) -> list[str]:
    """Patterns for what a further field may hold when a person says this: a text, a number, yes or no."""
    ways = [_in_any_case(value)]
    if number := re.fullmatch(r"(-?(?:0|[1-9][0-9]*))(?:[.,]([0-9]*?)0*)?", value):
        whole, decimals = number.groups()
        ways.append(rf"{whole}\.{decimals}0*" if decimals else rf"{whole}(?:\.0*)?")
    ways += [said for said, words in words_for_yes_and_no().items() if value.casefold() in words]
    return ways


class TextOfKey(Func):
    """The value of a key of a JSON object as text; NULL where there is none, or where it is a list or an object.

    Django's own look-up takes a key of digits for the place in a list.
    """

    output_field = TextField()

    def __init__(self, expression: Any, key: str) -> None:
        super().__init__(expression)
        self.key = key

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        extra, params = compiler.compile(self.source_expressions[0])
        key, key_params = compiler.compile(Cast(Value(self.key), TextField()))
        scalar = f"jsonb_typeof({extra} -> {key}) NOT IN ('array', 'object')"
        return f"CASE WHEN {scalar} THEN {extra} ->> {key} END", (*params, *key_params) * 2

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        extra, params = compiler.compile(self.source_expressions[0])
        text = "CASE WHEN type IN ('true', 'false') THEN type ELSE CAST(atom AS TEXT) END"
        # Nothing of it is from outside: the key is a parameter.
        return f"(SELECT {text} FROM json_each({extra}) WHERE key = %s)", (*params, self.key)  # noqa: S608

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        extra, params = compiler.compile(self.source_expressions[0])
        value, path = f"JSON_EXTRACT({extra}, %s)", f"$.{json.dumps(self.key)}"
        scalar = f"JSON_TYPE({value}) NOT IN ('ARRAY', 'OBJECT', 'NULL')"
        return f"CASE WHEN {scalar} THEN JSON_UNQUOTE({value}) END", (*params, path) * 2
