"""E-mails that tell something else than an alert: somebody has taken the contact, or could not be reached.

Takes the deliveries of such an e-mail, gives its ``Contents`` with the news on top. One query more than the contact
and the page view need; no history.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import contents, wording
from wagtail_visit_alerts.delivering.contents import NAME_IN_SUBJECT, SUBJECT_LENGTH, Contents
from wagtail_visit_alerts.models import Delivery, Purpose, Status, Taking
from wagtail_visit_alerts.models.display_name import display_name


def read(deliveries: Sequence[Delivery], *, now: datetime | None = None) -> Contents:
    """Read what an e-mail about takings or failed deliveries says."""
    told = contents.read(deliveries, now=now, with_history=False)
    short_name = Truncator(told.name).chars(NAME_IN_SUBJECT)
    if deliveries[0].purpose == Purpose.TAKEN:
        takers = list(_takers(deliveries))
        news = [text for _who, text in takers]
        words = {"who": Truncator(takers[0][0]).chars(NAME_IN_SUBJECT - 4), "name": short_name}
        subject = gettext("%(who)s is on it: %(name)s") % words
    else:
        news = list(_failures(deliveries))
        subject = gettext("Alert not delivered: %(name)s") % {"name": short_name}
    return replace(told, news=news, own_subject=Truncator(subject).chars(SUBJECT_LENGTH))


def _takers(deliveries: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
    """Who has taken the contact, each once, and the sentence that says so."""
    notification_ids = {delivery.notification_id for delivery in deliveries}
    takings = Taking.objects.filter(notification__in=notification_ids).select_related("user")
    found = {(taking.user_id, taking.email): taking for taking in takings.order_by("-taken_at")}
    for taking in found.values():
        who = wording.one_line(display_name(taking.user) if taking.user else taking.email, longest=100)
        when = date_format(timezone.localtime(taking.taken_at), "DATETIME_FORMAT")
        yield who, gettext("%(who)s has said “I'm on it” (%(time)s).") % {"who": who, "time": when}
    if not found:  # given back meanwhile
        yield gettext("Somebody"), gettext("Somebody has said “I'm on it”.")


def _failures(deliveries: Sequence[Delivery]) -> Iterator[str]:
    """Who could not be reached, and why, a sentence for each."""
    notification_ids = {delivery.notification_id for delivery in deliveries}
    failed = Delivery.objects.filter(
        notification__in=notification_ids, purpose=Purpose.ALERT, status=Status.FAILED
    ).select_related("user", "destination")
    for delivery in failed.order_by("pk")[:MOST_FAILURES]:
        words = {"who": _name_of(delivery), "reason": wording.one_line(delivery.reason)}
        if words["reason"]:
            yield gettext("This alert could not be delivered to %(who)s: %(reason)s") % words
        else:
            yield gettext("This alert could not be delivered to %(who)s.") % words


#: More are not named: the admin lists them.
MOST_FAILURES = 10


def _name_of(delivery: Delivery) -> str:
    """A recipient as another reader of the alert knows them."""
    if delivery.destination is not None:
        return wording.one_line(delivery.destination.name, longest=100)
    address = wording.one_line(delivery.email, longest=254)
    if delivery.user is None:
        return address
    return f"{wording.one_line(display_name(delivery.user), longest=100)} ({address})"
