"""A contact on a page, and what an alert attaches to the e-mail about it."""

from contextlib import ExitStack
from datetime import timedelta

from django.utils import timezone, translation

from wagtail_visit_alerts.delivering import attachments, contents
from wagtail_visit_alerts.models import AttachmentSource, Delivery, Ending

from ...factories import AddressFactory, AlertFactory, DeliveryFactory, PageViewFactory, VisitorFactory
from ..known import NOON, anna

URL = "https://www.example.com/pricing/?a=1&b=2"


def delivery_about(contact, alert, **page_view):
    """The delivery of an alert about a contact who has spent five minutes on the price list."""
    page_view.setdefault("entered_at", NOON)
    page_view.setdefault("dwell_ms", 300_000)
    seen = PageViewFactory(
        visitor=VisitorFactory(contact=contact),
        address=AddressFactory(text=URL),
        ending=Ending.MOVED_ON,
        ended_at=page_view["entered_at"] + timedelta(minutes=5),
        **page_view,
    )
    delivery = DeliveryFactory(
        notification__match__page_view=seen,
        notification__match__alert=alert,
        notification__match__happened_at=seen.ended_at,
        user=contact.owner or alert.author,
    )
    return Delivery.objects.with_what_is_told().get(pk=delivery.pk)


def alert_with(body, **fields):
    """An alert with a template, unless the source says otherwise."""
    fields.setdefault("attachment_source", AttachmentSource.TEMPLATE)
    fields.setdefault("name", "Price list")
    return AlertFactory(attachment_body=body, **fields)


def attach(body, *, contact=None, language="en", zone="Europe/Warsaw", **alert_fields):
    """Make the attachment of an alert; raises ``AttachmentFault``."""
    delivery = delivery_about(contact or anna(), alert_with(body, **alert_fields))
    with ExitStack() as stack:
        stack.enter_context(translation.override(language))
        stack.enter_context(timezone.override(zone))
        return attachments.make(
            delivery.notification.alert,
            told=contents.read([delivery]),
            contact=delivery.notification.contact,
        )


def text_of(body, **fields):
    """The text of an attachment, without a mark of its encoding."""
    return attach(body, **fields).content.decode("utf-8-sig")
