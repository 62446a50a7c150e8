"""Sending again, and trying again what failed: each asks before it does anything, and acts on a POST only."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from wagtail_visit_alerts.admin.delivery_rows import (
    LOG,
    DeliveryLine,
    may_send_again,
    rows_of,
    with_what_is_shown,
)
from wagtail_visit_alerts.admin.log_actions import RETRY, SEND_AGAIN
from wagtail_visit_alerts.admin.views.delivery_log import DeliveryLogView, ForReadersOfTheLog, failed_in
from wagtail_visit_alerts.delivering import resending
from wagtail_visit_alerts.models import Alert, Delivery, Status
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.policies import alerts_for, may_change_any_contact, notifications_viewable_by

TEMPLATES = "wagtail_visit_alerts/admin/delivery_log"


class AskingView(ForReadersOfTheLog, WagtailAdminTemplateMixin, TemplateView):
    """A question about the delivery log, with the way back to it."""

    header_icon = "rotate"

    @property
    def back_url(self) -> str:
        """Where "no" leads."""
        return reverse(f"{LOG}:index")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        log_item = {"url": reverse(f"{LOG}:index"), "label": DeliveryLogView.page_title}
        return [*self.breadcrumbs_items, log_item, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"back_url": self.back_url}


class SendAgainView(AskingView):
    """One delivery once more: what was sent by a new e-mail, what failed by its attempts anew."""

    page_title = gettext_lazy("Send again")
    template_name = f"{TEMPLATES}/send_again.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        viewable = with_what_is_shown(notifications_viewable_by(request.user))
        self.notification = get_object_or_404(viewable, pk=kwargs["pk"])
        if not may_send_again(request.user, self.notification):
            raise PermissionDenied
        self.delivery = get_object_or_404(self.notification.deliveries, pk=kwargs["delivery_pk"])

    @cached_property
    def line(self) -> DeliveryLine:
        """The delivery in words."""
        [row] = rows_of([self.notification], reader=self.request.user)
        return next(line for line in row.lines if line.delivery.pk == self.delivery.pk)

    @property
    def back_url(self) -> str:
        """The notification's page."""
        return reverse(f"{LOG}:inspect", args=[self.notification.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"line": self.line, "contact": self.notification.contact}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self._act():
            text = _("It is sent to %(name)s within a moment, if they may still be told.")
            messages.success(request, text % {"name": self.line.name})
        else:
            text = _(
                "Nothing was sent: it is on its way to %(name)s already, or there is nothing to send again."
            )
            messages.warning(request, text % {"name": self.line.name})
        return redirect(self.back_url)

    def _act(self) -> bool:
        user: Any = self.request.user  # whatever the site's user model is
        alert, now = self.notification.alert, timezone.now()
        with atomic():
            if self.delivery.status == Status.FAILED:
                if resending.retry(Delivery.objects.filter(pk=self.delivery.pk), now=now):
                    log(instance=alert, action=RETRY, user=user, data={"count": 1})
                    return True
            elif resending.send_again(self.delivery, by=user, now=now):
                log(instance=alert, action=SEND_AGAIN, user=user)
                return True
        return False


class RetryView(AskingView):
    """All that failed, of what the log shows with its filters and its search."""

    page_title = gettext_lazy("Try again what failed")
    template_name = f"{TEMPLATES}/retry.html"

    @property
    def back_url(self) -> str:
        """The log with the same filters."""
        query = self.request.GET.urlencode()
        return reverse(f"{LOG}:index") + (f"?{query}" if query else "")

    @cached_property
    def failed(self) -> QuerySet[Delivery]:
        """The failed deliveries that the user may have tried again."""
        shown = DeliveryLogView()
        shown.setup(self.request)
        if shown.filters is not None and not shown.filters.is_valid():
            return Delivery.objects.none()
        failed = failed_in(shown).filter(notification__alert__isnull=False)
        if may_change_any_contact(self.request.user):
            return failed
        changeable = alerts_for(self.request.user, "change").order_by()  # type: ignore[arg-type]  # behind the login
        return failed.filter(notification__alert__in=changeable)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        number = self.failed.count()
        return context | {"number": number, "now": min(number, resending.MOST_AT_ONCE)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now, user = timezone.now(), request.user
        # As many as are tried: the history of each alert says how many of its own.
        tried_ids = list(self.failed.order_by("pk").values_list("pk", flat=True)[: resending.MOST_AT_ONCE])
        with atomic():
            for alert, number in _alerts_of(tried_ids):
                log(instance=alert, action=RETRY, user=user, data={"count": number})
            tried = resending.retry(Delivery.objects.filter(pk__in=tried_ids), now=now)
        text = ngettext(
            "%(count)d delivery is tried again now.", "%(count)d deliveries are tried again now.", tried
        )
        messages.success(request, text % {"count": tried})
        return redirect(self.back_url)


def _alerts_of(delivery_ids: list[int]) -> Iterator[tuple[Alert, int]]:
    """The alerts of these deliveries, each with how many of them are its own."""
    numbers = dict(
        Delivery.objects.filter(pk__in=delivery_ids)
        .order_by()
        .values_list("notification__alert")
        .annotate(number=Count("pk"))
    )
    for alert in Alert.objects.filter(pk__in=numbers).order_by("pk"):
        yield alert, numbers[alert.pk]
