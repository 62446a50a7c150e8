"""The page "On the site now", and the part of it that a browser asks for again while the page is looked at."""

import hashlib
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from wagtail_visit_alerts.admin.on_site_panel import (
    MOST_ON_PAGE,
    MOST_ON_PANEL,
    NAME,
    OnSite,
    may_see_who_is_on_site,
)


class ForThoseWhoSeeContacts:
    """Denies whoever may view no contacts."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not may_see_who_is_on_site(request.user):
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows


class OnSiteView(ForThoseWhoSeeContacts, WagtailAdminTemplateMixin, TemplateView):
    """The page: who is there, on which page, since when."""

    page_title = gettext_lazy("On the site now")
    header_icon = "glasses"
    template_name = "wagtail_visit_alerts/admin/on_site/page.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on_site = OnSite(self.request.user, now=timezone.now())
        return {**super().get_context_data(**kwargs), "on_site": on_site, "media": on_site.media}


class OnSiteLiveView(ForThoseWhoSeeContacts, View):
    """The list alone; nothing where it is what the browser has already. Read for one request, kept nowhere."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        most = MOST_ON_PANEL if request.GET.get("panel") else MOST_ON_PAGE
        on_site = OnSite(request.user, now=timezone.now(), most=most)
        html = render_to_string(on_site.list_template_name, on_site.list_context())
        tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponseNotModified(headers={"ETag": tag})
        return HttpResponse(html, headers={"ETag": tag})


class OnSiteMenuItem(MenuItem):
    """Shown to those who may view contacts."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see_who_is_on_site(request.user)


class OnSiteViewSet(ViewSet):
    """The page and its part, in the menu group."""

    name = NAME
    url_prefix = "visit-alerts/on-site"
    icon = "glasses"
    menu_label = gettext_lazy("On the site now")
    menu_name = "visit-alerts-on-site"
    #: In front of all others: it is what people look at every day.
    menu_order = 50

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return OnSiteMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", OnSiteView.as_view(), name="index"),
            path("live/", OnSiteLiveView.as_view(), name="live"),
        ]
