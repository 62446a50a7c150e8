"""A line of the file: from its cells to what a contact is to have, or what is wrong with which of them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.delivering.wording import one_line
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.importing.csv_table import Line, Table
from wagtail_visit_alerts.importing.import_columns import (
    ADDRESS,
    FIRST_NAME,
    LAST_NAME,
    OWNER,
    TAGS,
    TEXTS,
    Column,
)
from wagtail_visit_alerts.models import Contact, ContactTag
from wagtail_visit_alerts.models.contact import ERASED_DOMAIN
from wagtail_visit_alerts.models.declared_fields import UnreadableValue, parse
from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH, address_of, bare_address, email_key

_BETWEEN_TAGS = re.compile(r"[,;\r\n]")
#: As much of a cell as an error repeats.
_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class LineError:
    """What is wrong with a line: in which column, as the file calls it, and what to do; in the active language."""

    line: int
    column: str
    message: str


@dataclass
class LineValues:
    """What a line says of a contact."""

    line: int
    email: str
    key: str
    texts: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    owner_id: int | None = None


class WrongCell(VisitAlertsError):
    """A cell can't be taken; the text says why and what to do, in the active language."""


class Owners:
    """The users whom files name as owners, each looked up once."""

    def __init__(self) -> None:
        self._users: dict[str, list[Any]] = {}

    def learn(self, names: Iterable[str]) -> None:
        """Look up those that are not known yet, by user name and by e-mail address. At most one query."""
        new = {name for name in names if name not in self._users}
        if not new:
            return
        model = get_user_model()
        by_address = {name.casefold() for name in new}
        users = model._default_manager.alias(lower_address=Lower(model.get_email_field_name())).filter(
            Q(**{f"{model.USERNAME_FIELD}__in": new}) | Q(lower_address__in=by_address)
        )
        for name in new:
            self._users[name] = []
        for user in users:
            for name in new:
                if name == user.get_username() or name.casefold() == address_of(user).casefold():
                    self._users[name].append(user)

    def find(self, name: str) -> int:
        """The id of the active user of this name. Raises ``WrongCell``."""
        users = self._users.get(name, [])
        named = [user for user in users if user.get_username() == name]
        users = named or [user for user in users if user.is_active] or users
        quoted = {"name": _quoted(name)}
        if not users:
            raise WrongCell(
                gettext("There is no user “%(name)s”: give a user name or a user's e-mail address.") % quoted
            )
        if len(users) > 1:
            raise WrongCell(
                gettext("Several users have the address “%(name)s”: give the user name instead.") % quoted
            )
        if not users[0].is_active:
            raise WrongCell(gettext("The account of “%(name)s” is switched off: name another owner.") % quoted)
        return int(users[0].pk)


def values_of(lines: Iterable[Line], *, table: Table, owners: Owners) -> Iterator[LineValues | list[LineError]]:
    """What each line says, or all that is wrong with it. One query for owners that are not known yet."""
    lines = list(lines)
    owners.learn(_cell(text) for line in lines if (text := line.cells.get(Column(OWNER))))
    for line in lines:
        yield _values_of(line, table=table, owners=owners)


def address_in(line: Line) -> str:
    """The address that a line gives, whether it is one or not; empty for none."""
    return bare_address(_cell(line.cells.get(Column(ADDRESS), "")))


def _values_of(line: Line, *, table: Table, owners: Owners) -> LineValues | list[LineError]:
    errors: list[LineError] = []
    values = LineValues(line=line.number, email=address_in(line), key="")
    if any(cell.strip() for cell in line.record[len(table.columns) :]):
        errors.append(LineError(line.number, "", _too_many_cells()))
    if Column(ADDRESS) not in line.cells:
        errors.append(LineError(line.number, table.address_heading, gettext("The e-mail address is missing.")))
    for column, cell in line.cells.items():
        try:
            _put(values, column, _cell(cell), owners=owners)
        except (WrongCell, UnreadableValue) as error:
            errors.append(LineError(line.number, table.heading_of(column), str(error)))
    if not errors and "name" not in values.texts:
        _join_name(values)
    for half in (FIRST_NAME, LAST_NAME):
        values.texts.pop(half, None)
    return errors or values


def _put(values: LineValues, column: Column, cell: str, *, owners: Owners) -> None:
    """Enter what a cell says. Raises ``WrongCell``, or ``UnreadableValue`` of a declared field."""
    if column.field is not None:
        if (value := parse(column.field, cell)) is not None:
            values.extra[column.name] = value
    elif column.name == ADDRESS:
        values.email, values.key = read_address(cell)
    elif column.name == OWNER:
        values.owner_id = owners.find(cell)
    elif column.name == TAGS:
        values.tags = split_tags(cell)
    elif column.name in (*TEXTS, FIRST_NAME, LAST_NAME):
        field = "name" if column.name in (FIRST_NAME, LAST_NAME) else column.name
        values.texts[column.name] = short_enough(cell, field)


def split_tags(text: str) -> list[str]:
    """The tags in a text, parted by commas or semicolons, each once. Raises ``WrongCell`` where one is too long."""
    tags: dict[str, str] = {}
    most = ContactTag.tag_model()._meta.get_field("name").max_length
    for name in map(_cell, _BETWEEN_TAGS.split(text)):
        if len(name) > most:
            raise WrongCell(
                gettext("The tag “%(tag)s” is longer than %(count)d characters: shorten it.")
                % {"tag": _quoted(name), "count": most}
            )
        if name:
            tags.setdefault(name.casefold(), name)
    return list(tags.values())


def plain_text(text: str) -> str:
    """A text on one line, without what is not seen."""
    # What is printable has nothing in it that is not seen, and is much the most of a file.
    return " ".join(text.split()) if text.isprintable() else one_line(text, longest=len(text) + 1)


def _cell(text: str) -> str:
    """A cell as a plain text; a formula as it was before a file of ours made it harmless."""
    text = plain_text(text)
    return text[1:] if text.startswith("'") and without_formula(text[1:]) == text else text


def read_address(cell: str) -> tuple[str, str]:
    """The address in a plain text, and its key. Raises ``WrongCell``."""
    email = bare_address(cell)
    try:
        validate_email(email)
    except ValidationError as error:
        message = gettext("“%(value)s” is no e-mail address: correct it.")
        raise WrongCell(message % {"value": _quoted(cell)}) from error
    key = email_key(email)
    if key.endswith(f"@{ERASED_DOMAIN}"):  # of somebody who is being erased, and is not to be changed
        raise WrongCell(gettext("“%(value)s” is no e-mail address: correct it.") % {"value": _quoted(cell)})
    if max(len(email), len(key)) > MAX_EMAIL_LENGTH:
        raise WrongCell(_too_long(MAX_EMAIL_LENGTH))
    return email, key


def short_enough(cell: str, field: str) -> str:
    """A text, if a contact's field can hold it. Raises ``WrongCell``."""
    most = Contact._meta.get_field(field).max_length
    if len(cell) > most:
        raise WrongCell(_too_long(most))
    return cell


def _join_name(values: LineValues) -> None:
    """Put the halves of a name together, cut to what its column holds."""
    halves = [values.texts.get(half, "") for half in (FIRST_NAME, LAST_NAME)]
    if name := " ".join(filter(None, halves)):
        values.texts["name"] = name[: Contact._meta.get_field("name").max_length]


def _too_long(most: int) -> str:
    message = ngettext(
        "The value is longer than %(count)d character: shorten it.",
        "The value is longer than %(count)d characters: shorten it.",
        most,
    )
    return message % {"count": most}


def _too_many_cells() -> str:
    return gettext(
        "The line has more cells than the first one: put a cell with a delimiter in it in quotation marks."
    )


def _quoted(text: str) -> str:
    return one_line(text, longest=_LONGEST_QUOTE)
