"""Contacts are given to another owner, many at once, and each one's history says so.

Takes contacts that somebody may change, and the new owner. Guarantees that owners and history change together.
"""

import logging
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from wagtail_visit_alerts.admin.contact_history import log_each
from wagtail_visit_alerts.admin.log_actions import ASSIGN
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.primary import atomic

#: Contacts that are read and written at once.
BATCH = 500

logger = logging.getLogger(__name__)


def assign(contacts: QuerySet[Contact], *, to: Any, by: Any, now: datetime) -> int:
    """Make a user, or with None nobody, the owner of these contacts; gives how many have changed. Writes.

    Those that the user owns already stay as they are. Some four queries for five hundred contacts.
    """
    changed, last_pk, new_name = 0, 0, "" if to is None else display_name(to)
    others = contacts.exclude(owner=to) if to is not None else contacts.exclude(owner=None)
    with atomic():
        while batch := list(others.filter(pk__gt=last_pk).select_for_update().order_by("pk")[:BATCH]):
            names = _names_of({contact.owner_id for contact in batch} - {None})
            Contact.objects.filter(pk__in=[contact.pk for contact in batch]).update(owner=to, updated_at=now)
            entries = [(each, {"from": names.get(each.owner_id, ""), "to": new_name}) for each in batch]
            log_each(entries, action=ASSIGN, by=by, now=now, content_changed=True)
            changed, last_pk = changed + len(batch), batch[-1].pk
    return changed


def release_contacts(user: Any, *, now: datetime) -> None:
    """Note in the history of contacts that they lose their owner: the account is about to be deleted, in any way.

    Writes; never raises: whoever deletes the account is not stopped by a fault of ours.
    """
    try:
        assign(Contact.objects.filter(owner=user.pk), to=None, by=None, now=now)
    except Exception:
        logger.exception("takeover.not_noted", extra={"user_id": user.pk})


def _names_of(user_ids: set[Any]) -> dict[Any, str]:
    users = get_user_model()._base_manager.filter(pk__in=user_ids)
    return {user.pk: display_name(user) for user in users}
