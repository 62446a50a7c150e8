"""Erasing a contact: at once all that names them, then, in small transactions, all that they have done.

Takes a contact. Guarantees that nothing is recorded or sent of them any more once the erasure has begun, that none of
our tables names them from that moment on, and that an erasure which is interrupted is finished by whoever calls
``finish_erasures`` next. The daily totals stay, under a random number in place of the person.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    DailyActivity,
    Delivery,
    LinkUse,
    Match,
    Mute,
    PageView,
    SignedLink,
    Status,
    SubmittedForm,
    TestVisit,
    UnmetMinimum,
    Visitor,
)
from wagtail_visit_alerts.models.contact import ERASED_DOMAIN, new_link_key
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.privacy.deleting_rows import Budget, delete_in_batches
from wagtail_visit_alerts.privacy.repeated_names import forget_in_search, forget_repeated, lock_uploads
from wagtail_visit_alerts.privacy.stopped_recording import retire_browsers

logger = logging.getLogger(__name__)

#: What a contact has of their own, emptied when the erasure begins.
_EMPTIED = ("name", "phone", "company", "position", "city", "country", "language")


def erase_contact(contact: Contact, *, now: Callable[[], datetime]) -> str:
    """Erase a contact with all that is kept of them, however long it takes; gives the random number of the erasure.

    ``now`` is the clock. Call it outside of a transaction, or everything is one.
    """
    number = begin_erasure(contact, now=now())
    finish_erasures(budget=Budget(now=now))
    return number


def begin_erasure(contact: Contact, *, now: datetime) -> str:
    """Take a contact's name out of all tables, and stop what is recorded and sent of them; gives a random number.

    The number is empty where somebody else has erased them at this moment. Quick, however much they have seen on the
    site: what is left has no name, and ``finish_erasures`` deletes it. Deliveries that were not sent are gone; one
    that a process has in hand at this moment leaves.
    """
    if contact.is_being_erased:
        return _number_of(contact)
    # On its own and first: whoever is binding a browser to the contact at this moment is waited for, and then found.
    with atomic():
        Contact.objects.filter(pk=contact.pk, recording_stopped_at=None).update(recording_stopped_at=now)
    retire_browsers(contact, now=now)
    number = secrets.token_hex(8)
    with atomic():
        # First: whoever counts takes its turn before it touches a contact's row, and nobody may wait for the other.
        reporting.forget_contact(contact)
        lock_uploads()
        _lock_unsent(contact)
        row = Contact.objects.select_for_update().filter(pk=contact.pk).first()
        if row is None or row.is_being_erased:  # somebody else was first, a moment ago
            return "" if row is None else _number_of(row)
        contact.refresh_from_db()
        forget_repeated(contact)
        _empty(contact, number=number)
        for rows in _first_rows_of(contact):
            delete_in_batches(rows, budget=Budget(now=lambda: now))
    logger.info("contact.erasure_begun", extra={"number": number})
    return number


def finish_erasures(*, budget: Budget) -> int:
    """Delete what is left of contacts whose erasure has begun; gives how many are gone now."""
    begun = Contact.objects.filter(recording_stopped_at__isnull=False, email_key__endswith=f"@{ERASED_DOMAIN}")
    gone = 0
    for contact in begun.order_by("recording_stopped_at", "pk"):
        for rows in _rows_of(contact):
            delete_in_batches(rows, budget=budget)
        if budget.is_spent:
            break
        contact.delete()
        gone += 1
        logger.info("contact.erased", extra={"number": _number_of(contact)})
    if gone:
        forget_in_search()
    return gone


def _number_of(contact: Contact) -> str:
    return contact.email.partition("@")[0]


def _lock_unsent(contact: Contact) -> None:
    """Take the deliveries about a contact that have not left from whoever would send them."""
    unsent = Delivery.objects.filter(
        notification__contact=contact, status__in=[Status.WAITING, Status.CLAIMED]
    ).values_list("pk", flat=True)
    # In the order in which the outbox locks, so that no two wait for each other.
    list(Delivery.objects.filter(pk__in=list(unsent)).order_by("pk").select_for_update().only("pk"))


def _empty(contact: Contact, *, number: str) -> None:
    """Leave nothing in a contact's row but the mark that they are being erased; the search forgets them too."""
    contact.email = f"{number}@{ERASED_DOMAIN}"
    for name in _EMPTIED:
        setattr(contact, name, "")
    contact.extra, contact.fields_given_by_form = {}, []
    contact.owner = contact.user = None
    contact.link_key = new_link_key()  # links that were sent recognise nobody
    contact.tags.clear()
    contact.save()


def _first_rows_of(contact: Contact) -> Iterator[QuerySet[Any]]:
    """What goes at once: what the totals are made from, with the totals themselves; and what may name them."""
    yield Match.objects.filter(contact=contact)  # with notifications, deliveries, takings and slots
    yield UnmetMinimum.objects.filter(contact=contact)
    yield ContactNote.objects.filter(contact=contact)
    yield TestVisit.objects.filter(contact=contact)


def _rows_of(contact: Contact) -> Iterator[QuerySet[Any]]:
    """What else a contact has in each table."""
    yield Mute.objects.filter(contact=contact)
    yield LinkUse.objects.filter(link__in=SignedLink.objects.filter(contact=contact))
    yield SignedLink.objects.filter(contact=contact)
    yield SubmittedForm.objects.filter(contact=contact)
    yield DailyActivity.objects.filter(contact=contact)
    yield PageView.objects.filter(contact=contact)
    yield PageView.objects.filter(visitor__in=Visitor.objects.filter(contact=contact))
    yield Visitor.objects.filter(contact=contact)
