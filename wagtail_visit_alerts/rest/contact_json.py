"""A contact as the API shows it. The names are public (``docs/rest-api.md``)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from wagtail_visit_alerts.delivering.channels.webhook_payload import admin_url
from wagtail_visit_alerts.models import Contact, ContactTag

#: What a contact is told by, as it stands.
TEXTS = ("name", "phone", "company", "position", "city", "country", "language")


def contacts_as_json(contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    """Contacts, read with their owners. One query, for their tags."""
    tags: dict[int, list[str]] = {}
    tagged = ContactTag.objects.filter(content_object__in=[contact.pk for contact in contacts])
    for contact_id, name in tagged.order_by("tag__name").values_list("content_object", "tag__name"):
        tags.setdefault(contact_id, []).append(name)
    return [_as_json(contact, tags=tags.get(contact.pk, [])) for contact in contacts]


def contact_as_json(contact: Contact) -> dict[str, Any]:
    """One contact. At most two queries."""
    return contacts_as_json([contact])[0]


def as_utc(moment: datetime | None) -> str | None:
    """A time as ISO 8601 writes it in UTC, whole: what is asked for "since" it finds it again."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _as_json(contact: Contact, *, tags: list[str]) -> dict[str, Any]:
    return {
        "id": contact.pk,
        "email": contact.email,
        **{name: getattr(contact, name) for name in TEXTS},
        "tags": tags,
        "extra": contact.extra,
        "owner": contact.owner.get_username() if contact.owner else None,
        "given_by_form": list(contact.fields_given_by_form),
        "is_recorded": contact.recording_stopped_at is None,
        "last_seen_at": as_utc(contact.last_seen_at),
        "created_at": as_utc(contact.created_at),
        "updated_at": as_utc(contact.updated_at),
        "admin_url": admin_url("contact", contact.pk),
    }
