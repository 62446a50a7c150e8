"""Identifying: which contact is this visitor?

Takes a visitor and a contact with the way in which they were named, gives the visitor that stands for the contact
from now on: the same one, or a new one where the browser was another contact's until now. Never merges two
contacts: what the browser did before stays with whom it was bound to.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core import signing
from django.db.models import Exists, Subquery, Value

from wagtail_visit_alerts import signals
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Contact, Method, PageView, Visitor
from wagtail_visit_alerts.models.primary import atomic, primary_alias

logger = logging.getLogger(__name__)

ENTER_ADMIN = "wagtailadmin.access_admin"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
LINK_SALT = "wagtail_visit_alerts.link"
#: Fields that a form or the site's code may fill; the rest of a contact is set by people and by ``save_contact``.
PERSONAL_FIELDS = ("name", "phone", "company", "position", "city", "country", "language")


class UnknownContactField(VisitAlertsError):
    """``save_contact`` was given a field that a contact does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"A contact has no field {name!r}: use one of {', '.join(PERSONAL_FIELDS)}, owner, user, tags, extra."
        )


def successors(key: str, *, limit: int = 10) -> Iterator[str]:
    """The keys that follow a key, one retirement after the other."""
    for _times in range(limit):
        key = following_key(key)
        yield key


def hash_of_key(key: str) -> str:
    """The form in which a visitor's key is stored: SHA-256 of 128 random bits needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


def following_key(key: str) -> str:
    """The key that a browser gets when its key is retired.

    Made from the retired key and the site's secret, so that the request which retires it and the message in which
    the browser asks for the new one, or two tabs that ask at once, need not know of each other.
    """
    return hmac.new(
        django_settings.SECRET_KEY.encode(), f"wagtail_visit_alerts.key:{key}".encode(), hashlib.sha256
    ).hexdigest()[:32]


def new_key() -> str:
    """128 random bits, as text of 32 characters."""
    return secrets.token_hex(16)


def retire(visitor: Visitor, *, key: str, now: datetime) -> Visitor:
    """Let a visitor's key record nothing any more; return the visitor of the key that follows it.

    ``key`` is the one in the browser's cookie. The new visitor is nobody's yet.
    """
    Visitor.objects.filter(pk=visitor.pk, retired_at=None).update(retired_at=now)
    visitor.retired_at = now
    follower, _created = Visitor.objects.get_or_create(
        key_hash=hash_of_key(following_key(key)),
        defaults={
            "last_seen_at": now,
            "user_agent_id": visitor.user_agent_id,
            "session_hash": visitor.session_hash,
        },
    )
    return follower


def identify(visitor: Visitor, *, contact: Contact, method: Method, key: str, now: datetime) -> Visitor:
    """Bind a visitor to a contact and return the visitor that records from now on.

    The same contact again only strengthens the way it is known. Another contact, named in a stronger or equal
    way, retires the visitor's key and binds the one that follows; named in a weaker way it changes nothing. Must
    run inside a transaction that holds the visitor's row. The page views that an unknown visitor left behind
    become the contact's history.
    """
    if visitor.contact_id == contact.pk:
        if method > visitor.identified_by:
            _bind(visitor, contact=contact, method=method, now=now)
        return visitor
    if visitor.contact_id is not None:
        if method < visitor.identified_by:
            logger.info(
                "identification.ignored",
                extra={"visitor_id": visitor.pk, "method": method.name},
            )
            return visitor
        visitor = retire(visitor, key=key, now=now)
        if visitor.contact_id is not None:
            return visitor
    _bind(visitor, contact=contact, method=method, now=now)
    PageView.objects.filter(visitor=visitor, contact=None).update(contact=contact)
    signals.contact_identified.send(sender=Visitor, visitor=visitor, contact=contact, method=method)
    return visitor


def _bind(visitor: Visitor, *, contact: Contact, method: Method, now: datetime) -> None:
    visitor.contact = contact
    visitor.identified_by = method
    visitor.identified_at = now
    visitor.save(update_fields=["contact", "identified_by", "identified_at"])


@dataclass(frozen=True)
class Login:
    """What a logged-in user means for identifying: a colleague who is not recorded, a contact, both or neither."""

    is_staff: bool = False
    contact_id: int | None = None
    method: Method = Method.NONE


def login_of(user: Any) -> Login:
    """Say who a logged-in user is. One query (more where the site has authentication backends of its own).

    Staff is whoever may enter the Wagtail admin or owns contacts. The contact is the one linked to the user, which
    counts as login; one found by e-mail address alone does so only where the site says that its users' addresses
    are verified, and as a form otherwise.
    """
    address = getattr(user, "email", "") or ""
    by_email = Contact.objects.with_email(address).filter(user=None) if address else Contact.objects.none()
    linked_id, by_email_id, owns, may_enter = (
        get_user_model()
        ._default_manager.using(primary_alias())
        .filter(pk=user.pk)
        .values_list(
            Subquery(Contact.objects.filter(user=user).values("pk")[:1]),
            Subquery(by_email.values("pk")[:1]),
            Exists(Contact.objects.filter(owner=user)),
            _may_enter_admin(user),
        )
        .get()
    )
    if linked_id is not None:
        contact_id, method = linked_id, Method.LOGIN
    elif by_email_id is not None:
        contact_id = by_email_id
        method = Method.LOGIN if settings.USER_EMAILS_ARE_VERIFIED else Method.FORM
    else:
        contact_id, method = None, Method.NONE
    return Login(is_staff=bool(owns or may_enter), contact_id=contact_id, method=method)


def _may_enter_admin(user: Any) -> Any:
    """Whether the user may enter the admin, as part of a query where Django's own backend alone decides."""
    if django_settings.AUTHENTICATION_BACKENDS == [MODEL_BACKEND] and not user.is_superuser:
        return Exists(ModelBackend().with_perm(ENTER_ADMIN).filter(pk=user.pk))
    return Value(user.has_perm(ENTER_ADMIN))


def contact_of_form(email: str, *, fields: Mapping[str, str]) -> Contact:
    """The contact with this address, made if there is none; the fields fill only what the contact lacks."""
    with atomic():
        contact, _created = Contact.objects.get_or_create(
            email_key=Contact(email=email).key_of_email, defaults={"email": email.strip()}
        )
        filled = []
        for name in PERSONAL_FIELDS:
            limit = Contact._meta.get_field(name).max_length
            value = " ".join(str(fields.get(name, "")).split())[:limit]
            if value and not getattr(contact, name):
                setattr(contact, name, value)
                filled.append(name)
        if filled:
            contact.fields_given_by_form = sorted({*contact.fields_given_by_form, *filled})
            contact.save(update_fields=[*filled, "fields_given_by_form", "updated_at"])
    return contact


def save_contact(email: str, **fields: Any) -> Contact:
    """Create the contact with this e-mail address, or update it with the fields given, and return it.

    Fields: name, phone, company, position, city, country, language, owner and user (users of the site), tags
    (names), extra (a dict that is merged into the contact's further fields). For the site's own knowledge: what
    it says replaces what a form said. Raises ``UnknownContactField``.
    """
    for name in fields:
        if name not in (*PERSONAL_FIELDS, "owner", "user", "tags", "extra"):
            raise UnknownContactField(name)
    with atomic():
        contact, _created = Contact.objects.get_or_create(
            email_key=Contact(email=email).key_of_email, defaults={"email": email.strip()}
        )
        tags = fields.pop("tags", None)
        contact.extra = {**contact.extra, **fields.pop("extra", {})}
        for name, value in fields.items():
            setattr(contact, name, value)
        contact.fields_given_by_form = [name for name in contact.fields_given_by_form if name not in fields]
        if tags is not None:
            contact.tags.set(tags)
        contact.save()
    return contact


def link_token(contact: Contact) -> str:
    """A signed token that names a contact to us and to nobody else; valid for ``LINK_MAX_AGE_DAYS`` days."""
    return signing.TimestampSigner(sep=".", salt=LINK_SALT).sign(contact.link_key)


def signed_link(contact: Contact, url: str) -> str:
    """The URL, absolute or a path of the site, with a token that recognises the contact who opens it.

    Neither id nor address can be read in it. A token that the URL has already is replaced; its fragment stays.
    """
    parts = urlsplit(url)
    query = [
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != settings.LINK_PARAMETER
    ]
    query.append((settings.LINK_PARAMETER, link_token(contact)))
    return urlunsplit(parts._replace(query=urlencode(query)))


def contact_of_token(token: str) -> Contact | None:
    """The contact that a signed link was made for; None where the token is forged, expired or revoked."""
    signer = signing.TimestampSigner(sep=".", salt=LINK_SALT)
    try:
        link_key = signer.unsign(token, max_age=timedelta(days=settings.LINK_MAX_AGE_DAYS))
    except (signing.BadSignature, UnicodeError):
        return None
    return Contact.objects.filter(link_key=link_key).first()
