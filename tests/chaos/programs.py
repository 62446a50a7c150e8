"""The site's programs, started again as systemd does by the units in docs/monitoring.md, only sooner."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Seconds. The documentation's values in parentheses: a run can't wait for minutes.
RESTART_AFTER = 1.0  # RestartSec=2
STOP_WITHIN = 8.0  # TimeoutStopSec=180
GRACE = 40.0  # OnActiveSec=4min; the first sweep of a cluster is due after half a minute
LOOK_EVERY = 4.0  # OnUnitInactiveSec=1min
HEALTH = (
    "visit_alerts_health", "--only", "sweep", "--only", "due",
    "--sweep-within", "180",
    "--due-within", "10",  # 180
)  # fmt: skip


class Program:
    """One program in a process group of its own."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path) -> None:
        self.name, self.command, self._log = name, command, log
        self.started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.started_at = time.monotonic()

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def stop(self, *, within: float = STOP_WITHIN) -> None:
        """As ``KillMode=mixed``: SIGTERM to the main process, and SIGKILL to what is left after a while."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=within)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def processes(self) -> list[int]:
        """The processes that are not the main one: of a cluster the sentinel first, then what that has started."""
        if self._process is None:
            return []
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != str(self._process.pid):
                with contextlib.suppress(OSError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if fields[0] != "Z" and int(fields[2]) == self._process.pid:
                        found.append((int(fields[19]), int(entry.name)))
        return [pid for _started, pid in sorted(found)]


class Supervisor:
    """Starts programs again that have ended, and the clusters when the health command says so."""

    def __init__(self, web: Program, clusters: Sequence[Program], *, tell: Callable[[str], None]) -> None:
        self.web, self.clusters, self._tell = web, clusters, tell
        self.restarts_by_exit = self.restarts_by_health = 0
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._watch_exits, self._watch_health)
        ]
        #: Held while programs are started and stopped.
        self._lock = threading.Lock()

    def start(self) -> None:
        for program in (self.web, *self.clusters):
            program.start()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Supervise no more; what runs goes on."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _watch_exits(self) -> None:
        while not self._is_over.wait(0.3):
            for program in (self.web, *self.clusters):
                with self._lock:
                    if program.has_ended:
                        program.kill()  # orphans, as systemd's control group has them killed
                        time.sleep(RESTART_AFTER)
                        program.start()
                        self.restarts_by_exit += 1

    def _watch_health(self) -> None:
        while not self._is_over.wait(LOOK_EVERY):
            if time.monotonic() - max(cluster.started_at for cluster in self.clusters) < GRACE:
                continue
            look = manage(*HEALTH)
            if look.returncode == 0 or self._is_over.is_set():
                continue
            self._tell(
                f"health says: {' '.join(look.stdout.split()[-12:]) or 'no answer'}; restarting the clusters"
            )
            with self._lock:
                stop_together(self.clusters)
                for cluster in self.clusters:
                    cluster.start()
            self.restarts_by_health += 1


def stop_together(programs: Iterable[Program]) -> None:
    """Stop several programs at the same time."""
    threads = [threading.Thread(target=program.stop) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the site's commands."""
    command = [sys.executable, "-m", "django", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def web_server(port: int, *, log: Path) -> Program:
    command = [sys.executable, "-m", "gunicorn", "tests.chaos.wsgi:application", "--bind", f"127.0.0.1:{port}",
               "--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--log-level", "warning"]  # fmt: skip
    return Program("web server", command, log=log / "web.log")


def cluster(number: int, *, log: Path) -> Program:
    command = [sys.executable, "-m", "django", "qcluster"]
    return Program(f"cluster {number}", command, log=log / f"cluster-{number}.log")
