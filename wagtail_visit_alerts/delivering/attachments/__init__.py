"""Attachments: a file for the e-mail of an alert, typed by hand or made from a template.

``formats`` and ``variables`` say what an editor can choose and use, ``check`` what is wrong with what they entered,
``make`` and ``make_all`` make the files. Guarantees that no template, whoever wrote it, costs more than its bounds or
reaches anything but the data of the e-mail: it runs in a process of its own (``sandbox``), and what goes wrong is an
``AttachmentFault`` with a sentence, never a lost e-mail.
"""

from wagtail_visit_alerts.delivering.attachments.attachment_fault import (
    AttachmentFault,
    FaultKind,
    TemplateFault,
)
from wagtail_visit_alerts.delivering.attachments.builtin_formats import register_all
from wagtail_visit_alerts.delivering.attachments.format_registry import (
    AttachmentFormat,
    Escaping,
    Typed,
    formats,
    register_format,
    why_unavailable,
)
from wagtail_visit_alerts.delivering.attachments.making import (
    Attachment,
    Made,
    NotMade,
    check,
    make,
    make_all,
)
from wagtail_visit_alerts.delivering.attachments.variables import examples, variables

register_all()

__all__ = [
    "Attachment",
    "AttachmentFault",
    "AttachmentFormat",
    "Escaping",
    "FaultKind",
    "Made",
    "NotMade",
    "TemplateFault",
    "Typed",
    "check",
    "examples",
    "formats",
    "make",
    "make_all",
    "register_format",
    "variables",
    "why_unavailable",
]
