"""Contacts as forms and the site's own code give them: created or completed, never merged."""

from collections.abc import Mapping
from typing import Any

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Contact
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


def contact_of_form(email: str, *, fields: Mapping[str, str]) -> Contact:
    """The contact with this address, made if there is none; the fields fill only what the contact lacks."""
    with atomic():
        contact, _created = Contact.objects.get_or_create(
            email_key=Contact(email=email).key_of_email, defaults={"email": email.strip()}
        )
        filled = []
        for name in PERSONAL_FIELDS:
            limit = Contact._meta.get_field(name).max_length
            value = " ".join(str(fields.get(name, "")).split())[:limit]
            if value and not getattr(contact, name):
                setattr(contact, name, value)
                filled.append(name)
        if filled:
            contact.fields_given_by_form = sorted({*contact.fields_given_by_form, *filled})
            contact.save(update_fields=[*filled, "fields_given_by_form", "updated_at"])
    return contact


def save_contact(email: str, **fields: Any) -> Contact:
    """Create the contact with this e-mail address, or update it with the fields given, and return it.

    Fields: name, phone, company, position, city, country, language, owner and user (users of the site), tags
    (names), extra (a dict that is merged into the contact's further fields). For the site's own knowledge: what
    it says replaces what a form said. Raises ``UnknownContactField``.
    """
    for name in fields:
        if name not in (*PERSONAL_FIELDS, "owner", "user", "tags", "extra"):
            raise UnknownContactField(name)
    with atomic():
        contact, _created = Contact.objects.get_or_create(
            email_key=Contact(email=email).key_of_email, defaults={"email": email.strip()}
        )
        tags = fields.pop("tags", None)
        contact.extra = {**contact.extra, **fields.pop("extra", {})}
        for name, value in fields.items():
            setattr(contact, name, value)
        contact.fields_given_by_form = [name for name in contact.fields_given_by_form if name not in fields]
        if tags is not None:
            contact.tags.set(tags)
        contact.save()
    return contact
