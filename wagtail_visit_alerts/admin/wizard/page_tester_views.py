"""The view behind the live parts of the steps "Pages" and "Frequency".

Asked by the script, it answers with fragments of HTML for what is typed, and writes nothing. Asked by a button of
the form, as without a script, it keeps what is typed and leads back to the step, which then shows the same.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict

from wagtail_visit_alerts.admin.wizard.draft import answers_in
from wagtail_visit_alerts.admin.wizard.run_view import RunView
from wagtail_visit_alerts.admin.wizard.steps import SLUGS, STEPS

#: The steps that have live parts, with the template of their fragments.
TEMPLATES = {
    "pages": "wagtail_visit_alerts/admin/wizard/pages_check.html",
    "frequency": "wagtail_visit_alerts/admin/wizard/frequency_check.html",
    "details": "wagtail_visit_alerts/admin/wizard/details_check.html",
}
#: In the query string of a step: show the live parts without waiting for a script.
CHECKED = "checked"


class CheckView(RunView):
    """Say what a step, as it is typed at this moment, would do."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        slug = request.GET.get("step", "")
        if slug not in TEMPLATES:
            return HttpResponseBadRequest()
        answers = answers_in(request.POST)
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            form = STEPS[SLUGS.index(slug)].form_class(
                MultiValueDict(answers), alert=self.draft.alert, user=request.user
            )
            return render(request, TEMPLATES[slug], {"form": form})
        self.draft.keep_unless_untouched(slug, answers)
        return redirect(f"{self.url_of(slug)}?{CHECKED}=1#visit-alerts-check")
