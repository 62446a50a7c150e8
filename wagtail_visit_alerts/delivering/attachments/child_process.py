"""Starts a Python of its own for what strangers' templates make it do, and judges how it ended.

``run_child`` gives a module of ``delivering.sandboxed`` its input and returns its output. Guarantees that whatever
happens there, the caller goes on within the time-out, and that the child inherits neither files nor the secrets of
the environment. ``multiprocessing`` would not do: django-q2's workers may have no such children, but may start
programs.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import jinja2

import wagtail_visit_alerts
from wagtail_visit_alerts.delivering.attachments.attachment_fault import AttachmentFault, FaultKind
from wagtail_visit_alerts.delivering.attachments.fault_wording import fault_of

#: What a child needs of the environment: where programs, libraries, fonts and their caches are.
KEPT_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
    "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH",
)  # fmt: skip
#: Imports, as the package's directory may not be on the path of an isolated Python, and calls ``main``.
_PROGRAM = "import sys; sys.path.extend(sys.argv[2:]); __import__(sys.argv[1], fromlist=['main']).main()"
#: How the system ends a process that has used up its CPU seconds; Windows has no such signal.
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0)


def run_child(module: str, *, given: bytes, seconds: float) -> bytes:
    """Run ``module.main()`` in a process of its own and return what it writes, after ``seconds`` at most.

    Raises ``AttachmentFault`` where it takes longer, is ended by its limits, fails or can't be started.
    """
    python = interpreter()
    if python is None:
        raise fault_of({"kind": FaultKind.PROCESS})
    command = [str(python), "-I", "-c", _PROGRAM, module, *map(str, _library_paths())]
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    try:
        ended = subprocess.run(  # noqa: S603  # our own program, with nothing of a template in its arguments
            command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds,
            env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise fault_of({"kind": FaultKind.TIME}) from error
    except OSError as error:  # no memory, no processes, no Python
        raise fault_of({"kind": FaultKind.PROCESS}) from error
    if ended.returncode == 0:
        return ended.stdout
    raise _fault_of_end(ended.returncode)


def interpreter() -> Path | None:
    """Return the Python that this process runs on, or the one beside its libraries; None where neither is found."""
    return next((candidate for candidate in _interpreters() if candidate.is_file()), None)


def _interpreters() -> Iterator[Path]:
    """Where Python may be: inside uWSGI and mod_wsgi ``sys.executable`` is the server, or nothing."""
    if sys.executable and Path(sys.executable).name.lower().startswith(("python", "pypy")):
        yield Path(sys.executable)
    for name in ("bin/python3", "bin/python", "Scripts/python.exe", "python.exe"):
        yield Path(sys.prefix, name)


def _library_paths() -> Iterable[Path]:
    """Where this package and its libraries are, for a Python that has not been told as this one was."""
    modules = (wagtail_visit_alerts, jinja2)
    return dict.fromkeys(Path(module.__file__ or "").resolve().parent.parent for module in modules)


def _fault_of_end(code: int) -> AttachmentFault:
    if code < 0 and code == _OUT_OF_TIME:
        return fault_of({"kind": FaultKind.TIME})
    # A library that gets no memory may end its process in any way, and a container kills what takes too much.
    return fault_of({"kind": FaultKind.MEMORY if code < 0 else FaultKind.PROCESS})
