"""Tags of a site's templates: the beacon in the base template, and links that recognise their contact."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from wagtail_visit_alerts import identifying
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.visits.beacon_tag import beacon_scripts

register = template.Library()


@register.simple_tag(takes_context=True)
def visit_alerts_beacon(context: Any) -> SafeString:
    """Print the beacon's script with the page's id: the same for every visitor. Nothing in a preview."""
    page = context.get("page") or context.get("self")
    return beacon_html(beacon_scripts(request=context.get("request"), page=page))


@register.filter
def signed_link_for(url: str, contact: Contact) -> str:
    """Return the URL with a token that recognises the contact: ``{{ url|signed_link_for:contact }}``."""
    return identifying.signed_link(contact, url)


def beacon_html(scripts: Sequence[Mapping[str, str]]) -> SafeString:
    """The script elements with these attributes."""
    return format_html_join(
        "",
        "<script{} defer></script>",
        ((format_html_join("", ' {}="{}"', attributes.items()),) for attributes in scripts),
    )
