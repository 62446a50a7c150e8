"""One POST to a host that strangers may run: bounded in time and size, to a judged address, followed nowhere.

Takes an address and a body; gives what the answer's head says, and never reads its body. On Python's own HTTP client:
its socket can be ours, connected to the very address that was judged, and a certificate is still checked against
the host's name; libraries above it look the name up again.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from wagtail_visit_alerts.delivering.channels.public_hosts import addresses_of

#: Seconds from the first connection to the answer's status; how long the name server takes is the system's matter.
LONGEST_POST: Final = 10.0


class Answer(NamedTuple):
    """How the other side answered: the status, and what it says of when to come again."""

    status: int
    retry_after: str


def post(url: str, *, body: bytes, headers: Mapping[str, str], longest: float = LONGEST_POST) -> Answer:
    """Send a POST and return the answer.

    Raises ``PrivateAddress``, ``OSError`` (``TimeoutError`` after ``longest`` seconds) and
    ``http.client.HTTPException`` for an answer that is none.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = addresses_of(host, port=port)
    ends_at = time.monotonic() + longest
    connection = http.client.HTTPConnection(host, port)
    with (
        _connected(addresses, port=port, ends_at=ends_at) as plain,
        _cut_off(plain, ends_at=ends_at) as cut_off,
    ):
        try:
            connection.sock = _secured(plain, host=host) if parts.scheme == "https" else plain
            connection.request("POST", _target(parts), body=body, headers={"Host": parts.netloc, **headers})
            response = connection.getresponse()
            answer = Answer(response.status, response.headers.get("Retry-After", ""))
        except (OSError, http.client.HTTPException) as error:
            if cut_off.is_set():
                raise TimeoutError from error
            raise
        finally:
            connection.close()
        if cut_off.is_set():  # what was read is not the whole of it
            raise TimeoutError
        return answer


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _secured(plain: socket.socket, *, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


@contextmanager
def _connected(addresses: list[str], *, port: int, ends_at: float) -> Iterator[socket.socket]:
    """A connection to the first of the addresses that takes one; raises the fault of the last."""
    for number, address in enumerate(addresses, start=1):
        try:
            found = socket.create_connection((address, port), timeout=max(ends_at - time.monotonic(), 0.01))
        except OSError:
            if number == len(addresses):
                raise
        else:
            with found:
                yield found
            return
    raise OSError


@contextmanager
def _cut_off(connected: socket.socket, *, ends_at: float) -> Iterator[threading.Event]:
    """Cut the connection off when the time is over, however little by little the other side answers."""
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        with suppress(OSError):  # it may have ended by itself in this very moment
            line.shutdown(socket.SHUT_RDWR)

    # TLS takes the socket's file over: a second handle of it can be shut down whoever has the first.
    with connected.dup() as line:
        timer = threading.Timer(max(ends_at - time.monotonic(), 0), cut)
        timer.daemon = True
        timer.start()
        try:
            yield is_over
        finally:
            timer.cancel()
            timer.join()
