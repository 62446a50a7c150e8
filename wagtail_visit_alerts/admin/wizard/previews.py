"""An e-mail and its attachment as the wizard shows them: never as part of the admin's own page.

HTML goes into a frame that may do nothing, text is escaped, and everything can be downloaded as it would be sent.
"""

import base64
import re
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives

#: The frame has no scripts and no origin by its "sandbox"; this keeps it from loading anything as well, and its
#: links from opening.
_LOCK = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:\">"
    '<base target="_blank">'
)
_TEXT_TYPES = ("application/json", "text/")
#: Characters of a text that are shown; all of it can be downloaded.
_MOST_SHOWN = 20_000


def locked(html: str) -> str:
    """HTML for the ``srcdoc`` of a sandboxed frame, from which nothing is loaded."""
    head = re.search(r"<head[^>]*>", html, flags=re.IGNORECASE)
    if head is None:
        return _LOCK + html
    return html[: head.end()] + _LOCK + html[head.end() :]


@dataclass(frozen=True)
class FilePreview:
    """A file that the e-mail carries."""

    filename: str
    content: bytes
    mimetype: str

    @property
    def is_html(self) -> bool:
        """Whether it is shown in a frame."""
        return self.mimetype == "text/html"

    @property
    def is_text(self) -> bool:
        """Whether it is shown as text."""
        return self.mimetype.startswith(_TEXT_TYPES) and not self.is_html

    @property
    def html(self) -> str:
        """The HTML of a frame."""
        return locked(self.content.decode("utf-8", "replace"))

    @property
    def text(self) -> str:
        """The beginning of the text."""
        # A file for spreadsheets begins with a mark that is no character.
        return self.content.decode("utf-8-sig", "replace")[:_MOST_SHOWN]

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return len(self.content.decode("utf-8-sig", "replace")) > _MOST_SHOWN

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def download_url(self) -> str:
        """The file itself, as an address that needs no further request."""
        return f"data:{self.mimetype};base64,{base64.b64encode(self.content).decode()}"


class EmailPreview:
    """An e-mail to look at."""

    def __init__(self, email: EmailMultiAlternatives) -> None:
        self.subject = str(email.subject)
        self.from_email = email.from_email
        self.to = ", ".join(email.to)
        self.text = str(email.body)
        self.html = locked(str(next((content for content, _mimetype in email.alternatives), "")))
        files: Any = email.attachments  # named tuples, of the shape that ``attach`` gives them
        self.attachments = [FilePreview(name, _as_bytes(content), kind) for name, content, kind in files]


def _as_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
