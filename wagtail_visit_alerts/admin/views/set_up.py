"""The set-up page: does everything work that alerts need, and if not, what to do; for editors and developers.

Shows what the system checks can't: when something was last heard of, what the start pages carry, whether an e-mail
leaves, and whether a browser would be recorded.
"""

import time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.models import Site

from wagtail_visit_alerts.admin import set_up_lines
from wagtail_visit_alerts.admin.queue_warning import queue_warning
from wagtail_visit_alerts.admin.start_pages import look_at_start_page
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.channels import email_channel
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.models.process_memory import ProcessMemory
from wagtail_visit_alerts.policies import AlertPermissionPolicy
from wagtail_visit_alerts.visits.browser_check import State, check_browser, verdict
from wagtail_visit_alerts.visits.browser_check_page import check_path, script_context

#: A person looks into their inbox in between; a finger that lies on a key does not.
SECONDS_BETWEEN_EMAILS = 5.0
TEMPLATES = "wagtail_visit_alerts/admin/set_up"

_last_email_at: ProcessMemory[int, float] = ProcessMemory(limit=1000)


def may_see_set_up(user: Any) -> bool:
    """Whether a user may see the page: whoever may set alerts up or change them."""
    return AlertPermissionPolicy(Alert).user_has_any_permission(user, ["add", "change"])


class ForThoseWhoSetUp:
    """Denies whoever may neither add nor change alerts."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not may_see_set_up(request.user):
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows


class SetUpView(ForThoseWhoSetUp, WagtailAdminTemplateMixin, TemplateView):
    """The page. With ``?start_page=``, where no script does it, a site's start page is looked at before."""

    page_title = gettext_lazy("Set-up")
    header_icon = "cogs"
    template_name = f"{TEMPLATES}/page.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        user: Any = self.request.user  # whatever the site's user model is
        sites, other_hosts = set_up_lines.site_rows(now=now)
        queue, checks = list(set_up_lines.queue_lines(now=now)), set_up_lines.system_check_lines()
        recorded = list(set_up_lines.recorded_lines())
        lines = [*queue, *checks, *recorded, *(row.beacon for row in sites)]
        return {
            **super().get_context_data(**kwargs),
            "warning": queue_warning(user=user, now=now, with_link=False),
            "problems": sum(line.state == State.BAD for line in lines),
            "warnings": sum(line.state == State.WARNING for line in lines),
            "is_reported": any(row.beacon.state == State.GOOD for row in sites),
            "sites": sites,
            "other_hosts": other_hosts,
            "start_page": self._start_page(),
            "queue": queue,
            "checks": checks,
            "recorded": recorded,
            "not_recorded": set_up_lines.not_recorded(now=now),
            "email": address_of(user),
            **self._browser(),
        }

    def _browser(self) -> dict[str, Any]:
        try:
            script, check_url = script_context(), self.request.build_absolute_uri(check_path())
        except NoReverseMatch:  # a system check says so, above it on the page
            return {}
        lines = check_browser(self.request, now=timezone.now())
        return {"browser": lines, "verdict": verdict(lines), "check_url": check_url, **script}

    def _start_page(self) -> dict[str, Any]:
        asked = self.request.GET.get("start_page", "")
        if not asked.isdecimal():
            return {}
        site = get_object_or_404(Site, pk=asked)
        return {"site_id": site.pk, "line": look_at_start_page(site)}


class StartPageView(ForThoseWhoSetUp, View):
    """What a site's start page carries, as a part of the page."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        line = look_at_start_page(get_object_or_404(Site, pk=kwargs["pk"]))
        response = render(request, f"{TEMPLATES}/line.html", {"line": line})
        response["Cache-Control"] = "no-store"
        return response


class TestEmailToMeView(ForThoseWhoSetUp, View):
    """Send an e-mail to the user who asks for it, on the way that alerts take, and say what came of it."""

    __test__ = False  # no test, whatever pytest thinks of the name
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user  # whatever the site's user model is
        address = address_of(user)
        if fault := self._too_soon(user.pk) or self._send(address):
            messages.error(request, _("The test e-mail was not sent. %(fault)s") % {"fault": fault})
        else:
            messages.success(
                request, _("The mail server has taken the test e-mail to %(address)s.") % {"address": address}
            )
        return redirect("visit_alerts_set_up:index")

    def _too_soon(self, user_id: int) -> str:
        now = time.monotonic()
        if now - (_last_email_at.get(user_id) or -SECONDS_BETWEEN_EMAILS) < SECONDS_BETWEEN_EMAILS:
            return _("You have sent one a moment ago: look into your inbox first.")
        _last_email_at.remember(user_id, now)
        return ""

    def _send(self, address: str) -> str:
        """Send it; gives what went wrong, or nothing."""
        if not address:
            return _("Your account has no e-mail address: add one in your account's settings.")
        email = EmailMultiAlternatives(
            subject=_("Test e-mail of the visit alerts"),
            body=_("If you read this, the site can send alerts by e-mail. Nobody has visited anything."),
            from_email=settings.from_email,
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},  # RFC 3834, section 5
        )
        fault = email_channel.send_at_once(email)
        return fault.reason if fault else ""


class SetUpMenuItem(MenuItem):
    """Shown to those who may see the page."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see_set_up(request.user)


class SetUpViewSet(ViewSet):
    """The page and its parts, in the menu group."""

    name = "visit_alerts_set_up"
    url_prefix = "visit-alerts/set-up"
    icon = "cogs"
    menu_label = gettext_lazy("Set-up")
    menu_name = "visit-alerts-set-up"
    #: Behind alerts and contacts, where those have their place in the group.
    menu_order = 900

    @cached_property
    def menu_item_class(self) -> type[MenuItem]:
        return SetUpMenuItem

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", SetUpView.as_view(), name="index"),
            path("start-page/<int:pk>/", StartPageView.as_view(), name="start_page"),
            path("test-email/", TestEmailToMeView.as_view(), name="test_email"),
        ]
