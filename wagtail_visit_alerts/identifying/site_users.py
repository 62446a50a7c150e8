"""The site's users: whose login names which contact, and who is a colleague and not recorded."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, Subquery, Value

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Contact, Method
from wagtail_visit_alerts.models.contact import MODEL_BACKEND
from wagtail_visit_alerts.models.email_address import address_of, email_key
from wagtail_visit_alerts.models.primary import primary_alias

ENTER_ADMIN = "wagtailadmin.access_admin"


@dataclass(frozen=True)
class Login:
    """What a logged-in user means for identifying: a colleague who is not recorded, a contact, both or neither.

    ``is_user`` is false where nobody is logged in, or nobody else than at the last message. ``is_stopped`` says that
    the recording of the contact was stopped.
    """

    is_user: bool = False
    is_staff: bool = False
    is_stopped: bool = False
    contact_id: int | None = None
    method: Method = Method.NONE


def login_of(user: Any) -> Login:
    """Say who a logged-in user is. One query (more where the site has authentication backends of its own).

    Staff is whoever may enter the Wagtail admin, owns contacts or has an address of the staff's domains. The contact
    is the one linked to the user, which counts as login; one found by e-mail address alone does so only where the
    site says that its users' addresses are verified, and as a form otherwise.
    """
    address = address_of(user)
    by_email = Contact.objects.with_email(address).filter(user=None) if address else Contact.objects.none()
    linked = Contact.objects.filter(user=user)
    linked_id, linked_address, linked_stopped, by_email_id, by_email_stopped, owns, may_enter = (
        get_user_model()
        ._default_manager.using(primary_alias())
        .filter(pk=user.pk)
        .values_list(
            Subquery(linked.values("pk")[:1]),
            Subquery(linked.values("email_key")[:1]),
            Subquery(linked.values("recording_stopped_at")[:1]),
            Subquery(by_email.values("pk")[:1]),
            Subquery(by_email.values("recording_stopped_at")[:1]),
            Exists(Contact.objects.filter(owner=user)),
            _may_enter_admin(user),
        )
        .get()
    )
    if linked_id is not None:
        contact_id, stopped_at, method = linked_id, linked_stopped, Method.LOGIN
    elif by_email_id is not None:
        contact_id, stopped_at = by_email_id, by_email_stopped
        method = Method.LOGIN if settings.USER_EMAILS_ARE_VERIFIED else Method.FORM
    else:
        contact_id, stopped_at, method = None, None, Method.NONE
    has_staff_address = _is_of_staff(address) or _is_of_staff(linked_address or "")
    return Login(
        is_user=True,
        is_staff=bool(owns or may_enter or has_staff_address),
        is_stopped=stopped_at is not None,
        contact_id=contact_id,
        method=method,
    )


def is_colleague(contact: Contact) -> bool:
    """Whether a contact has an address of the staff's domains, so that they are not recorded. No query."""
    return not settings.RECORD_STAFF and _is_of_staff(contact.email)


def _is_of_staff(address: str) -> bool:
    """Whether an address is of one of the staff's domains, in whatever spelling; a subdomain is another domain."""
    domain = email_key(address).rpartition("@")[2]
    return any(domain == email_key(f"@{staff.lstrip('@')}")[1:] for staff in settings.STAFF_EMAIL_DOMAINS)


def _may_enter_admin(user: Any) -> Any:
    """Whether the user may enter the admin, as part of a query where Django's own backend alone decides."""
    if django_settings.AUTHENTICATION_BACKENDS == [MODEL_BACKEND] and not user.is_superuser:
        return Exists(ModelBackend().with_perm(ENTER_ADMIN).filter(pk=user.pk))
    return Value(user.has_perm(ENTER_ADMIN))
