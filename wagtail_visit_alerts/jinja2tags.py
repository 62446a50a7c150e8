"""The tags for sites with Jinja2 templates: list ``wagtail_visit_alerts.jinja2tags.visit_alerts`` as an extension."""

from typing import Any

import jinja2
from jinja2.ext import Extension
from markupsafe import Markup

from wagtail_visit_alerts import identifying
from wagtail_visit_alerts.templatetags.visit_alerts import beacon_html
from wagtail_visit_alerts.visits.beacon_tag import beacon_scripts


@jinja2.pass_context
def visit_alerts_beacon(context: Any) -> Markup:
    """Print the beacon's script with the page's id: ``{{ visit_alerts_beacon() }}``."""
    page = context.get("page") or context.get("self")
    return Markup(beacon_html(beacon_scripts(request=context.get("request"), page=page)))  # noqa: S704  # escaped there


class VisitAlertsExtension(Extension):
    """Adds the global ``visit_alerts_beacon`` and the filter ``signed_link_for``."""

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        environment.globals["visit_alerts_beacon"] = visit_alerts_beacon
        environment.filters["signed_link_for"] = lambda url, contact: identifying.signed_link(contact, url)


visit_alerts = VisitAlertsExtension
