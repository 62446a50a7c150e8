"""Privacy: what a person may ask for, and what nobody needs any more.

Takes a contact, or the clock; gives everything that is kept of the contact, stops recording them, erases them, and
deletes in small batches what is older than the settings let it be. The daily totals stay, without the person.
"""

from wagtail_visit_alerts.privacy.data_files import export_contact
from wagtail_visit_alerts.privacy.deleting_rows import Budget
from wagtail_visit_alerts.privacy.erasing import begin_erasure, erase_contact, finish_erasures
from wagtail_visit_alerts.privacy.granting import (
    ERASE,
    EXPORT_DATA,
    RESUME_RECORDING,
    STOP_RECORDING,
    erase,
    hand_over,
    resume,
    stop,
)
from wagtail_visit_alerts.privacy.retention import Purged, purge, purge_if_due
from wagtail_visit_alerts.privacy.stopped_recording import resume_recording, stop_recording

__all__ = [
    "ERASE",
    "EXPORT_DATA",
    "RESUME_RECORDING",
    "STOP_RECORDING",
    "Budget",
    "Purged",
    "begin_erasure",
    "erase",
    "erase_contact",
    "export_contact",
    "finish_erasures",
    "hand_over",
    "purge",
    "purge_if_due",
    "resume",
    "resume_recording",
    "stop",
    "stop_recording",
]
