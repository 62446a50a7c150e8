"""What a webhook says: what the e-mail does, with all further fields. The table is in ``docs/destinations.md``.

Takes the deliveries of one message; gives what becomes JSON. A name here is public: it stays, or ``VERSION`` grows.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.urls import NoReverseMatch, reverse

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import rich_text, wording
from wagtail_visit_alerts.models import Contact, Delivery, Notification, PageView, Source
from wagtail_visit_alerts.models.display_name import display_name

TYPE: Final = "visit_alert.raised"
VERSION: Final = 1

_CONTACT_FIELDS = ("name", "email", "phone", "company", "position", "city", "country", "language")


def payload_of(deliveries: Sequence[Delivery], *, is_test: bool) -> dict[str, Any]:
    """Return what the message of these deliveries, at least one, says: of one contact, one or several alerts."""
    notifications = [delivery.notification for delivery in deliveries]
    latest = max(notifications, key=lambda notification: notification.raised_at)
    return {
        "type": TYPE,
        "version": VERSION,
        "timestamp": _time(latest.raised_at),
        "data": {
            "test": is_test,
            "alerts": [_alert(notification) for notification in notifications],
            "contact": _contact(latest.contact),
            "page_view": None if latest.match.page_view is None else _page_view(latest.match.page_view),
        },
    }


def admin_url(model_name: str, pk: int | None) -> str:
    """The address of an object's page in the admin, which asks for a login; empty where there is no way there."""
    if not pk or not settings.base_url:
        return ""
    try:
        return settings.base_url + reverse(
            f"wagtailsnippets_wagtail_visit_alerts_{model_name}:inspect", args=[pk]
        )
    except NoReverseMatch:  # a site without Wagtail's admin still gets its alerts
        return ""


def _alert(notification: Notification) -> dict[str, Any]:
    alert = notification.alert
    return {
        "id": (alert and alert.pk) or None,
        "name": alert.name if alert else notification.alert_name,
        "description": rich_text.as_text(rich_text.as_html(alert.description)) if alert else "",
        "happened_at": _time(notification.match.happened_at),
        "admin_url": admin_url("alert", alert and alert.pk),
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.pk,
        **{name: getattr(contact, name) for name in _CONTACT_FIELDS},
        # A contact of a test is only in memory, and has none.
        "tags": sorted(tag.name for tag in contact.tags.all()) if contact.pk else [],
        "extra": contact.extra,
        "given_by_form": list(contact.fields_given_by_form),
        "owner": display_name(contact.owner) if contact.owner else "",
        "admin_url": admin_url("contact", contact.pk),
    }


def _page_view(page_view: PageView) -> dict[str, Any]:
    url = page_view.address.text
    return {
        "title": page_view.title,
        "url": wording.web_link(url),
        "page_id": page_view.page_id,
        "entered_at": _time(page_view.entered_at),
        "dwell_seconds": _seconds(page_view.dwell_ms),
        "in_view_seconds": _seconds(page_view.engaged_ms),
        "seen_by_server_only": page_view.source == Source.HOOK,
        "recognized_by": page_view.visitor.identified_by,
    }


def _time(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
