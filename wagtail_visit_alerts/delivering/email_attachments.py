"""The attachments of an e-mail: those of its alerts, for each contact and page view, as many as it may carry.

Takes the deliveries of the e-mail, gives the files, the faults, and how many were left out. Guarantees bounds on the
number of files, their bytes and the time they take together. In a digest about ten queries for each page view that
has attachments.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wagtail_visit_alerts.delivering import attachments, contents
from wagtail_visit_alerts.delivering.attachments import making
from wagtail_visit_alerts.delivering.attachments.file_name import distinct_name
from wagtail_visit_alerts.models import AttachmentSource, Delivery

MOST_FILES = 10
#: Bytes together: mail servers refuse e-mails from 10 MB on, and an e-mail's own form makes four bytes of three.
MOST_BYTES = 5_000_000


@dataclass
class Files:
    """What became of the attachments of an e-mail."""

    made: attachments.Made = field(default_factory=attachments.Made)
    left_out: int = 0


def make(deliveries: Sequence[Delivery], *, told: contents.Contents | None = None) -> Files:
    """Make the attachments of an e-mail, those of the latest page view first.

    ``told`` is what an e-mail about one page view says; of a digest it is read for each page view.
    """
    files, size, taken = Files(), 0, set[str]()
    ends_at = time.monotonic() + making.MOST_SECONDS
    for group in _groups(deliveries):
        if len(files.made.attachments) >= MOST_FILES:
            files.left_out += len(group)
            continue
        alerts = [alert for each in group if (alert := each.notification.alert) is not None]
        made = attachments.make_all(
            alerts,
            told=told or contents.read(group),
            contact=group[0].notification.contact,
            seconds=ends_at - time.monotonic(),
        )
        files.made.not_made += made.not_made
        for attachment in made.attachments:
            if len(files.made.attachments) >= MOST_FILES or size + len(attachment.content) > MOST_BYTES:
                files.left_out += 1
                continue
            size += len(attachment.content)
            name = distinct_name(attachment.filename, taken=taken)
            taken.add(name.casefold())
            files.made.attachments.append(replace(attachment, filename=name))
    return files


def _groups(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries whose alerts have attachments, those of one page view together, the latest first."""
    groups: dict[object, list[Delivery]] = {}
    for delivery in deliveries:
        alert, match = delivery.notification.alert, delivery.notification.match
        if alert is not None and alert.attachment_source != AttachmentSource.NONE:
            groups.setdefault((match.contact_id, match.page_view_id or f"match {match.pk}"), []).append(
                delivery
            )
    yield from sorted(groups.values(), key=_happened_at, reverse=True)


def _happened_at(group: Sequence[Delivery]) -> datetime:
    return max(delivery.notification.match.happened_at for delivery in group)
