"""Which contacts a program asks for, and the page of them that it gets."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from wagtail_visit_alerts.models import Contact, ContactTag
from wagtail_visit_alerts.rest.asking import page_of, read_asked, read_email, read_moment, read_text
from wagtail_visit_alerts.rest.contact_json import contacts_as_json

FILTERS = {
    "email": read_email,
    "tag": read_text,
    "owner": read_text,
    "updated_since": read_moment,
    "seen_since": read_moment,
}


def contacts_asked_for(asked: Iterable[tuple[str, Any]], *, user: Any) -> dict[str, Any]:
    """A page of the contacts whom a user may view and who fit all that is asked. Two queries. Raises ``Refused``."""
    values = read_asked(asked, readers=FILTERS)
    contacts = Contact.objects.viewable_by(user).not_being_erased().select_related("owner")
    if "email" in values:
        contacts = contacts.filter(email_key=values["email"])
    if "tag" in values:
        tagged = ContactTag.objects.filter(tag__name__iexact=values["tag"])
        contacts = contacts.filter(pk__in=tagged.values("content_object"))
    if "owner" in values:
        contacts = contacts.filter(_owned_by(values["owner"]))
    if "updated_since" in values:
        contacts = contacts.filter(updated_at__gte=values["updated_since"])
    if "seen_since" in values:
        contacts = contacts.filter(last_seen_at__gte=values["seen_since"])
    return page_of(contacts, asked=values, as_json=contacts_as_json)


def _owned_by(name: str) -> Q:
    """Owned by a user, by user name or e-mail address; by nobody where there is no name."""
    if not name:
        return Q(owner=None)
    model = get_user_model()
    users = model._default_manager.filter(
        Q(**{model.USERNAME_FIELD: name}) | Q(**{f"{model.get_email_field_name()}__iexact": name})
    )
    return Q(owner__in=users.values("pk"))
