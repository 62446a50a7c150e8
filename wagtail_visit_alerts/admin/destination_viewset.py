"""Destinations in the menu group: webhooks, chat rooms and telephones that alerts can be sent to."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.views.snippets import SnippetViewSet

from wagtail_visit_alerts.admin.choosers import ClosedChooserViewSet
from wagtail_visit_alerts.admin.destination_form import DestinationForm
from wagtail_visit_alerts.admin.views import destinations
from wagtail_visit_alerts.delivering.channels import channel
from wagtail_visit_alerts.models import Destination


def _channel(destination: Destination) -> str:
    found = channel(destination.channel)
    return str(found.label) if found else destination.channel


class DestinationViewSet(SnippetViewSet):
    """Set up by whoever has Wagtail's permissions for it; chosen in alerts by name."""

    model = Destination
    icon = "link-external"
    base_url_path = "visit-alerts/destinations"
    #: Behind alerts and contacts.
    menu_order = 300
    index_view_class = destinations.DestinationListingView
    index_results_template_name = "wagtail_visit_alerts/admin/destinations/listing_results.html"
    edit_view_class = destinations.DestinationEditView
    edit_template_name = "wagtail_visit_alerts/admin/destinations/edit.html"
    delete_view_class = destinations.DestinationDeleteView
    chooser_viewset_class = ClosedChooserViewSet
    copy_view_enabled = False
    search_fields = ["name"]
    search_backend_name = None
    list_display = [
        "name",
        Column("channel", label=_("Channel"), accessor=_channel, sort_key="channel"),
        BooleanColumn("is_on", label=pgettext_lazy("a destination", "On"), sort_key="is_on"),
        Column(
            "number_of_alerts", label=_("Alerts"), sort_key="number_of_alerts", classname="visit-alerts-minor"
        ),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            MultiFieldPanel([FieldPanel("channel"), FieldPanel("address")], heading=_("Where it is")),
            FieldPanel("language"),
            FieldPanel("is_on", help_text=_("Switched off, it gets nothing; alerts keep it.")),
            # The form has it where there is a secret to replace.
            FieldPanel("new_secret"),
        ],
        base_form_class=DestinationForm,
    )

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_edit_view_kwargs(test_url_name=self.get_url_name("test"), **kwargs)

    @cached_property
    def test_view(self) -> Any:
        """What sends a test."""
        return self.construct_view(
            destinations.DestinationTestView,
            model=self.model,
            permission_policy=self.permission_policy,
            edit_url_name=self.get_url_name("edit"),
        )

    def get_urlpatterns(self) -> list[URLPattern]:
        # The menu leads to the first of them: Wagtail's own stay in front.
        return [
            *super().get_urlpatterns(),
            path(f"test/<{self.pk_path_converter}:pk>/", self.test_view, name="test"),
        ]
