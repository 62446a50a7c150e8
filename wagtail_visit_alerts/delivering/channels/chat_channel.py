"""Chat rooms and SMS, by the services that the library Apprise reaches, as far as the site allows them.

Apprise is an extra: without it the channels say what to install. Guarantees that only services of ``CHAT_SERVICES``
are used, that no redirect is followed, that a host which somebody typed is not of a private network, and that nothing
of Apprise's own log, which may repeat addresses and texts, reaches the site's.
"""

import contextvars
import importlib.util
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import lazystr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.channels import chat_text
from wagtail_visit_alerts.delivering.channels.channel_registry import Channel, LineStoppedError
from wagtail_visit_alerts.delivering.channels.public_hosts import PrivateAddress, addresses_of
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.models import Delivery, PageView

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: Seconds for which a service is waited for.
LONGEST_WAIT = 10
#: Parameters of Apprise's addresses that read files, trust any certificate, or follow where a service leads.
_REFUSED_PARAMETERS = frozenset({"template", "verify", "redirect", "attach", "cto", "rto", "retry", "wait"})
#: Answers of a service after which it is tried again.
_LATER = frozenset({408, 425, 429})
#: Apprise logs what it sends, and the library below it the addresses.
_LOGGERS = ("apprise", "urllib3.connectionpool")

_said: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("visit_alerts_apprise", default=None)


class _Allowing:
    """A help text with the services that are allowed when it is shown."""

    def __init__(self, template: Any) -> None:
        self._template = template

    def __str__(self) -> str:
        return str(self._template) % {"services": ", ".join(settings.CHAT_SERVICES)}


class ChatLine:
    """Each message is a request of its own: there is nothing to keep open."""

    def __init__(self, channel: "ChatChannel") -> None:
        self._channel = channel

    def send(
        self,
        deliveries: Sequence[Delivery],
        *,
        tester: "AbstractUser | None" = None,
        unsaved: Sequence[PageView] = (),
        now: datetime | None = None,
    ) -> Fault | None:
        """Send one message, as ``Line.send`` says. Without Apprise the channel stops, and no attempt counts."""
        destination = deliveries[0].destination
        assert destination is not None
        if lacking := self._channel.why_unavailable():
            raise LineStoppedError(Fault(Kind.CONFIGURATION, lacking))
        try:
            service = _service_at(destination.address)
            _require_public(service)
        except ValidationError as error:
            return Fault(Kind.PERMANENT, " ".join(error.messages))
        except PrivateAddress as error:
            return Fault(Kind.PERMANENT, str(error))
        except OSError:
            return Fault(Kind.TRANSIENT, gettext("The service can't be reached: its host is not known."))
        with translation.override(destination.language or django_settings.LANGUAGE_CODE):
            title, body = self._channel.text_of(deliveries, is_test=tester is not None)
        return _notify(service, title=title, body=body)

    def close(self) -> None:
        """Nothing is open."""


class ChatChannel(Channel):
    """A message in a chat room."""

    name = "chat"
    label = _("Chat room")
    address_help = lazystr(
        _Allowing(
            _(
                "Slack, Teams and others: the address of an incoming webhook, as the service shows it, or in the "
                "form of the library Apprise. "
                "This site allows: %(services)s."
            )
        )
    )

    def why_unavailable(self) -> str:
        """Return that Apprise is lacking, if it is."""
        if not is_installed():
            return gettext("Chat and SMS need the library Apprise: pip install wagtail-visit-alerts[chat].")
        return ""

    def check_address(self, address: str) -> None:
        """Raise ``ValidationError`` for what Apprise does not know or the site does not allow."""
        if lacking := self.why_unavailable():
            raise ValidationError(lacking)
        _service_at(address)

    def open(self) -> ChatLine:
        """Return a line that connects for each message."""
        return ChatLine(self)

    def text_of(self, deliveries: Sequence[Delivery], *, is_test: bool) -> tuple[str, str]:
        """The title and the lines of a message."""
        return chat_text.title_of(deliveries, is_test=is_test), chat_text.lines_of(deliveries)


class SmsChannel(ChatChannel):
    """One SMS of at most 160 characters."""

    name = "sms"
    label = _("SMS")
    address_help = lazystr(
        _Allowing(
            _(
                "The SMS service and the number, in the form of the library Apprise. "
                "This site allows: %(services)s."
            )
        )
    )

    def text_of(self, deliveries: Sequence[Delivery], *, is_test: bool) -> tuple[str, str]:
        """No title, and one text."""
        return "", chat_text.sms_of(deliveries, is_test=is_test)


def is_installed() -> bool:
    """Whether the library Apprise is there."""
    return importlib.util.find_spec("apprise") is not None


def _service_at(address: str) -> Any:
    """Apprise's object for an address. Raises ``ValidationError`` for one that is not to be used."""
    import apprise

    if refused := sorted(_parameters(address) & _REFUSED_PARAMETERS):
        raise ValidationError(
            _("Leave out “%(name)s”: this site does not use it."), params={"name": refused[0]}
        )
    asset = apprise.AppriseAsset(
        async_mode=False, http_redirects=False, app_id="Visit alerts", app_url=settings.base_url
    )
    with _unlogged():
        service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if service is None or not hasattr(service, "notify"):
        raise ValidationError(_("This is no address of a service that Apprise knows."))
    if not service.verify_certificate or service.redirects:
        raise ValidationError(
            _("This address asks to trust any certificate, or to follow where a service leads.")
        )
    _require_allowed(service, typed=address.partition(":")[0].lower())
    service.socket_connect_timeout = service.socket_read_timeout = LONGEST_WAIT / 2
    return service


def _parameters(address: str) -> set[str]:
    """The names of an address's parameters, as Apprise finds them: also behind "#", and in any case."""
    names = re.findall(r"[?&;]([^=&;?]*)", unquote(address))
    return {name.strip().lstrip("+-:").lower() for name in names}


def _require_allowed(service: Any, *, typed: str) -> None:
    """Raise ``ValidationError`` for a service that the site does not allow."""
    schemes = _schemes(service)
    # An address of the web, as the service shows it, stands for the secure scheme of that service.
    used = {typed} if typed in schemes else {scheme for scheme in schemes if typed == "https"}
    if not used & set(settings.CHAT_SERVICES):
        raise ValidationError(
            _("This site does not allow the service “%(service)s”. It allows: %(allowed)s."),
            params={"service": sorted(schemes)[0], "allowed": ", ".join(settings.CHAT_SERVICES)},
        )


def _schemes(service: Any) -> set[str]:
    found: set[str] = set()
    for schemes in (service.protocol, service.secure_protocol):
        found |= {schemes} if isinstance(schemes, str) else set(schemes or ())
    return found


def _require_public(service: Any) -> None:
    """Judge the host of a service whose host is in the address. Raises ``PrivateAddress`` and ``OSError``."""
    if "host" in (service.template_tokens or {}) and getattr(service, "host", None):
        addresses_of(service.host, port=service.port or 443)


def _notify(service: Any, *, title: str, body: str) -> Fault | None:
    import apprise

    room = apprise.Apprise(asset=service.asset)
    room.add(service)
    with _unlogged() as said:
        try:
            is_sent = bool(room.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))
        except Exception as error:  # a plugin may raise anything; the other messages must still leave
            reason = gettext("The service could not be asked: %(fault)s.") % {"fault": type(error).__name__}
            return Fault(Kind.TRANSIENT, reason)
    if is_sent:
        return None
    return _fault_of(next((int(code) for text in said for code in re.findall(r"error=(\d{3})\b", text)), None))


def _fault_of(status: int | None) -> Fault:
    """What Apprise's log says went wrong, of which only the status is used."""
    if status is None:
        return Fault(Kind.TRANSIENT, gettext("The service took no message and gave no reason."))
    kind = Kind.PERMANENT if 300 <= status < 500 and status not in _LATER else Kind.TRANSIENT
    return Fault(kind, gettext("The service answered %(status)d.") % {"status": status})


def _keep_to_ourselves(record: logging.LogRecord) -> bool:
    """Of Apprise's log, keep what belongs to a message of ours; it may repeat addresses and texts."""
    said = _said.get()
    if said is None:
        return True
    said.append(record.getMessage())
    return False


@contextmanager
def _unlogged() -> Iterator[list[str]]:
    """Collect what Apprise logs meanwhile."""
    for name in _LOGGERS:  # a filter is added once, however often this is called
        logging.getLogger(name).addFilter(_keep_to_ourselves)
    said: list[str] = []
    token = _said.set(said)
    try:
        yield said
    finally:
        _said.reset(token)
