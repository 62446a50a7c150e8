"""Runs several programs together: stops them all at Ctrl-C, or as soon as one of them ends.

Each program gets a session of its own, so that the terminal's signals reach only this process. A program is asked
to stop by a SIGTERM to its main process alone, as django-q2's cluster needs it (a SIGTERM to its children as well
makes it hang), and what is left of it after a while is killed.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: How long a program may take to stop: django-q2's cluster needs up to 2 s idle, and lets a running e-mail finish.
STOP_SECONDS = 20.0
POLL_SECONDS = 0.2


class Supervisor:
    """Starts programs by name; :meth:`run` returns when all have stopped."""

    def __init__(self, programs: Mapping[str, Sequence[str]], *, stop_seconds: float = STOP_SECONDS) -> None:
        self.programs = programs
        self.stop_seconds = stop_seconds
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stop_requested = threading.Event()

    def run(self, *, on_started: Callable[[Callable[[], bool]], None] = lambda is_running: None) -> str | None:
        """Start the programs, call ``on_started``, and wait; returns which program ended by itself, if one did.

        ``on_started`` gets a function that says whether all of them are still to run. Sets the handlers of
        SIGINT, SIGTERM and SIGHUP while it runs, so it has to be called in the main thread.
        """
        previous = {number: signal.signal(number, self._request_stop) for number in STOP_SIGNALS}
        try:
            for name, command in self.programs.items():
                self._running[name] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, start_new_session=True
                )
            on_started(self._is_running)
            while self._is_running():
                self._stop_requested.wait(POLL_SECONDS)
            return None if self._stop_requested.is_set() else self._first_ended()
        finally:
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_requested.set()

    def _is_running(self) -> bool:
        return not self._stop_requested.is_set() and self._first_ended() is None

    def _first_ended(self) -> str | None:
        return next((name for name, program in self._running.items() if program.poll() is not None), None)

    def _stop_all(self) -> None:
        """Ask each program's main process to stop, wait, and kill what is left of its session."""
        for program in self._running.values():
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self.stop_seconds
        for program in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(timeout=max(0.0, deadline - time.monotonic()))
            # Workers whose main process was killed live on, unsupervised, in its process group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
