"""Who is told of a notification: taken from the alert and the contact, and judged again before each attempt.

Takes an alert and a contact, or a delivery that waits; gives addressees. Guarantees that nobody is named twice,
that the contact never is, and that a user who chose "me" may view the contact at that moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from wagtail_visit_alerts.models import Alert, Contact, Delivery, Role
from wagtail_visit_alerts.models.email_address import address_of, email_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


@dataclass(frozen=True)
class Addressee:
    """One person who is told: a user of the site, or an address in CC (then without a user)."""

    user: "AbstractUser | None"
    email: str
    role: Role

    @property
    def user_id(self) -> int | None:
        """The user's id, as a delivery stores it."""
        return None if self.user is None else self.user.pk

    @property
    def key(self) -> str:
        """What two spellings of the address have in common."""
        return email_key(self.email)


@dataclass(frozen=True)
class Verdict:
    """Who gets a waiting delivery now; without an addressee it is cancelled, and the reason says why."""

    addressee: Addressee | None
    reason: str = ""


def addressees(alert: Alert, contact: Contact) -> list[Addressee]:
    """Return who is told that this alert was raised for this contact, the strongest role first."""
    found: dict[str, Addressee] = {}
    for addressee in _candidates(alert, contact):
        if not _is_the_contact(addressee, contact):
            found.setdefault(addressee.key, addressee)
    return list(found.values())


def recheck(delivery: Delivery) -> Verdict:
    """Say who gets a delivery that still waits: the same addressee, a contact's new owner, or nobody."""
    alert, contact = delivery.notification.alert, delivery.notification.contact
    if alert is None:
        return Verdict(None, gettext("The alert was deleted before this could be sent."))
    if delivery.role == Role.CC:
        verdict = Verdict(Addressee(None, delivery.email, Role.CC))
    elif delivery.role == Role.ME:
        verdict = _recheck_user(delivery, contact)
    else:
        verdict = _recheck_owner(alert, contact)
    if verdict.addressee is not None and _is_the_contact(verdict.addressee, contact):
        return Verdict(None, gettext("The address now belongs to the contact, who is never told."))
    return verdict


def _candidates(alert: Alert, contact: Contact) -> Iterator[Addressee]:
    """Everyone whom the alert names, the strongest role first: owner, "me", fallback, CC."""
    owner = _owner(contact) if alert.send_to_owner else None
    if owner is not None:
        yield owner
    for recipient in alert.recipients.select_related("user").order_by("pk"):
        if _is_reachable(recipient.user) and contact.may_be_viewed_by(recipient.user):
            yield Addressee(recipient.user, address_of(recipient.user), Role.ME)
    if alert.send_to_owner and owner is None and (fallback := _fallback(alert, contact)) is not None:
        yield fallback
    for address in alert.cc_addresses:
        yield Addressee(None, address, Role.CC)


def _owner(contact: Contact) -> Addressee | None:
    """The contact's owner, who may always be told; nobody when the contact owns themselves."""
    owner = contact.active_owner
    if owner is None:
        return None
    addressee = Addressee(owner, address_of(owner), Role.OWNER)
    return None if _is_the_contact(addressee, contact) else addressee


def _fallback(alert: Alert, contact: Contact) -> Addressee | None:
    """The alert's author, who stands in for a missing owner where they may view the contact."""
    author = alert.author
    if author is None or not _is_reachable(author) or not contact.may_be_viewed_by(author):
        return None
    return Addressee(author, address_of(author), Role.FALLBACK)


def _recheck_user(delivery: Delivery, contact: Contact) -> Verdict:
    user = delivery.user
    if user is None or not user.is_active:
        return Verdict(
            None, gettext("The user's account was deleted or switched off before this could be sent.")
        )
    if not address_of(user):
        return Verdict(None, gettext("The user no longer has an e-mail address."))
    if not contact.may_be_viewed_by(user):
        return Verdict(None, gettext("The user may no longer view this contact."))
    return Verdict(Addressee(user, address_of(user), Role.ME))


def _recheck_owner(alert: Alert, contact: Contact) -> Verdict:
    """The owner of this moment, whoever it was when the alert was raised; else the fallback of now."""
    addressee = _owner(contact) or _fallback(alert, contact)
    if addressee is None:
        return Verdict(
            None, gettext("The contact has no active owner any more, and nobody stands in for them.")
        )
    return Verdict(addressee)


def _is_reachable(user: "AbstractUser") -> bool:
    return user.is_active and bool(address_of(user))


def _is_the_contact(addressee: Addressee, contact: Contact) -> bool:
    """Whether a message to this addressee would reach the contact, by any spelling or by their login."""
    if addressee.user is not None and addressee.user.pk == contact.user_id:
        return True
    own_addresses = {contact.email_key}
    if contact.user is not None:
        own_addresses.add(email_key(address_of(contact.user)))
    return addressee.key in own_addresses
