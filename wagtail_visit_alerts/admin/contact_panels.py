"""The parts of a contact's page in the admin, each a component that reads what it shows.

Takes a contact whom the user may view; gives components that Wagtail's inspect view shows below the contact's data.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, Table

from wagtail_visit_alerts.admin.delivery_rows import rows_of as notification_rows
from wagtail_visit_alerts.admin.delivery_rows import with_what_is_shown
from wagtail_visit_alerts.admin.delivery_table import COLUMNS_OF_CONTACT, LogTable
from wagtail_visit_alerts.admin.page_view_table import LinesColumn, SeenTable, rows_of
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Contact, LinkOutcome, LinkUse, Notification, PageView

#: Rows that each part shows.
LATEST = 10


class LatestPageViews(Component):
    """The latest page views, each with why an alert was or wasn't raised; and the way to all of them."""

    template_name = "wagtail_visit_alerts/admin/contacts/latest_page_views.html"

    def __init__(self, contact: Contact, *, reader: Any, all_url: str, now: datetime) -> None:
        self.contact, self.reader, self.all_url, self.now = contact, reader, all_url, now

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        latest = PageView.objects.latest_of(self.contact).select_related("visitor")
        page_views = list(latest[: LATEST + 1])
        rows = rows_of(page_views[:LATEST], reader=self.reader, now=self.now)
        return {
            "table": SeenTable(rows, caption=_("Latest page views")) if rows else None,
            "all_url": self.all_url if len(page_views) > LATEST else "",
        }


class LatestAlerts(Component):
    """The latest alerts that were raised about the contact, to whom, and the way to all of them."""

    template_name = "wagtail_visit_alerts/admin/contacts/latest_alerts.html"

    def __init__(self, contact: Contact, *, reader: Any, log_url: str) -> None:
        self.contact, self.reader, self.log_url = contact, reader, log_url

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        raised = Notification.objects.filter(contact=self.contact).order_by("-raised_at", "-pk")
        rows = notification_rows(list(with_what_is_shown(raised)[:LATEST]), reader=self.reader)
        table = LogTable(rows, caption=_("Latest alerts"), columns=COLUMNS_OF_CONTACT)
        return {"table": table if rows else None, "log_url": self.log_url}


class OpeningRow:
    """One opening of a signed link, in words."""

    def __init__(self, use: LinkUse) -> None:
        self._use = use
        self.when = moment(use.opened_at)
        self.sign = capfirst(use.get_sign_display())
        self.outcome = list(self._outcome())

    @property
    def page(self) -> str:
        """The URL that it was opened on, without the token."""
        address = self._use.address
        return "-" if address is None else wording.one_line(address.text)

    def _outcome(self) -> Iterator[str]:
        use = self._use
        label = use.get_outcome_display()
        if use.outcome in (LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN):
            yield capfirst(label)
        else:
            yield _("Recognised nobody: %(reason)s") % {"reason": label}
        if use.link.shared_at is not None and use.outcome != LinkOutcome.SHARED:
            yield _("Later more browsers opened it than one person has.")


class LinkOpenings(Component):
    """The latest openings of the contact's signed links, and why some recognised nobody."""

    template_name = "wagtail_visit_alerts/admin/contacts/link_openings.html"
    COLUMNS = (
        Column("when", label=pgettext_lazy("of a signed link", "Opened")),
        Column("page", label=pgettext_lazy("of a page view", "Page"), classname="visit-alerts-seen__page"),
        Column("sign", label=gettext_lazy("Sign of life")),
        LinesColumn(
            "outcome",
            label=pgettext_lazy("of a signed link", "What came of it"),
            classname="visit-alerts-seen__answer",
        ),
    )

    def __init__(self, contact: Contact) -> None:
        self.contact = contact

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        rows = [OpeningRow(use) for use in LinkUse.objects.of_contact(self.contact)[:LATEST]]
        caption = _("Signed links opened")
        return {
            "table": Table(self.COLUMNS, rows, classname="listing visit-alerts-seen", caption=caption)
            if rows
            else None
        }
