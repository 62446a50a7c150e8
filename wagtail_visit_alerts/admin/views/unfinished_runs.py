"""Discarding an unfinished run of the wizard, after a question."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_visit_alerts.models import Alert, WizardRun


class DiscardView(WagtailAdminTemplateMixin, TemplateView):
    """Ask, and delete the run; only its author's, whatever else they may do, and none that is saved."""

    model: type[Alert] | None = None
    index_url_name: str = ""
    template_name = "wagtail_visit_alerts/admin/alerts/discard.html"
    page_title = gettext_lazy("Discard")
    header_icon = "bin"

    run: WizardRun

    def setup(self, request: HttpRequest, *args: Any, token: UUID, **kwargs: Any) -> None:
        super().setup(request, *args, token=token, **kwargs)
        self.run = get_object_or_404(WizardRun.objects.unfinished(request.user), token=token)

    @property
    def name(self) -> str:
        """The alert's name as far as it was typed."""
        return self.run.name_so_far or pgettext("an alert", "Unnamed")

    def get_page_subtitle(self) -> str:
        return self.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        alerts = {"url": reverse(self.index_url_name), "label": capfirst(Alert._meta.verbose_name_plural)}
        return [*self.breadcrumbs_items, alerts, {"url": "", "label": self.page_title, "sublabel": self.name}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "name": self.name,
            "alert": self.run.alert_id,
            "index_url": reverse(self.index_url_name),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.run.delete()
        messages.success(request, _("What you had entered for “%(name)s” is discarded.") % {"name": self.name})
        return redirect(self.index_url_name)
