"""Reporting: daily totals kept up to date, and what analytics read from them; who is on the site now.

Takes the rows that the other stages have written; they do not know it. Guarantees that totals can be made again from
those rows and are the same then, and that reading them costs the same however many page views there are.
"""

from wagtail_visit_alerts.reporting.catching_up import catch_up, recount_notifications
from wagtail_visit_alerts.reporting.counting_turn import counting_turn
from wagtail_visit_alerts.reporting.forgetting import forget_contact
from wagtail_visit_alerts.reporting.joining import COUNTED, join_contacts
from wagtail_visit_alerts.reporting.latency_classes import median_seconds
from wagtail_visit_alerts.reporting.monthly_totals import add_up_months
from wagtail_visit_alerts.reporting.rebuilding import rebuild

__all__ = [
    "COUNTED",
    "add_up_months",
    "catch_up",
    "counting_turn",
    "forget_contact",
    "join_contacts",
    "median_seconds",
    "rebuild",
    "recount_notifications",
]
