"""One after the other: whoever writes totals waits until the one before has committed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from wagtail_visit_alerts.models import Contact, Progress
from wagtail_visit_alerts.models.primary import atomic

_NAME = "reporting.turn"


@contextmanager
def counting_turn() -> Iterator[None]:
    """A transaction that no other one writes totals beside: what it reads afterwards is what it replaces.

    The row is written first: that locks it on every database, and SQLite's whole file before anything is read. Where
    it is missing it is made in a transaction of its own: MariaDB locks the gap that a missing row leaves, and two who
    fill it in one that goes on would wait for each other.
    """
    while True:
        with atomic():
            if Progress.objects.filter(name=_NAME).update(last_id=0):
                yield
                return
        _make(_NAME)


def _make(name: str) -> None:
    with atomic():
        Progress.objects.get_or_create(name=name)


def still_known(contact_ids: Collection[int]) -> list[int]:
    """Those of the contacts who are not being erased: what these have done is counted as nobody's already."""
    known = Contact.objects.filter(pk__in=contact_ids).not_being_erased()
    return list(known.order_by().values_list("pk", flat=True))


def progress_of(name: str) -> Progress:
    """How far a piece of reporting's work has come; nowhere yet where it was never done."""
    return Progress.objects.filter(name=name).first() or Progress(name=name)


def note_progress(
    progress: Progress, *, last_id: int | None = None, done_until: datetime | None = None
) -> None:
    """Write how far it has come. Whoever has come further meanwhile is set back, and does some of it again."""
    progress.last_id = progress.last_id if last_id is None else last_id
    progress.done_until = progress.done_until if done_until is None else done_until
    values = {"last_id": progress.last_id, "done_until": progress.done_until}
    noted = Progress.objects.filter(name=progress.name)
    if not noted.update(**values):
        _make(progress.name)
        noted.update(**values)
