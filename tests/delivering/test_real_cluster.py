"""Real processes: a cluster and a command that are asked to stop, and tasks that an older version has queued."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300
#: What the processes run on: the tests' site with a database, a queue and a mail server of its own.
SETTINGS = """
from tests.settings import *
from tests.settings import Q_CLUSTER
Q_CLUSTER = {key: value for key, value in Q_CLUSTER.items() if key != "redis"}
Q_CLUSTER |= {"name": "stopping", "orm": "default", "save_limit": 0}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", %d
"""
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories import DeliveryFactory
for _ in range(6):
    DeliveryFactory()
"""


class SlowMailServer:
    """Takes each e-mail only when it is told to."""

    def __init__(self) -> None:
        self.accepted = 0
        self.begun = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rwb") as lines:
            self._say(lines, "220 slow")
            for line in lines:
                command = line[:4].upper()
                if command == b"DATA":
                    self._say(lines, "354 go on")
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                    self.begun.release()
                    self.may_go_on.acquire(timeout=PATIENCE_SECONDS)
                    self.accepted += 1
                    self._say(lines, "250 taken")
                elif command == b"QUIT":
                    self._say(lines, "221 bye")
                    return
                else:
                    self._say(lines, "250 ok")

    @staticmethod
    def _say(lines: Any, text: str) -> None:
        lines.write(text.encode() + b"\r\n")
        lines.flush()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def slow_mail_server() -> Iterator[SlowMailServer]:
    server = SlowMailServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> "Site":
    """A site with six e-mails that are due."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "site_settings.py").write_text(SETTINGS % 25)
    site = Site(folder)
    site.run("-c", PREPARE)
    return site


@pytest.fixture
def site(tmp_path, prepared, slow_mail_server) -> Iterator["Site"]:
    """Such a site, and its mail server."""
    (tmp_path / "site_settings.py").write_text(SETTINGS % slow_mail_server.port)
    site = Site(tmp_path)
    with sqlite3.connect(prepared.database) as source, sqlite3.connect(site.database) as copy:
        source.backup(copy)
    yield site
    for process in site.processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class Site:
    """A site in a folder, and the processes that run on it."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "site.sqlite3"
        self.processes: list[subprocess.Popen[str]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "DJANGO_SETTINGS_MODULE": "site_settings",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        }

    def run(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-W", "ignore", *arguments], env=self.environment, cwd=ROOT, check=True)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "django", *arguments],
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.database, timeout=20) as connection:
            return connection.execute(sql).fetchall()

    def statuses(self) -> list[tuple[str, int]]:
        return self.query("SELECT status, attempts FROM wagtail_visit_alerts_delivery ORDER BY status, id")


def wait_until(what: Callable[[], Any]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends_at, "It did not happen."
        time.sleep(0.05)


QUEUE_A_RUN = (
    "import django; django.setup(); from wagtail_visit_alerts.delivering import outbox; outbox.wake_up()"
)
#: As an earlier version has queued it, with a keyword that this one does not know.
QUEUE_AN_OLD_TASK = (
    "import django; django.setup(); from django_q.tasks import async_task; "
    "async_task('wagtail_visit_alerts.tasks.deliver', since='0.1', group='visit-alerts'); "
    "async_task('wagtail_visit_alerts.tasks.sweep', since='0.1')"
)


def test_a_cluster_that_is_asked_to_stop_finishes_what_it_has_in_hand(site, slow_mail_server):
    site.run("-c", QUEUE_A_RUN)
    cluster = site.start("qcluster")
    assert slow_mail_server.begun.acquire(timeout=PATIENCE_SECONDS)

    cluster.send_signal(signal.SIGTERM)
    for _ in range(6):
        slow_mail_server.may_go_on.release()

    assert cluster.wait(timeout=PATIENCE_SECONDS) == 0
    assert site.statuses() == [("sent", 1)] * 6
    assert slow_mail_server.accepted == 6


def test_a_worker_that_is_asked_to_stop_finishes_one_email_and_gives_the_others_back(site, slow_mail_server):
    site.run("-c", QUEUE_A_RUN)
    cluster = site.start("qcluster")
    assert slow_mail_server.begun.acquire(timeout=PATIENCE_SECONDS)

    os.killpg(cluster.pid, signal.SIGTERM)  # as a supervisor does that stops all processes of a group
    slow_mail_server.may_go_on.release()

    wait_until(lambda: site.statuses() == [("sent", 1), *[("waiting", 0)] * 5])
    assert slow_mail_server.accepted == 1


def test_a_command_that_is_asked_to_stop_finishes_one_email_and_gives_the_others_back(site, slow_mail_server):
    command = site.start("visit_alerts_deliver")
    assert slow_mail_server.begun.acquire(timeout=PATIENCE_SECONDS)

    command.send_signal(signal.SIGTERM)
    slow_mail_server.may_go_on.release()

    assert command.wait(timeout=PATIENCE_SECONDS) == -signal.SIGTERM
    assert site.statuses() == [("sent", 1), *[("waiting", 0)] * 5]


def test_tasks_that_the_previous_version_has_queued_still_run(site, slow_mail_server):
    site.run("-c", QUEUE_AN_OLD_TASK)
    for _ in range(6):
        slow_mail_server.may_go_on.release()

    cluster = site.start("qcluster")

    wait_until(lambda: site.statuses() == [("sent", 1)] * 6)
    wait_until(lambda: len(site.query("SELECT id FROM django_q_task")) >= 2)
    assert site.query("SELECT DISTINCT success FROM django_q_task") == [(1,)]
    cluster.send_signal(signal.SIGTERM)
    assert cluster.wait(timeout=PATIENCE_SECONDS) == 0
