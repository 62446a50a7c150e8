"""Whether a contact is on the site now: one line on their page, said as the list of all who are there says it.

Takes a contact whom the reader may view; gives a component that shows nothing where they are not there. One query.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.admin.on_site_panel import OnSiteRow
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.reporting.presence import State, present


class ContactPresence(Component):
    """On which page they are, since when; or that they have just left."""

    template_name = "wagtail_visit_alerts/admin/contacts/presence.html"

    def __init__(self, contact: Contact, *, reader: Any, now: datetime) -> None:
        self.contact, self.reader, self.now = contact, reader, now

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        # The timeline below says when the visit began.
        found = present(Contact.objects.filter(pk=self.contact.pk), now=self.now, with_beginning=False)
        words = {
            State.HERE: _("On the site now:"),
            State.DOUBTFUL: _("Perhaps still on the site:"),
            State.LEFT: _("Has just left the site:"),
        }
        return {
            "row": OnSiteRow(found[0], self.reader, self.now) if found else None,
            "words": words[found[0].state] if found else "",
        }
