"""To and Cc: an e-mail to one recipient that names in its headers everybody who gets the same alert.

Takes the deliveries of an e-mail, gives the addresses of its headers. Guarantees that the e-mail reaches its one
recipient only, whichever backend sends it, that no other's address can break the headers, and that these stay short.
"""

import re
from collections.abc import Sequence
from email.message import Message
from typing import Any

from django.core.mail import EmailMultiAlternatives

from wagtail_visit_alerts.models import Delivery, Purpose, Status

#: Others that are named: a group of fallbacks and a long CC make headers of some kilobytes, which is enough.
MOST_NAMED = 30


class EmailToOne(EmailMultiAlternatives):
    """Goes to its one address in ``to``; the message itself names all readers.

    That is in ``message()`` and nowhere else: backends send to ``recipients()``, and those that speak to a provider's
    API read ``to`` and ``cc``, which must not hold anybody else.
    """

    def __init__(
        self, *args: Any, named_to: Sequence[str] = (), named_cc: Sequence[str] = (), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.named_to, self.named_cc = list(named_to), list(named_cc)

    def message(self) -> Message:  # type: ignore[override]
        """Return the MIME message with all readers in its headers."""
        message: Message = super().message()
        for header, addresses in (("To", self.named_to), ("Cc", self.named_cc)):
            if addresses:
                del message[header]
                message[header] = ", ".join(addresses)
        return message


def readers_named(deliveries: Sequence[Delivery]) -> tuple[list[str], list[str]]:
    """Return whom To and Cc name: users, and addresses in CC, of an alert about one page view; in one query.

    Other e-mails name their recipient only, who alone gets them.
    """
    own = deliveries[0].email
    notification_ids = [delivery.notification_id for delivery in deliveries if delivery.notification_id]
    if not notification_ids or deliveries[0].purpose != Purpose.ALERT:
        return [own] if own else [], []
    told = Delivery.objects.filter(
        notification__in=notification_ids, purpose=Purpose.ALERT, destination=None
    ).exclude(status__in=(Status.CANCELLED, Status.FAILED))
    addresses = {deliveries[0].email_key: (own, deliveries[0].user_id is not None)}
    others = told.exclude(email="").order_by("pk").values_list("email_key", "email", "user")
    for key, email, user_id in others.distinct()[: MOST_NAMED * 2]:
        if len(addresses) <= MOST_NAMED and is_sendable(email):
            addresses.setdefault(key, (email, user_id is not None))
    users = sorted(email for email, is_user in addresses.values() if is_user)
    others_in_cc = sorted(email for email, is_user in addresses.values() if not is_user)
    return (users, others_in_cc) if users else (others_in_cc, [])


def is_sendable(address: str) -> bool:
    """Whether Django 5.2 sends to this very mailbox: it has no SMTPUTF8 and takes spaces and lists."""
    local, _at, domain = address.rpartition("@")
    if not local or not domain or not local.isascii() or re.search(r"[\s,;<>\x00-\x1f\x7f]", address):
        return False
    try:
        domain.encode("idna")
    except UnicodeError:
        return False
    return True
