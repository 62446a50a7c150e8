"""Merging: two contacts who are one person become one, because somebody says so in the admin.

Takes the contact who stays, the other one, and whose values are taken; everything that is kept of the other becomes
that of the one who stays, in one transaction, and the other is deleted. Guarantees that nothing recorded, raised or
counted is lost or counted twice, and that the cap holds for what was raised about both. Messages of their browsers
that are recorded at the same time come before or after it, whole.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError
from django.utils.translation import gettext
from wagtail.log_actions import log

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Contact, ContactNote, ContactTag, Mute, SignedLink, Slot, Visitor
from wagtail_visit_alerts.models.primary import atomic

#: The action in the history of the contact who stays; ``admin.log_actions`` says it in words.
MERGE: Final = "visit_alerts.merge"
#: Fields of which a person may take the other contact's value; further ones are called ``extra.name``.
CHOSEN_FIELDS: Final = (
    "email",
    "name",
    "phone",
    "company",
    "position",
    "city",
    "country",
    "language",
    "owner",
    "user",
)


class NotTwoContacts(VisitAlertsError):
    """One of the contacts to merge is gone by now, or both are the same."""

    def __init__(self) -> None:
        super().__init__("Two contacts can be merged only while both are there: look for the other one again.")


def value_of(contact: Contact, name: str) -> Any:
    """What a contact has in one of the fields that are chosen; for a user the user."""
    column, _dot, key = name.partition(".")
    return contact.extra.get(key) if key else getattr(contact, column)


def fields_of(*contacts: Contact) -> list[str]:
    """The names of the fields that any of the contacts has a value in, as ``merge`` takes them."""
    further = sorted({key for contact in contacts for key in contact.extra})
    names = [*CHOSEN_FIELDS, *(f"extra.{key}" for key in further)]
    return [name for name in names if any(not _is_empty(value_of(contact, name)) for contact in contacts)]


def merge(kept_id: int, other_id: int, *, take: Collection[str], by: Any, now: datetime) -> Contact:
    """Merge another contact into the one who stays, and return that one. Writes; raises ``NotTwoContacts``.

    ``take`` names the fields of which the other's value is taken; what the one lacks is taken anyway. Links that
    were sent to the other recognise nobody from then on. Locks both contacts, their signed links and visitors.
    """
    # The turn first: whoever counts takes it before a contact's row.
    with reporting.counting_turn():
        kept, other = _lock(kept_id, other_id)
        _move_slots(kept, other)
        reporting.join_contacts(kept, other)
        _move_the_rest(kept, other)
        _move_tags(kept, other)
        _join_mutes(kept)
        said = gettext("Merged with %(name)s, %(email)s.") % {"name": other, "email": other.email}
        ContactNote.objects.create(contact=kept, author=by, text=said, written_at=now)
        log(instance=other, action="wagtail.delete", user=by, deleted=True)
        _enter_values(kept, other, take=take)
        other.delete()  # before the one who stays is saved: an address and a login are one contact's
        kept.save()
        if kept.recording_stopped_at is not None:
            Visitor.objects.in_use().filter(contact=kept).update(retired_at=now)
        log(instance=kept, action=MERGE, user=by, content_changed=True)
    return kept


def _lock(kept_id: int, other_id: int) -> tuple[Contact, Contact]:
    """Lock signed links, then visitors, as messages of browsers do, then the contacts; each in one order."""
    ids = sorted({kept_id, other_id})
    link_ids = list(SignedLink.objects.filter(contact__in=ids).values_list("pk", flat=True))
    # By the primary key alone: MariaDB locks in the order of the index it reads, not in the one asked for.
    list(SignedLink.objects.filter(pk__in=link_ids).order_by("pk").select_for_update().values_list("pk"))
    list(Visitor.objects.filter(contact__in=ids).order_by("pk").select_for_update().values_list("pk"))
    there = Contact.objects.not_being_erased().filter(pk__in=ids)
    contacts = {contact.pk: contact for contact in there.order_by("pk").select_for_update()}
    if len(contacts) != 2:
        raise NotTwoContacts
    return contacts[kept_id], contacts[other_id]


def _move_slots(kept: Contact, other: Contact) -> None:
    """Give the other's slots numbers that are free: what was raised about either counts for the cap."""
    taken: dict[tuple[int, str], set[int]] = {}
    for alert_id, period, number in Slot.objects.filter(contact=kept).values_list("alert", "period", "number"):
        taken.setdefault((alert_id, period), set()).add(number)
    for slot in Slot.objects.filter(contact=other).order_by("pk"):
        numbers = taken.setdefault((slot.alert_id, slot.period), set())
        if slot.number in numbers:
            slot.number = next(number for number in range(1, len(numbers) + 2) if number not in numbers)
        numbers.add(slot.number)
        Slot.objects.filter(pk=slot.pk).update(contact=kept, number=slot.number)


def _move_the_rest(kept: Contact, other: Contact) -> None:
    """Move all other rows that refer to a contact, those of a site's own models too."""
    done = {Slot, ContactTag, *reporting.COUNTED}
    for relation in Contact._meta.related_objects:
        if relation.related_model in done or not (relation.one_to_many or relation.one_to_one):
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: other})
        try:
            with atomic():
                rows.update(**{relation.field.name: kept})
        except IntegrityError:
            if relation.related_model._meta.app_label == Contact._meta.app_label:
                raise
            # A site's own rows that can be one contact's only once go as their model says.


def _move_tags(kept: Contact, other: Contact) -> None:
    has = set(ContactTag.objects.filter(content_object=kept).values_list("tag", flat=True))
    ContactTag.objects.filter(content_object=other).exclude(tag__in=has).update(content_object=kept)


def _join_mutes(kept: Contact) -> None:
    """Leave one mute of each alert and reader about the contact, the one that lasts longest."""
    longest: dict[tuple[int, str], Mute] = {}
    for mute in Mute.objects.filter(contact=kept).order_by("pk"):
        key = (mute.alert_id, mute.email_key)
        first = longest.setdefault(key, mute)
        if first is mute:
            continue
        is_longer = first.until is not None and (mute.until is None or mute.until > first.until)
        longest[key], shorter = (mute, first) if is_longer else (first, mute)
        shorter.delete()


def _enter_values(kept: Contact, other: Contact, *, take: Collection[str]) -> None:
    """Enter into the one who stays, in memory, what is taken of the other."""
    by_form = set(kept.fields_given_by_form)
    for name in fields_of(kept, other):
        if name not in take and not _is_empty(value_of(kept, name)):
            continue
        value = value_of(other, name)
        if _is_empty(value):
            continue
        column, _dot, key = name.partition(".")
        if key:
            kept.extra = {**kept.extra, key: value}
        else:
            setattr(kept, column, value)
        by_form.discard(key or name)
        if (key or name) in other.fields_given_by_form:
            by_form.add(key or name)
    kept.fields_given_by_form = sorted(by_form)
    seen = [at for at in (kept.last_seen_at, other.last_seen_at) if at is not None]
    kept.last_seen_at = max(seen, default=None)
    # Whoever did not want to be recorded under one address does not under the other.
    stopped = [at for at in (kept.recording_stopped_at, other.recording_stopped_at) if at is not None]
    kept.recording_stopped_at = min(stopped, default=None)


def _is_empty(value: Any) -> bool:
    return value is None or value == ""
