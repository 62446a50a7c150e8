"""The summary's views: the e-mail as it would be, a test e-mail, a test visit and what came of it.

Each works on the alert as it is in the run at that moment, and with a contact whom the user may view at that
moment. A GET writes and sends nothing.
"""

import time
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from wagtail.admin import messages

from wagtail_visit_alerts import previewing, trying
from wagtail_visit_alerts.admin.wizard.previews import EmailPreview
from wagtail_visit_alerts.admin.wizard.run_view import RunView
from wagtail_visit_alerts.admin.wizard.samples import SampleForm
from wagtail_visit_alerts.admin.wizard.steps import LAST
from wagtail_visit_alerts.delivering.channels import email_channel
from wagtail_visit_alerts.delivering.destination_testing import switched_on
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Alert, TestVisit
from wagtail_visit_alerts.models.process_memory import ProcessMemory
from wagtail_visit_alerts.models.test_visit import MAX_AGE

#: A person looks into their inbox in between; a finger that lies on a key does not.
SECONDS_BETWEEN_TESTS = 5.0

_last_test_at: ProcessMemory[int, float] = ProcessMemory(limit=1000)


class SampleView(RunView):
    """A view that needs the alert of the run, a contact and a page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.chosen = request.POST if request.method == "POST" else request.GET
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def alert(self) -> Alert:
        """The alert as it is in the run."""
        return self.draft.build()

    @cached_property
    def sample(self) -> SampleForm:
        """The contact and the page."""
        return SampleForm(self.chosen, alert=self.alert, user=self.user, sites=self.draft.sites)

    @property
    def sampled(self) -> dict[str, Any]:
        """The contact, once there is one, and the page, as ``previewing`` takes them."""
        place = self.sample.place
        page, url = (place.page, place.url) if place else (None, "")
        return {"contact": self.sample.contact, "page": page, "url": url}

    def back_to_summary(self) -> HttpResponse:
        """Lead to the summary, with the same contact and page."""
        names = ("sample_contact", "sample_place")
        query = urlencode({name: self.chosen[name] for name in names if self.chosen.get(name)})
        return redirect(f"{self.url_of(LAST)}?{query}#{LAST}")

    def what_is_wrong(self) -> str:
        """Why there is no contact to go on with; empty if there is one."""
        if self.sample.contact is not None:
            return ""
        errors = self.sample.errors.get("sample_contact")
        return str(errors[0]) if errors else _("There is no contact that you may view.")


class PreviewView(SampleView):
    """The e-mail, as a part of the summary."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context: dict[str, Any] = {"fault": self.what_is_wrong(), "sample": self.sample}
        if not context["fault"]:
            try:
                email = previewing.preview(
                    self.alert, reader=self.user, now=timezone.now(), sites=self.draft.sites, **self.sampled
                )
                context["email"] = EmailPreview(email)
            except VisitAlertsError as error:
                context["fault"] = str(error)
            except Exception as error:  # a site's own template may be broken: whoever looks has to be told
                context["fault"] = email_channel.could_not_be_written(error, email_id=uuid.uuid4()).reason
        response = render(request, "wagtail_visit_alerts/admin/wizard/email_preview.html", context)
        response["Cache-Control"] = "no-store"
        return response


class TestEmailView(SampleView):
    """Send the e-mail to the user who asks for it."""

    __test__ = False  # no test, whatever pytest thinks of the name
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if fault := self.what_is_wrong() or self._too_soon() or self._send():
            messages.error(request, _("The test was not sent. %(fault)s") % {"fault": fault})
        else:
            messages.success(request, self._what_was_sent())
        return self.back_to_summary()

    def _what_was_sent(self) -> str:
        if names := [destination.name for destination in switched_on(self.alert)]:
            text = _(
                "The test was sent to you and to %(destinations)s. It reads as a recipient's, and says “test”."
            )
            return text % {"destinations": ", ".join(names)}
        return _("The test was sent to you. It reads as a recipient's, and says “test”.")

    def _too_soon(self) -> str:
        user_id, now = self.user.pk, time.monotonic()
        if now - (_last_test_at.get(user_id) or -SECONDS_BETWEEN_TESTS) < SECONDS_BETWEEN_TESTS:
            return _("You have sent one a moment ago: look into your inbox first.")
        _last_test_at.remember(user_id, now)
        return ""

    def _send(self) -> str:
        try:
            fault = previewing.send_test(self.alert, tester=self.user, now=timezone.now(), **self.sampled)
        except VisitAlertsError as error:
            return str(error)
        return fault.reason if fault else ""


class TryView(SampleView):
    """Begin a test visit and go to the site with it; the summary opens this in a new tab."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if fault := self.what_is_wrong():
            messages.error(request, fault)
            return self.back_to_summary()
        contact, url = self.sampled["contact"], self.sampled["url"] or "/"
        test_visit = trying.begin(self.alert, contact=contact, tester=self.user, now=timezone.now())
        self.run.note_test_visit(test_visit)
        return HttpResponseRedirect(trying.link(test_visit, url=url))


class FindingsView(RunView):
    """What came of the latest test visit of the run, as a part of the summary; asked again and again."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = render(
            request,
            "wagtail_visit_alerts/admin/wizard/findings.html",
            findings_context(self.run.test_visit, user=self.user),
        )
        response["Cache-Control"] = "no-store"
        return response


def findings_context(test_visit: TestVisit | None, *, user: Any) -> dict[str, Any]:
    """What is said of a test visit to the user who has begun it, and whether there may be more."""
    if test_visit is None:
        return {"test_visit": None}
    viewable = test_visit.contact.may_be_viewed_by(user)
    return {
        "test_visit": test_visit,
        "contact": test_visit.contact if viewable else None,
        "findings": trying.findings_in_words(test_visit)[::-1] if viewable else [],
        "is_going_on": viewable and timezone.now() - test_visit.started_at < MAX_AGE,
    }
