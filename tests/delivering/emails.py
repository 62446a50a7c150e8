"""Deliveries as the outbox reads them, and what stands in the e-mails that are written of them."""

from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.core.mail import EmailMultiAlternatives
from wagtail.models import Page

from wagtail_visit_alerts.models import Delivery

from ..factories import (
    AddressFactory,
    AlertFactory,
    DeliveryFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from ..testapp.models import ContentPage
from .known import NOON, anna

HOSTILE = "<script>alert(1)</script>\r\nBcc: x@example.com \u202egnp.exe"


def delivery_about(contact=None, *, page_view=None, alert=None, **fields):
    """A delivery to the contact's owner, read as the outbox reads it."""
    page_view = page_view or page_view_of(contact or anna())
    alert = alert or AlertFactory(name="Price list", description="Somebody looks at our prices.")
    delivery = DeliveryFactory(
        notification__match__page_view=page_view, notification__match__alert=alert, **fields
    )
    return Delivery.objects.with_what_is_told().get(pk=delivery.pk)


def page_view_of(contact, *, url="http://testserver/pricing/", **fields):
    fields.setdefault("entered_at", NOON)
    fields.setdefault("visitor", VisitorFactory(contact=contact))
    return PageViewFactory(address=AddressFactory(text=url), **fields)


def price_list():
    return Page.objects.get(depth=2).add_child(instance=ContentPage(title="Price list", slug="pricing"))


def html_of(email: EmailMultiAlternatives) -> BeautifulSoup:
    return BeautifulSoup(email.alternatives[0].content, "html.parser")


def both_parts(email):
    return email.body, html_of(email).body.get_text(" ")


def links_of(email):
    return [link["href"] for link in html_of(email).find_all("a")]


def user_with(*codenames, **fields):
    user = UserFactory(**fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user
