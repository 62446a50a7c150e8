"""The formats that an attachment can have: a registry, to which a site adds its own.

``register_format`` takes an instance of a subclass of ``AttachmentFormat``, best in ``AppConfig.ready``. A format
says how the values of a template print, and makes bytes of the text; everything dangerous happens before that, in
the bounded child process.
"""

from enum import StrEnum
from typing import ClassVar, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering.attachments.attachment_fault import AttachmentFault, FaultKind


class Escaping(StrEnum):
    """How the values of a template print, so that none of them changes what stands around it."""

    #: As they are.
    TEXT = "text"
    #: Escaped for HTML and XML.
    HTML = "html"
    #: Each within its cell; no spreadsheet calculates it. The text has to be CSV.
    CSV = "csv"
    #: As JSON. The text has to be JSON.
    JSON = "json"
    #: Escaped for vCards, lines folded. The text has to be vCards.
    VCARD = "vcard"


class Typed(NamedTuple):
    """Where the text of an attachment is from: literally from an editor, or printed by their template."""

    is_template: bool
    #: The reader's language, and whether it is written from right to left.
    language: str
    is_right_to_left: bool


class AttachmentFormat:
    """One format. A subclass sets the attributes and overrides what differs."""

    #: What alerts store: 20 characters at most, never changed.
    name: ClassVar[str]
    #: What an editor chooses, translatable.
    label: ClassVar[str | Promise]
    #: Of the file, without a dot.
    extension: ClassVar[str]
    mimetype: ClassVar[str]
    escaping: ClassVar[Escaping] = Escaping.TEXT

    def why_unavailable(self) -> str:
        """Return what this machine lacks to make the format, in a sentence; empty if nothing."""
        return ""

    def encode(self, text: str, *, typed: Typed) -> bytes:
        """Return the file for a text in this format; raises ``AttachmentFault`` with a sentence for the editor."""
        return text.encode("utf-8", "replace")


_formats: dict[str, AttachmentFormat] = {}


def register_format(attachment_format: AttachmentFormat) -> None:
    """Add a format, or replace the one of the same name."""
    name = attachment_format.name
    if not name or len(name) > 20:
        raise ImproperlyConfigured(
            f"The attachment format {type(attachment_format).__name__} has the name {name!r}: give it one of 1 to 20 "
            "characters."
        )
    _formats[name] = attachment_format


def formats() -> list[tuple[str, str]]:
    """Return name and label of every format, in the order in which they are offered.

    One that this machine can't make is among them, and says so; ``why_unavailable`` says what it lacks.
    """
    return [(name, _label(each)) for name, each in _formats.items()]


def why_unavailable(name: str) -> str:
    """Return why the format can't be made here, in a sentence that says what to do; empty if it can."""
    each = _formats.get(name)
    if each is None:
        return gettext("The format “%(name)s” is not known any more: choose another one.") % {"name": name}
    return each.why_unavailable()


def format_of(name: str) -> AttachmentFormat:
    """Return the format of a name. Raises ``AttachmentFault`` where it is unknown or can't be made here."""
    if reason := why_unavailable(name):
        raise AttachmentFault(reason, kind=FaultKind.FORMAT)
    return _formats[name]


def _label(each: AttachmentFormat) -> str:
    if each.why_unavailable():
        return gettext("%(format)s (not installed)") % {"format": each.label}
    return str(each.label)
