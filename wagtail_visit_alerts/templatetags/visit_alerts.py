"""The tag that a site's base template prints: the beacon's script and the page's id, the same for everyone."""

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def visit_alerts_beacon(context: dict) -> str:
    return ""
