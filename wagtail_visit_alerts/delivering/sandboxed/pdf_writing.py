"""The child process that makes a PDF of a page: HTML on its input, a word and the PDF on its output.

The first three lines of the input are its limits: seconds of CPU, bytes of memory, bytes of the PDF. Nothing is
fetched, except what stands in a ``data:`` address.
"""

import logging
import sys
from typing import Any

from wagtail_visit_alerts.delivering.sandboxed.limits import set_limits

#: What a page looks like that says nothing of it.
STYLE = """
@page { size: A4; margin: 20mm 18mm }
html { font: 11pt/1.45 "DejaVu Sans", "Noto Sans", "Liberation Sans", sans-serif; overflow-wrap: anywhere }
table { border-collapse: collapse } th, td { padding: 2pt 8pt 2pt 0; text-align: start; vertical-align: top }
"""


def main() -> None:
    """Answer the page on the input; ``python -c`` calls this."""
    cpu_seconds, memory_bytes, longest, html = sys.stdin.buffer.read().split(b"\n", 3)
    # Before the library is loaded: it starts no process, and its memory counts.
    set_limits(cpu_seconds=int(cpu_seconds), memory_bytes=int(memory_bytes), may_open_files=True)
    kind, content = _answer_to(html.decode(), longest=int(longest))
    sys.stdout.buffer.write(kind + b"\n" + content)


def _answer_to(html: str, *, longest: int) -> tuple[bytes, bytes]:
    try:
        content = _pdf_of(html)
    except OSError:  # the libraries that weasyprint opens as it is imported
        return b"libraries", b""
    except MemoryError:
        return b"memory", b""
    except RecursionError:
        return b"recursion", b""
    if len(content) > longest:
        return b"output", b""
    return b"pdf", content


def _pdf_of(html: str) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    class OnlyWithin(URLFetcher):
        """Opens what is in the page itself, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url[:5].lower() == "data:":
                raise ValueError("only data: addresses")
            return super().fetch(url, headers)

    logging.getLogger("weasyprint").addHandler(logging.NullHandler())
    fetcher = OnlyWithin(allowed_protocols={"data"}, allow_redirects=False)
    written: bytes = HTML(string=html, url_fetcher=fetcher, base_url=None).write_pdf(
        stylesheets=[CSS(string=STYLE, url_fetcher=fetcher)]
    )
    return written
