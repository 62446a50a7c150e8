"""Tags of a site's templates: the beacon in the base template, and links that recognise their contact."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from wagtail_visit_alerts import identifying
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.visits.beacon_tag import beacon_attributes

register = template.Library()


@register.simple_tag(takes_context=True)
def visit_alerts_beacon(context: Any) -> SafeString:
    """Print the beacon's script with the page's id: the same for every visitor. Nothing in a preview."""
    attributes = beacon_attributes(
        request=context.get("request"), page=context.get("page") or context.get("self")
    )
    return beacon_html(attributes)


@register.filter
def signed_link_for(url: str, contact: Contact) -> str:
    """Return the URL with a token that recognises the contact: ``{{ url|signed_link_for:contact }}``."""
    return identifying.signed_link(contact, url)


def beacon_html(attributes: dict[str, str]) -> SafeString:
    """The script's element, or nothing without attributes."""
    if not attributes:
        return SafeString("")
    printed = "".join(format_html(' {}="{}"', name, value) for name, value in attributes.items())
    return SafeString(f"<script{printed} defer></script>")
