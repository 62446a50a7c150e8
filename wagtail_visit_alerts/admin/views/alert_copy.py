"""Copying an alert begins a run of the wizard; nothing is saved before its last step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages

from wagtail_visit_alerts.admin.views.alerts import OfPermittedAlert
from wagtail_visit_alerts.admin.wizard.copying import begin_copy, cc_left_out
from wagtail_visit_alerts.admin.wizard.draft import Draft
from wagtail_visit_alerts.admin.wizard.wizard_views import StartView
from wagtail_visit_alerts.models import Alert


class AlertCopyView(OfPermittedAlert, StartView):
    """Begin a run that makes a copy, and go to its summary, or to the first step that needs attention."""

    permission_required = "add"
    action = "view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        source = get_object_or_404(Alert.objects.with_words(), pk=pk)
        run, drops_cc = begin_copy(source, author=request.user)
        if drops_cc:
            messages.warning(request, cc_left_out())
        text = _("A copy of “%(name)s”. It is made when you save it, and is off until you switch it on.")
        messages.info(request, text % {"name": source.name})
        return redirect(
            self.step_url_name, token=run.token, step=Draft(run, user=request.user).first_unfinished
        )
