"""PDF from HTML, in a child process with limits of its own: weasyprint needs more memory than a template.

Needs the extra ``pdf``. Guarantees that nothing but what stands in the HTML gets into the PDF: no address is opened,
neither on the network nor on this machine, except ``data:``.
"""

import ctypes
import importlib.util
import sys
from functools import cache

from django.utils.translation import gettext

from wagtail_visit_alerts.delivering.attachments.attachment_fault import AttachmentFault, FaultKind
from wagtail_visit_alerts.delivering.attachments.child_process import run_child
from wagtail_visit_alerts.delivering.attachments.fault_wording import fault_of
from wagtail_visit_alerts.delivering.attachments.sandbox import LONGEST_OUTPUT

#: Seconds of CPU, of which loading the library takes one or two, and seconds on a machine that is busy.
CPU_SECONDS = 10
WALL_SECONDS = 15.0
#: Measured: 200 paragraphs fit into 256 MiB of address space, and weasyprint without a limit takes 292 MiB.
MEMORY_BYTES = 512 * 1024 * 1024
#: What weasyprint can't do without (weasyprint/text/ffi.py).
_LIBRARIES = (
    "libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0", "libfontconfig.so.1",
)  # fmt: skip

_CHILD = "wagtail_visit_alerts.delivering.sandboxed.pdf_writing"


def why_unavailable() -> str:
    """Return what is missing to make PDFs, in a sentence that says what to do; empty if nothing is."""
    if not is_installed():
        return gettext(
            "PDF is not installed on this server: have “pip install wagtail-visit-alerts[pdf]” run there, or choose "
            "another format."
        )
    if lacks := missing_libraries():
        return _lacks_libraries(", ".join(lacks))
    return ""


def is_installed() -> bool:
    """Whether the extra ``pdf`` is there."""
    return importlib.util.find_spec("weasyprint") is not None


@cache
def missing_libraries() -> tuple[str, ...]:
    """Return the system libraries that weasyprint opens and that are not there; on Linux only."""
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(name for name in _LIBRARIES if not _can_be_opened(name))


def _can_be_opened(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _lacks_libraries(names: str) -> str:
    return gettext(
        "PDF is not complete on this server: it lacks %(libraries)s. Have the library Pango installed there, or "
        "choose another format."
    ) % {"libraries": names}


def from_html(html: str) -> bytes:
    """Return the PDF of a whole HTML page. Raises ``AttachmentFault``."""
    limits = [str(number) for number in (CPU_SECONDS, MEMORY_BYTES, LONGEST_OUTPUT)]
    answer = run_child(
        _CHILD, given="\n".join([*limits, html]).encode("utf-8", "replace"), seconds=WALL_SECONDS
    )
    kind, _, content = answer.partition(b"\n")
    if kind == b"pdf":
        return content
    if kind == b"libraries":
        raise AttachmentFault(_lacks_libraries("Pango"), kind=FaultKind.FORMAT)
    raise fault_of({"kind": kind.decode("ascii", "replace") or FaultKind.PROCESS})
