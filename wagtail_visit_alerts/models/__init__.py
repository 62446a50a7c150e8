"""The tables, one file per main class."""

from wagtail_visit_alerts.models.address import Address, UserAgent
from wagtail_visit_alerts.models.alert import Alert, AttachmentSource, Clock, Period, Recipient
from wagtail_visit_alerts.models.channel_pause import ChannelPause
from wagtail_visit_alerts.models.contact import Contact, ContactTag
from wagtail_visit_alerts.models.contact_import import ContactImport
from wagtail_visit_alerts.models.contact_note import ContactNote
from wagtail_visit_alerts.models.daily_activity import DailyActivity
from wagtail_visit_alerts.models.daily_total import DailyLatency, DailyPageTotal, DailyTotal
from wagtail_visit_alerts.models.default_owner import DefaultOwner
from wagtail_visit_alerts.models.delivery import Delivery, Purpose, Role, Status, WaitsFor
from wagtail_visit_alerts.models.destination import AlertDestination, Destination
from wagtail_visit_alerts.models.loss import Loss
from wagtail_visit_alerts.models.match import Match, Outcome, Slot
from wagtail_visit_alerts.models.monitored_page import MonitoredPage
from wagtail_visit_alerts.models.monthly_total import MonthlyTotal
from wagtail_visit_alerts.models.mute import Mute
from wagtail_visit_alerts.models.not_recorded import Heartbeat, NotRecorded, Reason
from wagtail_visit_alerts.models.notification import Notification
from wagtail_visit_alerts.models.page_view import Ending, PageView, Source
from wagtail_visit_alerts.models.progress import Progress
from wagtail_visit_alerts.models.reader_preferences import Pace, ReaderPreferences
from wagtail_visit_alerts.models.rules_version import RulesVersion
from wagtail_visit_alerts.models.signed_link import LinkOutcome, LinkUse, Sign, SignedLink
from wagtail_visit_alerts.models.submitted_form import SubmittedForm
from wagtail_visit_alerts.models.taking import Taking
from wagtail_visit_alerts.models.test_visit import TestVisit
from wagtail_visit_alerts.models.unmet_minimum import UnmetMinimum
from wagtail_visit_alerts.models.visitor import Method, Visitor
from wagtail_visit_alerts.models.wizard_run import WizardRun

__all__ = [
    "Address",
    "Alert",
    "AlertDestination",
    "AttachmentSource",
    "ChannelPause",
    "Clock",
    "Contact",
    "ContactImport",
    "ContactNote",
    "ContactTag",
    "DailyActivity",
    "DailyLatency",
    "DailyPageTotal",
    "DailyTotal",
    "DefaultOwner",
    "Delivery",
    "Destination",
    "Ending",
    "Heartbeat",
    "LinkOutcome",
    "LinkUse",
    "Loss",
    "Match",
    "Method",
    "MonitoredPage",
    "MonthlyTotal",
    "Mute",
    "NotRecorded",
    "Notification",
    "Outcome",
    "Pace",
    "PageView",
    "Period",
    "Progress",
    "Purpose",
    "ReaderPreferences",
    "Reason",
    "Recipient",
    "Role",
    "RulesVersion",
    "Sign",
    "SignedLink",
    "Slot",
    "Source",
    "Status",
    "SubmittedForm",
    "Taking",
    "TestVisit",
    "UnmetMinimum",
    "UserAgent",
    "Visitor",
    "WaitsFor",
    "WizardRun",
]
