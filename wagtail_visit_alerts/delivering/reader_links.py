"""The links of an e-mail that its reader may follow without logging in: to mute, and to say "I'm on it".

Takes the deliveries of an e-mail; gives two addresses with one token. The token is signed, says nothing but the
random id of the e-mail, and holds for sixty days. It belongs to the e-mail and not to a delivery, since a delivery
can be handed over to somebody else: what was in the first one's hands then opens nothing of the second one's.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.urls import NoReverseMatch, reverse

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Delivery, Purpose

VALID_FOR = timedelta(days=60)

_SALT = "wagtail_visit_alerts.reader"


class TokenExpiredError(VisitAlertsError):
    """The token is one of ours, but too old; ``email_id`` is the e-mail that it was made for."""

    def __init__(self, email_id: uuid.UUID) -> None:
        super().__init__(
            f"The token of an e-mail's link is older than {VALID_FOR.days} days: use the link of a newer e-mail."
        )
        self.email_id = email_id


@dataclass(frozen=True)
class ReaderLinks:
    """Absolute addresses; empty where the site has no address in e-mails, or has not included our pages."""

    mute_url: str = ""
    take_url: str = ""


def links_of(deliveries: Sequence[Delivery]) -> ReaderLinks:
    """Return the links of the e-mail that carries these deliveries, for its reader. No query.

    Both are empty for an e-mail that is only a test or a preview, and for what goes to a destination: nobody reads
    them who could mute or take. An e-mail that tells something else than an alert has nothing to take.
    """
    first = deliveries[0]
    if first.pk is None or not first.email:
        return ReaderLinks()
    token = token_of(first)
    is_alert = any(delivery.purpose == Purpose.ALERT for delivery in deliveries)
    return ReaderLinks(mute_url=_address("mute", token), take_url=_address("take", token) if is_alert else "")


def token_of(delivery: Delivery) -> str:
    """Return the token that stands for the e-mail of a delivery; valid for sixty days."""
    return _signer().sign(delivery.email_id.hex)


def email_id_in(token: str) -> uuid.UUID | None:
    """Return which e-mail a token was made for; None where it is forged. No query.

    Raises ``TokenExpiredError`` for a token that was ours and is too old. One that was signed before a rotation of
    the site's secret holds as long as ``SECRET_KEY_FALLBACKS`` has that secret.
    """
    try:
        email_id = uuid.UUID(hex=_signer().unsign(token))
        _signer().unsign(token, max_age=VALID_FOR)
    except signing.SignatureExpired:
        raise TokenExpiredError(email_id) from None
    except (signing.BadSignature, ValueError):
        return None
    return email_id


def _address(name: str, token: str) -> str:
    """The absolute address of one of our pages, or nothing where there is no way to it."""
    if not settings.base_url:
        return ""
    try:
        return settings.base_url + reverse(f"visit_alerts:{name}", args=[token])
    except NoReverseMatch:  # a site that has not included our URLs still gets its alerts
        return ""


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=_SALT)
