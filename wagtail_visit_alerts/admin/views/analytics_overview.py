"""Analytics of all alerts: side by side, and who and which pages are behind all of them together."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from wagtail_visit_alerts.admin.alert_rows import (
    AlertRow,
    Hint,
    alert_table,
    hint_of,
    in_order,
    never_raised,
    ordering_in,
    rows_of,
    striking,
)
from wagtail_visit_alerts.admin.analytics_filters import AlertsForm
from wagtail_visit_alerts.admin.analytics_parts import FigureParts, sees_contacts
from wagtail_visit_alerts.admin.figure_exports import (
    ExportsFigures,
    Sheet,
    alert_sheet,
    contact_sheet,
    day_sheet,
)
from wagtail_visit_alerts.admin.period_picker import PeriodPicker
from wagtail_visit_alerts.admin.views.alert_listing import AlertPaginator
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import AlertPermissionPolicy, may
from wagtail_visit_alerts.reporting import alert_figures

NAME = "visit_alerts_analytics"
ALERTS_PER_PAGE = 20
#: Alerts that a list above the table names; the others are counted.
MOST_NAMED = 8
TABS = (
    ("index", pgettext_lazy("analytics", "Alerts side by side")),
    ("contacts", pgettext_lazy("analytics", "Contacts and owners")),
    ("pages", pgettext_lazy("analytics", "Pages")),
)


def may_see_analytics(user: Any) -> bool:
    """Whether a user may see figures of several alerts: who may view some alert and some contact."""
    return AlertPermissionPolicy(Alert).user_has_permission(user, "view") and sees_contacts(user)


class AnalyticsView(ExportsFigures, WagtailAdminTemplateMixin, TemplateView):
    """What the pages have in common: the period, the choice of alerts, the tabs. Denies whoever may see nothing."""

    page_title = gettext_lazy("Analytics")
    header_icon = "table"
    tab = ""
    #: Whether the page shows the period part by part, and the time before.
    has_chart = False

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not may_see_analytics(request.user):
            raise PermissionDenied
        super().setup(request, *args, **kwargs)

    @cached_property
    def alerts_form(self) -> AlertsForm:
        """The choice of alerts."""
        return AlertsForm(self.request)

    @cached_property
    def picker(self) -> PeriodPicker:
        """The choice of the period, and of alerts."""
        return PeriodPicker(
            self.request.GET,
            now=timezone.now(),
            beside=self.alerts_form,
            kept=("ordering",),
            is_of_all=True,
            has_chart=self.has_chart,
        )

    @cached_property
    def parts(self) -> FigureParts:
        """The figures, read as they are shown."""
        return FigureParts(
            self.request.user,
            picker=self.picker,
            # All together count what is left of deleted alerts, too.
            alerts=self.alerts_form.alerts() if self.alerts_form.chosen else None,
            page_number=self.request.GET.get("p"),
        )

    def get_filename(self) -> str:
        span = self.picker.span
        return f"alerts-{self.sheet_name}-{span.first:%Y-%m-%d}-{span.last:%Y-%m-%d}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.picker.query
        tabs = [
            {"url": f"{reverse(f'{NAME}:{name}')}?{query}", "label": label, "is_current": name == self.tab}
            for name, label in TABS
        ]
        return super().get_context_data(**kwargs) | {"tabs": tabs, "picker": self.picker, "parts": self.parts}


class AlertsView(AnalyticsView):
    """All alerts side by side, what they come to together, and which of them are worth a look."""

    tab = "index"
    has_chart = True
    template_name = "wagtail_visit_alerts/admin/analytics/alerts.html"

    @cached_property
    def rows(self) -> list[AlertRow]:
        """All rows in the order that was asked for."""
        rows = rows_of(self.alerts_form.alerts(), self.parts.by_alert())
        return in_order(rows, ordering_in(self.request.GET))

    def sheets(self) -> Mapping[str, Sheet]:
        """The alerts, and all of them together by day."""
        return {
            "alerts": alert_sheet(self.rows),
            "days": day_sheet(self.parts.totals, self.picker.span),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = AlertPaginator(self.rows, ALERTS_PER_PAGE).get_page(self.request.GET.get("p"))
        shown = list(page.object_list)
        ids = [row.pk for row in shown]
        people = alert_figures.people_by_alert(self.parts.totals, self.picker.span, alert_ids=ids)
        for row in shown:
            row.contacts = people.get(row.pk, 0)
        never, strikes = never_raised(self.rows), striking(self.rows, days=self.picker.span.days)
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "elided_page_range": page.paginator.get_elided_page_range(page.number),
            "table": alert_table(
                shown, ordering=ordering_in(self.request.GET), base_url=reverse(f"{NAME}:index")
            ),
            "never": never[:MOST_NAMED],
            "never_more": max(len(never) - MOST_NAMED, 0),
            "hints": self._hints(strikes[:MOST_NAMED]),
            "hints_more": max(len(strikes) - MOST_NAMED, 0),
            "listing_url": reverse("wagtailsnippets_wagtail_visit_alerts_alert:list"),
            "no_alerts": not self.rows and not self.alerts_form.chosen,
            "add_url": self._add_url,
        }

    @property
    def _add_url(self) -> str:
        """Where an alert is set up; empty where the reader may not."""
        user: Any = self.request.user  # behind the admin's login
        may_add = AlertPermissionPolicy(Alert).user_has_permission(user, "add")
        return reverse("wagtailsnippets_wagtail_visit_alerts_alert:add") if may_add else ""

    def _hints(self, rows: list[AlertRow]) -> list[Hint]:
        """What is said of these. One query."""
        user: Any = self.request.user  # behind the admin's login
        alerts = Alert.objects.in_bulk([row.pk for row in rows])
        return [
            hint_of(row, days=self.picker.span.days, alert=alert, may_change=may(user, "change", alert))
            for row in rows
            if (alert := alerts.get(row.pk)) is not None
        ]


class ContactsView(AnalyticsView):
    """The contacts that raised most alerts, and the figures by owner."""

    tab = "contacts"
    template_name = "wagtail_visit_alerts/admin/analytics/contacts.html"

    def sheets(self) -> Mapping[str, Sheet]:
        """All contacts."""
        return {"contacts": contact_sheet(self.parts.totals, self.picker.span)}


class PagesView(AnalyticsView):
    """The pages with most page views that satisfied alerts."""

    tab = "pages"
    template_name = "wagtail_visit_alerts/admin/analytics/pages.html"

    def sheets(self) -> Mapping[str, Sheet]:
        """None: the page shows all there is."""
        return {}


class AnalyticsMenuItem(MenuItem):
    """Shown to those who may see figures of some alert."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see_analytics(request.user)


class AnalyticsViewSet(ViewSet):
    """The pages, in the menu group."""

    name = NAME
    url_prefix = "visit-alerts/analytics"
    icon = "table"
    menu_label = gettext_lazy("Analytics")
    menu_name = "visit-alerts-analytics"
    #: Behind alerts and contacts, in front of the delivery log.
    menu_order = 700

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return AnalyticsMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", AlertsView.as_view(), name="index"),
            path("contacts/", ContactsView.as_view(), name="contacts"),
            path("pages/", PagesView.as_view(), name="pages"),
        ]
