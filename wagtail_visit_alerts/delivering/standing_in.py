"""Who is told in place of a contact's owner: a deputy, the alert's fallback, its author, the site's default address.

Takes an alert, a contact and a moment; gives addressees. Guarantees that each can be reached and is not the contact,
that a deputy is somebody who works with contacts, and that a fallback may view the contact.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, QuerySet

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.addressee import Addressee, is_reachable, is_the_contact
from wagtail_visit_alerts.delivering.reader_clock import is_away, preferences_of
from wagtail_visit_alerts.models import Alert, Contact, Role
from wagtail_visit_alerts.models.contact import MODEL_BACKEND, VIEW_ANY, works_with_contacts
from wagtail_visit_alerts.models.email_address import bare_address

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: Members of a group who may be told in place of one owner: each is asked for their permissions, and a group that
#: is larger was not meant to get every alert.
MOST_FALLBACKS = 50
#: What is read along with the members of a group, instead of asking for the permissions of each.
_MAY_VIEW_ANY = "may_view_any_contact"


def owner_or_stand_ins(alert: Alert, contact: Contact, *, now: datetime) -> list[Addressee]:
    """Return who is told as the contact's owner: the owner, or those who stand in for them.

    An owner who is only away is told after all where nobody else is left: no alert is lost by a holiday.
    """
    owner = owner_of(contact)
    if owner is not None and owner.user is not None and not is_away(owner.user, now=now):
        return [owner]
    deputy = deputy_of(contact.owner, contact, now=now) if contact.owner is not None else None
    if deputy is not None:
        return [deputy]
    return fallbacks(alert, contact) or [one for one in [owner] if one is not None]


def owner_of(contact: Contact) -> Addressee | None:
    """Return the contact's owner where they can be reached, away or not; nobody when the contact owns themselves."""
    owner = contact.active_owner
    if owner is None:
        return None
    addressee = Addressee.user_as(owner, Role.OWNER)
    return None if is_the_contact(addressee, contact) else addressee


def deputy_of(user: "AbstractUser", contact: Contact, *, now: datetime) -> Addressee | None:
    """Return the first of a user's deputy, that one's deputy and so on who is there and works with contacts.

    They need no permission for this contact: whoever named them has handed it over, and the owner needs none either.
    """
    for deputy in _deputies_of(user):
        addressee = Addressee.user_as(deputy, Role.DEPUTY)
        can_be_told = is_reachable(deputy) and not is_the_contact(addressee, contact)
        if can_be_told and not is_away(deputy, now=now) and works_with_contacts(deputy):
            return addressee
    return None


def is_deputy_for(user: "AbstractUser", contact: Contact) -> bool:
    """Whether a user stands in for the contact's owner at some time, and works with contacts."""
    if contact.owner is None or not any(deputy.pk == user.pk for deputy in _deputies_of(contact.owner)):
        return False
    return is_reachable(user) and works_with_contacts(user)


def _deputies_of(user: "AbstractUser") -> Iterator["AbstractUser"]:
    """A user's deputy, that one's deputy and so on, each once."""
    met, preferences = {user.pk}, preferences_of(user)
    while preferences is not None and preferences.deputy is not None and preferences.deputy.pk not in met:
        yield preferences.deputy
        met.add(preferences.deputy.pk)
        preferences = preferences_of(preferences.deputy)


def fallbacks(alert: Alert, contact: Contact) -> list[Addressee]:
    """Return who stands in for a missing owner without a deputy.

    The alert's fallback, at most fifty members of a group; its author where that is nobody; then the site's default
    address.
    """
    chosen = list(_standing_in(_chosen_fallbacks(alert), contact))
    return chosen or list(_standing_in(filter(None, [alert.author]), contact)) or _default(contact)


def _chosen_fallbacks(alert: Alert) -> Iterable["AbstractUser"]:
    """The user or the members of the group whom the alert names as fallback, switched off or not."""
    if alert.fallback_user is not None:
        return [alert.fallback_user]
    if alert.fallback_group_id is None:
        return []
    return _members_of(alert.fallback_group_id)


def _standing_in(users: Iterable["AbstractUser"], contact: Contact) -> Iterator[Addressee]:
    """Of these users, those who can be reached and may view the contact; not the contact."""
    for user in islice(filter(is_reachable, users), MOST_FALLBACKS):
        addressee = Addressee.user_as(user, Role.FALLBACK)
        if _may_view(user, contact) and not is_the_contact(addressee, contact):
            yield addressee


def _members_of(group_id: int) -> QuerySet["AbstractUser"]:
    """The members of a group, each with whether they may view any contact if Django's own backend alone decides."""
    members = get_user_model()._default_manager.filter(groups=group_id).order_by("pk")
    if django_settings.AUTHENTICATION_BACKENDS != [MODEL_BACKEND]:
        return members
    viewers = ModelBackend().with_perm(VIEW_ANY).filter(pk=OuterRef("pk"))
    return members.annotate(**{_MAY_VIEW_ANY: Exists(viewers)})


def _may_view(user: "AbstractUser", contact: Contact) -> bool:
    may_view_any: bool | None = getattr(user, _MAY_VIEW_ANY, None)
    if may_view_any is None or user.pk == contact.owner_id:
        return contact.may_be_viewed_by(user)
    return may_view_any


def _default(contact: Contact) -> list[Addressee]:
    """The site's default address, if it has one."""
    address = bare_address(settings.DEFAULT_RECIPIENT)
    if not address:
        return []
    addressee = Addressee(None, address, Role.DEFAULT)
    return [] if is_the_contact(addressee, contact) else [addressee]
