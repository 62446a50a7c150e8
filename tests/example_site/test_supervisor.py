"""Programs that run together: one Ctrl-C stops all, and so does the end of one.

All programs, and their children, hold the pipe that the test reads: its end means that none of them lives.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from .conftest import CHECKOUT

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

#: Ignores the terminal's signal, as the workers of a cluster do.
LASTING = "import time, signal; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
#: Ends by itself, as a program that can't start does.
BRIEF = "import sys; sys.exit(3)"
#: Does not stop when asked, and has a child that outlives it.
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork(); "
    "os.write(1, b'ignores\\n'); time.sleep(600)"
)
SUPERVISED = """
import os
import sys
from example_site.supervisor import Supervisor
programs = {f"program {n}": [sys.executable, "-c", code] for n, code in enumerate(sys.argv[1:])}
ended = Supervisor(programs, stop_seconds=2).run(on_started=lambda is_running: os.write(1, b"started\\n"))
print("ended:", ended)
"""
#: Seconds within which everything has stopped, on a busy machine.
PATIENCE = 300


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Gives a function that starts a supervisor of programs; what a failed test has left is stopped."""
    started = []

    def start_programs(*programs: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SUPERVISED, *programs]
        started.append(subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start_programs
    for supervisor in started:
        supervisor.terminate()
        supervisor.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_programs_stop_when_the_supervisor_is_told_to(start, number):
    supervisor = start(LASTING, LASTING)
    assert supervisor.stdout.readline() == "started\n"

    supervisor.send_signal(number)
    output, _ = supervisor.communicate(timeout=PATIENCE)

    assert output == "ended: None\n"
    assert supervisor.returncode == 0


def test_all_programs_stop_when_one_has_ended_and_it_is_named(start):
    supervisor = start(LASTING, BRIEF)

    output, _ = supervisor.communicate(timeout=PATIENCE)

    assert output.splitlines()[-1] == "ended: program 1"


def test_a_program_that_does_not_stop_is_killed_with_its_children(start):
    supervisor = start(STUBBORN)
    lines = sorted(supervisor.stdout.readline() for _ in range(3))
    assert lines == ["ignores\n", "ignores\n", "started\n"]

    supervisor.send_signal(signal.SIGTERM)
    output, _ = supervisor.communicate(timeout=PATIENCE)

    assert output == "ended: None\n"
