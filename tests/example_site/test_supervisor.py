"""Programs that run together: one Ctrl-C stops all, and so does the end of one."""

import os
import signal
import subprocess
import sys
import threading
import time

from .conftest import CHECKOUT

LASTING = "import time, signal; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
#: Ends by itself, as a program that can't start does.
BRIEF = "import sys; sys.exit(3)"
#: Does not stop when asked, and has a child that outlives it.
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork(); "
    "print(os.getpid(), flush=True); time.sleep(600)"
)
SUPERVISED = """
import sys
from example_site.supervisor import Supervisor
programs = {f"program {n}": [sys.executable, "-c", code] for n, code in enumerate(sys.argv[1:])}
ended = Supervisor(programs, stop_seconds=2).run(on_started=lambda is_running: print("started", flush=True))
print("ended:", ended)
"""


def start(*programs: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, *programs], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    return [int(child) for child, parent in map(str.split, listing.splitlines()) if int(parent) == pid]


def test_all_programs_stop_at_ctrl_c():
    supervisor = start(LASTING, LASTING)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "started\n"
    programs = children_of(supervisor.pid)

    supervisor.send_signal(signal.SIGINT)
    output, _ = supervisor.communicate(timeout=20)

    assert output == "ended: None\n"
    assert supervisor.returncode == 0
    assert len(programs) == 2
    assert not any(is_alive(program) for program in programs)


def test_all_programs_stop_when_one_has_ended_and_it_is_named():
    supervisor = start(LASTING, BRIEF)

    output, _ = supervisor.communicate(timeout=20)

    assert output.splitlines()[-1] == "ended: program 1"


def test_a_program_that_does_not_stop_is_killed_with_its_children():
    supervisor = start(STUBBORN)
    assert supervisor.stdout is not None
    lines = [supervisor.stdout.readline() for _ in range(3)]
    pids = [int(line) for line in lines if line.strip().isdigit()]

    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate(timeout=20)

    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):  # the child's new parent has yet to notice its end
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
