"""What the benchmarks of delivery run on: a database, a queue, a mail sink, and a cluster with two workers.

``performed`` is called by a benchmark and gives what its other half prints, which runs in a process with the settings
of such a site; ``cluster`` and ``times`` are for that half.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

#: What the notes say of one e-mail: what -> when.
Times = dict[str, float]


def performed(program: str, size: int, *, broker: str) -> Iterator[str]:
    """Run a program of the benchmarks with a size on a broker, "orm" or "redis"; yield its lines."""
    folder = Path(tempfile.mkdtemp(prefix="visit-alerts-bench-"))
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.smtp_sink", folder / "sink.times"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sink.stdout is not None
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.delivery_settings",
            "BENCH_DATABASE_URL": _database_url(folder),
            "BENCH_BROKER": broker,
            "BENCH_DIR": str(folder),
            "BENCH_SMTP_PORT": sink.stdout.readline().strip(),
        }
        command = [sys.executable, "-W", "ignore", "-m", program, str(size)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            yield from (line.rstrip("\n") for line in running.stdout)
        if running.returncode:
            sys.exit(f"{program} has failed; its message stands above.")
    finally:
        sink.terminate()
        sink.communicate()
        shutil.rmtree(folder)


def _database_url(folder: Path) -> str:
    """The test database, which is there already; on SQLite a file, as the test database is in memory."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder}/site.sqlite3"
    url = urlsplit(os.environ["DATABASE_URL"])
    return url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def cluster() -> Iterator[None]:
    """Run django-q2 with two workers; entered once it is ready."""
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "django", "qcluster"], env=os.environ)
    try:
        _wait_until_ready()
        yield
    finally:
        process.terminate()
        process.wait(timeout=120)


def _wait_until_ready() -> None:
    """Wait until both workers have had something to do."""
    from django_q.brokers import get_broker
    from django_q.tasks import async_task

    broker = get_broker()
    for _task in range(4):
        async_task("time.sleep", 1)
    while broker.queue_size():
        time.sleep(0.1)
    time.sleep(3)


def times() -> dict[str, Times]:
    """Everything that was noted so far, by e-mail; "started" is the start of the run that claimed it."""
    noted: dict[str, Times] = {}
    for path in Path(os.environ["BENCH_DIR"]).glob("*.times"):
        started = 0.0
        for line in path.read_text().splitlines():
            what, email_id, moment = line.split()
            if what == "started":
                started = float(moment)
                continue
            of_email = noted.setdefault(email_id, {})
            of_email[what] = float(moment)
            if what == "claimed":
                of_email["started"] = started
    return noted


def wait_until_accepted(number: int, *, at_most_seconds: float) -> None:
    """Wait until the sink has accepted so many e-mails."""
    path = Path(os.environ["BENCH_DIR"], "sink.times")
    ends_at = time.monotonic() + at_most_seconds
    while path.read_text().count("accepted") < number:
        if time.monotonic() > ends_at:
            sys.exit(f"Only {path.read_text().count('accepted')} of {number} e-mails have been accepted.")
        time.sleep(0.05)
