"""How active a contact was, in figures and as a chart; and what to do where they have not been on the site yet.

Takes a contact whom the reader may view; gives components of the contact's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.admin.charts import BarChart, Series
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Contact, Notification, Visitor
from wagtail_visit_alerts.reporting.contact_activity import YearOfActivity, read_activity

#: What "lately" is in the figures.
DAYS = 30
CHART_DAYS = 90
CHART_WEEKS = 52
#: The parameter of the address that chooses the chart, and its value for the longer one.
PERIOD, YEAR = "period", "year"


@dataclass(frozen=True)
class Figure:
    """One number with its label, or a moment in place of the number."""

    label: str
    value: str
    is_number: bool = True


class ContactFigures(Component):
    """Last seen, visits, page views and alerts of the last 30 days, and a chart of the activity."""

    template_name = "wagtail_visit_alerts/admin/contacts/figures.html"

    def __init__(self, contact: Contact, *, browsers: Sequence[Visitor], period: str, now: datetime) -> None:
        self.contact, self.browsers, self.period, self.now = contact, browsers, period, now

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        activity = read_activity(self.contact, last_day=self.now.astimezone(settings.cap_time_zone).date())
        return {
            "figures": self._figures(activity),
            "chart": self._chart(activity) if activity.days else None,
            "is_year": self.period == YEAR,
            "year": YEAR,
        }

    def _figures(self, activity: YearOfActivity) -> list[Figure]:
        lately = activity.of_last_days(DAYS)
        raised = Notification.objects.filter(
            contact=self.contact, raised_at__gte=self.now - timedelta(days=DAYS)
        )
        return [
            Figure(_("Last seen"), self._last_seen, is_number=False),
            Figure(_visits(lately.visits), number_format(lately.visits, force_grouping=True)),
            Figure(_page_views(lately.page_views), number_format(lately.page_views, force_grouping=True)),
            Figure(_alerts(count := raised.count()), number_format(count, force_grouping=True)),
        ]

    @property
    def _last_seen(self) -> str:
        """When it was, as the browsers have it too: the contact's own is a minute late, until the sweep counts."""
        times = [self.contact.last_seen_at, *(browser.last_seen_at for browser in self.browsers)]
        last = max(filter(None, times), default=None)
        return moment(last) if last is not None else pgettext("last seen", "never")

    def _chart(self, activity: YearOfActivity) -> BarChart:
        if self.period == YEAR:
            columns, title = activity.by_week(CHART_WEEKS), _("Activity in 12 months, by week")
            heading = pgettext("heading of figures", "Week from")
        else:
            columns, title = activity.by_day(CHART_DAYS), _("Activity in 90 days, by day")
            heading = pgettext("heading of figures", "Day")
        day_format = pgettext("format of a day below a bar, as of Django's filter “date”", "j M")
        views = [one.page_views for _day, one in columns]
        visits = [one.visits for _day, one in columns]
        return BarChart(
            [date_format(day, day_format) for day, _one in columns],
            [Series(_("Page views"), views, 0), Series(_("Visits"), visits, 1)],
            title=title,
            description=_("%(page_views)s and %(visits)s in all.")
            % {"page_views": _counted_page_views(sum(views)), "visits": _counted_visits(sum(visits))},
            table_caption=title,
            label_heading=heading,
            stacked=False,
            name="visit-alerts-activity",
        )


def _visits(count: int) -> str:
    return ngettext("visit in 30 days", "visits in 30 days", count)


def _page_views(count: int) -> str:
    return ngettext("page view in 30 days", "page views in 30 days", count)


def _alerts(count: int) -> str:
    return ngettext("alert in 30 days", "alerts in 30 days", count)


def _counted_page_views(count: int) -> str:
    return ngettext("%(count)d page view", "%(count)d page views", count) % {"count": count}


def _counted_visits(count: int) -> str:
    return ngettext("%(count)d visit", "%(count)d visits", count) % {"count": count}
