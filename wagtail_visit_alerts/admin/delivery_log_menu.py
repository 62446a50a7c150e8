"""The delivery log in the admin: its addresses, and its items in our menu and in that of Wagtail's reports."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from wagtail_visit_alerts.admin.delivery_rows import LOG
from wagtail_visit_alerts.admin.views.delivery_log import DeliveryLogView, NotificationView
from wagtail_visit_alerts.admin.views.sending_again import RetryView, SendAgainView
from wagtail_visit_alerts.policies import may_see_log


class LogMenuItem(MenuItem):
    """Shown to those who may see the log."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see_log(request.user)


class DeliveryLogViewSet(ViewSet):
    """The log, the page of a notification, and what can be done with them."""

    name = LOG
    url_prefix = "visit-alerts/log"
    icon = "list-ul"
    menu_label = gettext_lazy("Delivery log")
    menu_name = "visit-alerts-log"
    #: Behind contacts, in front of the set-up page.
    menu_order = 800

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return LogMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", DeliveryLogView.as_view(), name="index"),
            path("results/", DeliveryLogView.as_view(results_only=True), name="index_results"),
            path("retry/", RetryView.as_view(), name="retry"),
            path("<int:pk>/", NotificationView.as_view(), name="inspect"),
            path("<int:pk>/send-again/<int:delivery_pk>/", SendAgainView.as_view(), name="send_again"),
        ]


def reports_menu_item() -> Any:
    """The item in the menu of Wagtail's reports."""
    return LogMenuItem(
        gettext_lazy("Alerts: delivery log"),
        reverse(f"{LOG}:index"),
        name="visit-alerts-log-report",
        icon_name="list-ul",
        order=1100,
    )
