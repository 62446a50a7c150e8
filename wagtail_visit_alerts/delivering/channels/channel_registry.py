"""The channels on which deliveries leave: a registry, to which a site adds its own.

``register_channel`` takes an instance of a subclass of ``Channel``, best in ``AppConfig.ready``. A channel opens a
line for each run of deliveries; the line hands deliveries over, one recipient's at a time, and gives what went wrong.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

from wagtail_visit_alerts.delivering.faults import Fault
from wagtail_visit_alerts.models import Delivery, PageView

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


class LineStoppedError(Exception):
    """Nothing leaves on this line at present, for anybody: the fault says what comes next."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Line(Protocol):
    """A channel in use during one run: opened at the first delivery, closed at the end."""

    def send(
        self,
        deliveries: Sequence[Delivery],
        *,
        tester: "AbstractUser | None" = None,
        unsaved: Sequence[PageView] = (),
        now: datetime | None = None,
    ) -> Fault | None:
        """Hand over the claimed deliveries of one message to one recipient; return what went wrong, if anything.

        With a ``tester`` the message says that they have sent it as a test; ``unsaved`` are page views of it that
        only exist in memory; by ``now`` the message says that it is late, if it is. Raises ``LineStoppedError`` for
        a fault that every message on the line shares.
        """

    def close(self) -> None:
        """End the line; never raises."""


class Channel:
    """One way to tell somebody. A subclass sets the attributes and overrides what differs."""

    #: What destinations store: 20 characters at most, never changed.
    name: ClassVar[str]
    #: What a person chooses, translatable.
    label: ClassVar[str | Promise]
    #: Whether somebody sets up a destination for it; e-mails go to people.
    has_destinations: ClassVar[bool] = True
    #: What the address of a destination looks like, translatable, for whoever types it.
    address_help: ClassVar[str | Promise] = ""
    #: Whether it signs what it sends with the destination's secret.
    has_secret: ClassVar[bool] = False

    def why_unavailable(self) -> str:
        """Return what this installation lacks for the channel, in a sentence; empty if nothing."""
        return ""

    def check_address(self, address: str) -> None:
        """Raise ``ValidationError``, with a sentence for whoever typed it, for an address that can't be used."""

    def open(self) -> Line:
        """Return a line for one run."""
        raise NotImplementedError


_channels: dict[str, Channel] = {}


def register_channel(new: Channel) -> None:
    """Add a channel, or replace the one of the same name."""
    if not new.name or len(new.name) > 20:
        raise ImproperlyConfigured(
            f"The channel {type(new).__name__} has the name {new.name!r}: give it one of 1 to 20 characters."
        )
    _channels[new.name] = new


def channel(name: str) -> Channel | None:
    """Return the channel of a name; None where it is not registered any more."""
    return _channels.get(name)


def channels() -> list[Channel]:
    """Return all channels in the order in which they were registered: e-mail first."""
    return list(_channels.values())
