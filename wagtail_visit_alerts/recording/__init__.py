"""Recording: what a browser and the page-serve hook report becomes page views.

Takes the messages of one visitor in any order, any number of times, and gives the page views that were entered,
those that were moved on from and those that were in view. Guarantees: one row a page view, whoever reports it
first; a dwell time only where the next page view in the same tab names the one before it; no time longer than the
truth. Call it inside a transaction that has begun with ``lock_visitor``.
"""

from wagtail_visit_alerts.recording.entering import record_entry
from wagtail_visit_alerts.recording.leaving import record_end, record_in_view
from wagtail_visit_alerts.recording.reported import (
    LONGEST_DWELL,
    LONGEST_GAP,
    End,
    Entry,
    InView,
    Measured,
    Previous,
    Recorded,
    Served,
    entered_at,
)
from wagtail_visit_alerts.recording.served_rows import record_served, sweep_page_view
from wagtail_visit_alerts.recording.turns import keep_rules_version, lock_visitor, with_rules_version

__all__ = [
    "LONGEST_DWELL",
    "LONGEST_GAP",
    "End",
    "Entry",
    "InView",
    "Measured",
    "Previous",
    "Recorded",
    "Served",
    "entered_at",
    "keep_rules_version",
    "lock_visitor",
    "record_end",
    "record_entry",
    "record_in_view",
    "record_served",
    "sweep_page_view",
    "with_rules_version",
]
