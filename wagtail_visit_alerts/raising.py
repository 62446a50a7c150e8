"""Raising: a page view at a moment that counts becomes matches, and these become notifications with deliveries.

Takes what was recorded; goes on with the stages in their order: match, cap, hand over to deliver. Guarantees that
the alerts are read again in the transaction that raises them, and that one page view raises an alert at most once.
Call it inside a recording transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings as django_settings
from django.utils import translation
from django.utils.translation import gettext

from wagtail_visit_alerts import capping, matching, signals
from wagtail_visit_alerts.delivering import outbox, recipients
from wagtail_visit_alerts.matching import Rule
from wagtail_visit_alerts.models import (
    Alert,
    Clock,
    Contact,
    LinkOutcome,
    Match,
    Notification,
    Outcome,
    PageView,
    Source,
)
from wagtail_visit_alerts.models.scope import Scope
from wagtail_visit_alerts.recording import Recorded

#: What is reported late raises nothing after this time (design 3.2).
RAISED_WITHIN = timedelta(minutes=10)
#: How many times in view an answer names; the answer to the report of one names the next.
MOST_TIMES = 5


@dataclass(frozen=True)
class _Moment:
    """When something came true of a page view: entered, moved on from after a time, or in view for one."""

    page_view: PageView
    happened_at: datetime
    dwell: timedelta | None = None
    in_view: timedelta | None = None

    def of(self, rule: Rule) -> datetime:
        """When a row was satisfied: of a time in view, when its minimum was reached, at the latest."""
        return self.happened_at - (self.in_view - rule.minimum_dwell) if self.in_view else self.happened_at

    def satisfied(self, *, version: int) -> dict[int, Rule]:
        """The row of each alert that is satisfied, by the alert's id."""
        rules = _rules_of(self.page_view, version=version)
        return matching.satisfied(rules, dwell=self.dwell, in_view=self.in_view)


def judge(recorded: Recorded, *, identified_at: datetime | None, version: int, now: datetime) -> None:
    """Raise the alerts that recorded page views of a contact satisfy; wakes up the deliveries on commit.

    ``identified_at`` is when the visitor became known: an entry counts from then on.
    """
    raised = [
        _raise_alerts(moment, version=version, now=now)
        for moment in _moments(recorded, identified_at=identified_at, now=now)
        if moment.page_view.contact_id is not None
    ]
    if any(raised):
        outbox.wake_up()


def times_to_report(
    page_view: PageView | None, *, version: int, reported: timedelta = timedelta(0)
) -> tuple[int, ...]:
    """After how many seconds in view, as the browser counts them, it must report that; sorted, a handful.

    Only for a contact whom an alert of that kind is about. ``reported`` is the engaged time that the browser has
    just claimed; where less of it could be believed, it is asked that much later.
    """
    if page_view is None or page_view.contact_id is None or page_view.anchored_at is None:
        return ()
    rules = [
        rule
        for rule in _rules_of(page_view, version=version)
        if rule.clock == Clock.IN_VIEW and rule.minimum_dwell
    ]
    believed = timedelta(milliseconds=page_view.engaged_ms or 0)
    if reported:
        not_believed = max(reported - believed, timedelta(0))
    else:
        believed, not_believed = timedelta(0), max(page_view.anchored_at - page_view.entered_at, timedelta(0))
    waiting = [rule for rule in rules if rule.minimum_dwell > believed]
    fitting = _about(page_view.contact_id, {rule.alert_id: rule.scope for rule in waiting})
    # Whole seconds, rounded up: the report must not arrive a moment too early by the server's clock.
    times = {
        -(-(rule.minimum_dwell + not_believed) // timedelta(seconds=1))
        for rule in waiting
        if rule.alert_id in fitting
    }
    return tuple(sorted(times)[:MOST_TIMES])


def take_back(page_view_ids: Sequence[int], *, outcome: LinkOutcome) -> None:
    """Take back what page views have raised that turned out not to be the contact's: cancel what still waits.

    What nobody has been told of, nor is being told of now, frees its slot of the cap: the contact may still come.
    """
    raised = Notification.objects.filter(match__page_view__in=page_view_ids)
    notification_ids = list(raised.values_list("pk", flat=True))
    if not notification_ids:
        return
    # In the site's language, as other reasons: the active one is a stranger's.
    with translation.override(django_settings.LANGUAGE_CODE):
        reason = gettext("It was not the contact who opened the signed link: %(why)s.") % {"why": outcome.label}
        untold = outbox.cancel_waiting(notification_ids, reason=reason)
    capping.free_slots(untold)


def _moments(recorded: Recorded, *, identified_at: datetime | None, now: datetime) -> Iterable[_Moment]:
    for page_view in recorded.moved_on:
        dwell = timedelta(milliseconds=page_view.dwell_ms or 0)
        yield _Moment(page_view, page_view.entered_at + dwell, dwell=dwell)
    for page_view, until in recorded.in_view:
        if now - until <= RAISED_WITHIN:
            yield _Moment(page_view, until, in_view=timedelta(milliseconds=page_view.engaged_ms or 0))
    for page_view in recorded.entered:
        # What only the server saw was told in time, however late the sweep comes to judge it.
        if page_view.source == Source.HOOK or now - page_view.entered_at <= RAISED_WITHIN:
            yield _Moment(page_view, max(page_view.entered_at, identified_at or now))


def _rules_of(page_view: PageView, *, version: int) -> list[Rule]:
    rules = matching.rules_of_version(version)
    return rules.matching(url=page_view.address.text, page_id=page_view.page_id)


def _about(contact_id: int, scopes: dict[int, Scope | None]) -> set[int]:
    """Of alerts with their limits, those that are about a contact. One query, and only where one has limits."""
    limited = {alert_id: scope for alert_id, scope in scopes.items() if scope is not None}
    unlimited = scopes.keys() - limited.keys()
    return unlimited | Contact.objects.filter(pk=contact_id).scopes_met(limited)


def _raise_alerts(moment: _Moment, *, version: int, now: datetime) -> bool:
    """Match, cap and write what a page view raises at a moment; gives whether anything is to be delivered."""
    chosen = moment.satisfied(version=version)
    if not chosen:
        return False
    page_view, contact = moment.page_view, moment.page_view.contact
    assert contact is not None
    if contact.recording_stopped_at is not None:  # since the page view was entered
        return False
    alerts = _alerts_to_match(page_view, chosen.keys())
    if any(alert.version != chosen[alert.pk].alert_version for alert in alerts):
        # Somebody has saved an alert since the rules were compiled: judged by the rules as they are now.
        matching.forget_rules()
        chosen = moment.satisfied(version=version)
        alerts = [alert for alert in alerts if alert.pk in chosen]
    raised = []
    for alert in alerts:
        rule = chosen[alert.pk]
        match = Match.objects.create(
            page_view=page_view,
            alert=alert,
            monitored_page_id=rule.monitored_page_id,
            contact=contact,
            outcome=Outcome.RAISED,
            happened_at=moment.of(rule),
        )
        told = recipients.addressees(alert, contact, now=now)
        if (notification := _raise(match, alert=alert, anybody_to_tell=bool(told))) is not None:
            raised.append((notification, told))
    outbox.write(raised, now=now)
    return bool(raised)


def _alerts_to_match(page_view: PageView, alert_ids: Iterable[int]) -> list[Alert]:
    """Of these alerts, those that are on, about this contact and not matched by the page view yet; read now."""
    matched = Match.objects.filter(page_view=page_view, alert_id__in=alert_ids).values_list(
        "alert_id", flat=True
    )
    wanted = set(alert_ids) - set(matched)
    alerts = list(Alert.objects.switched_on().filter(pk__in=wanted).order_by("pk"))
    assert page_view.contact_id is not None
    fitting = _about(page_view.contact_id, {alert.pk: Scope.of(alert) for alert in alerts})
    return [alert for alert in alerts if alert.pk in fitting]


def _raise(match: Match, *, alert: Alert, anybody_to_tell: bool) -> Notification | None:
    """Raise the notification of a match, unless nobody is left to tell or the cap holds it back."""
    moment = match.happened_at
    if not anybody_to_tell:
        match.outcome = Outcome.NOBODY
    elif capping.take_slot(match, alert=alert, now=moment) is None:
        match.outcome = Outcome.CAPPED
    else:
        notification = Notification.objects.create(
            match=match, alert=alert, alert_name=alert.name, contact=match.contact, raised_at=moment
        )
        signals.alert_raised.send(sender=Notification, notification=notification)
        return notification
    match.save(update_fields=["outcome"])
    return None
