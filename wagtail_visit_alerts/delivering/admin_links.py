"""Links from an e-mail into the admin: only those that its reader may follow.

Takes an object and the user who reads; gives an absolute address, or nothing where the reader may not see the
object, may not enter the admin, or the site has no way there. No queries beyond the reader's permissions.
"""

from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Alert, Contact

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


def contact_url(contact: Contact, reader: "AbstractUser | None") -> str:
    """The address of a contact's page."""
    if reader is None or not contact.may_be_viewed_by(reader):
        return ""
    return _url("contact:inspect", contact.pk, reader=reader)


def alert_url(alert: Alert | None, reader: "AbstractUser | None") -> str:
    """The address of an alert's page."""
    if alert is None or alert.pk is None or reader is None or not alert.may_be_viewed_by(reader):
        return ""
    return _url("alert:inspect", alert.pk, reader=reader)


def contacts_url(reader: "AbstractUser | None") -> str:
    """The address of the list of contacts that the reader may view."""
    if reader is None or not any(map(reader.has_perm, _VIEW_CONTACTS)):
        return ""
    return _url("contact:list", reader=reader)


_VIEW_CONTACTS = ("wagtail_visit_alerts.view_contact", "wagtail_visit_alerts.view_own_contact")


def _url(view: str, *args: int, reader: "AbstractUser") -> str:
    if not settings.base_url or not reader.has_perm("wagtailadmin.access_admin"):
        return ""
    try:
        path = reverse(f"wagtailsnippets_wagtail_visit_alerts_{view}", args=args)
    except NoReverseMatch:  # a site without Wagtail's admin still gets its alerts
        return ""
    return settings.base_url + path
