"""Losing: what alerts depend on and may lose, so that none is ever silently dead.

``dependants`` finds the alerts that depend on a page, a user, a group or a site. ``noting`` writes down what an
alert has lost as it goes, and switches the alert off where it could no longer do what was meant. ``telling`` sends
its author an e-mail about it.
"""

from wagtail_visit_alerts.losing.dependants import (
    Dependence,
    on_destination,
    on_pages_from,
    on_user,
    written_by,
)
from wagtail_visit_alerts.losing.noting import (
    LOST,
    is_leaving,
    models_that_alerts_depend_on,
    note_deletion,
    note_unnoticed,
    user_leaves,
    with_proxies,
)
from wagtail_visit_alerts.losing.telling import tell

__all__ = [
    "LOST",
    "Dependence",
    "is_leaving",
    "models_that_alerts_depend_on",
    "note_deletion",
    "note_unnoticed",
    "on_destination",
    "on_pages_from",
    "on_user",
    "tell",
    "user_leaves",
    "with_proxies",
    "written_by",
]
