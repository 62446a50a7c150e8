"""What every view of a run of the wizard begins with: the run of this token, if it is the user's own and unsaved.

Takes the token in the URL, gives ``run`` and ``draft``. Guarantees that nothing of a run is shown or done without
the permission of that moment; what was entered stays in the run, whatever becomes of the permission.
"""

from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_visit_alerts.admin.wizard.draft import Draft
from wagtail_visit_alerts.models import Alert, WizardRun


class RunView(PermissionCheckedMixin, View):
    """A view of one run; its URL has the run's ``token``."""

    model: type[Alert] | None = None
    index_url_name: str = ""
    edit_url_name: str = ""
    step_url_name: str = ""
    switch_on_url_name: str = ""

    run: WizardRun
    draft: Draft
    #: Whatever the site's user model is.
    user: Any

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.user = request.user
        # Somebody else's run is as good as none.
        self.run = get_object_or_404(WizardRun, token=kwargs["token"], author=request.user.pk)
        self.draft = Draft(self.run, user=self.user)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.run.saved_at:
            return self.already_saved()
        if self.run.alert_was_deleted:
            self.run.start_over_as_new()
            messages.warning(
                request, _("Somebody has deleted this alert. Saving makes a new one of what you see.")
            )
        if not self.may_go_on():
            return self.denied()
        return super().dispatch(request, *args, **kwargs)

    def may_go_on(self) -> bool:
        """Whether the user may, at this moment, save what the run makes."""
        if self.run.is_new:
            return bool(self.user_has_permission("add"))
        return bool(self.user_has_permission_for_instance("change", self.draft.alert))

    def denied(self) -> HttpResponse:
        """Say that the permission is gone, and that the run is not."""
        text = (
            _("You may not add alerts any more. What you have entered is kept; you can go on once you may.")
            if self.run.is_new
            else _(
                "You may not change this alert any more. What you have entered is kept; you can go on once you may."
            )
        )
        messages.error(self.request, text)
        return redirect("wagtailadmin_home")

    def already_saved(self) -> HttpResponse:
        """Say what has become of a run that is over."""
        if self.run.alert is not None:
            return self.saved(self.run.alert)
        messages.warning(self.request, _("This alert was saved, and has been deleted since."))
        return redirect(self.index_url_name)

    def saved(self, alert: Alert) -> HttpResponse:
        """Say that the alert is saved, and whether it is on."""
        edit_url = reverse(self.edit_url_name, args=[quote(alert.pk)])
        buttons = [messages.button(edit_url, pgettext("verb", "Edit"))]
        if alert.is_on:
            text = _("Alert “%(name)s” saved. It is on.")
        else:
            text = _("Alert “%(name)s” saved. It is off: it watches nothing until you switch it on.")
            # Leads to a page that asks: a link switches nothing.
            switch_url = reverse(self.switch_on_url_name, args=[quote(alert.pk)])
            buttons.insert(0, messages.button(switch_url, pgettext("an alert", "Switch on")))
        messages.success(self.request, text % {"name": alert.name}, buttons=buttons)
        return redirect(self.index_url_name)

    def go_to(self, slug: str) -> HttpResponse:
        """Lead to a step of the run."""
        return redirect(self.url_of(slug))

    def url_of(self, slug: str) -> str:
        """The address of a step of the run."""
        return reverse(self.step_url_name, kwargs={"token": self.run.token, "step": slug})
