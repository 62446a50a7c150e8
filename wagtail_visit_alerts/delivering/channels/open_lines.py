"""The lines of one run: each opened when the first delivery needs it, all closed at the end."""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext

from wagtail_visit_alerts.delivering.channels.channel_registry import Line, channel
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.models import Delivery, PageView
from wagtail_visit_alerts.models.delivery import EMAIL

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


class Lines:
    """Hands deliveries to the channels of their recipients. To be used in a ``with`` statement."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def send(
        self,
        deliveries: Sequence[Delivery],
        *,
        tester: "AbstractUser | None" = None,
        unsaved: Sequence[PageView] = (),
        now: datetime | None = None,
    ) -> Fault | None:
        """Hand over the deliveries of one message; what goes wrong is as ``Line.send`` says."""
        name = channel_name(deliveries[0])
        if name not in self._lines:
            used = channel(name)
            if used is None:
                reason = gettext("The channel “%(channel)s” is not installed any more.") % {"channel": name}
                return Fault(Kind.PERMANENT, reason)
            self._lines[name] = used.open()
        return self._lines[name].send(deliveries, tester=tester, unsaved=unsaved, now=now)


def channel_name(delivery: Delivery) -> str:
    """The name of the channel on which a delivery leaves."""
    return EMAIL if delivery.destination is None else delivery.destination.channel
