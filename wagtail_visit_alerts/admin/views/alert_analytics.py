"""The analytics of one alert: its figures in a period beside those of the time before, and who is behind them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import unquote
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button

from wagtail_visit_alerts.admin.analytics_parts import FigureParts
from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.figure_exports import ExportsFigures, Sheet, contact_sheet, day_sheet
from wagtail_visit_alerts.admin.period_picker import PeriodPicker
from wagtail_visit_alerts.admin.views.alerts import OfPermittedAlert
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import may


class AlertAnalyticsView(OfPermittedAlert, ExportsFigures, WagtailAdminTemplateMixin, TemplateView):
    """For whoever may view the alert; its figures are of the contacts that they may view."""

    #: What the viewset gives; Wagtail hands over only what is declared.
    index_url_name = ""
    inspect_url_name = ""
    edit_url_name = ""
    history_url_name = ""

    page_title = gettext_lazy("Analytics")
    header_icon = "table"
    template_name = "wagtail_visit_alerts/admin/analytics/alert.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        alerts = Alert.objects.select_related("author")
        self.object = get_object_or_404(alerts, pk=unquote(str(kwargs["pk"])))

    @cached_property
    def picker(self) -> PeriodPicker:
        """The choice of the period."""
        return PeriodPicker(self.request.GET, now=timezone.now())

    @cached_property
    def parts(self) -> FigureParts:
        """The figures, read as they are shown."""
        return FigureParts(
            self.request.user,
            picker=self.picker,
            alerts=self.object,
            page_number=self.request.GET.get("p"),
        )

    def sheets(self) -> Mapping[str, Sheet]:
        """The figures by day, and all contacts behind them."""
        return {
            "days": day_sheet(self.parts.totals, self.picker.span),
            "contacts": contact_sheet(self.parts.totals, self.picker.span),
        }

    def get_filename(self) -> str:
        span = self.picker.span
        return f"alert-{self.object.pk}-{self.sheet_name}-{span.first:%Y-%m-%d}-{span.last:%Y-%m-%d}"

    def get_page_subtitle(self) -> str:
        return self.object.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        alerts = {"url": reverse(self.index_url_name), "label": capfirst(Alert._meta.verbose_name_plural)}
        alert = {"url": reverse(self.inspect_url_name, args=[self.object.pk]), "label": self.object.name}
        here = {"url": "", "label": self.page_title, "sublabel": self.object.name}
        return [*self.breadcrumbs_items, alerts, alert, here]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """The ways to the alert itself."""
        inspect = reverse(self.inspect_url_name, args=[self.object.pk])
        buttons = [Button(pgettext("an alert", "Inspect"), url=inspect, icon_name="info-circle", priority=10)]
        if may(self.request.user, "change", self.object):  # type: ignore[arg-type]  # behind the admin's login
            edit = reverse(self.edit_url_name, args=[self.object.pk])
            history = reverse(self.history_url_name, args=[self.object.pk])
            buttons += [
                Button(pgettext("an alert", "Edit"), url=edit, icon_name="edit", priority=20),
                Button(pgettext("of an alert", "History"), url=history, icon_name="history", priority=30),
            ]
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        alert = self.object
        return super().get_context_data(**kwargs) | {
            "alert": alert,
            "author": name_of(alert.author),
            "may_switch": may(self.request.user, "change", alert),  # type: ignore[arg-type]
            "listing_url": reverse(self.index_url_name),
            "picker": self.picker,
            "parts": self.parts,
            "contacts_url": self._contacts_url(),
        }

    def _contacts_url(self) -> str:
        """The listing of contacts with those who raised this alert in the period."""
        span = self.picker.span
        query = {"alert": self.object.pk, "raised_from": span.first, "raised_until": span.last}
        return f"{reverse('wagtailsnippets_wagtail_visit_alerts_contact:list')}?{urlencode(query)}"
