"""What is done once a response has been sent: on every server, with the connection still open, and never for long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections
from django.http import HttpRequest

from wagtail_visit_alerts.models.primary import atomic, primary_alias

#: What the writing may wait for a lock, in milliseconds, on databases that wait at all.
LOCK_TIMEOUT_MS = 250
#: How a connection's own setting is read and written; MariaDB counts in seconds.
LOCK_TIMEOUTS = {
    "sqlite": ("PRAGMA busy_timeout", "PRAGMA busy_timeout", LOCK_TIMEOUT_MS),
    "mysql": ("SELECT @@innodb_lock_wait_timeout", "SET innodb_lock_wait_timeout", 1),
}


def call_after(request: HttpRequest, function: Callable[[], None]) -> None:
    """Call a function when Django closes the request; it must not raise.

    The request and not the response: a cache may store that, with all that hangs on it.
    """
    close = request.close

    def close_and_call() -> None:
        close()
        function()

    request.close = close_and_call  # type: ignore[method-assign]


@contextmanager
def short_lock_timeout() -> Iterator[None]:
    """Let statements wait for a lock only briefly, and leave the site's own setting as it was."""
    connection = connections[primary_alias()]
    if connection.vendor == "postgresql":
        # For this transaction only: behind a pooler the next one may run on another connection.
        with atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
            yield
    elif connection.vendor in LOCK_TIMEOUTS:
        read, write, value = LOCK_TIMEOUTS[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(read)
            before = cursor.fetchone()[0]
            cursor.execute(f"{write} = {value}")
            try:
                yield
            finally:
                cursor.execute(f"{write} = {before}")
    else:
        yield
