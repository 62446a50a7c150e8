"""Who is told of a notification: taken from the alert and the contact, and judged again before each attempt.

Takes an alert and a contact, or a delivery that waits; gives addressees. Guarantees that nobody is named twice,
that the contact never is, nor whoever has muted the alert, and that a user who chose "me" or stands in for an owner
may view the contact at that moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Q
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import muting
from wagtail_visit_alerts.delivering.addressee import Addressee, is_reachable, is_the_contact
from wagtail_visit_alerts.delivering.standing_in import (
    MOST_FALLBACKS,
    fallbacks,
    is_deputy_for,
    owner_or_stand_ins,
)
from wagtail_visit_alerts.models import Alert, Contact, Delivery, Purpose, Role
from wagtail_visit_alerts.models.contact import ContactQuerySet
from wagtail_visit_alerts.models.email_address import address_of, bare_address, email_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

__all__ = ["MOST_FALLBACKS", "Addressee", "Verdict", "addressees", "fallbacks", "owners_summary", "recheck"]

#: Who is told as the contact's owner; who that is may change while a delivery waits.
_OWNERS_PLACE = (Role.OWNER, Role.DEPUTY, Role.FALLBACK, Role.DEFAULT)


@dataclass(frozen=True)
class Verdict:
    """Who gets a waiting delivery now; without an addressee it is cancelled, and the reason says why."""

    addressee: Addressee | None
    reason: str = ""


def addressees(
    alert: Alert, contact: Contact, *, now: datetime, only: "AbstractUser | None" = None
) -> list[Addressee]:
    """Return who is told that this alert was raised for this contact, the strongest role first.

    Whoever has muted the alert is left out, and nobody takes their place. With ``only``: as whom this user is told,
    or whoever has the same address; nobody else who chose "me" is asked for their permissions.
    """
    found: dict[str, Addressee] = {}
    for addressee in _candidates(alert, contact, now=now, only=only):
        if not is_the_contact(addressee, contact):
            found.setdefault(addressee.key, addressee)
    if found and alert.pk is not None:
        for key in muting.muted_keys(alert.pk, contact_id=contact.pk, now=now):
            found.pop(key, None)
    return list(found.values())


def recheck(delivery: Delivery, *, now: datetime) -> Verdict:
    """Say who gets a delivery that still waits: the same addressee, a contact's new owner, or nobody."""
    alert, contact = delivery.notification.alert, delivery.notification.contact
    if alert is None:
        return Verdict(None, gettext("The alert was deleted before this could be sent."))
    page_view = delivery.notification.match.page_view
    if page_view is not None and page_view.contact_id != contact.pk:
        return Verdict(None, gettext("It was not the contact who opened the signed link."))
    verdict = _addressee_now(delivery, alert, contact, now=now)
    if verdict.addressee is None:
        return verdict
    if is_the_contact(verdict.addressee, contact):
        return Verdict(None, gettext("The address now belongs to the contact, who is never told."))
    # That an alert could not be delivered to somebody else is told to whoever can do something about it.
    if delivery.purpose != Purpose.GIVEN_UP and verdict.addressee.destination is None:
        muted = muting.muted_keys(alert.pk, contact_id=contact.pk, now=now)
        if verdict.addressee.key in muted:
            return Verdict(None, gettext("The recipient has muted this alert."))
    return verdict


def owners_summary(contacts: ContactQuerySet) -> tuple[int, int]:
    """Return how many owners would be told of these contacts, and of how many contacts nobody is the active owner.

    One query, however many contacts there are.
    """
    user_model = get_user_model()
    names = {field.name for field in user_model._meta.get_fields()}
    # A contact who owns themselves has no owner to tell.
    owned = Q(owner__isnull=False) & (Q(user__isnull=True) | ~Q(owner=F("user")))
    if "is_active" in names:
        owned &= Q(owner__is_active=True)
    if (email := user_model.get_email_field_name()) in names:
        owned &= Q(**{f"owner__{email}__gt": ""}) & ~Q(**{f"owner__{email}__iexact": F("email")})
    found = contacts.order_by().aggregate(
        owners=Count("owner", distinct=True, filter=owned), owned=Count("pk", filter=owned), all=Count("pk")
    )
    return found["owners"], found["all"] - found["owned"]


def _candidates(
    alert: Alert, contact: Contact, *, now: datetime, only: "AbstractUser | None"
) -> Iterator[Addressee]:
    """Everyone whom the alert names, the strongest role first: owner, "me", who stands in, CC; then destinations."""
    for candidate in _named(alert, contact, now=now):
        if only is not None and candidate.user_id != only.pk and candidate.key != email_key(address_of(only)):
            continue
        if candidate.role == Role.ME and candidate.user and not contact.may_be_viewed_by(candidate.user):
            continue
        yield candidate


def _named(alert: Alert, contact: Contact, *, now: datetime) -> Iterator[Addressee]:
    """The same, with those who chose "me" and may not view the contact."""
    as_owner = owner_or_stand_ins(alert, contact, now=now) if alert.send_to_owner else []
    yield from (one for one in as_owner if one.role == Role.OWNER)
    for recipient in alert.recipients.select_related("user").order_by("pk"):
        if is_reachable(recipient.user):
            yield Addressee.user_as(recipient.user, Role.ME)
    yield from (one for one in as_owner if one.role != Role.OWNER)
    for address in alert.cc_addresses:
        yield Addressee(None, bare_address(address), Role.CC)
    for chosen in alert.destinations.select_related("destination").order_by("pk"):
        if chosen.destination.is_on:
            yield Addressee(None, "", Role.DESTINATION, chosen.destination)


def _addressee_now(delivery: Delivery, alert: Alert, contact: Contact, *, now: datetime) -> Verdict:
    """Who gets a delivery now, as far as its role and its purpose say."""
    if delivery.role == Role.DESTINATION:
        return _recheck_destination(delivery)
    if delivery.user_id is None and delivery.role == Role.CC:
        return Verdict(Addressee(None, delivery.email, Role.CC))
    if delivery.purpose != Purpose.ALERT:
        return _recheck_reader(delivery, contact)
    if delivery.role in _OWNERS_PLACE:
        return _recheck_owner(delivery, alert, contact, now=now)
    return _recheck_user(delivery, contact)


def _recheck_destination(delivery: Delivery) -> Verdict:
    destination = delivery.destination
    if destination is None:
        return Verdict(None, gettext("The destination was deleted before this could be sent."))
    if not destination.is_on:
        return Verdict(None, gettext("The destination was switched off before this could be sent."))
    return Verdict(Addressee(None, "", Role.DESTINATION, destination))


def _recheck_reader(delivery: Delivery, contact: Contact) -> Verdict:
    """One who was told of the alert and is told more of it: whoever that is, nobody takes their place."""
    role = Role(delivery.role)
    if role == Role.DEFAULT:
        return Verdict(Addressee(None, delivery.email, role))
    if role == Role.OWNER and delivery.user_id is not None and contact.owner_id == delivery.user_id:
        owner = contact.active_owner
        if owner is not None:
            return Verdict(Addressee.user_as(owner, role))
    if role == Role.DEPUTY and delivery.user is not None and is_deputy_for(delivery.user, contact):
        return Verdict(Addressee.user_as(delivery.user, role))
    return _recheck_user(delivery, contact)


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
    return Verdict(Addressee.user_as(user, Role(delivery.role)))


def _recheck_owner(delivery: Delivery, alert: Alert, contact: Contact, *, now: datetime) -> Verdict:
    """The owner of this moment, whoever it was when the alert was raised; else one who stands in now.

    Who stands in already goes on; the place of one who does not any more is taken by one who is not told yet.
    """
    as_owner = owner_or_stand_ins(alert, contact, now=now)
    for addressee in as_owner:
        if addressee.user_id == delivery.user_id and (addressee.user_id or addressee.key == delivery.email_key):
            return Verdict(addressee)
    if as_owner and as_owner[0].role == Role.OWNER:
        return Verdict(as_owner[0])
    told = _told_by_others(delivery)
    for addressee in as_owner:
        if addressee.key not in told:
            return Verdict(addressee)
    if as_owner:
        return Verdict(
            None, gettext("The user stands in for the contact's owner no longer; others who do are told.")
        )
    return Verdict(None, gettext("The contact has no active owner any more, and nobody stands in for them."))


def _told_by_others(delivery: Delivery) -> set[str]:
    """The keys of the addresses that get the same notification by another delivery."""
    others = Delivery.objects.filter(notification=delivery.notification_id, purpose=delivery.purpose)
    return set(others.exclude(pk=delivery.pk).values_list("email_key", flat=True))
