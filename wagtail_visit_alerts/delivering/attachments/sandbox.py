"""Runs the templates of one attachment in the bounded child process, or checks what was typed by hand there.

The bounds: two seconds of CPU, 128 MiB of memory, 1 MiB of output, and a time-out for a machine that is busy. They
are the child's own (``delivering.sandboxed.limits``); no template is compiled or run in this process, as Jinja
calculates constants while it compiles.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from wagtail_visit_alerts.delivering.attachments.attachment_fault import FaultKind
from wagtail_visit_alerts.delivering.attachments.child_process import run_child
from wagtail_visit_alerts.delivering.attachments.fault_wording import fault_of

CPU_SECONDS = 2
MEMORY_BYTES = 128 * 1024 * 1024
#: Of what a template prints, and of the attachment that is made from it.
LONGEST_OUTPUT = 1024 * 1024
#: Long enough for two seconds of CPU on a busy machine, short enough for a task that has more to send.
WALL_SECONDS = 8.0

_CHILD = "wagtail_visit_alerts.delivering.sandboxed.rendering"


@dataclass(frozen=True)
class Sources:
    """What an editor has entered: literally, or as templates. A name of None is not asked for."""

    name: str | None
    body: str
    is_template: bool
    escaping: str


@dataclass(frozen=True)
class Written:
    """What came of the sources."""

    name: str
    body: str


def write(sources: Sources, *, data: Mapping[str, Any]) -> Written:
    """Return file name and content for these values. Raises ``AttachmentFault``."""
    answer = _ask("render", sources, data)
    for fault in answer.get("faults", ()):
        raise fault_of(fault)
    return Written(answer.get("name", ""), answer["body"])


def faults(sources: Sources, *, sample: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with the sources, as the child tells it. Raises ``AttachmentFault`` over a bound."""
    found: list[dict[str, Any]] = _ask("check", sources, sample)["faults"]
    return found


def _ask(task: str, sources: Sources, data: Mapping[str, Any]) -> dict[str, Any]:
    request = {
        "task": task,
        "name": sources.name if sources.is_template else None,
        "body": sources.body,
        "is_template": sources.is_template,
        "escaping": sources.escaping,
        "data": data,
        "words": {"yes": gettext("yes"), "no": gettext("no")},
        "longest": LONGEST_OUTPUT,
        "limits": {"cpu_seconds": CPU_SECONDS, "memory_bytes": MEMORY_BYTES},
    }
    written = run_child(_CHILD, given=json.dumps(request).encode(), seconds=WALL_SECONDS)
    try:
        answer: dict[str, Any] = json.loads(written)
    except ValueError as error:
        raise fault_of({"kind": FaultKind.PROCESS}) from error
    return answer
