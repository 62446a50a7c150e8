"""What a contact asks for, done by a user on any way in, and noted in the contact's history.

Takes a contact, the user who does it, and the clock. Whether the user may is for the caller to say.
"""

import io
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import IO, Any, Final

from wagtail.log_actions import log

from wagtail_visit_alerts.delivering.waking import queue_on_commit
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.privacy.data_files import export_contact
from wagtail_visit_alerts.privacy.deleting_rows import Budget
from wagtail_visit_alerts.privacy.erasing import begin_erasure, finish_erasures
from wagtail_visit_alerts.privacy.stopped_recording import resume_recording, stop_recording

EXPORT_DATA: Final = "visit_alerts.export_data"
STOP_RECORDING: Final = "visit_alerts.stop_recording"
RESUME_RECORDING: Final = "visit_alerts.resume_recording"
ERASE: Final = "visit_alerts.erase"

TASK = "wagtail_visit_alerts.tasks.purge"
#: How long a person waits for what is deleted; the rest goes on without them.
LASTS = timedelta(seconds=5)
#: How long one request begins erasures of those that were chosen.
BEGINS_FOR = timedelta(seconds=20)


def hand_over(contact: Contact, *, by: Any, as_html: bool = False, now: datetime) -> IO[bytes]:
    """All that is kept of a contact, as a file on disk: JSON, or a page in the active language; logged."""
    log(instance=contact, action=EXPORT_DATA, user=by)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever reads it
    text = io.TextIOWrapper(file, encoding="utf-8")
    export_contact(contact, text, as_html=as_html, now=now)
    text.flush()
    text.detach()
    file.seek(0)
    return file


def stop(contact: Contact, *, by: Any, now: datetime) -> None:
    """Record nothing more of a contact. Writes, and locks their browsers."""
    stop_recording(contact, now=now)
    log(instance=contact, action=STOP_RECORDING, user=by)


def resume(contact: Contact, *, by: Any, now: datetime) -> None:
    """Record a contact again. Writes."""
    resume_recording(contact, now=now)
    log(instance=contact, action=RESUME_RECORDING, user=by)


def erase(contacts: Sequence[Contact], *, by: Any, now: Callable[[], datetime]) -> tuple[int, bool]:
    """Erase contacts; gives of how many nothing has a name any more, and whether all of it is deleted.

    What names them is gone when this returns. What they did on the site is deleted for some seconds, and the rest by
    the task, which the queue is asked for at once. ``now`` is the clock.
    """
    begun = 0
    budget = Budget(now=now, lasts=BEGINS_FOR)
    for contact in contacts:
        if budget.is_spent:
            break
        number = begin_erasure(contact, now=now())
        if number:  # else somebody else was first, a moment ago
            log(instance=contact, action=ERASE, user=by, data={"number": number}, deleted=True)
        begun += 1
    budget = Budget(now=now, lasts=LASTS)
    finish_erasures(budget=budget)
    if budget.is_spent:
        queue_on_commit(TASK)
    return begun, not budget.is_spent
