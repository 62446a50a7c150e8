"""What was written when a page view satisfied an alert, in words: raised and to whom, held back, nobody to tell."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.delivering.health import OVERDUE
from wagtail_visit_alerts.explaining.facts import Facts
from wagtail_visit_alerts.explaining.naming import Reader, is_named, moment, name_of_alert, name_of_recipient
from wagtail_visit_alerts.models import Delivery, Match, Notification, Outcome, Status, WaitsFor

#: Deliveries of one alert that an answer tells of; the others are counted.
MOST_DELIVERIES = 5


def outcome_in_words(match: Match, *, facts: Facts, reader: Reader, now: datetime) -> str:
    """The sentence about one match."""
    if match.outcome == Outcome.CAPPED:
        return _capped(match, facts=facts, reader=reader)
    alert_name = name_of_alert(match.alert, reader=reader)
    if match.outcome == Outcome.NOBODY and facts.is_muted(match):
        return gettext(
            "%(alert)s was to be raised, but there was nobody to tell: its recipients have muted it, or had no "
            "active account with an address and the right to view this contact."
        ) % {"alert": alert_name}
    if match.outcome == Outcome.NOBODY:
        return gettext(
            "%(alert)s was to be raised, but there was nobody to tell: no recipient had an active account with an "
            "address and the right to view this contact."
        ) % {"alert": alert_name}
    return _raised(match, facts.deliveries.get(match.pk, []), reader=reader, now=now)


def _capped(match: Match, *, facts: Facts, reader: Reader) -> str:
    alert_name = name_of_alert(match.alert, reader=reader)
    if match.alert is None:
        return gettext("%(alert)s was held back by its frequency cap.") % {"alert": alert_name}
    words = {"alert": alert_name, "frequency": match.alert.frequency_in_words}
    raised_at = facts.last_raised_before(match)
    if raised_at is None:
        return gettext("%(alert)s was held back by its frequency cap (now %(frequency)s).") % words
    return gettext(
        "%(alert)s was held back by its frequency cap (now %(frequency)s): it had last been raised about this "
        "contact on %(raised_at)s."
    ) % {**words, "raised_at": moment(raised_at)}


def _raised(match: Match, deliveries: Sequence[Delivery], *, reader: Reader, now: datetime) -> str:
    notification: Notification | None = getattr(match, "notification", None)
    alert_name = name_of_alert(
        match.alert,
        reader=reader,
        deliveries=deliveries,
        name_then="" if notification is None else notification.alert_name,
    )
    told = [_delivery(one, match=match, reader=reader, now=now) for one in deliveries[:MOST_DELIVERIES]]
    if more := len(deliveries) - len(told):
        told.append(ngettext("%(count)d more e-mail", "%(count)d more e-mails", more) % {"count": more})
    if not told:
        return gettext("%(alert)s was raised.") % {"alert": alert_name}
    return gettext("%(alert)s was raised: %(deliveries)s.") % {
        "alert": alert_name,
        "deliveries": "; ".join(told),
    }


def _delivery(delivery: Delivery, *, match: Match, reader: Reader, now: datetime) -> str:
    """What became of one delivery, as a part of a sentence."""
    reason = delivery.reason if is_named(delivery, alert=match.alert, reader=reader) else ""
    return _delivery_sentence(delivery, has_reason=bool(reason), now=now) % {
        "name": name_of_recipient(delivery, alert=match.alert, reader=reader),
        "reason": reason.rstrip("."),
        "sent_at": moment(delivery.sent_at) if delivery.sent_at else "",
        "due_at": moment(delivery.due_at),
    }


def _delivery_sentence(delivery: Delivery, *, has_reason: bool, now: datetime) -> str:
    if delivery.status == Status.SENT:
        if delivery.attachment_fault:
            return gettext("sent to %(name)s on %(sent_at)s, without its attachment")
        return gettext("sent to %(name)s on %(sent_at)s")
    if delivery.status == Status.WAITING and delivery.attempts:
        if has_reason:
            return gettext("not sent to %(name)s yet, tried again on %(due_at)s: %(reason)s")
        return gettext("not sent to %(name)s yet, tried again on %(due_at)s")
    if delivery.status == Status.WAITING and delivery.waits_for and now <= delivery.due_at:
        return _waiting_sentence(WaitsFor(delivery.waits_for))
    if delivery.status == Status.WAITING and not has_reason and now - delivery.due_at > OVERDUE:
        return gettext("overdue to be sent to %(name)s since %(due_at)s (is the cluster running?)")
    sentences = {
        (Status.WAITING, False): gettext("waits to be sent to %(name)s"),
        (Status.WAITING, True): gettext("waits to be sent to %(name)s: %(reason)s"),
        (Status.CLAIMED, False): gettext("being sent to %(name)s"),
        (Status.CLAIMED, True): gettext("being sent to %(name)s again: %(reason)s"),
        (Status.FAILED, False): gettext("given up for %(name)s"),
        (Status.FAILED, True): gettext("given up for %(name)s: %(reason)s"),
        (Status.CANCELLED, False): gettext("not sent to %(name)s"),
        (Status.CANCELLED, True): gettext("not sent to %(name)s: %(reason)s"),
    }
    return sentences[Status(delivery.status), has_reason]


def _waiting_sentence(waits_for: WaitsFor) -> str:
    """What a delivery waits for that could be sent."""
    sentences = {
        WaitsFor.HOURS: gettext("waits until %(due_at)s for the sending hours of %(name)s"),
        WaitsFor.DIGEST: gettext("waits until %(due_at)s for the next digest of %(name)s"),
        WaitsFor.CEILING: gettext(
            "waits until %(due_at)s to be sent to %(name)s in one e-mail with others: there were too many alerts "
            "within an hour"
        ),
        WaitsFor.HOLD: gettext(
            "waits until %(due_at)s to be sent to %(name)s: a mail scanner may have opened the link"
        ),
    }
    return sentences[waits_for]
