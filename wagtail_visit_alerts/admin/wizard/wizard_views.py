"""The wizard's views: one that starts a run, one that shows and takes any of its steps.

Each step has its own URL with the run's token. A POST first keeps what was typed, then goes where the button says:
on (only if the step is valid), back or to another step (in any case), or saves.
"""

from typing import Any
from uuid import UUID

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_visit_alerts.admin.wizard.draft import Draft, answers_in, begin_run
from wagtail_visit_alerts.admin.wizard.saving import AlreadySaved, ChangedMeanwhile, StepUnfinished, save_run
from wagtail_visit_alerts.admin.wizard.steps import FIRST, LAST, SLUGS, STEPS, Step, neighbour
from wagtail_visit_alerts.models import Alert, WizardRun


class StartView(PermissionCheckedMixin, View):
    """Begin a run and go to its first step."""

    model: type[Alert] | None = None
    step_url_name: str = ""

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        alert = get_object_or_404(Alert.objects.with_words(), pk=pk) if pk else None
        WizardRun.objects.filter(author=request.user.pk).abandoned(timezone.now()).delete()
        run = begin_run(author=request.user, alert=alert)
        return redirect(self.step_url_name, token=run.token, step=FIRST)


class AddView(StartView):
    """Begin a run that makes an alert."""

    permission_required = "add"


class EditView(StartView):
    """Begin a run that changes an alert."""

    permission_required = "change"


class StepView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Show a step, take what is typed in it."""

    model: type[Alert] | None = None
    index_url_name: str = ""
    edit_url_name: str = ""
    history_url_name: str = ""
    step_url_name: str = ""
    template_name = "wagtail_visit_alerts/admin/wizard/step.html"
    header_icon = "mail"
    page_title = gettext_lazy("New alert")

    run: WizardRun
    draft: Draft
    step: Step

    def setup(self, request: HttpRequest, *args: Any, token: UUID, step: str, **kwargs: Any) -> None:
        super().setup(request, *args, token=token, step=step, **kwargs)
        if step not in SLUGS:
            raise Http404(_("The wizard has no step “%(step)s”.") % {"step": step})
        # Somebody else's run is as good as none.
        self.run = get_object_or_404(WizardRun, token=token, author=request.user)
        self.step = STEPS[SLUGS.index(step)]
        self.draft = Draft(self.run, user=request.user)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.run.saved_at:
            return self._already_saved()
        if self.run.alert_was_deleted:
            self.run.start_over_as_new()
            messages.warning(
                request, _("Somebody has deleted this alert. Saving makes a new one of what you see.")
            )
        if not self.user_has_permission("add" if self.run.is_new else "change"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reachable = self.draft.first_unfinished
        if SLUGS.index(self.step.slug) > SLUGS.index(reachable):
            return self._go_to(reachable)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answers, going = answers_in(request.POST), request.POST.get("go")
        if going in SLUGS:
            if not self.draft.is_untouched(self.step.slug, answers):
                self.draft.keep(self.step.slug, answers)
            return self._go_to(going)
        self.draft.keep(self.step.slug, answers)
        if not self.draft.form(self.step.slug).is_valid():
            messages.error(request, _("This step has errors: they are marked below."))
            # Shown by a GET, so that reloading and the browser's back button never ask to send the form again.
            return self._go_to(self.step.slug)
        if self.step.slug == LAST:
            return self._save()
        return self._go_to(neighbour(self.step.slug, by=1))

    def _save(self) -> HttpResponse:
        overwriting = self.request.POST.get("overwrite", "")
        try:
            alert = save_run(
                self.run,
                user=self.request.user,
                now=timezone.now(),
                overwriting=int(overwriting) if overwriting.isdecimal() else None,
            )
        except AlreadySaved:
            self.run.refresh_from_db()
            return self._already_saved()
        except StepUnfinished as error:
            messages.error(self.request, str(error))
            return self._go_to(error.slug)
        except ChangedMeanwhile as error:
            self.run.refresh_from_db()
            return self.render_to_response(self.get_context_data(conflict=error))
        return self._saved(alert)

    def _saved(self, alert: Alert) -> HttpResponse:
        text = (
            _("Alert “%(name)s” saved. It is on.") if alert.is_on else _("Alert “%(name)s” saved. It is off.")
        )
        edit_url = reverse(self.edit_url_name, args=[quote(alert.pk)])
        button = messages.button(edit_url, pgettext("verb", "Edit"))
        messages.success(self.request, text % {"name": alert.name}, buttons=[button])
        return redirect(self.index_url_name)

    def _already_saved(self) -> HttpResponse:
        if self.run.alert is not None:
            return self._saved(self.run.alert)
        messages.warning(self.request, _("This alert was saved, and has been deleted since."))
        return redirect(self.index_url_name)

    def _go_to(self, slug: str) -> HttpResponse:
        return redirect(self._url_of(slug))

    def _url_of(self, slug: str) -> str:
        return reverse(self.step_url_name, kwargs={"token": self.run.token, "step": slug})

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
            "media": self._media(),
            "action_url": self._url_of(self.step.slug),
            "back": None if self.step.slug == FIRST else neighbour(self.step.slug, by=-1),
            "is_last": self.step.slug == LAST,
            "restart_url": None if self.run.is_new else reverse(self.edit_url_name, args=[self.run.alert_id]),
        }
        if not self.run.is_new:
            context["history_url"] = reverse(self.history_url_name, args=[self.run.alert_id])
        if self.step.slug == LAST:
            context.setdefault("conflict", self._conflict())
            context["alert"] = self.draft.build()
        return context

    def _conflict(self) -> ChangedMeanwhile | None:
        alert = self.draft.alert
        return None if self.run.is_new or alert.version == self.run.alert_version else ChangedMeanwhile(alert)

    def _media(self) -> Any:
        media = self.form.media
        return media + self.form.empty_form.media if hasattr(self.form, "empty_form") else media
