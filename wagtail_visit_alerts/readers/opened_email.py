"""An e-mail whose link somebody has opened: what it told, to whom, and whether the link still holds.

Takes a token; gives the e-mail. Guarantees that a forged, expired or orphaned token opens nothing, and that a contact
is named only to a reader who may still be told of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.muting import Reader
from wagtail_visit_alerts.delivering.reader_clock import time_zone_of
from wagtail_visit_alerts.delivering.reader_links import TokenExpiredError, email_id_in
from wagtail_visit_alerts.delivering.reader_rights import may_still_view
from wagtail_visit_alerts.models import Contact, Delivery
from wagtail_visit_alerts.models.preferred_language import preferred_language


@dataclass(frozen=True)
class OpenedEmail:
    """The deliveries of one e-mail, all of one reader; none where the link opens nothing."""

    token: str
    deliveries: Sequence[Delivery] = ()
    #: The link was ours; it has become too old.
    is_expired: bool = False

    @classmethod
    def by(cls, token: str) -> "OpenedEmail":
        """The e-mail that a token was made for. One query, and none for a forged token."""
        try:
            email_id, is_expired = email_id_in(token), False
        except TokenExpiredError as error:
            email_id, is_expired = error.email_id, True
        if email_id is None:
            return cls(token)
        sent = Delivery.objects.filter(email_id=email_id).with_what_is_told()
        return cls(token, list(sent.order_by("pk")), is_expired)

    @property
    def is_open(self) -> bool:
        """Whether the link still opens something."""
        return bool(self.deliveries) and not self.is_expired

    @property
    def reader(self) -> Reader:
        """Who was sent the e-mail."""
        return Reader.of(self.deliveries[0])

    @property
    def first_about_each_contact(self) -> list[Delivery]:
        """A delivery about each contact, in the order of the e-mail."""
        found: dict[int, Delivery] = {}
        for delivery in self.deliveries:
            found.setdefault(delivery.notification.contact_id, delivery)
        return list(found.values())

    @contextmanager
    def as_its_reader(self) -> Iterator[None]:
        """Work in the language and time zone of the reader, or of the alert's author for an address in CC."""
        user = self._user()
        with translation.override(preferred_language(user)), timezone.override(time_zone_of(user)):
            yield

    def _user(self) -> Any:
        if not self.deliveries:
            return None
        first = self.deliveries[0]
        return first.user or (first.notification.alert and first.notification.alert.author)


def name_for_reader(delivery: Delivery) -> str:
    """What the delivery's contact is called on a page that its reader sees."""
    if not may_still_view(delivery):
        return gettext("this contact")
    contact: Contact = delivery.notification.contact
    return wording.one_line(contact.name or contact.email, longest=100)


def alert_name(delivery: Delivery) -> str:
    """What the alert was called when it was raised: the reader knows no other name."""
    return wording.one_line(delivery.notification.alert_name)
