"""Views of destinations: Wagtail's own, with the secret, a test, and what alerts would lose."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.views import snippets

from wagtail_visit_alerts.admin.notices import warn_of_destinations
from wagtail_visit_alerts.admin.row_keys import ChosenByKeys
from wagtail_visit_alerts.delivering.channels import channel
from wagtail_visit_alerts.delivering.destination_testing import send_made_up
from wagtail_visit_alerts.models import Destination


class DestinationPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does."""

    @property
    def items_count_label(self) -> str:
        """How many destinations there are, in words."""
        return ngettext("%(count)d destination", "%(count)d destinations", self.count) % {"count": self.count}


class DestinationListingView(snippets.IndexView):
    """The destinations, each with the number of alerts that are sent to it."""

    paginator_class = DestinationPaginator

    def get_base_queryset(self) -> QuerySet[Destination]:
        return super().get_base_queryset().annotate(number_of_alerts=Count("alerts"))


class DestinationEditView(snippets.EditView):
    """The form; below it the secret and the test, for whoever may change the destination."""

    test_url_name: str = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = channel(self.object.channel)
        return context | {
            "secret": self.object.secret,
            "test_url": reverse(self.test_url_name, args=[quote(self.object.pk)]),
            "lacking": _("Its channel is not installed any more.")
            if found is None
            else found.why_unavailable(),
        }


class DestinationDeleteView(snippets.DeleteView):
    """Says which alerts lose the destination."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if self.request.method == "GET":
            warn_of_destinations(self.request, [self.object])
        return context


class DestinationDeleteBulkAction(ChosenByKeys, DeleteBulkAction):
    """Wagtail's own, which says besides which alerts lose the destinations."""

    models = [Destination]
    aria_label = gettext_lazy("Delete the selected destinations")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if self.request.method == "GET":
            warn_of_destinations(self.request, [item["item"] for item in context["items"]])
        return context


class DestinationTestView(PermissionCheckedMixin, View):
    """Send a made-up alert to a destination, for whoever may change it, and say what came of it."""

    model: type[Destination] | None = None
    edit_url_name: str = ""
    permission_required = "change"
    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.user_has_permission(self.permission_required):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        destination = get_object_or_404(Destination, pk=unquote(str(kwargs["pk"])))
        user: Any = request.user  # whatever the site's user model is
        fault = send_made_up(destination, tester=user, now=timezone.now())
        if fault is None:
            messages.success(request, _("The test was taken. It says “test”, and is about nobody."))
        else:
            messages.error(request, _("The test was not sent. %(fault)s") % {"fault": fault.reason})
        return redirect(self.edit_url_name, quote(destination.pk))
