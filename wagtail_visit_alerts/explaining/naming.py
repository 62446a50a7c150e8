"""How an answer names alerts, people and times to the one who reads it.

A reader of the admin is told the names of alerts and the addresses in CC only as far as they may see them there;
whoever runs a command is told all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import Alert, Delivery, Role
from wagtail_visit_alerts.models.alert import VIEW_ANY_ALERT
from wagtail_visit_alerts.models.display_name import display_name


@dataclass(frozen=True)
class Reader:
    """Who reads an answer: a user of the admin, or whoever runs a command (then without a user)."""

    user: Any = None

    def may_see(self, alert: Alert | None) -> bool:
        """Whether the reader may see what an alert is called and whom it tells; of a deleted one, as of any."""
        if self.user is None:
            return True
        if alert is None:
            return any(map(self.user.has_perm, VIEW_ANY_ALERT))
        return alert.may_be_viewed_by(self.user)

    def is_told_by(self, deliveries: Sequence[Delivery]) -> bool:
        """Whether one of these deliveries is to the reader: then they know the alert from its e-mail."""
        return self.user is not None and any(one.user_id == self.user.pk for one in deliveries)


def name_of_alert(
    alert: Alert | None, *, reader: Reader, deliveries: Sequence[Delivery] = (), name_then: str = ""
) -> str:
    """An alert as the beginning of a sentence; ``name_then`` is what it was called when it was raised."""
    if not (reader.may_see(alert) or reader.is_told_by(deliveries)):
        return gettext("An alert of somebody else's")
    if alert is not None:
        return gettext("The alert “%(name)s”") % {"name": wording.one_line(alert.name)}
    if name_then:
        return gettext("The alert “%(name)s”, deleted since,") % {"name": wording.one_line(name_then)}
    return gettext("An alert that was deleted since")


def name_of_recipient(delivery: Delivery, *, alert: Alert | None, reader: Reader) -> str:
    """Who is told by a delivery: a user by name, an address in CC by itself where the reader may see it."""
    if delivery.destination is not None:
        if reader.may_see(alert):
            return gettext("the destination “%(name)s”") % {"name": wording.one_line(delivery.destination.name)}
        return gettext("a destination")
    if delivery.user is not None:
        name = wording.one_line(display_name(delivery.user))
    elif reader.may_see(alert):
        name = wording.one_line(delivery.email)
    else:
        unnamed = {
            Role.CC: gettext("an address in CC"),
            Role.DEFAULT: gettext("the site's default address"),
            Role.DESTINATION: gettext("a destination that is gone"),
        }
        return unnamed.get(Role(delivery.role), gettext("a user who is gone"))
    sentences = {
        Role.DEPUTY: gettext("%(name)s as deputy of the owner"),
        Role.FALLBACK: gettext("%(name)s in place of an owner"),
        Role.DEFAULT: gettext("%(name)s, the site's default address"),
        Role.DESTINATION: gettext("a destination that is gone"),
        Role.CC: gettext("%(name)s in CC"),
    }
    return sentences.get(Role(delivery.role), "%(name)s") % {"name": name}


def is_named(delivery: Delivery, *, alert: Alert | None, reader: Reader) -> bool:
    """Whether the reader may see to whom a delivery is, and with that what the mail server says of it."""
    return delivery.user is not None or reader.may_see(alert)


def moment(at: datetime) -> str:
    """A date with its time, as the reader's language and time zone have it."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
