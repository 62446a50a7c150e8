"""The child process in which templates run: one request as JSON on its input, one answer on its output.

The parent has the sentences; what goes wrong is answered as a kind, a line and a name. What the limits stop is not
answered at all: the system ends the process, and the parent sees how.
"""

import json
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from jinja2 import Template, TemplateSyntaxError
from jinja2.sandbox import SecurityError

from wagtail_visit_alerts.delivering.sandboxed import analysis
from wagtail_visit_alerts.delivering.sandboxed.environment import (
    AttachmentEnvironment,
    RefusedTagError,
    UnknownNameError,
)
from wagtail_visit_alerts.delivering.sandboxed.limits import set_limits
from wagtail_visit_alerts.delivering.sandboxed.printing import NotInFormatError

FIELDS = ("name", "body")


class OutputTooLongError(Exception):
    """A template has printed more than it may."""


def main() -> None:
    """Answer the request on the input; ``python -c`` calls this."""
    request = json.load(sys.stdin.buffer)
    load_lazy_parts(request["escaping"])
    set_limits(may_open_files=False, **request["limits"])
    json.dump(answer_to(request), sys.stdout)


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"name": ..., "body": ...}``, or ``{"faults": [...]}``."""
    sources = {field: request[field] for field in FIELDS if request.get(field) is not None}
    run = _check if request["task"] == "check" else _render
    return run(sources, request)


def _render(sources: dict[str, str], request: dict[str, Any]) -> dict[str, Any]:
    written = {}
    for field, source in sources.items():
        try:
            written[field] = _written(source, field, request)
        except Exception as error:  # a template can raise anything
            return {"faults": [_fault(error, field, source)]}
    return written


def _check(sources: dict[str, str], request: dict[str, Any]) -> dict[str, Any]:
    return {"faults": [fault for field, source in sources.items() for fault in _faults(source, field, request)]}


def _faults(source: str, field: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is wrong with one template; a calculation may fail for the sample alone, so that is none of it."""
    try:
        if request["is_template"]:
            environment = _environment(field, request)
            found = analysis.findings(
                environment.parse(source), environment=environment, sample=environment.values(request["data"])
            )
            if found:
                yield from ({**finding._asdict(), "field": field} for finding in found)
                return
        _written(source, field, request)
    except Exception as error:  # a template can raise anything
        fault = _fault(error, field, source)
        if fault["kind"] != "run" and not (fault["kind"] == "unknown" and fault["name"].startswith("[")):
            yield fault


def _written(source: str, field: str, request: dict[str, Any]) -> str:
    environment = _environment(field, request)
    text = _printed(source, field, environment, request) if request["is_template"] else source
    return environment.printer.finish(text)


def _printed(source: str, field: str, environment: AttachmentEnvironment, request: dict[str, Any]) -> str:
    """Run a template; raises ``OutputTooLongError`` before it has printed more than it may."""
    code = environment.compile(source, name=field, filename=f"<{field}>")
    template = Template.from_code(environment, code, environment.make_globals(None))
    pieces, length = [], 0
    for piece in template.generate(environment.values(request["data"])):
        length += len(piece.encode("utf-8", "replace"))
        if length > request["longest"]:
            raise OutputTooLongError
        pieces.append(piece)
    return "".join(pieces)


def _environment(field: str, request: dict[str, Any]) -> AttachmentEnvironment:
    escaping = request["escaping"] if field == "body" else "text"
    return AttachmentEnvironment(escaping, words=request["words"])


def _fault(error: Exception, field: str, source: str) -> dict[str, Any]:
    """What went wrong, without anything that a value could have put into it."""
    line = _line(error.__traceback__, field)
    fault: dict[str, Any] = {"field": field, "line": line, "name": "", "kind": "run"}
    if isinstance(error, TemplateSyntaxError):
        return fault | {"kind": "syntax", "name": error.message or "", "line": error.lineno}
    if isinstance(error, UnknownNameError):
        name = error.message or ""
        # A name that the template does not spell out is a value: contact[contact.name].
        is_spelled_out = name.rpartition(".")[2] in source
        return fault | {"kind": "unknown", "name": name if is_spelled_out else "[…]"}
    if isinstance(error, RefusedTagError):
        return fault | {"kind": "tag", "name": error.name, "line": error.line}
    if isinstance(error, NotInFormatError):
        return fault | {"kind": "result", "name": error.reason, "line": error.line}
    kinds: dict[type[Exception], str] = {
        SecurityError: "forbidden",
        MemoryError: "memory",
        RecursionError: "recursion",
        OutputTooLongError: "output",
    }
    for kind, word in kinds.items():
        if isinstance(error, kind):
            return fault | {"kind": word}
    return fault | {"name": type(error).__name__}


def _line(trace: TracebackType | None, field: str) -> int | None:
    """The line of the template in which an error came up."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<{field}>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def load_lazy_parts(escaping: str) -> None:
    """Import now what is imported at its first use: once the limits are set, no file is opened."""
    import html  # noqa: F401
    import pprint  # noqa: F401
    import textwrap  # noqa: F401
    import unicodedata  # noqa: F401
    from encodings import idna, latin_1, unicode_escape, utf_8  # noqa: F401

    from jinja2 import debug  # noqa: F401

    if escaping == "vcard":
        from vobject import base, vcard  # noqa: F401
