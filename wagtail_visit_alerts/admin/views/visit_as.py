"""A test visit as a contact: of all alerts that are on and that the user may see, begun from the contact's page."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Site

from wagtail_visit_alerts import trying
from wagtail_visit_alerts.admin.views.contact_subpage import ContactSubpage
from wagtail_visit_alerts.admin.wizard.trying_views import findings_context
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import Alert, TestVisit
from wagtail_visit_alerts.policies import AlertPermissionPolicy


class FirstPageChooser(AdminPageChooser):
    """Wagtail's own, which shows nothing for what is no id of a page."""

    def get_instance(self, value: Any) -> Any:
        """The page to show."""
        return super().get_instance(value) if str(value).isdecimal() else None


class FirstPageForm(forms.Form):
    """On which page the test visit begins."""

    page: Any = forms.ModelChoiceField(
        label=gettext_lazy("Page to begin with"),
        queryset=None,  # known once models are: a site may have swapped the page model
        widget=FirstPageChooser(),
        error_messages={"invalid_choice": gettext_lazy("This page is not live: choose another one.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["page"].queryset = page_model().objects.live()


class VisitAsView(ContactSubpage):
    """Choose a page, begin, and see what came of each page. For whoever may view the contact and add alerts."""

    page_title = gettext_lazy("Visit as this contact")
    header_icon = "view"
    template_name = "wagtail_visit_alerts/admin/contacts/visit_as.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not may_visit_as_contacts(request.user):
            raise PermissionDenied

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FirstPageForm(request.POST)
        url = form.cleaned_data["page"].get_url(request) if form.is_valid() else None
        if url is None:
            if form.is_valid():
                form.add_error("page", _("This page belongs to no site: choose another one."))
            return self.render_to_response(self.get_context_data(form=form))
        user: Any = request.user
        test_visit = trying.begin(None, contact=self.object, tester=user, now=timezone.now())
        return HttpResponseRedirect(trying.link(test_visit, url=url))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or FirstPageForm(initial={"page": self._start_page})
        context = super().get_context_data(form=form, **kwargs)
        findings = findings_context(self.latest, user=self.request.user)
        return context | findings | {"media": form.media, "findings_url": self.url_of("visit_as_findings")}

    @property
    def _start_page(self) -> int | None:
        site = Site.find_for_request(self.request)
        return None if site is None else site.root_page_id

    @property
    def latest(self) -> TestVisit | None:
        """The latest test visit of this kind that the user has begun as this contact."""
        own = TestVisit.objects.filter(
            tester=self.request.user.pk, contact=self.object, alert_data__isnull=True
        )
        return own.select_related("contact").order_by("-started_at").first()


class VisitAsFindingsView(VisitAsView):
    """What came of it so far, as a part of the page; asked again and again."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = findings_context(self.latest, user=request.user)
        response = render(request, "wagtail_visit_alerts/admin/wizard/findings.html", context)
        response["Cache-Control"] = "no-store"
        return response


def may_visit_as_contacts(user: Any) -> bool:
    """Whether a user may begin test visits as contacts: who may add alerts, as in the wizard."""
    return bool(AlertPermissionPolicy(Alert).user_has_permission(user, "add"))
