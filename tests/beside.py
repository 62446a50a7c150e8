"""Two transactions side by side: one goes on while the other waits for what it holds.

What a test holds decides who waits: a row that it has locked, or a signal of ours, sent inside a transaction, whose
receiver waits.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.dispatch import Signal

#: Seconds after which a test that hangs fails.
LONGEST = 60
#: Seconds between two looks: InnoDB answers from a copy until that has not been read for a tenth of a second
#: (storage/innobase/trx/trx0i_s.cc, CACHE_MIN_IDLE_TIME).
BETWEEN_LOOKS = 0.2
#: Whether a connection waits for what another one has locked.
WAITS = {
    "postgresql": "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted)",
    "mysql": "SELECT EXISTS (SELECT 1 FROM information_schema.innodb_trx"
    " WHERE trx_mysql_thread_id = %s AND trx_state = 'LOCK WAIT')",
}
OWN_ID = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}

needs_two_connections = pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite lets one transaction write at a time, and in memory has one connection",
)


class Beside:
    """An action in a thread of its own, with a connection of its own, begun at once."""

    def __init__(self, action: Callable[[], Any]) -> None:
        self._action = action
        self._has_id = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._has_id.wait(LONGEST)

    def _run(self) -> None:
        self._error: BaseException | None = None
        try:
            self._id = _one_value(OWN_ID[connection.vendor])
            self._has_id.set()
            self._result = self._action()
        except BaseException as error:
            self._error = error
        finally:
            connections.close_all()

    def waits(self) -> bool:
        """Whether it comes to wait for a lock, rather than to its end."""
        while self._thread.is_alive():
            if _one_value(WAITS[connection.vendor], self._id):
                return True
            self._thread.join(BETWEEN_LOOKS)
        return False

    def result(self) -> Any:
        """What the action gives, once it has ended; its error is raised."""
        self._thread.join(LONGEST)
        assert not self._thread.is_alive(), "It waits for ever."
        if self._error is not None:
            raise self._error
        return self._result


@contextmanager
def held(*rows: Any) -> Iterator[None]:
    """Lock rows, given as query sets, so that whoever wants to change them waits until the end of the block."""
    with transaction.atomic():
        for some in rows:
            assert list(some.select_for_update())
        yield


@contextmanager
def halted(signal: Signal) -> Iterator[Callable[[], None]]:
    """Have the first transaction that sends the signal stop there until the block ends; gives how to wait for it."""
    came, may_go_on = threading.Event(), threading.Event()

    def stop(**kwargs: Any) -> None:
        if not came.is_set():
            came.set()
            may_go_on.wait(LONGEST)

    signal.connect(stop)
    try:
        yield lambda: _wait(came)
    finally:
        may_go_on.set()
        signal.disconnect(stop)


def _wait(event: threading.Event) -> None:
    assert event.wait(LONGEST)


def _one_value(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]
