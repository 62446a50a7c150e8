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
from wagtail_visit_alerts.models import Alert, DailyTotal
from wagtail_visit_alerts.models.contact import VIEW_ANY, VIEW_OWN
from wagtail_visit_alerts.reporting import alert_figures, latency_figures, top_pages
from wagtail_visit_alerts.reporting.alert_figures import Figures, People
from wagtail_visit_alerts.reporting.periods import Span

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
    def days(self) -> dict[date, Figures]:
        """The figures by day, of the period and of the time before."""
        span = self._picker.span
        return alert_figures.by_day(self.totals, Span(span.before.first, span.last))

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
        return self._people[0]

    @cached_property
    def _people(self) -> list[People]:
        span = self._picker.span
        return alert_figures.people_in(self.totals, span, span.before)

    @property
    def tiles(self) -> list[Tile]:
        """The figures of the period beside those of the time before."""
        return list(self._tiles())

    def _tiles(self) -> Iterator[Tile]:
        now, before = self._people
        yield from tiles_of(self.now, self.before, contacts=now.total, contacts_before=before.total)
        seconds, seconds_before = self._medians
        yield Tile(
            label=_("Typical time to the e-mail"),
            value="-" if seconds is None else _duration(seconds),
            before="" if seconds_before is None else _duration(seconds_before),
            hint=_("half of the alerts were sent sooner"),
        )

    @cached_property
    def _medians(self) -> list[float | None]:
        latencies = self._of_alerts(latency_figures.latencies_viewable_by(self._user))
        return latency_figures.medians_in(latencies, self._picker.span, self._picker.span.before)

    @property
    def chart(self) -> BarChart:
        """The page views matched, by what came of them."""
        return chart_of(self.days, self._picker, title=_("Page views matched, and what came of them"))

    @cached_property
    def contacts(self) -> Any:
        """All contacts with their figures, as ``alert_figures.by_contact`` gives them."""
        return alert_figures.by_contact(self.totals, self._picker.span)

    @cached_property
    def contact_page(self) -> Page:
        """One page of the contacts, those with most alerts first."""
        return CountedPaginator(self.contacts, count=self.people.known).get_page(self._page_number)

    @property
    def page_range(self) -> Iterator[Any]:
        """The numbers that lead to other pages of the contacts."""
        return self.contact_page.paginator.get_elided_page_range(self.contact_page.number)

    @cached_property
    def contact_table(self) -> Table | None:
        """The contacts of this page; none where all are erased or the user may view none."""
        rows = contact_rows(alert_figures.of_contacts(self.contact_page.object_list))
        return contact_table(rows) if rows else None

    @cached_property
    def owners(self) -> Table:
        """The figures by the owners of the contacts."""
        return owner_table(owner_rows(alert_figures.by_owner(self.totals, self._picker.span)))

    @cached_property
    def pages(self) -> Table | None:
        """The pages with most page views; none where there is nothing about pages."""
        totals = self._of_alerts(top_pages.page_totals_viewable_by(self._user))
        rows = top_pages.top_pages(totals, self._picker.span, most=TOP_PAGES)
        return page_table(rows) if rows else None


def _duration(seconds: float) -> str:
    return wording.duration(timedelta(seconds=seconds))
