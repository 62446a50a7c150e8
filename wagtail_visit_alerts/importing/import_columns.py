"""The columns of a file: what a heading stands for, in whichever of our languages and spellings."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import DeclaredField, declared_fields

ADDRESS, TAGS, OWNER = "email", "tags", "owner"
#: What a cell may fill as it stands.
TEXTS = ("name", "phone", "company", "position", "city", "country", "language")
#: What people are told of, in this order.
COLUMNS_SHOWN = (ADDRESS, *TEXTS, TAGS, OWNER)
#: Halves of a name, put together where there is no column for the whole.
FIRST_NAME, LAST_NAME = "first_name", "last_name"

#: How files call what contacts have, in English and Polish, as ``plain_heading`` gives it.
_ALIASES: dict[str, tuple[str, ...]] = {
    ADDRESS: (
        "email",
        "e mail",
        "mail",
        "email address",
        "e mail address",
        "adres email",
        "adres e mail",
        "adres mail",
        "adres poczty elektronicznej",
    ),
    "name": ("name", "full name", "contact name", "imie i nazwisko", "nazwisko i imie", "imie nazwisko"),
    FIRST_NAME: ("first name", "given name", "imie"),
    LAST_NAME: ("last name", "surname", "family name", "nazwisko"),
    "phone": (
        "phone",
        "telephone",
        "phone number",
        "mobile",
        "tel",
        "telefon",
        "numer telefonu",
        "nr telefonu",
    ),
    "company": ("company", "company name", "organisation", "organization", "firma", "nazwa firmy"),
    "position": ("position", "job title", "stanowisko"),
    "city": ("city", "town", "miasto", "miejscowosc"),
    "country": ("country", "kraj", "panstwo"),
    "language": ("language", "jezyk"),
    TAGS: ("tags", "tag", "tagi", "etykiety"),
    OWNER: (
        "owner",
        "salesperson",
        "account manager",
        "wlasciciel",
        "opiekun",
        "handlowiec",
        "opiekun handlowy",
    ),
}


@dataclass(frozen=True)
class Column:
    """What a cell fills: a field of every contact by its name, or a declared one."""

    name: str
    field: DeclaredField | None = None

    @property
    def label(self) -> str:
        """What people call it, in the active language."""
        if self.field is not None:
            return str(self.field.label)
        if self.name in (FIRST_NAME, LAST_NAME):
            return gettext("First name") if self.name == FIRST_NAME else gettext("Last name")
        return capfirst(str(Contact._meta.get_field(self.name).verbose_name))


def known_columns() -> dict[str, Column]:
    """What each heading stands for that is known, by its plain spelling: a declared field's name and label too."""
    known: dict[str, Column] = {}
    for field in declared_fields():
        column = Column(field.name, field)
        known |= {plain_heading(field.name): column, plain_heading(str(field.label)): column}
    standard = {name: Column(name) for name in _ALIASES}
    known |= {plain_heading(column.label): column for column in standard.values()}
    with translation.override("en"):
        known |= {plain_heading(column.label): column for column in standard.values()}
    known |= {alias: standard[name] for name, aliases in _ALIASES.items() for alias in aliases}
    known.pop("", None)
    return known


def plain_heading(heading: str) -> str:
    """A heading without case, accents and signs: "Imię i nazwisko" and "imie_i_nazwisko" are one."""
    bare = unicodedata.normalize("NFKD", heading.casefold()).replace("ł", "l")
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())
