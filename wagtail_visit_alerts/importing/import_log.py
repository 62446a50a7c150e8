"""What an import leaves in the histories of contacts: one entry each, written for a batch at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import Contact

#: The action in a contact's history; ``admin.log_actions`` says it in words.
IMPORT: Final = "visit_alerts.import"


def log_batch(created: Sequence[Contact], changed: Sequence[Contact], *, by: Any | None, now: datetime) -> None:
    """Note which contacts an import has made and changed; ``by`` is None where a command did it. Writes.

    Without a name, which people would read who may not view the contact (``privacy.history_labels``); and without a
    common id, by which Wagtail would show the entry of one contact only.
    """
    content_type = ContentType.objects.get_for_model(Contact)
    ModelLogEntry.objects.bulk_create(
        [
            ModelLogEntry(
                content_type=content_type,
                object_id=str(contact.pk),
                label=f"#{contact.pk}",
                action=IMPORT,
                data={"is_new": is_new},
                timestamp=now,
                user=by,
                content_changed=True,
            )
            for contacts, is_new in ((created, True), (changed, False))
            for contact in contacts
        ]
    )
