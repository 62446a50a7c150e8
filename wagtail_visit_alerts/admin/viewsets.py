"""The menu "Visit alerts": alerts, whose add and edit are the wizard, contacts, the log, and the set-up page."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from wagtail_visit_alerts.admin.columns import SentColumn, SwitchColumn, name_of
from wagtail_visit_alerts.admin.contact_viewset import ContactViewSet
from wagtail_visit_alerts.admin.default_owner_viewset import DefaultOwnerViewSet
from wagtail_visit_alerts.admin.delivery_log_menu import DeliveryLogViewSet
from wagtail_visit_alerts.admin.destination_viewset import DestinationViewSet
from wagtail_visit_alerts.admin.filters import SEARCHED, AlertFilterSet
from wagtail_visit_alerts.admin.views import alerts
from wagtail_visit_alerts.admin.views.absences import AbsencesViewSet
from wagtail_visit_alerts.admin.views.alert_analytics import AlertAnalyticsView
from wagtail_visit_alerts.admin.views.alert_copy import AlertCopyView
from wagtail_visit_alerts.admin.views.alert_inspect import AlertInspectView
from wagtail_visit_alerts.admin.views.alert_listing import AlertListingView
from wagtail_visit_alerts.admin.views.alert_switch import AlertSwitchView
from wagtail_visit_alerts.admin.views.alert_switch_on import AlertSwitchOnView
from wagtail_visit_alerts.admin.views.analytics_overview import AnalyticsViewSet
from wagtail_visit_alerts.admin.views.mutes import MutesViewSet
from wagtail_visit_alerts.admin.views.on_site import OnSiteViewSet
from wagtail_visit_alerts.admin.views.set_up import SetUpViewSet
from wagtail_visit_alerts.admin.views.takeover import TakeoverViewSet
from wagtail_visit_alerts.admin.views.unfinished_runs import DiscardView
from wagtail_visit_alerts.admin.wizard.wizard_urls import wizard_urlpatterns
from wagtail_visit_alerts.admin.wizard.wizard_views import AddView, EditView
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import policy_of_viewset

AUTHOR_KEY = f"author__{get_user_model().USERNAME_FIELD}"


def _author(alert: Alert) -> str:
    return name_of(alert.author)


class AlertViewSet(SnippetViewSet):
    """Alerts. Add, edit and copy begin a run of the wizard; each view is closed for alerts that are not one's own."""

    model = Alert
    icon = "mail"
    base_url_path = "visit-alerts/alerts"
    index_view_class = AlertListingView
    index_template_name = "wagtail_visit_alerts/admin/alerts/listing.html"
    index_results_template_name = "wagtail_visit_alerts/admin/alerts/listing_results.html"
    add_view_class = AddView
    edit_view_class = EditView
    copy_view_class = AlertCopyView
    delete_view_class = alerts.AlertDeleteView
    usage_view_class = alerts.AlertUsageView
    history_view_class = alerts.AlertHistoryView
    inspect_view_class = AlertInspectView
    inspect_template_name = "wagtail_visit_alerts/admin/alerts/inspect.html"
    chooser_viewset_class = alerts.AlertChooserViewSet
    inspect_view_enabled = True
    copy_view_enabled = True
    list_per_page = 20
    filterset_class = AlertFilterSet
    search_fields = list(SEARCHED)
    search_backend_name = None

    if WAGTAIL_VERSION < (8, 0):
        permission_policy = property(policy_of_viewset)

    @cached_property
    def list_display(self) -> list[Any]:
        """The columns; on a phone the minor ones are left out."""
        index, switch = self.get_url_name("list"), self.get_url_name("switch")
        minor = "visit-alerts-minor"
        return [
            "name",
            Column("group", label=pgettext_lazy("of alerts", "Group"), sort_key="group", classname=minor),
            SwitchColumn("is_on", label=_("Status"), switch_url_name=switch, index_url_name=index),
            SentColumn(
                "sent",
                label=_("Sent in 30 days"),
                accessor="sent.lately",
                analytics_url_name=self.get_url_name("analytics"),
                classname=minor,
            ),
            DateColumn("last_sent", label=_("Last sent"), accessor="sent.last_at", classname=minor),
            Column("author", label=_("Author"), accessor=_author, sort_key=AUTHOR_KEY, classname=minor),
            DateColumn(
                "updated_at",
                label=pgettext_lazy("of an alert", "Updated"),
                sort_key="updated_at",
                classname=minor,
            ),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """The alerts that the user may see, with all that the listing shows, in a fixed number of queries."""
        return Alert.objects.viewable_by(request.user).with_words()

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_common_view_kwargs(
            **{
                "step_url_name": self.get_url_name("step"),
                "switch_on_url_name": self.get_url_name("switch_on"),
                "analytics_url_name": self.get_url_name("analytics"),
                **kwargs,
            }
        )

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        names = {"switch_url_name": "switch", "discard_url_name": "discard"}
        urls = {key: self.get_url_name(name) for key, name in names.items()}
        return super().get_index_view_kwargs(**urls, **kwargs)

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No form and no template: the add view only begins a run."""
        return kwargs

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No form and no template: the edit view only begins a run."""
        return kwargs

    def get_urlpatterns(self) -> list[URLPattern]:
        switch_view = self.construct_view(AlertSwitchView, switch_url_name=self.get_url_name("switch"))
        switch_on_view = self.construct_view(AlertSwitchOnView, switch_url_name=self.get_url_name("switch"))
        discard_view = self.construct_view(DiscardView)
        analytics_view = self.construct_view(AlertAnalyticsView)
        # The menu leads to the first of them: Wagtail's own stay in front.
        return [
            *super().get_urlpatterns(),
            *wizard_urlpatterns(self.construct_view),
            path("unfinished/<uuid:token>/discard/", discard_view, name="discard"),
            path(f"analytics/<{self.pk_path_converter}:pk>/", analytics_view, name="analytics"),
            path(f"switch/<{self.pk_path_converter}:pk>/", switch_view, name="switch"),
            path(f"switch-on/<{self.pk_path_converter}:pk>/", switch_on_view, name="switch_on"),
        ]


class VisitAlertsGroup(SnippetViewSetGroup):
    """The group in the admin's main menu."""

    items = (
        AlertViewSet,
        ContactViewSet,
        OnSiteViewSet,
        DestinationViewSet,
        DefaultOwnerViewSet,
        AbsencesViewSet,
        TakeoverViewSet,
        AnalyticsViewSet,
        DeliveryLogViewSet,
        MutesViewSet,
        SetUpViewSet,
    )
    menu_label = _("Visit alerts")
    menu_name = "visit-alerts"
    menu_icon = "view"
    menu_order = 250
