"""What is known of a contact, line by line, as harmless text with the links that call or write to them at once.

Takes a contact with its owner; gives plain values for templates. One query, for the tags.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import FieldType, declared_fields, undeclared_values_of
from wagtail_visit_alerts.models.display_name import display_name

#: How many of a contact's further fields are shown that the site has not declared.
MOST_FURTHER_FIELDS = 20


@dataclass(frozen=True)
class Fact:
    """One line about the contact. The link is empty or safe; the note says where the value is from."""

    label: str
    value: str
    link: str = ""
    note: str = ""


def name_of(contact: Contact) -> str:
    """The contact's name on one line; their address where no name is known."""
    return wording.one_line(contact.name or wording.plain_address(contact.email), longest=100)


def position_and_company(contact: Contact) -> str:
    """Both on one line, or the one that is known."""
    return wording.one_line(", ".join(filter(None, (contact.position, contact.company))))


def facts_of(contact: Contact, *, in_email: bool = True) -> Iterator[Fact]:
    """What is known of the contact, without what is empty; the owner always.

    An e-mail leaves out those fields of the site's own that are declared so.
    """
    shown = {
        "name": (contact.name, ""),
        "company": (contact.company, ""),
        "position": (contact.position, ""),
        "phone": (contact.phone, wording.phone_link(contact.phone.strip())),
        "email": (wording.plain_address(contact.email), wording.mail_link(contact.email)),
        "city": (contact.city, ""),
        "country": (contact.country, ""),
        "language": (contact.language and wording.language_name(contact.language), ""),
        "tags": (", ".join(sorted(tag.name for tag in contact.tags.all())), ""),
    }
    for field, (value, link) in shown.items():
        if value:
            yield Fact(_label(field), wording.one_line(value), link, _note(contact, field))
    yield from _declared(contact, in_email=in_email)
    for key, value in list(undeclared_values_of(contact).items())[:MOST_FURTHER_FIELDS]:
        if text := wording.further_value(value):
            yield Fact(wording.one_line(key, longest=60), text, "", _note(contact, key))
    yield Fact(_label("owner"), _owner_name(contact))


def _declared(contact: Contact, *, in_email: bool) -> Iterator[Fact]:
    """The fields that the site has declared, in an e-mail those declared for it."""
    for field in declared_fields():
        value = contact.extra.get(field.name)
        is_shown = field.in_email or not in_email
        if is_shown and (text := wording.one_line(field.text_of(value))):
            link = wording.web_link(str(value)) if field.type == FieldType.URL else ""
            yield Fact(wording.one_line(field.label, longest=60), text, link, _note(contact, field.name))


def _label(field: str) -> str:
    return capfirst(str(Contact._meta.get_field(field).verbose_name))


def _note(contact: Contact, field: str) -> str:
    return gettext("as given in a form") if field in contact.fields_given_by_form else ""


def _owner_name(contact: Contact) -> str:
    owner = contact.owner
    if owner is None:
        return pgettext("the contact's owner", "none")
    name = wording.one_line(display_name(owner))
    if contact.active_owner is None:
        return gettext("%(name)s (can't be reached at present)") % {"name": name}
    return name
