"""Columns of the listings."""

from typing import Any

from wagtail.admin.ui.tables import Column

from wagtail_visit_alerts.models.display_name import display_name


def name_of(user: Any) -> str:
    """A user as a person calls them; a dash for none."""
    return "-" if user is None else display_name(user)


class LinesColumn(Column):
    """A list of short texts, one a line."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/lines_cell.html"


class StatusColumn(Column):
    """Whether an alert is on, as Wagtail's status tag."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/status_cell.html"

    def get_value(self, instance: Any) -> bool:
        """Whether it is on."""
        return bool(instance.is_on)
