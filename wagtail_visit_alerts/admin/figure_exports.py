"""Figures as spreadsheets: Wagtail's own way to write them, for a page that has several of them to give."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from wagtail_visit_alerts.admin.alert_rows import AlertRow
from wagtail_visit_alerts.admin.analytics_tables import contact_rows
from wagtail_visit_alerts.admin.figure_words import LABELS
from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.models import DailyTotal
from wagtail_visit_alerts.reporting.alert_figures import (
    NAMES,
    Figures,
    OfContact,
    by_contact,
    by_day,
    of_contacts,
)
from wagtail_visit_alerts.reporting.periods import Span

#: Contacts that an export reads at a time.
CHUNK = 500
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet: the headings by the names of the columns, and what gives the rows."""

    headings: Mapping[str, Any]
    rows: Callable[[], Iterable[Row]]


class ExportsFigures(SpreadsheetExportMixin):
    """A view that gives one of its ``sheets`` with ``?export=csv`` or ``xlsx`` and ``&sheet=`` its name."""

    #: The name of the spreadsheet that is given, for that of its file.
    sheet_name = ""

    def sheets(self) -> Mapping[str, Sheet]:
        """The spreadsheets by their names; the first is given where none is named."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page, or a spreadsheet. Raises ``Http404`` for one that there is not."""
        if not self.is_export:
            return super().get(request, *args, **kwargs)
        sheets = self.sheets()
        self.sheet_name = request.GET.get("sheet", next(iter(sheets), ""))
        if (sheet := sheets.get(self.sheet_name)) is None:
            raise Http404
        self.list_export, self.export_headings = list(sheet.headings), dict(sheet.headings)
        # All at once: a response that is written later no longer knows the reader's language.
        return self.as_spreadsheet(list(sheet.rows()), request.GET["export"])

    def stream_csv(self, queryset: Any) -> Iterator[bytes]:
        return iter(list(super().stream_csv(queryset)))

    def to_row_dict(self, item: Row) -> dict[str, Any]:
        values = {name: item[name] for name in self.list_export}
        return {
            name: without_formula(value) if isinstance(value, str) else value for name, value in values.items()
        }


def day_sheet(totals: QuerySet[DailyTotal], span: Span) -> Sheet:
    """Every figure of every day of a period, days without any included."""

    def rows() -> Iterator[Row]:
        found = by_day(totals, span)
        for number in range(span.days):
            day = date.fromordinal(span.first.toordinal() + number)
            yield {"day": day, **numbers_of(found.get(day, Figures()))}

    return Sheet({"day": pgettext_lazy("heading of figures", "Day"), **LABELS}, rows)


def alert_sheet(alerts: Iterable[AlertRow]) -> Sheet:
    """Alerts side by side."""
    on, off = pgettext("status of an alert", "ON"), pgettext("status of an alert", "OFF")

    def rows() -> Iterator[Row]:
        for row in alerts:
            status = "" if row.pk is None else on if row.is_on else off
            yield {"alert": row.name, "group": row.group, "status": status, **numbers_of(row.figures)}

    headings = {
        "alert": gettext_lazy("Alert"),
        "group": pgettext_lazy("of alerts", "Group"),
        "status": gettext_lazy("Status"),
        **LABELS,
    }
    return Sheet(headings, rows)


def contact_sheet(totals: QuerySet[DailyTotal], span: Span) -> Sheet:
    """All contacts behind these totals, with their figures."""

    def rows() -> Iterator[Row]:
        found = list(by_contact(totals, span))
        for start in range(0, len(found), CHUNK):
            yield from _contacts(of_contacts(totals, span, found[start : start + CHUNK]))

    headings = {
        "contact": gettext_lazy("Contact"),
        "email": gettext_lazy("E-mail"),
        "company": gettext_lazy("Company"),
        "owner": gettext_lazy("Owner"),
        **LABELS,
        "last_day": gettext_lazy("Last on these pages"),
    }
    return Sheet(headings, rows)


def _contacts(found: Iterable[OfContact]) -> Iterator[Row]:
    for row in contact_rows(found):
        yield {
            "contact": row.name,
            "email": row.contact.email,
            "company": row.company,
            "owner": row.owner if row.contact.owner else "",
            **numbers_of(row.figures),
            "last_day": row.last_day,
        }


def numbers_of(figures: Figures) -> dict[str, int]:
    """The figures by their names."""
    return {name: getattr(figures, name) for name in NAMES}
