"""Page views as a table, the same wherever they are shown.

When, where, for how long, how the contact was recognised, and why an alert was or wasn't raised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.ui.tables import Column, Table

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining import explain_in_sentences
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import PageView, Source


@dataclass(frozen=True)
class SeenRow:
    """One page view, in words. ``tab`` numbers the browser tabs of the table, the latest first."""

    page_view: PageView
    answer: list[str]
    tab: int | None

    @cached_property
    def title(self) -> str:
        """The page's title; host and path where it is no Wagtail page."""
        return wording.one_line(self.page_view.title).removeprefix("https://").removeprefix("http://")

    @cached_property
    def link(self) -> str:
        """Where the page is; empty where that is no address of the web."""
        return wording.web_link(self.page_view.address.text)

    @cached_property
    def url(self) -> str:
        """The URL to be read; empty where the title is the URL already."""
        return wording.one_line(self.page_view.address.text) if self.page_view.page else ""

    @property
    def when(self) -> list[str]:
        """When the page was entered, and in which tab."""
        entered = moment(self.page_view.entered_at)
        return [entered] if self.tab is None else [entered, _("Tab %(number)d") % {"number": self.tab}]

    @property
    def stay(self) -> list[str]:
        """How long the page was seen, what became of it, and who says so."""
        return list(self._stay())

    def _stay(self) -> Iterator[str]:
        view = self.page_view
        yield capfirst(view.get_ending_display()) if view.dwell_ms is None else _duration(view.dwell_ms)
        if view.engaged_ms is not None:
            yield _("in view: %(time)s") % {"time": _duration(view.engaged_ms)}
        if view.source == Source.HOOK:
            yield view.get_source_display()

    @property
    def recognized(self) -> str:
        """How the browser is known to be the contact's."""
        return self.page_view.visitor.get_identified_by_display()


class LinesColumn(Column):
    """A cell of several lines, of which the first one counts."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/lines_cell.html"


class AnswerColumn(Column):
    """A cell of several sentences, each on a line of its own."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/answer_cell.html"


class SeenPageColumn(Column):
    """A page's title, which leads to the page, and its URL."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/seen_page_cell.html"


COLUMNS = [
    LinesColumn("when", label=pgettext_lazy("of a page view", "Entered"), classname="visit-alerts-seen__when"),
    SeenPageColumn("page", label=pgettext_lazy("of a page view", "Page"), accessor="title"),
    LinesColumn("stay", label=gettext_lazy("Until the next page"), classname="visit-alerts-seen__stay"),
    Column("recognized", label=gettext_lazy("Recognised"), classname="visit-alerts-seen__how"),
    AnswerColumn(
        "answer",
        label=gettext_lazy("Why was, or wasn't, an alert raised?"),
        classname="visit-alerts-seen__answer",
    ),
]


def rows_of(page_views: Sequence[PageView], *, reader: Any, now: datetime) -> list[SeenRow]:
    """The rows of these page views, for a user who may view their contacts. About a dozen queries for any number."""
    answers = explain_in_sentences(page_views, now=now, reader=reader)
    return [
        SeenRow(row.page_view, answers[row.page_view.pk], row.tab) for row in rows_without_answers(page_views)
    ]


def rows_without_answers(page_views: Sequence[PageView]) -> list[SeenRow]:
    """The same rows, which do not say why an alert was or wasn't raised. No query."""
    numbers: dict[Any, int] = {}
    rows = []
    for page_view in page_views:
        tab = page_view.tab_id
        number = None if tab is None else numbers.setdefault(tab, len(numbers) + 1)
        rows.append(SeenRow(page_view, [], number))
    return rows


class SeenTable(Table):
    """The table itself; a phone shows a row's cells below each other."""

    def __init__(self, rows: Sequence[SeenRow], *, caption: str, **kwargs: Any) -> None:
        super().__init__(COLUMNS, rows, classname="listing visit-alerts-seen", caption=caption, **kwargs)


def _duration(milliseconds: int) -> str:
    return wording.duration(timedelta(milliseconds=milliseconds))
