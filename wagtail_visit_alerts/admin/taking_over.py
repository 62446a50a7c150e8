"""Who takes over the contacts of a user who leaves: asked as their account goes, and noticed where it went otherwise.

For Wagtail's hooks of users. Whoever deletes an account is asked before, whoever switches one off is asked
afterwards; with the answer the user owns no contacts any more, so that the question does not come again.
"""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.admin import messages
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.policies import may_change_any_contact

NAME: Final = "visit_alerts_takeover"
#: Why contacts need another owner: the account is about to be deleted, or is switched off.
DELETING, SWITCHED_OFF = "deleting", "off"


def contacts_by_owner(users: QuerySet[Any]) -> list[tuple[Any, int]]:
    """Those of the users who own contacts, with how many; most first. Two queries, however many there are."""
    owned = Contact.objects.order_by().filter(owner__in=users.order_by().values("pk"))
    numbers = dict(owned.values_list("owner").annotate(number=Count("pk")))
    owners = get_user_model()._base_manager.filter(pk__in=numbers)
    return sorted(((user, numbers[user.pk]) for user in owners), key=lambda pair: (-pair[1], pair[0].pk))


def switched_off() -> QuerySet[Any]:
    """The users whose account is switched off; none where the site's user model keeps no such thing."""
    users = get_user_model()._base_manager
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return users.none()
    return users.filter(is_active=False)


def question(users: Iterable[Any], *, why: str, next_url: str) -> HttpResponse | None:
    """The way to the question who takes over, if one of the users owns contacts. One query."""
    given = [user.pk for user in users]
    owners = Contact.objects.order_by().filter(owner__in=given).values_list("owner", flat=True).distinct()
    if not (owner_ids := sorted(owners)):
        return None
    query = [*(("user", pk) for pk in owner_ids), ("why", why), ("next", next_url)]
    return redirect(f"{reverse(f'{NAME}:index')}?{urlencode(query)}")


def before_delete_user(request: HttpRequest, user: Any) -> HttpResponse | None:
    """For Wagtail's hook of this name: ask first, whatever the way in."""
    return question([user], why=DELETING, next_url=request.get_full_path())


def after_edit_user(request: HttpRequest, user: Any) -> HttpResponse | None:
    """For Wagtail's hook of this name: ask once the account is saved as switched off, but not a script."""
    if getattr(user, "is_active", True) or "application/json" in request.headers.get("Accept", ""):
        return None
    return question([user], why=SWITCHED_OFF, next_url=reverse("wagtailusers_users:index"))


def after_bulk_action(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """For Wagtail's hook of this name: one question for all whose accounts were switched off together."""
    is_ours = action_type == "set_active_state" and action.model is get_user_model()
    if not is_ours or action.cleaned_form.cleaned_data["mark_as_active"]:
        return None
    users = [user for user in objects if user.pk != request.user.pk]
    asked = question(users, why=SWITCHED_OFF, next_url=action.next_url)
    if asked is not None:  # Wagtail says so only where nobody else answers
        messages.success(request, action.get_success_message(len(users), 0))
    return asked


class AsksWhoTakesOver:
    """For Wagtail's bulk deletion of users: one question for all of them, before anything is deleted."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        users, _without_access = self.get_actionable_objects()  # type: ignore[attr-defined]  # the action follows
        asked = question(users, why=DELETING, next_url=request.get_full_path())
        return asked or super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class OwnersGone(Component):
    """Says how many contacts belong to people whose account is switched off, and leads to who takes them over."""

    template_name = "wagtail_visit_alerts/admin/takeover/notice.html"

    def __init__(self, number: int) -> None:
        self.number = number

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"number": self.number, "url": reverse(f"{NAME}:index")}


class OwnersGonePanel(OwnersGone):
    """The same on Wagtail's home page, as a part of its own."""

    name = "visit_alerts_owners_gone"
    template_name = "wagtail_visit_alerts/admin/takeover/panel.html"
    #: Beside what failed.
    order = 111


def owners_gone(user: Any) -> OwnersGone | None:
    """The notice, for those who can do something about it; None where there is nothing to say. One query."""
    number = _number_left(user)
    return OwnersGone(number) if number else None


def construct_home_page_panels(request: HttpRequest, panels: list[Component]) -> None:
    """For Wagtail's hook ``construct_homepage_panels``."""
    if number := _number_left(request.user):
        panels.append(OwnersGonePanel(number))


def _number_left(user: Any) -> int:
    """How many contacts belong to people whose account is switched off; 0 for those who may not assign any."""
    if not may_change_any_contact(user):
        return 0
    return Contact.objects.filter(owner__in=switched_off().values("pk")).count()
