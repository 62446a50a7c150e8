"""Default owners in the menu group: who becomes the owner of contacts that come in by a form page or on a site."""

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import get_page_models
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from wagtail_visit_alerts.admin.choosers import ClosedChooserViewSet
from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.contact_form import offer_owners
from wagtail_visit_alerts.models import DefaultOwner


def form_page_models() -> list[type[Model]]:
    """The site's kinds of form pages; none where Wagtail's forms are not installed."""
    if not apps.is_installed("wagtail.contrib.forms"):
        return []
    # Imported where the app is installed only: elsewhere its models would count as those of another app.
    from wagtail.contrib.forms.models import FormMixin

    return [model for model in get_page_models() if issubclass(model, FormMixin)]


class DefaultOwnerForm(WagtailAdminModelForm):
    """Asks for a site or a form page, and for a user whose account is active."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_owners(self.fields["owner"], chosen=self.instance.owner_id)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors and bool(cleaned.get("site")) == bool(cleaned.get("form_page")):
            raise ValidationError(_("Choose a site or a form page, one of the two."), code="one_place")
        return cleaned


class FormPageChooser(AdminPageChooser):
    """Wagtail's own, which names a single kind of pages in the language in which it was made."""

    def __init__(self) -> None:
        super().__init__(target_models=form_page_models())
        self.choose_one_text, self.choose_another_text = _("Choose a form page"), _("Choose another form page")


def _kind(default_owner: DefaultOwner) -> str:
    return gettext("Form page") if default_owner.form_page_id else gettext("Site")


def _owner(default_owner: DefaultOwner) -> str:
    """The owner's name, and whether the setting does anything."""
    name = name_of(default_owner.owner)
    if default_owner.owner.is_active:
        return name
    return gettext("%(name)s: account switched off, so new contacts get no owner from here") % {"name": name}


class DefaultOwnerPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does."""

    @property
    def items_count_label(self) -> str:
        """How many default owners there are, in words."""
        words = ngettext("%(count)d default owner", "%(count)d default owners", self.count)
        return words % {"count": self.count}


class DefaultOwnerListingView(IndexView):
    """The listing, with a sentence on what it is for."""

    paginator_class = DefaultOwnerPaginator

    @cached_property
    def columns(self) -> list[Column]:
        columns: list[Column] = super().columns
        for column in columns:
            if column.name == "__str__":
                column.label = gettext("New contacts of")
        return columns


class DefaultOwnerViewSet(SnippetViewSet):
    """Set by whoever has Wagtail's permissions for it."""

    model = DefaultOwner
    icon = "user"
    base_url_path = "visit-alerts/default-owners"
    index_view_class = DefaultOwnerListingView
    index_template_name = "wagtail_visit_alerts/admin/default_owners/listing.html"
    index_results_template_name = "wagtail_visit_alerts/admin/default_owners/listing_results.html"
    chooser_viewset_class = ClosedChooserViewSet
    copy_view_enabled = False
    list_display = [
        "__str__",
        Column("kind", label=_("What it is"), accessor=_kind, classname="visit-alerts-minor"),
        Column("owner", label=_("Owner"), accessor=_owner),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DefaultOwner]:
        """All, with what is shown of them; the form pages in front, since theirs win."""
        rows = DefaultOwner.objects.select_related("site", "form_page", "owner")
        return rows.order_by(F("site_id").asc(nulls_first=True), "pk")

    @cached_property
    def edit_handler(self) -> ObjectList:
        """A page chooser of form pages only, where the site has such pages."""
        panels = [FieldPanel("site", help_text=_("Contacts that come in on any page of this site."))]
        if form_page_models():
            panels.append(
                FieldPanel(
                    "form_page",
                    widget=FormPageChooser(),
                    help_text=_("Contacts that come in by this form. It wins over its site."),
                )
            )
        panels.append(
            FieldPanel(
                "owner",
                help_text=_("Gets new contacts that have no owner, and is told from the first alert on."),
            )
        )
        return ObjectList(panels, base_form_class=DefaultOwnerForm)
