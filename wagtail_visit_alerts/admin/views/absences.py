"""Absences: who among the owners of contacts is away, who is told meanwhile, and a form to say so for others.

For whoever may change any contact. Also for users who can't enter the admin to set it themselves.
"""

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_visit_alerts.admin.log_actions import SET_ABSENCE
from wagtail_visit_alerts.admin.preferences_forms import AbsenceForm
from wagtail_visit_alerts.admin.row_keys import keys_in
from wagtail_visit_alerts.admin.stand_ins import StandIns
from wagtail_visit_alerts.delivering.addressee import is_reachable
from wagtail_visit_alerts.delivering.reader_clock import preferences_of
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.policies import may_change_any_contact

NAME: Final = "visit_alerts_absences"


def users_with_absences() -> "QuerySet[Any]":
    """The users who own contacts or have an absence or a deputy."""
    owns = Exists(Contact.objects.filter(owner=OuterRef("pk")))
    preferences = "visit_alerts_preferences__"
    has_own = Q(**{f"{preferences}deputy__isnull": False}) | Q(**{f"{preferences}away_from__isnull": False})
    users = get_user_model()._default_manager.filter(owns | has_own)
    return users.select_related("wagtail_userprofile", "visit_alerts_preferences__deputy")


def log_absence(user: Any, *, by: Any) -> None:
    """Note in a user's history that their absence or deputy was set; writes."""
    log(instance=user, action=SET_ABSENCE, user=by)


class ForThoseWhoSetAbsences:
    """Denies whoever may not change any contact."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not may_change_any_contact(request.user):
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows


class UserPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does."""

    @property
    def items_count_label(self) -> str:
        """How many users there are, in words."""
        return ngettext("%(count)d user", "%(count)d users", self.count) % {"count": self.count}


class AbsencesView(ForThoseWhoSetAbsences, IndexView):
    """The owners of contacts: who is away, and who is told instead."""

    model = get_user_model()
    # Contacts, not users, are what one must be allowed to change.
    permission_policy = ModelPermissionPolicy(Contact)
    page_title = gettext_lazy("Absences")
    header_icon = "calendar-alt"
    template_name = "wagtail_visit_alerts/admin/absences/listing.html"
    results_template_name = "wagtail_visit_alerts/admin/absences/listing_results.html"
    index_url_name = f"{NAME}:index"
    index_results_url_name = f"{NAME}:index_results"
    edit_url_name = f"{NAME}:edit"
    default_ordering = get_user_model().USERNAME_FIELD
    search_fields = [get_user_model().USERNAME_FIELD]
    search_backend_name = None
    paginate_by = 50
    paginator_class = UserPaginator

    def get_base_queryset(self) -> "QuerySet[Any]":
        return users_with_absences()

    def get_edit_url(self, instance: Any) -> str:
        return reverse(self.edit_url_name, args=[instance.pk])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    @cached_property
    def columns(self) -> list[Column]:
        stand_ins = StandIns(timezone.now())
        return [
            TitleColumn(
                "name",
                label=_("Owner of contacts"),
                accessor=display_name,
                get_url=self.get_edit_url,
            ),
            Column("absence", label=_("Absence"), accessor=lambda user: _state(user, stand_ins)),
            Column(
                "told_instead",
                label=_("Told instead now"),
                accessor=lambda user: stand_ins.told_instead(user),
            ),
            Column(
                "deputy",
                label=_("Deputy"),
                accessor=_deputy_name,
                classname="visit-alerts-minor",
            ),
        ]


class AbsenceView(ForThoseWhoSetAbsences, WagtailAdminTemplateMixin, FormView):
    """When one user is away, and who is told of their contacts then."""

    form_class = AbsenceForm
    template_name = "wagtail_visit_alerts/admin/absences/form.html"
    page_title = gettext_lazy("Absence")
    header_icon = "calendar-alt"

    object: Any

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(users_with_absences(), pk__in=keys_in(get_user_model(), [kwargs["pk"]]))

    def get_page_subtitle(self) -> str:
        return display_name(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        absences = {"url": reverse(f"{NAME}:index"), "label": AbsencesView.page_title}
        return [*self.breadcrumbs_items, absences, {"url": "", "label": display_name(self.object)}]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.object}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "action_url": self.request.path,
            "media": context["form"].media,
            "submit_button_label": _("Save"),
            "submit_button_active_label": _("Saving…"),
        }

    def form_valid(self, form: Any) -> HttpResponse:
        with atomic():
            form.save()
            if form.changed_data:
                log_absence(self.object, by=self.request.user)
        messages.success(
            self.request, _("The absence of %(name)s is saved.") % {"name": display_name(self.object)}
        )
        return redirect(f"{NAME}:index")


class AbsencesMenuItem(MenuItem):
    """Shown to those who may set absences."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_change_any_contact(request.user)


class AbsencesViewSet(ViewSet):
    """The list and the form, in the menu group."""

    name = NAME
    url_prefix = "visit-alerts/absences"
    icon = "calendar-alt"
    menu_label = gettext_lazy("Absences")
    menu_name = "visit-alerts-absences"
    #: Behind contacts, in front of the log and the set-up page.
    menu_order = 700

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return AbsencesMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", AbsencesView.as_view(), name="index"),
            path("results/", AbsencesView.as_view(results_only=True), name="index_results"),
            path("<path:pk>/", AbsenceView.as_view(), name="edit"),
        ]


def _state(user: Any, stand_ins: StandIns) -> str:
    """Whether a user is there, is away, or can't be told at all."""
    if not user.is_active:
        return _("account switched off")
    if not is_reachable(user):
        return _("no e-mail address")
    return stand_ins.absence_in_words(user) or _("not away")


def _deputy_name(user: Any) -> str:
    preferences = preferences_of(user)
    deputy = None if preferences is None else preferences.deputy
    return "" if deputy is None else display_name(deputy)
