"""Wraps the functions that end a part, so that each call writes a line: what, which e-mail, when."""

import os
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.apps import AppConfig


class StopwatchConfig(AppConfig):
    name = "benchmarks.stopwatch"

    def ready(self) -> None:
        from wagtail_visit_alerts.delivering import message, outbox, sending

        sending.deliver_due = noting("started", sending.deliver_due, before=True)
        outbox.claim = noting("claimed", outbox.claim, lambda batch: [claimed.email_id for claimed in batch])
        message.build = noting(
            "written", message.build, lambda email: [email.extra_headers["Message-ID"][1:33]]
        )


def noting(
    what: str, function: Callable[..., Any], ids: Callable[[Any], list] | None = None, *, before: bool = False
) -> Callable[..., Any]:
    """Return the function, noting the time before it, or after it with the ids of e-mails that it gives."""

    @wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        if before:
            note(what, "-")
        given = function(*args, **kwargs)
        for email_id in ids(given) if ids else ():
            note(what, getattr(email_id, "hex", email_id))
        return given

    return noted


def note(what: str, email_id: str) -> None:
    """Write one line, whole: processes append to a file of their own."""
    with Path(os.environ["BENCH_DIR"], f"{os.getpid()}.times").open("a") as times:
        times.write(f"{what} {email_id} {time.time()}\n")
