"""What a page of figures shows, each part read when the page asks for it: tiles, chart, people, owners, pages.

Takes a user, a period, and of which alerts; gives what the templates print. Nothing in it is of a contact or an alert
that the user may not view.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Table

from wagtail_visit_alerts.admin.analytics_tables import (
    contact_rows,
    contact_table,
    owner_rows,
    owner_table,
    page_table,
)
from wagtail_visit_alerts.admin.charts import BarChart
from wagtail_visit_alerts.admin.figure_words import Tile, chart_of, tiles_of
from wagtail_visit_alerts.admin.period_picker import PeriodPicker
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import Alert, DailyTotal, MonthlyTotal
from wagtail_visit_alerts.models.contact import VIEW_ANY, VIEW_OWN
from wagtail_visit_alerts.reporting import alert_figures, latency_figures, long_periods, top_pages
from wagtail_visit_alerts.reporting.alert_figures import Figures, OfAlert, People
from wagtail_visit_alerts.reporting.periods import LONGEST_BY_DAY, Span, Step

#: Contacts on a page of "Who?", and pages of the site that are shown.
CONTACTS_PER_PAGE, TOP_PAGES = 20, 10


def sees_contacts(user: Any) -> bool:
    """Whether the user may view contacts at all, be it their own only: of no others are there figures."""
    return bool(user.has_perm(VIEW_ANY) or user.has_perm(VIEW_OWN))


class CountedPaginator(WagtailPaginator):
    """Wagtail's own, of rows whose number is known without counting them, said as the reader's language does."""

    def __init__(self, rows: Any, *, count: int) -> None:
        super().__init__(rows, CONTACTS_PER_PAGE)
        self.count = count

    @property
    def items_count_label(self) -> str:
        """How many contacts there are, in words."""
        return ngettext("%(count)d contact", "%(count)d contacts", self.count) % {"count": self.count}


class FigureParts:
    """The parts of a page of figures: of one alert, of some alerts, or of all that the user may view."""

    def __init__(
        self,
        user: Any,
        *,
        picker: PeriodPicker,
        alerts: "Alert | QuerySet[Alert] | None" = None,
        page_number: Any = None,
    ) -> None:
        self._user, self._picker, self._alerts, self._page_number = user, picker, alerts, page_number

    def _of_alerts(self, totals: QuerySet[Any]) -> QuerySet[Any]:
        if self._alerts is None:
            return totals
        if isinstance(self._alerts, Alert):
            return totals.filter(alert=self._alerts)
        return totals.filter(alert__in=self._alerts.order_by().values("pk"))

    @cached_property
    def totals(self) -> QuerySet[DailyTotal]:
        """The daily totals, of whatever day."""
        return self._of_alerts(alert_figures.totals_viewable_by(self._user))

    @property
    def only_own(self) -> bool:
        """Whether the figures are of the user's own contacts only."""
        return not alert_figures.sees_any_contact(self._user)

    @property
    def sees_contacts(self) -> bool:
        """Whether there can be figures at all."""
        return sees_contacts(self._user)

    @cached_property
    def sums(self) -> QuerySet[MonthlyTotal]:
        """The monthly totals, of whatever month; none where the reader sees some contacts only."""
        return self._of_alerts(long_periods.sums_viewable_by(self._user))

    @cached_property
    def days(self) -> dict[date, Figures]:
        """The figures of the period and of the time before: by day, or of all alerts by month where the chart is."""
        span = self._picker.span
        if isinstance(self._alerts, Alert):
            return alert_figures.by_day(self.totals, Span(span.before.first, span.last))
        if self._picker.step == Step.MONTH:
            return long_periods.by_day_or_month(self.totals, self.sums, span.before, span)
        before = long_periods.by_day_or_month(self.totals, self.sums, span.before)
        return before | alert_figures.by_day(self.totals, span)

    def by_alert(self) -> list[OfAlert]:
        """The figures of each alert in the period."""
        return long_periods.by_alert(self.totals, self.sums, self._picker.span)

    @cached_property
    def now(self) -> Figures:
        """The figures of the period."""
        return alert_figures.added_up(self.days, self._picker.span)

    @cached_property
    def before(self) -> Figures:
        """The figures of the time before."""
        return alert_figures.added_up(self.days, self._picker.span.before)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened in the period."""
        return self.now == Figures()

    @cached_property
    def people(self) -> People:
        """How many people are behind the figures."""
        return self._people_in(self._picker.span)

    @property
    def _contacts_before(self) -> int | None:
        """How many people there were in the time before: of one alert only, of all it would take too long."""
        return self._people_in(self._picker.span.before).total if isinstance(self._alerts, Alert) else None

    def _people_in(self, span: Span) -> People:
        if isinstance(self._alerts, Alert):
            return alert_figures.people_in(self.totals, span)
        return long_periods.people_in(self.totals, span)

    @property
    def tiles(self) -> list[Tile]:
        """The figures of the period beside those of the time before."""
        return list(self._tiles())

    def _tiles(self) -> Iterator[Tile]:
        yield from tiles_of(
            self.now, self.before, contacts=self.people.total, contacts_before=self._contacts_before
        )
        if not self.is_quick:
            return
        seconds, seconds_before = self._medians
        yield Tile(
            label=_("Typical time to the e-mail"),
            value="-" if seconds is None else _duration(seconds),
            before="" if seconds_before is None else _duration(seconds_before),
            hint=_("half of the alerts were sent sooner"),
        )

    @cached_property
    def _medians(self) -> list[float | None]:
        """The typical time in the period and, of one alert, in the time before: of all it would take too long."""
        latencies = self._of_alerts(latency_figures.latencies_viewable_by(self._user))
        span = self._picker.span
        if isinstance(self._alerts, Alert):
            return latency_figures.medians_in(latencies, span, span.before)
        return [*latency_figures.medians_in(latencies, span), None]

    @property
    def chart(self) -> BarChart:
        """The page views matched, by what came of them."""
        return chart_of(self.days, self._picker, title=_("Page views matched, and what came of them"))

    @property
    def is_quick(self) -> bool:
        """Whether what can't be added up by month, such as people, is read while somebody waits."""
        return isinstance(self._alerts, Alert) or self._picker.span.days <= LONGEST_BY_DAY

    @cached_property
    def contact_page(self) -> Page:
        """One page of the contacts, those with most alerts first."""
        rows = alert_figures.by_contact(self.totals, self._picker.span)
        return CountedPaginator(rows, count=self.people.known).get_page(self._page_number)

    @property
    def page_range(self) -> Iterator[Any]:
        """The numbers that lead to other pages of the contacts."""
        return self.contact_page.paginator.get_elided_page_range(self.contact_page.number)

    @cached_property
    def contact_table(self) -> Table | None:
        """The contacts of this page; none where all are erased or the user may view none."""
        span, cut = self._picker.span, list(self.contact_page.object_list)
        rows = contact_rows(alert_figures.of_contacts(self.totals, span, cut))
        return contact_table(rows) if rows else None

    @cached_property
    def owners(self) -> Table | None:
        """The alerts raised by the owners of the contacts; none where none was raised."""
        rows = owner_rows(alert_figures.by_owner(self.totals, self._picker.span))
        return owner_table(rows) if rows else None

    @cached_property
    def pages(self) -> Table | None:
        """The pages with most page views; none where there is nothing about pages."""
        totals = self._of_alerts(top_pages.page_totals_viewable_by(self._user))
        rows = top_pages.top_pages(totals, self._picker.span, most=TOP_PAGES)
        return page_table(rows) if rows else None


def _duration(seconds: float) -> str:
    return wording.duration(timedelta(seconds=seconds))
