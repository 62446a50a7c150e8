"""Visit: a run of one visitor's page views. It is computed, not stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

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

    def goes_on_with(self, page_view: PageView) -> bool:
        """Whether a page view that was entered later belongs to this visit."""
        is_same_visitor = self.page_views[0].visitor_id == page_view.visitor_id
        return is_same_visitor and page_view.entered_at - self.ended_at < LONGEST_BREAK


def group_into_visits(page_views: Iterable[PageView]) -> list[Visit]:
    """Return the visits that these page views, in any order and of any visitors, make up: the latest first."""
    visits: list[Visit] = []
    for page_view in sorted(page_views, key=lambda view: (view.visitor_id, view.entered_at, view.pk)):
        if visits and visits[-1].goes_on_with(page_view):
            visits[-1] = Visit((*visits[-1].page_views, page_view))
        else:
            visits.append(Visit((page_view,)))
    return sorted(visits, key=lambda visit: visit.started_at, reverse=True)


def _end(page_view: PageView) -> datetime:
    """When a page view ended; its entry while that is unknown."""
    return page_view.ended_at or page_view.entered_at
