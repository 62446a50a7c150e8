"""Contacts in the admin: the listing, the form, the contact's page and what is reached from it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.snippets.views.snippets import SnippetViewSet

from wagtail_visit_alerts.admin.contact_filters import SEARCHED, ContactFilterSet
from wagtail_visit_alerts.admin.contact_form import ContactForm, ContactPanels, DeclaredFieldsPanel
from wagtail_visit_alerts.admin.views import contacts
from wagtail_visit_alerts.admin.views.contact_erasure import ContactDeleteView
from wagtail_visit_alerts.admin.views.contact_inspect import ContactInspectView
from wagtail_visit_alerts.admin.views.contact_listing import ContactListingView
from wagtail_visit_alerts.admin.views.contact_page_views import ContactPageViewsView
from wagtail_visit_alerts.admin.views.merging_contacts import MergeContactsView
from wagtail_visit_alerts.admin.views.personal_data import PersonalDataView
from wagtail_visit_alerts.admin.views.revoke_links import RevokeLinksView
from wagtail_visit_alerts.admin.views.timeline import AddNoteView, ContactTimelineView, DeleteNoteView, WhyView
from wagtail_visit_alerts.admin.views.visit_as import VisitAsFindingsView, VisitAsView
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.policies import policy_of_viewset


class ContactViewSet(SnippetViewSet):
    """Contacts that the user may view."""

    model = Contact
    icon = "user"
    base_url_path = "visit-alerts/contacts"
    index_view_class = ContactListingView
    index_template_name = "wagtail_visit_alerts/admin/contacts/listing.html"
    index_results_template_name = "wagtail_visit_alerts/admin/contacts/listing_results.html"
    add_view_class = contacts.ContactCreateView
    edit_view_class = contacts.ContactEditView
    delete_view_class = ContactDeleteView
    delete_template_name = "wagtail_visit_alerts/admin/contacts/erase.html"
    usage_view_class = contacts.ContactUsageView
    history_view_class = contacts.ContactHistoryView
    inspect_view_class = ContactInspectView
    inspect_template_name = "wagtail_visit_alerts/admin/contacts/inspect.html"
    chooser_viewset_class = contacts.ContactChooserViewSet
    inspect_view_enabled = True
    copy_view_enabled = False
    list_display = ["__str__"]
    filterset_class = ContactFilterSet
    search_fields = list(SEARCHED)
    search_backend_name = None
    edit_handler = ContactPanels(
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
            DeclaredFieldsPanel(heading=_("Further fields")),
        ],
        base_form_class=ContactForm,
    )

    if WAGTAIL_VERSION < (8, 0):
        permission_policy = property(policy_of_viewset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """The contacts that the user may view."""
        return Contact.objects.viewable_by(request.user).select_related("owner")

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_common_view_kwargs(
            **{
                "page_views_url_name": self.get_url_name("page_views"),
                **kwargs,
            }
        )

    def get_urlpatterns(self) -> list[URLPattern]:
        page_views_view = self.construct_view(
            ContactPageViewsView,
            index_url_name=self.get_url_name("list"),
            inspect_url_name=self.get_url_name("inspect"),
        )
        contact = f"<{self.pk_path_converter}:pk>"
        # The menu leads to the first of them: Wagtail's own stay in front.
        return [
            *super().get_urlpatterns(),
            path(f"revoke-links/{contact}/", self.construct_view(RevokeLinksView), name="revoke_links"),
            path(f"personal-data/{contact}/", self.construct_view(PersonalDataView), name="personal_data"),
            path(f"page-views/{contact}/", page_views_view, name="page_views"),
            path(f"merge/{contact}/", self.construct_view(MergeContactsView), name="merge"),
            path(f"timeline/{contact}/", self.construct_view(ContactTimelineView), name="timeline"),
            path(f"why/{contact}/<int:page_view_pk>/", self.construct_view(WhyView), name="why"),
            path(f"visit-as/{contact}/", self.construct_view(VisitAsView), name="visit_as"),
            path(
                f"visit-as/{contact}/findings/",
                self.construct_view(VisitAsFindingsView),
                name="visit_as_findings",
            ),
            path(f"notes/{contact}/add/", self.construct_view(AddNoteView), name="add_note"),
            path(
                f"notes/{contact}/<int:note_pk>/delete/",
                self.construct_view(DeleteNoteView),
                name="delete_note",
            ),
        ]
