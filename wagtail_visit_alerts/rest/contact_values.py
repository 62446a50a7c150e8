"""What a JSON object says of a contact: read as the import reads a line, each field with what is wrong with it.

Takes the object, and the contact as they are; gives only what would change. So whatever the API has shown of a
contact can be sent back to it, and what is sent twice changes nothing the second time.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from wagtail_visit_alerts.importing import (
    Owners,
    WrongCell,
    as_spelled,
    plain_text,
    read_address,
    short_enough,
    split_tags,
    tags_of,
)
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import UnreadableValue, declared_field, parse
from wagtail_visit_alerts.rest.contact_json import TEXTS
from wagtail_visit_alerts.rest.refusals import FieldError, wrong_fields

#: What the API shows and nobody sets; it is passed over, so that a contact that was read can be sent back.
READ_ONLY = frozenset(
    {"id", "given_by_form", "is_recorded", "last_seen_at", "created_at", "updated_at", "admin_url"}
)
#: Tags that one contact is given at once.
MOST_TAGS = 100


def address_in(data: Mapping[str, Any]) -> str:
    """The e-mail address that an object names its contact by. Raises ``Refused``."""
    if "email" not in data:
        raise wrong_fields([("email", gettext("The e-mail address is missing."))])
    try:
        return read_address(_text(data["email"]))[0]
    except WrongCell as error:
        raise wrong_fields([("email", str(error))]) from error


def changes_in(data: Mapping[str, Any], *, contact: Contact) -> dict[str, Any]:
    """The fields that an object changes in a contact, saved or new, as ``fill_contact`` takes them.

    Raises ``Refused``, with all that is wrong. At most four queries.
    """
    reader = _Reader(contact)
    for name, value in data.items():
        reader.read(name, value)
    if reader.errors:
        raise wrong_fields(reader.errors)
    return reader.changes


class _Reader:
    """Reads field by field, and goes on after one that is wrong."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        self.changes: dict[str, Any] = {}
        self.errors: list[FieldError] = []

    def read(self, name: str, value: Any) -> None:
        """Read one field."""
        try:
            match name:
                case "email":
                    self._put("email", read_address(_text(value))[0])
                case "tags":
                    self._read_tags(value)
                case "extra":
                    self._read_extra(value)
                case "owner":
                    self._read_owner(value)
                case _ if name in TEXTS:
                    self._put(name, short_enough("" if value is None else _text(value), name))
                case _ if name not in READ_ONLY:
                    raise WrongCell(gettext("There is no such field: leave it out."))
        except WrongCell as error:
            self.errors.append((plain_text(name), str(error)))

    def _put(self, name: str, value: Any) -> None:
        if getattr(self.contact, name) != value:
            self.changes[name] = value

    def _read_tags(self, value: Any) -> None:
        if not isinstance(value, list):
            raise WrongCell(gettext("Give a list of texts, in square brackets."))
        names = {name.casefold(): name for text in value for name in split_tags(_text(text))}
        if len(names) > MOST_TAGS:
            raise WrongCell(gettext("Give at most %(count)d tags.") % {"count": MOST_TAGS})
        has = tags_of([self.contact.pk]).get(self.contact.pk, set()) if self.contact.pk else set()
        if names.keys() != has:
            self.changes["tags"] = as_spelled(names.values())

    def _read_owner(self, value: Any) -> None:
        name = "" if value is None else _text(value)
        if not name:
            self._put("owner_id", None)
        elif self.contact.owner is None or self.contact.owner.get_username() != name:
            owners = Owners()
            owners.learn([name])
            self._put("owner_id", owners.find(name))

    def _read_extra(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise WrongCell(gettext("Give an object with the further fields, in braces."))
        further: dict[str, Any] = {}
        for name, given in value.items():
            before = self.contact.extra.get(name)
            if (before, type(before)) == (given, type(given)):
                continue
            try:
                after = _further_value(name, given)
            except (WrongCell, UnreadableValue) as error:
                self.errors.append((f"extra.{plain_text(name)}", str(error)))
                continue
            if (before, type(before)) != (after, type(after)):
                further[name] = after
        if further:
            self.changes["extra"] = further


def _further_value(name: str, given: Any) -> Any:
    """What is kept of a declared field's value. Raises ``WrongCell`` or ``UnreadableValue``."""
    field = declared_field(name)
    if field is None:
        raise WrongCell(
            gettext("The site declares no such field: leave it out, or have it added to CONTACT_FIELDS.")
        )
    if isinstance(given, list | dict):
        raise WrongCell(gettext("Give one value: a text, a number, true, false or null."))
    return parse(field, plain_text(given) if isinstance(given, str) else given)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongCell(gettext("Give a text, in quotation marks."))
    return plain_text(value)
