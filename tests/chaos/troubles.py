"""What goes wrong, and when: drawn from the seed, each kind once before any comes again."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.chaos.mail_server import MailServer
from tests.chaos.programs import Supervisor
from tests.chaos.visitors import Crowd

#: Seconds for which the mail server is away and the disk is full.
AWAY, FULL = 4.0, 3.0
#: Seconds of quiet after which a cluster has nothing to do.
QUIET = 2.0


@dataclass
class Troubles:
    """Everything that can be broken; what a set-up lacks is None."""

    seed: int
    supervisor: Supervisor
    mail_server: MailServer
    crowd: Crowd
    tell: Callable[[str], None]
    redis_url: str = ""
    restart_database: str = ""
    #: A folder on a small file system of its own, or None.
    disk: Path | None = None
    done: dict[str, int] = field(default_factory=dict)
    #: From when until when the database could not be written.
    database_away: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def kinds(self) -> list[Callable[[], None]]:
        """What can happen in this set-up."""
        kinds = [
            self.kill_a_process_of_a_cluster,
            self.kill_a_cluster,
            self.kill_idle_workers,
            self.kill_a_web_process,
            self.kill_the_web_server,
            self.leave_mail,
        ]
        if self.redis_url:
            kinds.append(self.flush_redis)
        if self.restart_database:
            kinds.append(self.restart_the_database)
        if self.disk:
            kinds.append(self.fill_the_disk)
        return kinds

    def sequence(self) -> Iterator[Callable[[], None]]:
        """Every trouble in a drawn order, and then again."""
        while kinds := self.kinds():
            yield from self._random.sample(kinds, len(kinds))

    def happen(self, trouble: Callable[[], None]) -> None:
        name = trouble.__name__.replace("_", " ")
        self.tell(name)
        trouble()
        self.done[name] = self.done.get(name, 0) + 1

    def kill_a_process_of_a_cluster(self) -> None:
        """A worker mostly; the monitor, the pusher or the sentinel as well."""
        processes = self._random.choice(self.supervisor.clusters).processes()
        if processes:
            _kill(self._random.choice(processes))

    def kill_a_cluster(self) -> None:
        self._random.choice(self.supervisor.clusters).kill()

    def kill_idle_workers(self) -> None:
        """Of all clusters, with nothing to do: the one that waits at the queue takes its lock along."""
        self.crowd.may_go_on.clear()
        time.sleep(QUIET)
        for cluster in self.supervisor.clusters:
            for process in cluster.processes()[1:]:
                _kill(process)
        self.crowd.may_go_on.set()

    def kill_a_web_process(self) -> None:
        if processes := self.supervisor.web.processes():
            _kill(self._random.choice(processes))

    def kill_the_web_server(self) -> None:
        self.supervisor.web.kill()

    def leave_mail(self) -> None:
        self.mail_server.close()
        time.sleep(AWAY)
        self.mail_server.open()

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.redis_url) as server:
            server.flushall()

    def restart_the_database(self) -> None:
        with self._database_away():
            subprocess.run(self.restart_database, shell=True, check=True, stdout=subprocess.DEVNULL)  # noqa: S602

    def fill_the_disk(self) -> None:
        ballast = self.disk / "ballast"
        with self._database_away():
            with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 4096)
            time.sleep(FULL)
            ballast.unlink()

    @contextlib.contextmanager
    def _database_away(self) -> Iterator[None]:
        began = time.time()
        yield
        self.database_away.append((began, time.time()))


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
