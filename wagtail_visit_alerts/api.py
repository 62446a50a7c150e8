"""The Python API for a site's developer: everything public is importable from here, and nothing else is.

``save_contact`` creates or updates a contact, ``identify`` and ``identify_from_form`` say whose browser a request
comes from, ``signed_link`` makes a link that recognises its contact, ``revoke_links`` ends all that were made.
``export_contact``, ``stop_recording``, ``resume_recording`` and ``erase_contact`` do what a contact asks for.
``register_format`` adds an attachment format, ``register_channel`` a way on which alerts reach destinations.
"""

from wagtail_visit_alerts.delivering.attachments import (
    AttachmentFault,
    AttachmentFormat,
    Escaping,
    Typed,
    register_format,
)
from wagtail_visit_alerts.delivering.channels import Channel, LineStoppedError, register_channel
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.delivering.outbox import wake_up
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.identifying import UnknownContactField, revoke_links, save_contact, signed_link
from wagtail_visit_alerts.matching import PatternError
from wagtail_visit_alerts.privacy import erase_contact, export_contact, resume_recording, stop_recording
from wagtail_visit_alerts.scheduling import ensure_schedules
from wagtail_visit_alerts.visits.forms import InvalidAddress, identify, identify_from_form

__all__ = [
    "AttachmentFault",
    "AttachmentFormat",
    "Channel",
    "Escaping",
    "Fault",
    "InvalidAddress",
    "Kind",
    "LineStoppedError",
    "PatternError",
    "Typed",
    "UnknownContactField",
    "VisitAlertsError",
    "ensure_schedules",
    "erase_contact",
    "export_contact",
    "identify",
    "identify_from_form",
    "register_channel",
    "register_format",
    "resume_recording",
    "revoke_links",
    "save_contact",
    "signed_link",
    "stop_recording",
    "wake_up",
]
