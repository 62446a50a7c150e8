"""The menu "Visit alerts": alerts, whose add and edit are the wizard, and contacts."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from wagtail_visit_alerts.admin.columns import LinesColumn, StatusColumn, name_of
from wagtail_visit_alerts.admin.contact_form import ContactForm
from wagtail_visit_alerts.admin.filters import AlertFilterSet, ContactFilterSet
from wagtail_visit_alerts.admin.policies import policy_of_viewset
from wagtail_visit_alerts.admin.views import contacts
from wagtail_visit_alerts.admin.views.alert_inspect import AlertInspectView
from wagtail_visit_alerts.admin.wizard.wizard_views import AddView, EditView, StepView
from wagtail_visit_alerts.models import Alert, Contact


def _monitored_pages(alert: Alert) -> list[str]:
    return [row.in_words for row in alert.monitored_pages.all()]


def _owner(contact: Contact) -> str:
    return name_of(contact.owner)


class AlertViewSet(SnippetViewSet):
    """Alerts. Add and edit begin a run of the wizard; everything else is Wagtail's."""

    model = Alert
    icon = "mail"
    base_url_path = "visit-alerts/alerts"
    add_view_class = AddView
    edit_view_class = EditView
    inspect_view_class = AlertInspectView
    inspect_view_enabled = True
    copy_view_enabled = False
    list_display = [
        "name",
        LinesColumn("monitored_pages", label=_("Monitored pages"), accessor=_monitored_pages),
        Column("frequency_in_words", label=_("Frequency")),
        LinesColumn("recipients_in_words", label=_("Recipients")),
        StatusColumn("is_on", label=_("Status"), sort_key="is_on"),
        DateColumn("updated_at", label=pgettext_lazy("of an alert", "Updated"), sort_key="updated_at"),
    ]
    filterset_class = AlertFilterSet
    search_fields = ["name"]
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """The alerts with all that the listing shows, in a fixed number of queries."""
        return Alert.objects.with_words()

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_common_view_kwargs(**{"step_url_name": self.get_url_name("step"), **kwargs})

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No form and no template: the add view only begins a run."""
        return kwargs

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No form and no template: the edit view only begins a run."""
        return kwargs

    def get_urlpatterns(self) -> list[URLPattern]:
        step_view = self.construct_view(StepView)
        # The menu leads to the first of them: Wagtail's own stay in front.
        return [*super().get_urlpatterns(), path("wizard/<uuid:token>/<slug:step>/", step_view, name="step")]


class ContactViewSet(SnippetViewSet):
    """Contacts that the user may view."""

    model = Contact
    icon = "user"
    base_url_path = "visit-alerts/contacts"
    edit_view_class = contacts.ContactEditView
    delete_view_class = contacts.ContactDeleteView
    usage_view_class = contacts.ContactUsageView
    history_view_class = contacts.ContactHistoryView
    inspect_view_class = contacts.ContactInspectView
    chooser_viewset_class = contacts.ContactChooserViewSet
    inspect_view_enabled = True
    inspect_view_fields = [
        "email",
        "name",
        "phone",
        "company",
        "position",
        "city",
        "country",
        "language",
        "tags",
        "owner",
        "user",
        "updated_at",
    ]
    copy_view_enabled = False
    list_display = [
        "__str__",
        Column("email", label=_("E-mail"), sort_key="email"),
        Column("company", label=_("Company"), sort_key="company"),
        Column("owner", label=_("Owner"), accessor=_owner, sort_key="owner"),
    ]
    filterset_class = ContactFilterSet
    search_fields = ["name", "email", "company"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("email"), FieldPanel("name"), FieldPanel("phone")], heading=_("Who it is")
            ),
            MultiFieldPanel([FieldPanel("company"), FieldPanel("position")], heading=_("Work")),
            MultiFieldPanel(
                [FieldPanel("city"), FieldPanel("country"), FieldPanel("language")], heading=_("Where they are")
            ),
            MultiFieldPanel(
                [FieldPanel("tags"), FieldPanel("owner"), FieldPanel("user")], heading=_("For your team")
            ),
        ],
        base_form_class=ContactForm,
    )

    if WAGTAIL_VERSION < (8, 0):
        permission_policy = property(policy_of_viewset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """The contacts that the user may view."""
        return Contact.objects.viewable_by(request.user).select_related("owner")


class VisitAlertsGroup(SnippetViewSetGroup):
    """The group in the admin's main menu."""

    items = (AlertViewSet, ContactViewSet)
    menu_label = _("Visit alerts")
    menu_name = "visit-alerts"
    menu_icon = "view"
    menu_order = 250
