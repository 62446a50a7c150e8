"""Addressee: one person or place that is told of an alert, and whether that would be the contact.

Takes users, addresses and destinations; gives values that ``recipients`` collects and ``outbox`` writes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wagtail_visit_alerts.models import Contact, Destination, Role
from wagtail_visit_alerts.models.email_address import address_of, email_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


@dataclass(frozen=True)
class Addressee:
    """One who is told: a user of the site, an address without a user, or a destination (then without either)."""

    user: "AbstractUser | None"
    email: str
    role: Role
    destination: Destination | None = None

    @classmethod
    def user_as(cls, user: "AbstractUser", role: Role) -> "Addressee":
        """A user under the address that their account has now."""
        return cls(user, address_of(user), role)

    @property
    def user_id(self) -> int | None:
        """The user's id, as a delivery stores it."""
        return None if self.user is None else self.user.pk

    @property
    def destination_id(self) -> int | None:
        """The destination's id, as a delivery stores it."""
        return None if self.destination is None else self.destination.pk

    @property
    def key(self) -> str:
        """What two spellings of the address have in common; of a destination, its own key."""
        return email_key(self.email) if self.destination is None else self.destination.key


def is_reachable(user: "AbstractUser") -> bool:
    """Whether a user's account is active and has an address."""
    return user.is_active and bool(address_of(user))


def is_the_contact(addressee: Addressee, contact: Contact) -> bool:
    """Whether a message to this addressee would reach the contact, by any spelling or by their login."""
    if addressee.destination is not None:
        return False
    if addressee.user is not None and addressee.user.pk == contact.user_id:
        return True
    own_addresses = {contact.email_key}
    if contact.user is not None:
        own_addresses.add(email_key(address_of(contact.user)))
    return addressee.key in own_addresses
