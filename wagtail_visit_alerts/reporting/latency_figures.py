"""How long it typically took from the moment that raised an alert to its first e-mail, read from daily counts."""

from typing import Any

from django.db.models import Q, QuerySet, Sum

from wagtail_visit_alerts.models import DailyLatency
from wagtail_visit_alerts.reporting.alert_figures import of_viewable
from wagtail_visit_alerts.reporting.latency_classes import median_seconds
from wagtail_visit_alerts.reporting.periods import Span


def latencies_viewable_by(user: Any) -> QuerySet[DailyLatency]:
    """The daily counts of alerts and contacts that the user may view, in no order."""
    return of_viewable(DailyLatency.objects.order_by(), user)


def medians_in(latencies: QuerySet[DailyLatency], *spans: Span) -> list[float | None]:
    """The median in seconds of each of these periods; None where no e-mail was sent. One query."""
    sums = {
        f"emails_{number}": Sum("emails", filter=Q(day__gte=span.first, day__lte=span.last))
        for number, span in enumerate(spans)
    }
    days = Q(day__gte=min(span.first for span in spans), day__lte=max(span.last for span in spans))
    found: Any = latencies.filter(days).values("seconds").annotate(**sums)
    rows = list(found)
    return [median_seconds({row["seconds"]: int(row[name] or 0) for row in rows}) for name in sums]
