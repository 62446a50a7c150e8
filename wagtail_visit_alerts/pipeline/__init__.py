"""The pipeline: identify, record, raise, in one transaction.

It takes what the front doors have read from a request, a task or the site's own code, and gives back what the front
door must answer. With ``raising``, which goes on with matching, capping and handing over to deliver, it is all
that knows the order of the stages.
"""

from wagtail_visit_alerts.pipeline.recognition import (
    Answer,
    Browser,
    identify_browser,
    log_in,
    log_out,
    note_form,
    withdraw_consent,
)
from wagtail_visit_alerts.pipeline.reports import (
    note_served,
    receive_end,
    receive_entry,
    receive_in_view,
    sweep,
)
from wagtail_visit_alerts.pipeline.sweeping import Swept, sweep_all

__all__ = [
    "Answer",
    "Browser",
    "Swept",
    "identify_browser",
    "log_in",
    "log_out",
    "note_form",
    "note_served",
    "receive_end",
    "receive_entry",
    "receive_in_view",
    "sweep",
    "sweep_all",
    "withdraw_consent",
]
