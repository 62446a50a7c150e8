"""The listing of alerts: what the user may see, with figures, switches and the user's unfinished runs above."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import ngettext
from wagtail.admin.paginator import WagtailPaginator
from wagtail.snippets.views.snippets import IndexView

from wagtail_visit_alerts.admin.columns import NameColumn
from wagtail_visit_alerts.admin.failures import failures_of_alerts
from wagtail_visit_alerts.admin.figures import DAYS, sent_of
from wagtail_visit_alerts.admin.queue_warning import queue_warning
from wagtail_visit_alerts.admin.wizard.steps import LAST
from wagtail_visit_alerts.models import Alert, WizardRun
from wagtail_visit_alerts.policies import may

#: Unfinished runs that are shown; more than anybody leaves within the 30 days for which they are kept.
MAX_UNFINISHED = 50


class AlertPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does."""

    @property
    def items_count_label(self) -> str:
        """How many alerts there are, in words."""
        return ngettext("%(count)d alert", "%(count)d alerts", self.count) % {"count": self.count}


class AlertListingView(IndexView):
    """Wagtail's listing, where every button and switch is judged by the alert and not by alerts in general."""

    paginator_class = AlertPaginator

    step_url_name: str = ""
    switch_url_name: str = ""
    discard_url_name: str = ""

    def _get_title_column(self, field_name: str, column_class: Any = NameColumn, **kwargs: Any) -> Any:
        return super()._get_title_column(field_name, column_class, **kwargs)

    def paginate_queryset(self, queryset: QuerySet[Alert], page_size: int) -> Any:
        """Read the figures of the alerts on this page only, all at once."""
        paginator, page, alerts, has_others = super().paginate_queryset(queryset, page_size)
        page.object_list = alerts = list(alerts)
        figures = sent_of([alert.pk for alert in alerts], user=self.request.user, now=timezone.now())
        for alert in alerts:
            alert.sent = figures[alert.pk]
            alert.may_be_switched = may(self.request.user, "change", alert)
        return paginator, page, alerts, has_others

    def order_queryset(self, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Ordered to the last: equals would change places from page to page."""
        ordered = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "pk") if ordered.query.order_by else ordered

    def get_edit_url(self, instance: Alert) -> str | None:
        return super().get_edit_url(instance) if may(self.request.user, "change", instance) else None

    def get_delete_url(self, instance: Alert) -> str | None:
        return super().get_delete_url(instance) if may(self.request.user, "delete", instance) else None

    @cached_property
    def unfinished(self) -> list[dict[str, Any]]:
        """The user's own runs with something unsaved in them, and what each of them is about."""
        runs = WizardRun.objects.unfinished(self.request.user).select_related("alert")[:MAX_UNFINISHED]
        return [
            {
                "run": run,
                "alert": run.alert if run.alert and run.alert.may_be_viewed_by(self.request.user) else None,
            }
            for run in runs
        ]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        return context | {
            **self._notices(),
            "unfinished": [] if self.results_only else self.unfinished,
            "step_url_name": self.step_url_name,
            "discard_url_name": self.discard_url_name,
            # The wizard leads from its last step to the first one that is not finished.
            "last_step": LAST,
            "days": DAYS,
        }

    def _notices(self) -> dict[str, Any]:
        """What stands above the listing: that nothing is sent, and what could not be delivered."""
        if self.results_only:
            return {}
        now, user = timezone.now(), self.request.user
        return {"warning": queue_warning(user=user, now=now), "failures": failures_of_alerts(user, now=now)}
