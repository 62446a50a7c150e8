"""The attachment as it is typed at this moment, made for a contact: the preview of the step "Details"."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from wagtail_visit_alerts import previewing
from wagtail_visit_alerts.admin.wizard.details_step import DetailsForm
from wagtail_visit_alerts.admin.wizard.draft import answers_in
from wagtail_visit_alerts.admin.wizard.previews import FilePreview
from wagtail_visit_alerts.admin.wizard.trying_views import SampleView
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import AttachmentSource


class AttachmentPreviewView(SampleView):
    """Make the attachment and show it; nothing is kept, and nothing else of the step has to be right."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = DetailsForm(MultiValueDict(answers_in(request.POST)), alert=self.draft.alert, user=self.user)
        form.is_valid()
        faults = form.attachment_errors or list(filter(None, [self.what_is_wrong()]))
        context: dict[str, Any] = {"faults": faults, "sample": self.sample}
        if not faults:
            form.write_attachment(self.alert, form.cleaned_data)
            context |= self._made()
        response = render(request, "wagtail_visit_alerts/admin/wizard/attachment_preview.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _made(self) -> dict[str, Any]:
        if self.alert.attachment_source == AttachmentSource.NONE:
            return {"faults": [_("The alert has no attachment.")]}
        try:
            made = previewing.preview_attachment(
                self.alert, reader=self.user, now=timezone.now(), **self.sampled
            )
        except VisitAlertsError as error:
            return {"faults": [str(error)]}
        files = [FilePreview(each.filename, each.content, each.mimetype) for each in made.attachments]
        return {"faults": [each.text for each in made.not_made], "file": next(iter(files), None)}
