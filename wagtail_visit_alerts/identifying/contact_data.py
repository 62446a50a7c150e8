"""Contacts as forms and the site's own code give them: created or completed, never merged."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from wagtail.models import Site

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.identifying.default_owners import default_owner_id
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.contact import ContactQuerySet
from wagtail_visit_alerts.models.declared_fields import UnreadableValue, declared_fields, kept, parse
from wagtail_visit_alerts.models.primary import atomic

#: Fields that a form or the site's code may fill; the rest of a contact is set by people and by ``save_contact``.
PERSONAL_FIELDS = ("name", "phone", "company", "position", "city", "country", "language")


class UnknownContactField(VisitAlertsError):
    """``save_contact`` was given a field that a contact does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"A contact has no field {name!r}: use one of {', '.join(PERSONAL_FIELDS)}, owner, user, tags, extra."
        )


def contact_of_form(
    email: str, *, fields: Mapping[str, Any], owner_of_new: Callable[[], int | None] = lambda: None
) -> Contact:
    """The contact with this address, made if there is none; the fields fill only what the contact lacks.

    Of declared fields, what can't be read is left out. ``owner_of_new`` is asked for the id of a new one's owner.
    """
    # PostgreSQL keeps no text that has this character; a person's form goes on all the same.
    fields = {
        name: value.replace("\0", "") if isinstance(value, str) else value for name, value in fields.items()
    }
    with atomic():
        contact, _created = _locked().get_or_create(
            email_key=Contact(email=email).key_of_email,
            defaults={"email": email.strip(), "owner_id": owner_of_new},
        )
        filled = []
        for name in PERSONAL_FIELDS:
            limit = Contact._meta.get_field(name).max_length
            value = " ".join(str(fields.get(name, "")).split())[:limit]
            if value and not getattr(contact, name):
                setattr(contact, name, value)
                filled.append(name)
        further = _readable_further_fields(contact, fields)
        if filled or further:
            contact.extra = {**contact.extra, **further}
            contact.fields_given_by_form = sorted({*contact.fields_given_by_form, *filled, *further})
            contact.save(update_fields=[*filled, "extra", "fields_given_by_form", "updated_at"])
    return contact


def _locked() -> ContactQuerySet:
    """Contacts, to be locked as they are read: what is merged or erased at this moment must not be written back."""
    return Contact.objects.select_for_update()


def _readable_further_fields(contact: Contact, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says of declared fields that the contact lacks, as far as it can be read."""
    readable: dict[str, Any] = {}
    for field in declared_fields():
        if contact.extra.get(field.name) not in (None, ""):
            continue
        with contextlib.suppress(UnreadableValue):
            value = parse(field, fields.get(field.name))
            if value is not None:
                readable[field.name] = value
    return readable


def save_contact(email: str, *, site: Site | None = None, **fields: Any) -> Contact:
    """Create the contact with this e-mail address, or update it with the fields given, and return it.

    A new contact without an owner gets the default owner of the ``site``, where one is given and has one.
    Fields: name, phone, company, position, city, country, language, owner and user (users of the site), tags
    (names), extra (a dict that is merged into the contact's further fields; what it gives for a declared field is
    kept as one of its type where it can be read, else as it is). For the site's own knowledge: what it says replaces
    what a form said. Raises ``UnknownContactField``.
    """
    for name in fields:
        if name not in (*PERSONAL_FIELDS, "owner", "user", "tags", "extra"):
            raise UnknownContactField(name)
    with atomic():
        contact, is_new = _locked().get_or_create(
            email_key=Contact(email=email).key_of_email, defaults={"email": email.strip()}
        )
        if is_new and site is not None and fields.get("owner") is None:
            fields.pop("owner", None)
            contact.owner_id = default_owner_id(site_id=site.pk)
        fill_contact(contact, fields)
    return contact


def fill_contact(contact: Contact, fields: Mapping[str, Any]) -> None:
    """Give a contact the fields that ``save_contact`` takes, as what the site itself knows. Saves."""
    own = {name: value for name, value in fields.items() if name not in ("tags", "extra")}
    further = {name: kept(name, value) for name, value in fields.get("extra", {}).items()}
    contact.extra = {**contact.extra, **further}
    for name, value in own.items():
        setattr(contact, name, value)
    said = own.keys() | further.keys()
    contact.fields_given_by_form = [name for name in contact.fields_given_by_form if name not in said]
    if fields.get("tags") is not None:
        contact.tags.set(fields["tags"])
    contact.save()
