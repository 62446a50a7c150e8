"""The tables, one file per main class."""

from wagtail_visit_alerts.models.address import Address, UserAgent
from wagtail_visit_alerts.models.alert import Alert, Period, Recipient
from wagtail_visit_alerts.models.contact import Contact, ContactTag
from wagtail_visit_alerts.models.delivery import Delivery, Role, Status
from wagtail_visit_alerts.models.match import Match, Outcome, Slot
from wagtail_visit_alerts.models.monitored_page import MonitoredPage
from wagtail_visit_alerts.models.notification import Notification
from wagtail_visit_alerts.models.page_view import Ending, PageView, Source
from wagtail_visit_alerts.models.rules_version import RulesVersion
from wagtail_visit_alerts.models.visitor import Method, Visitor
from wagtail_visit_alerts.models.wizard_run import WizardRun

__all__ = [
    "Address",
    "Alert",
    "Contact",
    "ContactTag",
    "Delivery",
    "Ending",
    "Match",
    "Method",
    "MonitoredPage",
    "Notification",
    "Outcome",
    "PageView",
    "Period",
    "Recipient",
    "Role",
    "RulesVersion",
    "Slot",
    "Source",
    "Status",
    "UserAgent",
    "Visitor",
    "WizardRun",
]
