"""Making attachments: from what an editor has entered to a file, or to a fault that says why not.

``make`` takes an alert and what its e-mail tells, and gives one attachment; ``make_all`` does so for the alerts of
one e-mail, which goes out whatever becomes of them. ``check`` finds what is wrong before any contact comes.
"""

import logging
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import translation
from django.utils.translation import get_language_bidi, gettext

from wagtail_visit_alerts.delivering import contents, wording
from wagtail_visit_alerts.delivering.attachments import sandbox
from wagtail_visit_alerts.delivering.attachments.attachment_fault import (
    AttachmentFault,
    FaultKind,
    TemplateFault,
)
from wagtail_visit_alerts.delivering.attachments.fault_wording import fault_of
from wagtail_visit_alerts.delivering.attachments.file_name import distinct_name, file_name
from wagtail_visit_alerts.delivering.attachments.format_registry import AttachmentFormat, Typed, format_of
from wagtail_visit_alerts.delivering.attachments.template_data import sample, template_data
from wagtail_visit_alerts.models import Alert, AttachmentSource, Contact

logger = logging.getLogger(__name__)

#: How long the attachments of one e-mail may take together: the task that sends it has a minute for all it sends.
MOST_SECONDS = 20.0


@dataclass(frozen=True)
class Attachment:
    """A file that is ready to be attached."""

    filename: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class NotMade:
    """An attachment that the e-mail goes without, and why."""

    alert: Alert
    fault: AttachmentFault

    @property
    def alert_name(self) -> str:
        """The alert, for the reader of the e-mail."""
        return wording.one_line(self.alert.name)

    @property
    def text(self) -> str:
        """Why, in a sentence."""
        return self.fault.text


@dataclass
class Made:
    """What became of the attachments of one e-mail."""

    attachments: list[Attachment] = field(default_factory=list)
    not_made: list[NotMade] = field(default_factory=list)


def make(alert: Alert, *, told: contents.Contents, contact: Contact) -> Attachment | None:
    """Return an alert's attachment, in the language and time zone that are active; None if it has none.

    Raises ``AttachmentFault``, whatever goes wrong. Takes about 150 ms, a PDF two seconds.
    """
    if alert.attachment_source == AttachmentSource.NONE:
        return None
    made_in = format_of(alert.attachment_format)
    is_template = alert.attachment_source == AttachmentSource.TEMPLATE
    if is_template or made_in.escaping in _CHECKED:
        sources = _sources(alert, made_in)
        written = sandbox.write(sources, data=template_data(alert, told=told, contact=contact))
        name, text = written.name, written.body
    else:
        name, text = "", alert.attachment_body
    entered_name = name if is_template else alert.attachment_name
    content = _encoded(made_in, text, is_template=is_template)
    return Attachment(
        file_name(entered_name, alert.name, extension=made_in.extension), content, made_in.mimetype
    )


def make_all(alerts: Iterable[Alert], *, told: contents.Contents, contact: Contact, seconds: float) -> Made:
    """Return the attachments of alerts about one page view, their names distinct, and those that were not made.

    A fault is logged with its kind. Once ``seconds`` are over, the rest are faults, too.
    """
    made = Made()
    taken: set[str] = set()
    ends_at = time.monotonic() + seconds
    for alert in alerts:
        try:
            if time.monotonic() > ends_at and alert.attachment_source != AttachmentSource.NONE:
                raise fault_of({"kind": FaultKind.TIME})
            attachment = make(alert, told=told, contact=contact)
        except AttachmentFault as fault:
            logger.warning("attachment.not_made", extra={"alert": alert.pk, "fault": fault.kind.value})
            made.not_made.append(NotMade(alert, fault))
            continue
        if attachment is not None:
            name = distinct_name(attachment.filename, taken=taken)
            taken.add(name.casefold())
            made.attachments.append(Attachment(name, attachment.content, attachment.mimetype))
    return made


def check(alert: Alert) -> list[TemplateFault]:
    """Return what is wrong with an alert's attachment before any contact comes: none if nothing is found.

    Finds what can't be read, names that are unknown, bounds that are broken for sample values, and content that is
    not what the format asks for. Takes about 150 ms.
    """
    if alert.attachment_source == AttachmentSource.NONE:
        return []
    try:
        made_in = format_of(alert.attachment_format)
        is_template = alert.attachment_source == AttachmentSource.TEMPLATE
        if not is_template and made_in.escaping not in _CHECKED:
            return []
        found = [fault_of(answer) for answer in sandbox.faults(_sources(alert, made_in), sample=sample())]
    except AttachmentFault as fault:
        found = [fault]
    return [
        TemplateFault(fault.line, "name" if fault.field == "name" else "body", fault.text) for fault in found
    ]


#: Typed by hand, these are checked; of the others any text is one.
_CHECKED = {"json", "vcard"}


def _sources(alert: Alert, made_in: AttachmentFormat) -> sandbox.Sources:
    return sandbox.Sources(
        name=alert.attachment_name,
        body=alert.attachment_body,
        is_template=alert.attachment_source == AttachmentSource.TEMPLATE,
        escaping=made_in.escaping.value,
    )


def _encoded(made_in: AttachmentFormat, text: str, *, is_template: bool) -> bytes:
    """Return the file of a text. A site's own format may raise anything: that is a fault, too."""
    typed = Typed(is_template, translation.get_language() or "", get_language_bidi())
    try:
        content = made_in.encode(text, typed=typed)
    except AttachmentFault:
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error(
            "attachment.format_failed",
            # Not the message of the error: it may repeat what a contact has given.
            extra={
                "format": made_in.name,
                "error": type(error).__name__,
                "place": f"{place.filename}:{place.lineno}",
            },
        )
        text = gettext("The format “%(format)s” failed: %(fault)s.")
        words = {"format": made_in.label, "fault": type(error).__name__}
        raise AttachmentFault(text % words, kind=FaultKind.FORMAT) from error
    if len(content) > sandbox.LONGEST_OUTPUT:
        raise fault_of({"kind": FaultKind.OUTPUT})
    return content
