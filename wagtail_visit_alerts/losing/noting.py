"""Writes down what alerts lose, in the transaction in which it goes, and switches off those that can't go on.

Takes the page, user, group or site that is about to be deleted, or the user whose account was switched off.
Guarantees that whoever deletes it is never stopped by a fault of ours: that is logged.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from wagtail.log_actions import log
from wagtail.models import Site

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.losing.dependants import (
    Dependence,
    on_destination,
    on_group,
    on_page,
    on_site,
    on_user,
)
from wagtail_visit_alerts.models import (
    Alert,
    AlertDestination,
    Destination,
    Loss,
    MonitoredPage,
    Recipient,
    RulesVersion,
)
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.primary import atomic

#: The action in the alert's history; ``admin.log_actions`` says it in words.
LOST = "visit_alerts.lose"
#: As much of a name as a loss keeps.
MAX_NAME = 255
#: Alerts that one sweep finds unable to go on; those left over wait for the next.
MAX_UNNOTICED = 100

logger = logging.getLogger(__name__)


def with_proxies(model: type[Any]) -> list[type[Any]]:
    """A model, and the proxies of it that the site has: a signal names the one that was used."""
    concrete = model._meta.concrete_model
    return [known for known in apps.get_models() if known._meta.concrete_model is concrete]


def models_that_alerts_depend_on() -> list[type[Any]]:
    """The models whose deletion ``note_deletion`` is to be told of, with their proxies."""
    return [known for model in _finders() for known in with_proxies(model)]


def is_leaving(user: Any, *, saving: Iterable[str] | None) -> bool:
    """Whether a user who is about to be saved (``saving``: these fields only) has an account until then. One query
    at most, and none for a user whose account is active.
    """
    if user.is_active or user.pk is None or (saving is not None and "is_active" not in saving):
        return False
    return bool(get_user_model()._base_manager.filter(pk=user.pk, is_active=True).exists())


def note_deletion(instance: Any, *, model: type[Any], now: datetime) -> None:
    """Note what alerts lose with an object of any model that is about to be deleted. Writes; never raises."""
    find = _finders().get(model._meta.concrete_model)
    if find is not None:
        _safely(lambda: _note(find(instance), gone=instance, now=now))


def user_leaves(user: Any, *, now: datetime) -> None:
    """Note what alerts lose with a user whose account was just switched off. Writes; never raises."""
    _safely(lambda: _note(on_user(user), gone=user, now=now))


def note_unnoticed(*, now: datetime) -> int:
    """Find the alerts that are on and can't go on because of a change that no signal told of; gives how many.

    Such as an account that was switched off, or a page deleted, by a query of its own. Writes.
    """
    found = 0
    for alert in _unable()[:MAX_UNNOTICED]:
        if lost := list(_what_is_missing(alert)):
            _note(lost, gone=None, now=now)
            found += 1
    return found


def _finders() -> dict[type[Any], Callable[[Any], list[Dependence]]]:
    return {
        apps.get_model(PAGE_MODEL): on_page,
        get_user_model()._meta.concrete_model: on_user,
        apps.get_model("auth", "Group"): on_group,
        Site: on_site,
        Destination: on_destination,
    }


def _safely(note: Callable[[], None]) -> None:
    """Whatever goes wrong here: the page or user is deleted all the same, and nothing of ours half-written."""
    try:
        with atomic():
            note()
    except Exception:
        logger.exception("loss.not_noted")


def _note(dependences: Iterable[Dependence], *, gone: Any, now: datetime) -> None:
    """Write the losses of each alert and its history, and switch it off if it must be."""
    with atomic():
        for alert_id, group in groupby(dependences, key=lambda dependence: dependence.alert.pk):
            _note_alert(alert_id, list(group), gone=gone, now=now)


def _note_alert(alert_id: int, lost: list[Dependence], *, gone: Any, now: datetime) -> None:
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        return
    decisive = [one.is_decisive or _is_last_recipient(one, gone=gone, alert=alert) for one in lost]
    goes_off = alert.is_on and any(decisive)
    for one, decides in zip(lost, decisive, strict=True):
        name = one.name[:MAX_NAME]
        switches_off = goes_off and decides
        if not switches_off and Loss.objects.open().filter(alert=alert, kind=one.kind, name=name).exists():
            continue  # An account that was switched off first, and is deleted now.
        Loss.objects.create(alert=alert, kind=one.kind, name=name, switched_off=switches_off, happened_at=now)
        log(
            instance=alert,
            action=LOST,
            content_changed=True,
            data={"kind": one.kind.value, "name": name, "switched_off": switches_off},
        )
    if goes_off:
        # No new version: an editor who is at work on the alert is shown what it has lost, and no conflict.
        Alert.objects.filter(pk=alert_id).update(is_on=False, updated_at=now)
        RulesVersion.bump()


def _is_last_recipient(lost: Dependence, *, gone: Any, alert: Alert) -> bool:
    """Whether nobody is left to be told once this recipient is gone."""
    if lost.kind not in (Loss.Kind.RECIPIENT, Loss.Kind.DESTINATION) or alert.send_to_owner or alert.cc:
        return False
    users = Recipient.objects.filter(alert=alert).select_related("user")
    places = AlertDestination.objects.filter(alert=alert).select_related("destination")
    return not (
        any(one.user.is_active for one in users if one.user != gone)
        # Switched off it can be switched on again: the alert is not lost with its last other recipient.
        or any(one.destination != gone for one in places)
    )


def _unable() -> QuerySet[Alert]:
    """The alerts that are on and have lost all they watch, all whom they tell, or the owner they are limited to."""
    rows = MonitoredPage.objects.filter(alert=OuterRef("pk"), is_exception=False)
    deleted = rows.filter(kind=MonitoredPage.Kind.PAGE, page=None)
    left = rows.filter(Q(kind=MonitoredPage.Kind.URL) | Q(page__isnull=False))
    unable = Q(Exists(deleted)) & ~Q(Exists(left))
    if _accounts_can_be_switched_off():
        told = Recipient.objects.filter(alert=OuterRef("pk"))
        nobody_left = Q(Exists(told)) & ~Q(Exists(told.filter(user__is_active=True)))
        destinations = AlertDestination.objects.filter(alert=OuterRef("pk"))
        unable |= Q(send_to_owner=False, cc="") & nobody_left & ~Q(Exists(destinations))
        unable |= Q(contacts_of__is_active=False)
    return Alert.objects.switched_on().filter(unable).order_by("pk")


def _accounts_can_be_switched_off() -> bool:
    """Whether the site's user model keeps whether an account is active."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return False
    return True


def _what_is_missing(alert: Alert) -> Iterable[Dependence]:
    if not any(row.watches_something for row in alert.monitored_pages.all()):
        yield Dependence(alert, Loss.Kind.PAGE, gettext("a deleted page"))
    if not (alert.send_to_owner or alert.cc or alert.destinations.all()):
        gone = [one for one in alert.recipients.all() if not one.user.is_active]
        if len(gone) == len(alert.recipients.all()):
            yield from (Dependence(alert, Loss.Kind.RECIPIENT, str(one)) for one in gone)
    if alert.contacts_of is not None and not alert.contacts_of.is_active:
        yield Dependence(alert, Loss.Kind.OWNER, display_name(alert.contacts_of))
