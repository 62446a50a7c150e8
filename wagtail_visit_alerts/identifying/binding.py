"""Binding: a visitor becomes a contact's, is parted from one, or hands over to that of the following key."""

import logging
from datetime import datetime

from django.db import IntegrityError

from wagtail_visit_alerts import signals
from wagtail_visit_alerts.identifying.keys import following_key, hash_of_key
from wagtail_visit_alerts.models import Contact, Method, PageView, Visitor
from wagtail_visit_alerts.models.primary import atomic

logger = logging.getLogger(__name__)


def identify(
    visitor: Visitor,
    *,
    contact: Contact,
    method: Method,
    key: str,
    now: datetime,
    login_is_over: bool = False,
) -> Visitor:
    """Bind a visitor to a contact and return the visitor that records from now on.

    The same contact again only strengthens the way it is known. Another contact, named in a stronger or equal
    way, retires the visitor's key and binds the one that follows; named in a weaker way it changes nothing. Must
    run inside a transaction that holds the visitor's row. The page views that an unknown visitor left behind
    become the contact's history. A login that is over, without a logout, holds no more than a form. Nobody becomes
    a contact whose recording is stopped at this moment, or who is being erased.
    """
    if visitor.contact_id == contact.pk:
        if method > visitor.identified_by:
            # Not when: page views since the first time were the contact's, and were judged as such.
            visitor.identified_by = method
            visitor.save(update_fields=["identified_by"])
        return visitor
    if visitor.contact_id is not None:
        if method < strength_of(visitor, login_is_over=login_is_over):
            logger.info(
                "identification.ignored",
                extra={"visitor_id": visitor.pk, "method": method.name},
            )
            return visitor
        visitor = retire(visitor, key=key, now=now)
        if visitor.contact_id is not None:
            return visitor
    if not _is_recorded(contact):
        return visitor
    _bind(visitor, contact=contact, method=method, now=now)
    PageView.objects.filter(visitor=visitor, contact=None).update(contact=contact)
    signals.contact_identified.send(sender=Visitor, visitor=visitor, contact=contact, method=method)
    return visitor


def strength_of(visitor: Visitor, *, login_is_over: bool = False) -> Method:
    """The way in which somebody else must be named at least, for the visitor to become theirs."""
    if login_is_over and visitor.identified_by == Method.LOGIN:
        return Method.FORM
    return Method(visitor.identified_by)


def retire(visitor: Visitor, *, key: str, now: datetime) -> Visitor:
    """Let a visitor's key record nothing any more; return the visitor of the key that follows it.

    ``key`` is the one in the browser's cookie. The new visitor is nobody's yet.
    """
    Visitor.objects.filter(pk=visitor.pk, retired_at=None).update(retired_at=now)
    visitor.retired_at = now
    key_hash = hash_of_key(following_key(key))
    try:
        with atomic():
            return Visitor.objects.create(
                key_hash=key_hash,
                last_seen_at=now,
                user_agent_id=visitor.user_agent_id,
                session_hash=visitor.session_hash,
                consents=visitor.consents,
            )
    except IntegrityError:  # the browser has the key already
        return Visitor.objects.select_for_update().with_key(key_hash).get()


def part(visitor_id: int, *, contact_id: int, now: datetime) -> list[int]:
    """Undo that a signed link has bound a visitor: its key is retired, and what was the contact's is nobody's again.

    Gives the ids of its page views. A visitor who has become known in a stronger way meanwhile stays, and none are
    given. Locks the visitor's row.
    """
    bound = Visitor.objects.filter(pk=visitor_id, contact=contact_id, identified_by=Method.LINK)
    visitor = bound.select_for_update().first()
    if visitor is None:
        return []
    page_views = PageView.objects.filter(visitor=visitor, contact=contact_id)
    page_view_ids = list(page_views.values_list("pk", flat=True))
    page_views.update(contact=None)
    visitor.contact, visitor.identified_by, visitor.identified_at = None, Method.NONE, None
    visitor.retired_at = visitor.retired_at or now
    visitor.save(update_fields=["contact", "identified_by", "identified_at", "retired_at"])
    logger.info("identification.undone", extra={"visitor_id": visitor.pk})
    return page_view_ids


def _is_recorded(contact: Contact) -> bool:
    """Whether a contact is still recorded; holds their row, so that a stop at this moment sees the bound visitor."""
    recorded = Contact.objects.filter(pk=contact.pk, recording_stopped_at=None)
    return recorded.select_for_update().values_list("pk", flat=True).first() is not None


def _bind(visitor: Visitor, *, contact: Contact, method: Method, now: datetime) -> None:
    visitor.contact = contact
    visitor.identified_by = method
    visitor.identified_at = now
    visitor.save(update_fields=["contact", "identified_by", "identified_at"])
