"""What Wagtail's own views of pages and users say of alerts: who watches a page, and what alerts would lose.

Each function is one of Wagtail's hooks: it says something on a GET, and stops nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from wagtail.admin import messages
from wagtail.admin.views.pages.bulk_actions.delete import DeleteBulkAction as PageDeleteBulkAction
from wagtail.users.views.bulk_actions import delete, set_active_state

from wagtail_visit_alerts import losing
from wagtail_visit_alerts.admin.taking_over import AsksWhoTakesOver
from wagtail_visit_alerts.admin.watchers import Watcher, watchers_of
from wagtail_visit_alerts.models import Alert

ALERTS = "wagtailsnippets_wagtail_visit_alerts_alert"
#: Alerts that one sentence names; the others are counted.
MAX_NAMED = 10


def before_edit_page(request: HttpRequest, page: Any) -> None:
    """Say on a page's editor which alerts watch the page."""
    if not _is_shown(request):
        return
    watchers = watchers_of(page, user=request.user)
    if watchers:
        named = _join([_in_words(watcher) for watcher in watchers], others=0)
        text = ngettext("Alert that watches this page:", "Alerts that watch this page:", len(watchers))
        messages.info(request, format_html("{} {}", text, named))


def before_delete_page(request: HttpRequest, page: Any) -> None:
    """Say before a page is deleted which alerts lose it, or a page below it."""
    if _is_shown(request):
        _warn_of_pages(request, [page])


def before_delete_user(request: HttpRequest, user: Any) -> None:
    """Say before a user is deleted which alerts depend on them."""
    if _is_shown(request):
        _warn_of_users(request, [user])


def before_edit_user(request: HttpRequest, user: Any) -> None:
    """Say on a user's form which alerts depend on their account's being active."""
    if _is_shown(request) and user.is_active:
        _warn_of_users(request, [user], say=messages.info)


def after_bulk_action(request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any) -> None:
    """Note what alerts lose with users whose accounts were switched off at once: no signal tells of that."""
    is_ours = action_type == "set_active_state" and action.model is get_user_model()
    if is_ours and not action.cleaned_form.cleaned_data["mark_as_active"]:
        for user in objects:
            if user.is_active:  # as it was read before
                losing.user_leaves(user, now=timezone.now())


class WarningPageDeleteBulkAction(PageDeleteBulkAction):
    """Wagtail's own, which says besides what alerts would lose."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if _is_shown(self.request):
            _warn_of_pages(self.request, [item["item"] for item in context["items"]])
        return context


class _WarnsOfUsers:
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # the action follows
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        if _is_shown(request):
            _warn_of_users(request, [item["item"] for item in context["items"]])
        return context


class WarningUserDeleteBulkAction(AsksWhoTakesOver, _WarnsOfUsers, delete.DeleteBulkAction):
    """Wagtail's own, which asks before who takes over, and says besides which alerts depend on the users."""


class WarningSetActiveStateBulkAction(_WarnsOfUsers, set_active_state.SetActiveStateBulkAction):
    """Wagtail's own, which says besides which alerts depend on the users."""


def warn_of_destinations(request: HttpRequest, destinations: list[Any]) -> None:
    """Say before destinations are deleted which alerts lose them; for our own views."""
    alerts = {one.alert.pk: one.alert for each in destinations for one in losing.on_destination(each)}
    if not alerts:
        return
    text = ngettext(
        "%(count)d alert is sent to what you are about to delete:",
        "%(count)d alerts are sent to what you are about to delete:",
        len(alerts),
    )
    consequence = _("An alert that tells nobody else is switched off, and its author is told.")
    messages.warning(request, _warning(text, list(alerts.values()), consequence, user=request.user))


def _is_shown(request: HttpRequest) -> bool:
    """Whether a person sees the page that is made: Wagtail's editor also asks for parts of it."""
    is_part = "_w_hydrate_create_view" in request.GET or "X-Requested-With" in request.headers
    return request.method == "GET" and not is_part


def _warn_of_pages(request: HttpRequest, pages: list[Any]) -> None:
    alerts = {one.alert.pk: one.alert for one in losing.on_pages_from(pages)}
    if not alerts:
        return
    text = ngettext(
        "%(count)d alert watches what you are about to delete, and loses it:",
        "%(count)d alerts watch what you are about to delete, and lose it:",
        len(alerts),
    )
    consequence = _("An alert that loses a page is switched off, and its author is told.")
    messages.warning(request, _warning(text, list(alerts.values()), consequence, user=request.user))


def _warn_of_users(
    request: HttpRequest, users: list[Any], *, say: Callable[..., None] = messages.warning
) -> None:
    alerts: dict[int, Alert] = {}
    for user in users:
        alerts |= {one.alert.pk: one.alert for one in losing.on_user(user)}
        alerts |= {alert.pk: alert for alert in losing.written_by(user)}
    if not alerts:
        return
    if len(users) == 1:
        text = ngettext(
            "%(count)d alert depends on this user:", "%(count)d alerts depend on this user:", len(alerts)
        )
    else:
        text = ngettext(
            "%(count)d alert depends on these users:", "%(count)d alerts depend on these users:", len(alerts)
        )
    consequence = _(
        "Without an account, an alert that tells nobody else, or is about their contacts only, is switched off."
    )
    say(request, _warning(text, list(alerts.values()), consequence, user=request.user))


def _warning(text: str, alerts: list[Alert], consequence: str, *, user: Any) -> SafeString:
    seen = [alert for alert in alerts if alert.may_be_viewed_by(user)]
    named = _join([_link(alert) for alert in seen], others=len(alerts) - len(seen))
    return format_html("{} {} {}", text % {"count": len(alerts)}, named, consequence)


def _join(named: list[SafeString], *, others: int) -> SafeString:
    """The alerts one after the other; those beyond ten, and those that the user may not see, as a number."""
    others += max(len(named) - MAX_NAMED, 0)
    shown: list[list[str]] = [[one] for one in named[:MAX_NAMED]]
    if others:
        shown.append([ngettext("%(count)d other", "%(count)d others", others) % {"count": others}])
    return format_html("{}.", format_html_join(", ", "{}", shown))


def _link(alert: Alert) -> SafeString:
    url = reverse(f"{ALERTS}:inspect", args=[alert.pk])
    # The colour of links is for Wagtail's pages: on a message's ground it can't be read.
    return format_html('<a href="{}" class="w-text-current w-underline">{}</a>', url, alert.name)


def _in_words(watcher: Watcher) -> SafeString:
    on, off = pgettext("status of an alert", "ON"), pgettext("status of an alert", "OFF")
    status = on if watcher.alert.is_on else off
    if not watcher.how:
        return format_html("{} ({})", _link(watcher.alert), status)
    return format_html("{} ({}, {})", _link(watcher.alert), status, watcher.how)
