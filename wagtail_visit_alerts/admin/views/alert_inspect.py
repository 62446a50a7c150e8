"""An alert in plain words."""

from typing import Any

from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.snippets.views.snippets import InspectView

from wagtail_visit_alerts.admin.columns import name_of


class AlertInspectView(InspectView):
    """What the alert is on, how often and to whom it is sent, as the wizard's summary says it."""

    def get_fields_context(self) -> list[dict[str, Any]]:
        alert = self.object
        status = pgettext("status of an alert", "ON") if alert.is_on else pgettext("status of an alert", "OFF")
        rows = format_html_join(
            mark_safe("<br>"), "{}", ([row.in_words] for row in alert.monitored_pages.all())
        )
        lines = [
            (_("Status"), status),
            (_("Alert on"), rows),
            (pgettext("how often", "Sent"), alert.frequency_in_words),
            (_("Recipients"), ", ".join(alert.recipients_in_words)),
            (pgettext("of an alert", "Description"), linebreaksbr(alert.description or "-")),
            (pgettext("of an alert", "Author"), name_of(alert.author)),
            (pgettext("of an alert", "Updated"), timezone.localtime(alert.updated_at)),
        ]
        return [{"label": label, "value": value, "component": None} for label, value in lines]
