"""The pages behind an alert's figures, read from the daily totals of pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import QuerySet, Sum

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.models import Address, DailyPageTotal
from wagtail_visit_alerts.reporting.alert_figures import of_viewable, within
from wagtail_visit_alerts.reporting.periods import Span


@dataclass(frozen=True, kw_only=True)
class PageFigures:
    """How often page views of one address satisfied an alert; ``title`` is empty where it is no Wagtail page."""

    title: str
    url: str
    matched: int
    raised: int


def page_totals_viewable_by(user: Any) -> QuerySet[DailyPageTotal]:
    """The daily totals of pages, of alerts and contacts that the user may view, in no order."""
    return of_viewable(DailyPageTotal.objects.order_by(), user)


def top_pages(totals: QuerySet[DailyPageTotal], span: Span, *, most: int) -> list[PageFigures]:
    """The addresses with most page views first. Three queries."""
    rows: Sequence[dict[str, Any]] = list(
        within(totals, span)
        .values("address", "page")
        .annotate(total_matched=Sum("matched"), total_raised=Sum("raised"))
        .order_by("-total_matched", "-total_raised", "address", "page")[:most]
    )
    urls = dict(Address.objects.filter(pk__in={row["address"] for row in rows}).values_list("pk", "text"))
    pages = apps.get_model(PAGE_MODEL).objects.filter(pk__in={row["page"] for row in rows} - {None})
    titles = dict(pages.values_list("pk", "title"))
    return [
        PageFigures(
            title=titles.get(row["page"], ""),
            url=urls[row["address"]],
            matched=int(row["total_matched"]),
            raised=int(row["total_raised"]),
        )
        for row in rows
    ]
