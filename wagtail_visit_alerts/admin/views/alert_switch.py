"""The switch in the listing: turns one alert on or off, in place where the browser runs scripts."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_visit_alerts.admin.columns import switch_context
from wagtail_visit_alerts.admin.switching import CannotBeOn, switch
from wagtail_visit_alerts.admin.views.alerts import OfPermittedAlert
from wagtail_visit_alerts.models import Alert


class AlertSwitchView(OfPermittedAlert, PermissionCheckedMixin, View):
    """Take "on" or "off", never "the other one": pressing twice, or on an old page, does no harm.

    A script gets the switch as it is now, as HTML; a browser without scripts is led back to where it was.
    """

    model: type[Alert] | None = None
    index_url_name: str = ""
    switch_url_name: str = ""
    permission_required = "change"
    action = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where a login leads that was asked for in between: to the listing, with nothing switched."""
        return redirect(self.index_url_name)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        alert = get_object_or_404(Alert, pk=pk)
        refusal = ""
        try:
            switch(alert, on=request.POST.get("is_on") == "on", user=request.user)
        except Alert.DoesNotExist:
            raise Http404 from None
        except CannotBeOn as error:
            refusal = _("“%(name)s” can't be switched on. %(why)s") % {"name": alert.name, "why": error}
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            return self.switch_as_it_is(alert, refusal=refusal)
        if refusal:
            messages.error(request, refusal)
        else:
            alert.refresh_from_db()
            text = _("“%(name)s” is on.") if alert.is_on else _("“%(name)s” is off.")
            messages.success(request, text % {"name": alert.name})
        return HttpResponseRedirect(get_valid_next_url_from_request(request) or reverse(self.index_url_name))

    def switch_as_it_is(self, alert: Alert, *, refusal: str) -> HttpResponse:
        """The switch as HTML, and why it stays off if it does."""
        alert = Alert.objects.with_words().get(pk=alert.pk)
        alert.may_be_switched = self.user_has_permission_for_instance("change", alert)
        context: dict[str, Any] = switch_context(
            alert,
            request=self.request,
            switch_url_name=self.switch_url_name,
            index_url_name=self.index_url_name,
        )
        return render(
            self.request,
            "wagtail_visit_alerts/admin/alerts/switch.html",
            context | {"refusal": refusal},
        )
