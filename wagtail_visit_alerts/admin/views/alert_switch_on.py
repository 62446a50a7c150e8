"""Asks whether an alert that was saved while it is off is to be on; the switch of the listing then does it."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_visit_alerts.admin.views.alerts import OfPermittedAlert
from wagtail_visit_alerts.models import Alert


class AlertSwitchOnView(WagtailAdminTemplateMixin, OfPermittedAlert, PermissionCheckedMixin, View):
    """A page with one question and one button: a link, as in a message, must not switch anything by itself."""

    model: type[Alert] | None = None
    index_url_name: str = ""
    switch_url_name: str = ""
    template_name = "wagtail_visit_alerts/admin/alerts/switch_on.html"
    permission_required = "change"
    action = "change"
    header_icon = "mail"

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.object = get_object_or_404(Alert.objects.with_words(), pk=unquote(str(pk)))
        return self.render_to_response(self.get_context_data())

    def get_page_title(self) -> str:
        return _("Switch on “%(name)s”") % {"name": self.object.name}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        alerts = {"url": reverse(self.index_url_name), "label": capfirst(Alert._meta.verbose_name_plural)}
        return [*self.breadcrumbs_items, alerts, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "alert": self.object,
            "switch_url": reverse(self.switch_url_name, args=[quote(self.object.pk)]),
            "index_url": reverse(self.index_url_name),
        }
