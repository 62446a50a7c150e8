"""A process of a running example site that carries out management commands: starting one for each takes seconds.

Takes one JSON list of arguments a line on standard input; answers each by a line ``{"printed": ..., "error": ...}``.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stdout
from typing import Any

import django
from django.core.management import call_command
from django.db import close_old_connections


def carry_out(arguments: list[str]) -> dict[str, Any]:
    """Run one command; what it printed, and the traceback where it failed."""
    printed, error = io.StringIO(), None
    close_old_connections()
    try:
        with redirect_stdout(printed):
            call_command(*arguments)
    except Exception:  # the test that asked gets it
        error = traceback.format_exc()
    return {"printed": printed.getvalue(), "error": error}


if __name__ == "__main__":
    django.setup()
    for line in sys.stdin:
        print(json.dumps(carry_out(json.loads(line))), flush=True)  # noqa: T201
