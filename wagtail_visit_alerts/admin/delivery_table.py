"""Notifications as the table of the delivery log: a row each, with its deliveries inside."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.ui.tables import Column, Table

from wagtail_visit_alerts.admin.delivery_rows import NotificationRow


class RaisedColumn(Column):
    """When it was raised, which leads to the notification's own page."""

    cell_template_name = "wagtail_visit_alerts/admin/delivery_log/raised_cell.html"


class AboutColumn(Column):
    """The contact, and the page that they saw."""

    cell_template_name = "wagtail_visit_alerts/admin/delivery_log/about_cell.html"


class AlertColumn(Column):
    """The alert, which leads to it where the reader may see it."""

    cell_template_name = "wagtail_visit_alerts/admin/delivery_log/alert_cell.html"


class DeliveriesColumn(Column):
    """To whom it goes, and what became of that."""

    cell_template_name = "wagtail_visit_alerts/admin/delivery_log/deliveries_cell.html"


COLUMNS = [
    RaisedColumn("raised", label=pgettext_lazy("of an alert", "Raised"), sort_key="raised_at"),
    AboutColumn("contact", label=gettext_lazy("Contact and page"), sort_key="contact__name"),
    AlertColumn("alert", label=gettext_lazy("Alert"), sort_key="alert_name"),
    DeliveriesColumn("lines", label=gettext_lazy("Recipients, and what became of it")),
]


class LogTable(Table):
    """The table itself; a phone shows a row's cells below each other."""

    def __init__(self, rows: Sequence[NotificationRow], *, caption: str, **kwargs: Any) -> None:
        super().__init__(COLUMNS, rows, classname="listing visit-alerts-seen", caption=caption, **kwargs)
