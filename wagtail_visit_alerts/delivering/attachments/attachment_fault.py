"""Why an attachment was not made, or could not be: for the editor, the reader of the e-mail and the log.

The texts say it all, the line included, and repeat nothing that a contact has given.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from wagtail_visit_alerts.errors import VisitAlertsError


class FaultKind(StrEnum):
    """What kind of fault, as the log names it."""

    SYNTAX = "syntax"
    UNKNOWN = "unknown"
    TAG = "tag"
    FILTER = "filter"
    TEST = "test"
    FORBIDDEN = "forbidden"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    RECURSION = "recursion"
    #: A calculation failed for the values of this contact.
    RUN = "run"
    #: What came out is not what the format asks for.
    RESULT = "result"
    #: The format is not registered, or lacks what it needs on this machine.
    FORMAT = "format"
    #: The child process could not be started, or ended without an answer.
    PROCESS = "process"


class AttachmentFault(VisitAlertsError):
    """An attachment could not be made; a format raises it with a sentence for the editor."""

    def __init__(
        self, text: str, line: int | None = None, *, kind: FaultKind = FaultKind.RESULT, field: str = "body"
    ) -> None:
        super().__init__(text)
        self.text = text
        self.line = line
        self.kind = kind
        self.field = field


@dataclass(frozen=True)
class TemplateFault:
    """What is wrong with the file name or the content that an editor has entered; the text says the line, too."""

    line: int | None
    field: Literal["name", "body"]
    text: str
