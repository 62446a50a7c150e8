"""The page on which a reader says "I'm on it", sees who else has, and takes it back.

Takes an opened e-mail; shows each of its contacts with who has taken them, as far as the reader may still be told.
"""

import logging
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.delivering import taking_contacts, wording
from wagtail_visit_alerts.delivering.reader_rights import may_still_view
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Delivery, Purpose, Taking
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.readers.opened_email import OpenedEmail, alert_name, name_for_reader
from wagtail_visit_alerts.readers.reader_page import reader_page, show

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taker:
    """Another reader who has taken the contact."""

    name: str
    when: str


@dataclass(frozen=True)
class TakenContact:
    """A contact of the e-mail, and how it stands with them."""

    pk: int
    name: str
    alerts: list[str]
    #: The reader may no longer be told of the contact, nor take them.
    is_closed: bool
    #: Since when it is the reader's own; empty where it is not.
    own_since: str
    others: list[Taker]
    #: Whether there is something left to take.
    is_free: bool


@reader_page
def take(request: HttpRequest, email: OpenedEmail) -> HttpResponse:
    """Show who has taken the e-mail's contacts; on POST take one, or give it back."""
    offered = [each for each in email.first_about_each_contact if each.purpose == Purpose.ALERT]
    if request.method == "POST":
        for delivery in offered:
            if str(delivery.pk) == request.POST.get("contact") and may_still_view(delivery):
                _change(delivery, gives_back="give_back" in request.POST)
        return redirect("visit_alerts:take", email.token)
    contacts = [_contact(delivery, email) for delivery in offered]
    return show(request, "take.html", {"contacts": contacts, "token": email.token})


def _change(delivery: Delivery, *, gives_back: bool) -> None:
    if gives_back:
        given_back = [taking.notification_id for taking in taking_contacts.takings_of(delivery)]
        taking_contacts.give_back(delivery)
        _recount(given_back)
    else:
        taking_contacts.take(delivery, now=timezone.now())


def _recount(notification_ids: list[int]) -> None:
    """Count what was given back no longer as taken: a row that is gone leaves nothing for the sweep to find.

    It is given back all the same where that can't be written; then the totals of that day say so only once they are
    made again.
    """
    try:
        reporting.recount_notifications(notification_ids, now=timezone.now())
    except DatabaseError:
        logger.exception("totals.not_counted")


def _contact(delivery: Delivery, email: OpenedEmail) -> TakenContact:
    takings = taking_contacts.takings_of(delivery)
    own = [each for each in takings if taking_contacts.is_takers(each, delivery)]
    about = [one for one in email.deliveries if one.notification.contact_id == delivery.notification.contact_id]
    return TakenContact(
        pk=delivery.pk,
        name=name_for_reader(delivery),
        alerts=list(dict.fromkeys(alert_name(one) for one in about)),
        is_closed=not may_still_view(delivery),
        own_since=moment(own[0].taken_at) if own else "",
        others=_others([each for each in takings if each not in own]),
        is_free=len(takings) < len({one.notification_id for one in about}),
    )


def _others(takings: list[Taking]) -> list[Taker]:
    """Who they are and since when, each once."""
    found: dict[str, Taker] = {}
    for each in takings:
        name = wording.one_line(each.email if each.user is None else display_name(each.user))
        found.setdefault(name, Taker(name, moment(each.taken_at)))
    return list(found.values())
