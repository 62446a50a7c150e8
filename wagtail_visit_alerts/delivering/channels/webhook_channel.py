"""Webhooks: what an alert says as JSON, signed, to an address of the receiver's own.

Signed as the Standard Webhooks specification says. Guarantees that nothing of the address, the secret or the answer
is logged or shown, that an id is the same at each attempt, and what ``bounded_post`` and ``public_hosts`` guarantee.
"""

import http.client
import json
import re
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts import __version__
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.channels import bounded_post
from wagtail_visit_alerts.delivering.channels.bounded_post import Answer
from wagtail_visit_alerts.delivering.channels.channel_registry import Channel
from wagtail_visit_alerts.delivering.channels.public_hosts import PrivateAddress, is_public
from wagtail_visit_alerts.delivering.channels.webhook_payload import payload_of
from wagtail_visit_alerts.delivering.channels.webhook_signature import signed_headers
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.models import Delivery, PageView

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: Answers after which it is tried again, besides those from 500: the time is over, too early, too many requests.
_LATER = frozenset({408, 425, 429})
#: Seconds, so that no number is too large to reckon with; how long anything is tried is far less.
_LONGEST_ASKED = 366 * 24 * 3600


class WebhookLine:
    """Each message is a request of its own: there is nothing to keep open."""

    def send(
        self,
        deliveries: Sequence[Delivery],
        *,
        tester: "AbstractUser | None" = None,
        unsaved: Sequence[PageView] = (),
        now: datetime | None = None,
    ) -> Fault | None:
        """Send one message, as ``Line.send`` says; signed with the time of the attempt."""
        destination = deliveries[0].destination
        assert destination is not None
        now = now or timezone.now()
        try:
            check_url(destination.address)
            body = json.dumps(
                payload_of(deliveries, is_test=tester is not None), cls=DjangoJSONEncoder, ensure_ascii=False
            ).encode("utf-8", "replace")
            headers = signed_headers(
                body,
                message_id=f"msg_{deliveries[0].email_id.hex}",
                timestamp=int(now.timestamp()),
                secret=destination.secret,
            )
        except ValidationError as error:
            return Fault(Kind.PERMANENT, " ".join(error.messages))
        except ValueError:
            return Fault(Kind.PERMANENT, gettext("The destination has no valid secret: make a new one."))
        return _post(destination.address, body=body, headers=headers, now=now)

    def close(self) -> None:
        """Nothing is open."""


class WebhookChannel(Channel):
    """JSON to an address of the receiver's own."""

    name = "webhook"
    label = _("Webhook")
    address_help = _("The address of the receiver, such as https://crm.example.com/visit-alerts.")
    has_secret = True

    def check_address(self, address: str) -> None:
        """Raise ``ValidationError`` for what is no https address of a public host, as far as it shows."""
        check_url(address)

    def open(self) -> WebhookLine:
        """Return a line that connects for each message."""
        return WebhookLine()


def check_url(url: str) -> None:
    """Raise ``ValidationError`` for an address that nothing is sent to; which addresses a name has is asked later."""
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").encode("ascii").decode(), parts.port
    except UnicodeError:
        raise ValidationError(
            _("Write the host as “xn--…”, in the letters a to z; copy it from a browser's address bar.")
        ) from None
    except ValueError:
        raise ValidationError(_("This is no web address.")) from None
    schemes = ("https", "http") if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES else ("https",)
    if parts.scheme not in schemes or not host or not re.fullmatch(r"[!-~]+", url):
        raise ValidationError(_("Give an address that begins with https:// and has no spaces or accents."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValidationError(_("Leave out what stands before “@” and after “#”: it is not sent."))
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES and _is_plainly_private(host):
        raise ValidationError(str(PrivateAddress()))


def _is_plainly_private(host: str) -> bool:
    """Whether a host is written as an address that is private, or is this machine's own name."""
    try:
        return not is_public(host)
    except ValueError:
        return host.rstrip(".").rpartition(".")[2] in ("localhost", "local", "internal")


def _post(url: str, *, body: bytes, headers: dict[str, str], now: datetime) -> Fault | None:
    headers |= {"Content-Type": "application/json", "User-Agent": f"wagtail-visit-alerts/{__version__}"}
    try:
        return _fault_of(bounded_post.post(url, body=body, headers=headers), now=now)
    except PrivateAddress as error:
        return Fault(Kind.PERMANENT, str(error))
    except TimeoutError:
        return _later(gettext("The receiver did not answer in time."))
    except ssl.SSLError:
        return _later(gettext("The receiver's certificate is not trusted, or it does not speak TLS."))
    except OSError as error:
        # Not its own words, which may hold the host.
        return _later(gettext("The receiver can't be reached: %(fault)s.") % {"fault": type(error).__name__})
    except (http.client.HTTPException, UnicodeError):
        return _later(gettext("The receiver's answer is not HTTP."))


def _fault_of(answer: Answer, *, now: datetime) -> Fault | None:
    status = answer.status
    words: dict[str, Any] = {"status": status}
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        reason = gettext("The receiver answered %(status)d: redirects are not followed. Give the new address.")
        return Fault(Kind.PERMANENT, reason % words)
    if status == 410:
        return Fault(Kind.PERMANENT, gettext("The receiver answered 410: it wants no more messages."))
    kind = Kind.TRANSIENT if status >= 500 or status in _LATER else Kind.PERMANENT
    reason = gettext("The receiver answered %(status)d.") % words
    return Fault(kind, reason, retry_after=asked_for(answer.retry_after, now=now))


def asked_for(retry_after: str, *, now: datetime) -> timedelta:
    """How long a receiver asks to be left alone: by seconds or by a date (RFC 9110, section 10.2.3), a year at most.

    Nothing where the header says neither, or a time that is over.
    """
    if re.fullmatch("[0-9]{1,15}", retry_after):
        asked = int(retry_after)
    else:
        asked = (parse_http_date_safe(retry_after) or 0) - int(now.timestamp())
    return timedelta(seconds=min(max(asked, 0), _LONGEST_ASKED))


def _later(reason: str) -> Fault:
    return Fault(Kind.TRANSIENT, reason)
