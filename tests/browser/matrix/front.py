"""Front: a small server between the browsers and the site, on the same machine.

It tells persons apart by their host names (``anna.localhost``), so that a case has its own cookies and storage in a
browser that it shares with others. It sees every message of theirs, can lose, hold back and repeat them as a bad
network does, and says that a browser driven by a test is not automated, for it plays a person's.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .page_cache import PageCache

ENDPOINT = "/visit-alerts/page-views/"
#: Seconds; what is waited for comes within one or two, on a machine that does nothing else.
PATIENCE = 90
#: The other site that people go to.
ELSEWHERE = "elsewhere.localhost"
ELSEWHERE_PAGE = b"<!doctype html><title>Another site</title><p>Another site altogether.</p>"
HTMX = Path(__file__).parent.parent / "htmx" / "htmx.min.js"
#: What a browser may not be told of the connection behind.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
#: Status, headers and body.
Answer = tuple[int, dict[str, str], bytes]

#: Runs in every page before anything else. The computer's clocks go as "test:ahead" in the storage says, in
#: milliseconds: the wall clock, and the monotonic one since the page began.
SCRIPT = b"""<script>
(() => {
  Object.defineProperty(Navigator.prototype, "webdriver", { get: () => false });
  const ahead = () => JSON.parse(localStorage.getItem("test:ahead")) || { wall: 0, monotonic: 0 };
  const [wall, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];
  const begun = ahead().monotonic;
  if (document.prerendering) addEventListener("load", () => localStorage.setItem("test:prerendered", "1"));
  Date.now = () => wall() + ahead().wall;
  performance.now = () => monotonic() + ahead().monotonic - begun;
})();
</script>"""


@dataclass
class Message:
    """One message of the page script, what the network did with it, and the site's answer once there is one."""

    body: dict[str, Any]
    headers: dict[str, str]
    fate: str | None = None
    status: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    #: Set once it is let through.
    released: threading.Event = field(default_factory=threading.Event)
    #: The site has finished with it, or will never get it.
    is_done: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the site has recorded it, or decided not to."""
        return self.status == 200 and not self.answer.get("again")

    def is_entry_of(self, page: str) -> bool:
        return self.body.get("type") == "entry" and self.body.get("url", "").partition("?")[0] == page


class Wire:
    """What one person's browser sends and gets. ``fault`` says of a message "lose", "hold" or "repeat", else None."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.messages: list[Message] = []
        self.served: list[tuple[str, dict[str, str]]] = []
        self.fault: Callable[[Message], str | None] = lambda message: None
        self.rewrite: Callable[[bytes], bytes] = lambda html: html
        self.blocks_script = False
        #: Pages come with a header for which browsers do not keep them in memory.
        self.is_never_kept = False
        self.changed = threading.Condition()
        #: How many requests the site has not finished with; what the network holds back has not come to it.
        self._under_way = 0

    @property
    def is_quiet(self) -> bool:
        """Whether the site has finished with all it got, with what it does after an answer too."""
        return self._under_way == 0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """While a request is worked at."""
        self._count_under_way(1)
        try:
            yield
        finally:
            self._count_under_way(-1)

    def _count_under_way(self, change: int) -> None:
        with self.changed:
            self._under_way += change
            self.changed.notify_all()

    def come(self, message: Message) -> None:
        """A message has come; find out what becomes of it, and wait where it is held back."""
        with self.changed:
            message.fate = self.fault(message)
            self.messages.append(message)
            self.changed.notify_all()
        if message.fate == "hold":
            self._count_under_way(-1)
            message.released.wait()
            self._count_under_way(1)

    def sent(self, kind: str, page: str | None = None) -> int:
        """How many messages of a kind the script has sent, heard or not; entries of a page if one is named."""
        return sum(
            message.body.get("type") == kind and (page is None or message.is_entry_of(page))
            for message in self.messages
        )

    def taken(self, page: str) -> int:
        """How many entries of a page the site has taken."""
        return sum(message.is_taken and message.is_entry_of(page) for message in self.messages)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that depends on what has been sent."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout=PATIENCE):
                sent = "\n".join(f"{message.status} {message.body}" for message in self.messages)
                raise AssertionError(f"{what}: not within {PATIENCE} s. Messages:\n{sent}")

    @contextmanager
    def entry_of(self, page: str) -> Iterator[None]:
        """Do something of which the page's entry must come; wait until the site has taken it."""
        before = self.taken(page)
        yield
        self.wait_until(lambda: self.taken(page) > before, f"the entry of {page}")

    @contextmanager
    def end(self) -> Iterator[None]:
        """Do something for which the script must say that a page was left, and wait until it has."""
        before = self.sent("end")
        yield
        self.wait_until(lambda: self.sent("end") > before, "the end of a page view")

    @contextmanager
    def unheard_entry_of(self, page: str) -> Iterator[None]:
        """Do something of which the script must report the page's entry, and wait until it has, heard or not."""
        before = self.sent("entry", page)
        yield
        self.wait_until(lambda: self.sent("entry", page) > before, f"the entry of {page}, heard or not")

    @contextmanager
    def request_for(self, page: str) -> Iterator[None]:
        """Do something for which the browser must ask for the page, and wait until it has got it."""
        before = len(self.served_pages(page))
        yield
        self.wait_until(lambda: len(self.served_pages(page)) > before, f"the request for {page}")

    def served_pages(self, page: str) -> list[dict[str, str]]:
        """What came with each answer to a request for a page."""
        return [headers for path, headers in self.served if path.partition("?")[0] == page]

    def release(self, *, reverse: bool = False) -> None:
        """Let through what has been held back, one message after the other."""
        with self.changed:
            self.fault = lambda message: None
            held = [message for message in self.messages if message.fate == "hold"]
        for message in reversed(held) if reverse else held:
            message.released.set()
            self.wait_until(lambda: message.is_done, "the answer to a message held back")  # noqa: B023

    def note(self, note: Callable[[], Any]) -> None:
        with self.changed:
            note()
            self.changed.notify_all()


class Front:
    """The server; ``wire`` gives that of a person by the name of their host."""

    def __init__(self, site_port: int) -> None:
        self.site_port = site_port
        self.wires: dict[str, Wire] = {}
        self._page_cache: PageCache | None = None
        front = self

        class Handler(_Handler):
            def wire(self) -> Wire:
                return front.wire((self.headers["Host"] or "").partition(":")[0])

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def wire(self, host: str) -> Wire:
        return self.wires.setdefault(host, Wire(self.site_port))

    def url(self, host: str) -> str:
        return f"http://{host}:{self.port}"

    @property
    def page_cache(self) -> PageCache:
        """A full-page cache in front of the site; started when it is first needed."""
        if self._page_cache is None:
            self._page_cache = PageCache(self.site_port)
        return self._page_cache

    def stop(self) -> None:
        if self._page_cache is not None:
            self._page_cache.stop()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what is wrong, unless a browser has just gone, as browsers do."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def wire(self) -> Wire:
        raise NotImplementedError

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Nothing: what went over the wire is kept."""

    def do_GET(self) -> None:  # the base class's name
        wire = self.wire()
        if self.headers["Host"].startswith(ELSEWHERE):
            self._answer(200, {"Content-Type": "text/html"}, ELSEWHERE_PAGE)
            return
        if self.path == "/vendored/htmx.min.js":
            self._answer(200, {"Content-Type": "text/javascript"}, HTMX.read_bytes())
            return
        if wire.blocks_script and "page-view" in self.path:
            self.close_connection = True
            return
        with wire.under_way(), _forward(wire, "GET", self.path, self._sent_headers(), None) as answer:
            status, headers, body = answer
            if headers.get("Content-Type", "").startswith("text/html"):
                body = wire.rewrite(body).replace(b"<head>", b"<head>" + SCRIPT, 1)
                if wire.is_never_kept:
                    headers["Cache-Control"] = "no-store"
            self._answer(status, headers, body)
            wire.note(lambda: wire.served.append((self.path, headers)))

    def do_POST(self) -> None:  # the base class's name
        wire = self.wire()
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with wire.under_way():
            if self.path != ENDPOINT:
                with _forward(wire, "POST", self.path, self._sent_headers(), content) as answer:
                    self._answer(*answer)
                return
            message = Message(json.loads(content), self._sent_headers())
            wire.come(message)
            if message.fate == "lose":
                self.close_connection = True
            else:
                answer = deliver(wire, message)
                if message.fate == "repeat":
                    deliver(wire, message)
                self._answer(*answer)
            wire.note(lambda: message.__dict__.update(is_done=True))

    def _sent_headers(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        try:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the browser has gone, as browsers do


def deliver(wire: Wire, message: Message) -> Answer:
    """Hand a message to the site, now."""
    content = json.dumps(message.body).encode()
    with _forward(wire, "POST", ENDPOINT, message.headers, content) as answer:
        status, _headers, body = answer
    said = json.loads(body) if status < 500 else {}
    wire.note(lambda: message.__dict__.update(status=status, answer=said))
    return answer


@contextmanager
def _forward(
    wire: Wire, method: str, path: str, headers: dict[str, str], body: bytes | None
) -> Iterator[Answer]:
    """The site's answer; afterwards wait until it has closed the connection, after all that it does for a request."""
    headers = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
    with ExitStack() as afterwards:
        try:
            connection = HTTPConnection("127.0.0.1", wire.upstream, timeout=PATIENCE)
            connection.connect()
            line = afterwards.enter_context(connection.sock.dup())
            connection.request(method, path, body, {**headers, "Connection": "close"})
            response = connection.getresponse()
            answer = response.status, dict(response.getheaders()), response.read()
            connection.close()
        except (OSError, HTTPException) as error:
            yield 502, {"Content-Type": "text/plain"}, f"{time.time()}: {error}".encode()
            return
        yield answer
        with suppress(OSError):  # the site has gone
            line.recv(1)
