"""Tags are given to contacts, or taken from them, many at once, and each one's history says so.

Takes contacts that somebody may change, and names of tags in any case. Guarantees that tags and history change
together.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from wagtail_visit_alerts.admin.contact_history import log_each
from wagtail_visit_alerts.admin.log_actions import CHANGE_TAGS
from wagtail_visit_alerts.importing.import_tags import TagNames, tags_of
from wagtail_visit_alerts.models import Contact, ContactTag
from wagtail_visit_alerts.models.primary import atomic

#: Contacts that are read and written at once.
BATCH = 500


def change_tags(
    contacts: Sequence[Contact], *, add: Collection[str], remove: Collection[str], by: Any, now: datetime
) -> int:
    """Give contacts tags that they lack, take those that they have; gives how many have changed. Writes.

    Tags that nobody has yet are made. Some six queries for five hundred contacts.
    """
    known = TagNames()
    with atomic():
        batches = [contacts[start : start + BATCH] for start in range(0, len(contacts), BATCH)]
        return sum(_change(batch, add=add, remove=remove, known=known, by=by, now=now) for batch in batches)


def _change(
    contacts: Sequence[Contact],
    *,
    add: Collection[str],
    remove: Collection[str],
    known: TagNames,
    by: Any,
    now: datetime,
) -> int:
    had = tags_of(contact.pk for contact in contacts)
    taken_away = {name.casefold() for name in remove}
    lacked: list[tuple[Contact, list[str]]] = []
    changes: list[tuple[Contact, dict[str, Any]]] = []
    for contact in contacts:
        own = had.get(contact.pk, set())
        added = [name for name in add if name.casefold() not in own]
        removed = [name for name in remove if name.casefold() in own]
        if added or removed:
            lacked.append((contact, added))
            changes.append((contact, {"added": added, "removed": removed}))
    known.add(lacked)
    _take_away(changes, names=taken_away)
    Contact.objects.filter(pk__in=[contact.pk for contact, _data in changes]).update(updated_at=now)
    log_each(changes, action=CHANGE_TAGS, by=by, now=now, content_changed=True)
    return len(changes)


def _take_away(changes: Sequence[tuple[Contact, dict[str, Any]]], *, names: Collection[str]) -> None:
    """Delete the tags of these names; databases fold case each in its own way, so Python compares."""
    if not names:
        return
    tagged = ContactTag.objects.filter(content_object__in=[contact.pk for contact, _data in changes])
    rows = [pk for pk, name in tagged.values_list("pk", "tag__name") if name.casefold() in names]
    ContactTag.objects.filter(pk__in=rows).delete()
