"""The wizard's views: one that starts a run, one that shows and takes any of its steps.

Each step has its own URL with the run's token. A POST first keeps what was typed, then goes where the button says:
on (only if the step is valid), back or to another step (in any case), or saves.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_visit_alerts.admin.wizard.draft import Draft, answers_in, begin_run
from wagtail_visit_alerts.admin.wizard.run_view import RunView
from wagtail_visit_alerts.admin.wizard.samples import FORM_ID, SampleForm
from wagtail_visit_alerts.admin.wizard.saving import AlreadySaved, ChangedMeanwhile, StepUnfinished, save_run
from wagtail_visit_alerts.admin.wizard.steps import FIRST, LAST, SLUGS, STEPS, Step, neighbour
from wagtail_visit_alerts.admin.wizard.summary_lines import lines_of
from wagtail_visit_alerts.admin.wizard.trying_views import findings_context
from wagtail_visit_alerts.delivering.destination_testing import switched_on
from wagtail_visit_alerts.models import Alert, WizardRun

#: What "Save" posts as ``go`` on a step before the last, and the script that keeps what is typed.
SAVE, KEEP = "save", "keep"
#: The steps that show something for a contact and a page.
WITH_SAMPLE = ("details", LAST)


class StartView(PermissionCheckedMixin, View):
    """Begin a run and go to the step to go on with."""

    model: type[Alert] | None = None
    step_url_name: str = ""

    def begin(self, alert: Alert | None, *, wanted: str = LAST) -> HttpResponse:
        """Begin a run: of a new alert at its first step, of an existing one at the one that is wanted.

        An earlier one that is not finished goes before it.
        """
        WizardRun.objects.filter(author=self.request.user.pk).abandoned(timezone.now()).delete()
        run = begin_run(author=self.request.user, alert=alert)
        step = FIRST if alert is None else Draft(run, user=self.request.user).first_unfinished
        if alert is not None and step != LAST:
            messages.warning(self.request, _("This step needs your attention before the alert can be saved."))
        elif alert is not None:
            step = wanted
        return redirect(self.step_url_name, token=run.token, step=step)


class AddView(StartView):
    """Begin a run that makes an alert."""

    permission_required = "add"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.begin(None)


class EditView(StartView):
    """Begin a run that changes an alert; ``?step=`` leads straight to one of its steps."""

    permission_required = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        alert = get_object_or_404(Alert.objects.with_words(), pk=pk)
        if not self.user_has_permission_for_instance("change", alert):
            raise PermissionDenied
        wanted = request.GET.get("step", "")
        return self.begin(alert, wanted=wanted if wanted in SLUGS else LAST)


class StepView(WagtailAdminTemplateMixin, RunView):
    """Show a step, take what is typed in it."""

    history_url_name: str = ""
    analytics_url_name: str = ""
    template_name = "wagtail_visit_alerts/admin/wizard/step.html"
    header_icon = "mail"
    page_title = gettext_lazy("New alert")

    step: Step

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        step = kwargs["step"]
        if step not in SLUGS:
            raise Http404(_("The wizard has no step “%(step)s”.") % {"step": step})
        self.step = STEPS[SLUGS.index(step)]

    def denied(self) -> HttpResponse:
        if self.request.method == "POST":
            self.draft.keep_unless_untouched(self.step.slug, answers_in(self.request.POST))
            if self.request.POST.get("go") == KEEP:
                return self._kept()
        return super().denied()

    def already_saved(self) -> HttpResponse:
        # The script of a page that the browser's back button has shown again: nothing to tell anybody.
        is_script = self.request.POST.get("go") == KEEP
        return HttpResponse(status=HTTPStatus.CONFLICT) if is_script else super().already_saved()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reachable = self.draft.first_unfinished
        if SLUGS.index(self.step.slug) > SLUGS.index(reachable):
            return self.go_to(reachable)
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answers, going = answers_in(request.POST), request.POST.get("go")
        if going == KEEP:
            self.draft.keep_unless_untouched(self.step.slug, answers)
            return self._kept()
        if going in SLUGS:
            self.draft.keep_unless_untouched(self.step.slug, answers)
            return self.go_to(going)
        self.draft.keep(self.step.slug, answers)
        if not self.draft.form(self.step.slug).is_valid():
            messages.error(request, _("This step has errors: they are marked below."))
            # Shown by a GET, so that reloading and the browser's back button never ask to send the form again.
            return self.go_to(self.step.slug)
        if self.step.slug == LAST or (going == SAVE and not self.run.is_new):
            return self._save()
        return self.go_to(neighbour(self.step.slug, by=1))

    def _kept(self) -> HttpResponse:
        return JsonResponse({"digest": self.draft.digest(self.step.slug)})

    def _save(self) -> HttpResponse:
        overwriting = self.request.POST.get("overwrite", "")
        try:
            alert = save_run(
                self.run,
                user=self.user,
                now=timezone.now(),
                overwriting=int(overwriting) if overwriting.isdecimal() else None,
            )
        except AlreadySaved:
            self.run.refresh_from_db()
            return self.already_saved()
        except StepUnfinished as error:
            messages.error(self.request, str(error))
            return self.go_to(error.slug)
        except ChangedMeanwhile:
            # The summary says who has changed it, and asks what to do.
            return self.go_to(LAST)
        return self.saved(alert)

    # What the page shows

    @cached_property
    def form(self) -> Any:
        """The form of this step, with what was typed in it."""
        return self.draft.form(self.step.slug)

    def get_page_title(self) -> str:
        return str(self.page_title) if self.run.is_new else self.draft.alert.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        alerts = {
            "url": reverse(self.index_url_name),
            "label": capfirst(Alert._meta.verbose_name_plural),
        }
        return [*self.breadcrumbs_items, alerts, {"url": "", "label": self.get_page_title()}]

    def _progress(self) -> list[dict[str, Any]]:
        reachable = SLUGS.index(self.draft.first_unfinished)
        return [
            {
                "step": step,
                "is_current": step is self.step,
                "is_finished": self.draft.is_finished(step.slug),
                "is_reachable": number <= reachable,
            }
            for number, step in enumerate(STEPS)
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title = self.get_page_title()
        context = super().get_context_data(**kwargs)
        context |= {
            "page_title": title,
            "progress": self._progress(),
            "step": self.step,
            "form": self.form,
            "sample": self.sample,
            "sample_form_id": FORM_ID,
            "media": self._media(),
            "action_url": self.url_of(self.step.slug),
            # A browser sends a long text as it is, and not each letter as a code of six: a site takes 2.5 MB.
            "form_is_multipart": True,
            "digest": self.draft.digest(self.step.slug),
            "upload_limit": django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0,
            "back": None if self.step.slug == FIRST else neighbour(self.step.slug, by=-1),
            "is_last": self.step.slug == LAST,
            "is_new": self.run.is_new,
            "losses": [] if self.run.is_new else self.draft.alert.open_losses,
            "restart_url": None if self.run.is_new else reverse(self.edit_url_name, args=[self.run.alert_id]),
        }
        if not self.run.is_new:
            context["history_url"] = reverse(self.history_url_name, args=[self.run.alert_id])
            context["analytics_url"] = reverse(self.analytics_url_name, args=[self.run.alert_id])
        if self.step.slug == LAST:
            context |= {
                "conflict": self._conflict(),
                "lines": lines_of(self.draft.build(), user=self.user),
                "tested": [destination.name for destination in switched_on(self.draft.build())],
                **findings_context(self.run.test_visit, user=self.user),
            }
        return context

    def _conflict(self) -> ChangedMeanwhile | None:
        alert = self.draft.alert
        return None if self.run.is_new or alert.version == self.run.alert_version else ChangedMeanwhile(alert)

    @cached_property
    def sample(self) -> SampleForm | None:
        """The contact and the page of a preview, on the steps that have one."""
        if self.step.slug not in WITH_SAMPLE:
            return None
        alert = self.draft.build()
        return SampleForm(self.request.GET, alert=alert, user=self.user, sites=self.draft.sites)

    def _media(self) -> Any:
        media = self.form.media
        if hasattr(self.form, "empty_form"):
            media += self.form.empty_form.media
        return media + self.sample.media if self.sample else media
