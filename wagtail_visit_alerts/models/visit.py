"""Visit: a run of one visitor's page views. It is computed, not stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from wagtail_visit_alerts.models.page_view import PageView

#: Design, section 1: a visit goes on while less than this lies between one page view's end and the next entry.
LONGEST_BREAK = timedelta(minutes=30)


@dataclass(frozen=True)
class Visit:
    """Page views of one visitor in the order of their entries; there is at least one."""

    page_views: tuple[PageView, ...]

    @property
    def started_at(self) -> datetime:
        """When the first page was entered."""
        return self.page_views[0].entered_at

    @property
    def ended_at(self) -> datetime:
        """The latest moment known of it; tabs may overlap, so it need not belong to the last entry."""
        return max(_end(page_view) for page_view in self.page_views)


class SeenPage(Protocol):
    """What visits are told apart by: a page view, or a row with these columns of it."""

    @property
    def pk(self) -> int: ...
    @property
    def visitor_id(self) -> int: ...
    @property
    def entered_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...


S = TypeVar("S", bound=SeenPage)


def runs_of_one_visit(page_views: Iterable[S]) -> Iterator[list[S]]:
    """Split page views, in any order and of any visitors, into those of each visit, in the order of their entries.

    A visit ends at the latest moment known of it, as tabs overlap. Takes as long as sorting them.
    """
    run: list[S] = []
    ended_at: datetime | None = None
    for page_view in sorted(page_views, key=lambda view: (view.visitor_id, view.entered_at, view.pk)):
        goes_on = ended_at is not None and page_view.entered_at - ended_at < LONGEST_BREAK
        if ended_at is not None and goes_on and run[0].visitor_id == page_view.visitor_id:
            run.append(page_view)
            ended_at = max(ended_at, _end(page_view))
            continue
        if run:
            yield run
        run, ended_at = [page_view], _end(page_view)
    if run:
        yield run


def group_into_visits(page_views: Iterable[PageView]) -> list[Visit]:
    """Return the visits that these page views, in any order and of any visitors, make up: the latest first."""
    visits = [Visit(tuple(run)) for run in runs_of_one_visit(page_views)]
    return sorted(visits, key=lambda visit: visit.started_at, reverse=True)


def _end(page_view: SeenPage) -> datetime:
    """When a page view ended; its entry while that is unknown."""
    return page_view.ended_at or page_view.entered_at
