"""Stopping the recording of a contact, without erasing what is kept of them; and going on with it.

Takes a contact. Guarantees that from then on no browser is recorded as theirs, however they are named, and that
nothing they do raises an alert.
"""

import logging
from datetime import datetime

from wagtail_visit_alerts.models import Contact, Visitor
from wagtail_visit_alerts.models.primary import atomic

logger = logging.getLogger(__name__)


def stop_recording(contact: Contact, *, now: datetime) -> None:
    """Record nothing more of a contact: their browsers' keys are retired, and whatever names them opts a browser out.

    What is kept of them stays, and alerts that were raised already are sent. Nothing happens where it is stopped.
    """
    stopped = Contact.objects.filter(pk=contact.pk, recording_stopped_at=None)
    # On its own and first: whoever is binding a browser to the contact at this moment is waited for, and then found.
    with atomic():
        stopped.update(recording_stopped_at=now, updated_at=now)
    retire_browsers(contact, now=now)
    contact.refresh_from_db(fields=["recording_stopped_at", "updated_at"])
    logger.info("recording.stopped", extra={"contact_id": contact.pk})


def resume_recording(contact: Contact, *, now: datetime) -> None:
    """Record a contact again, from the next time that a browser is recognised as theirs.

    A browser that was told meanwhile that it is opted out stays so until the person opts in.
    """
    Contact.objects.filter(pk=contact.pk).update(recording_stopped_at=None, updated_at=now)
    contact.refresh_from_db(fields=["recording_stopped_at", "updated_at"])
    logger.info("recording.resumed", extra={"contact_id": contact.pk})


def retire_browsers(contact: Contact, *, now: datetime) -> None:
    """Let the keys of a contact's browsers record nothing any more; waits for what is being recorded of them.

    Also of those whose keys were retired before: the sweep may be judging what they have left.
    """
    with atomic():
        theirs = Visitor.objects.filter(contact=contact).order_by("pk").select_for_update()
        visitor_ids = list(theirs.values_list("pk", flat=True))
        Visitor.objects.in_use().filter(pk__in=visitor_ids).update(retired_at=now)
