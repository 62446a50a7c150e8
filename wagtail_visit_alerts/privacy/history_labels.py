"""What Wagtail's history calls a contact: never by name, since its report is read by people who may not view them."""

from typing import Any

from django.contrib.contenttypes.models import ContentType

from wagtail_visit_alerts.models import Contact


def label_of(contact_id: Any) -> str:
    """The label of a contact's entries, which they keep when the contact is erased."""
    return f"#{contact_id}"


def name_nobody(entry: Any) -> None:
    """Give an entry of the history that is about to be saved a label without a name, if it is a contact's."""
    if entry.content_type_id == ContentType.objects.get_for_model(Contact).pk:
        entry.label = label_of(entry.object_id)
