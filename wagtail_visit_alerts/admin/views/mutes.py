"""Muted alerts: what the user has muted from e-mails, and the button that ends a mute, their own or of an alert."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.viewsets.base import ViewSet

from wagtail_visit_alerts.admin.mute_table import OWN_COLUMNS
from wagtail_visit_alerts.delivering import muting
from wagtail_visit_alerts.models import Alert, Mute
from wagtail_visit_alerts.models.contact import VIEW_ANY, VIEW_OWN
from wagtail_visit_alerts.policies import AlertPermissionPolicy, may


class MutePaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does."""

    @property
    def items_count_label(self) -> str:
        """How many mutes there are, in words."""
        return ngettext("%(count)d mute", "%(count)d mutes", self.count) % {"count": self.count}


class MutedAlertsView(BaseListingView):
    """What the user has muted and still is; to be reached by everybody who may enter the admin."""

    model = Mute
    page_title = gettext_lazy("Muted alerts")
    header_icon = "no-view"
    index_url_name = "visit_alerts_mutes:index"
    template_name = "wagtail_visit_alerts/admin/mutes/own.html"
    default_ordering = "-made_at"
    paginate_by = 50
    paginator_class = MutePaginator
    _show_breadcrumbs = True

    @cached_property
    def columns(self) -> list[BaseColumn]:
        return OWN_COLUMNS

    @cached_property
    def no_results_message(self) -> str:
        return _("You have muted no alert. Every alert that you get by e-mail has a link with which you can.")

    def get_base_queryset(self) -> QuerySet[Mute]:
        own = Mute.objects.lasting(timezone.now()).filter(user=self.request.user.pk)
        return own.select_related("alert", "contact")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class EndMuteView(View):
    """End a mute: for the one who asked for it, and for whoever may change the alert."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where a login leads that was asked for in between: to the user's own mutes, with nothing ended."""
        return redirect("visit_alerts_mutes:index")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        user: Any = request.user  # whatever the site's user model is
        mute = Mute.objects.select_related("alert", "user").filter(pk=pk).first()
        is_permitted = mute is not None and (mute.user_id == user.pk or may(user, "change", mute.alert))
        # Of somebody else's it says the same as of one that is over: which there are is not told.
        if mute is None or not is_permitted or not muting.end([mute], user=user):
            messages.warning(request, _("Nothing was changed: this mute has ended already."))
        elif mute.user_id == user.pk:
            messages.success(request, _("The mute has ended: you get “%(name)s” again.") % {"name": mute.alert})
        else:
            messages.success(request, _("The mute of “%(name)s” has ended.") % {"name": mute.alert})
        next_url = get_valid_next_url_from_request(request) or reverse("visit_alerts_mutes:index")
        return HttpResponseRedirect(next_url)


def account_menu_item(request: HttpRequest) -> dict[str, Any] | None:
    """The way there from the account's settings, for those who have muted something."""
    if not Mute.objects.lasting(timezone.now()).filter(user=request.user.pk).exists():
        return None
    return {
        "url": reverse("visit_alerts_mutes:index"),
        "label": _("Muted alerts"),
        "help_text": _("See which visit alerts you have muted from an e-mail, and end that."),
    }


class MutesMenuItem(MenuItem):
    """Shown to those who may see alerts or contacts; others come from their account's settings."""

    def is_shown(self, request: HttpRequest) -> bool:
        user: Any = request.user
        may_see_contacts = any(map(user.has_perm, (VIEW_ANY, VIEW_OWN)))
        return may_see_contacts or AlertPermissionPolicy(Alert).user_has_any_permission(user, ["add", "view"])


class MutesViewSet(ViewSet):
    """The page and its button, in the menu group."""

    name = "visit_alerts_mutes"
    url_prefix = "visit-alerts/mutes"
    icon = "no-view"
    menu_label = gettext_lazy("Muted alerts")
    menu_name = "visit-alerts-mutes"
    #: Behind the delivery log, before the set-up page.
    menu_order = 850

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return MutesMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", MutedAlertsView.as_view(), name="index"),
            path("<int:pk>/end/", EndMuteView.as_view(), name="end"),
        ]
