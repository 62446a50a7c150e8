"""A site of nothing but pages with the beacon's tag, which keeps what their scripts send: no Django, no database.

For what the script does in a browser, whatever the server makes of it.
"""

import json
import queue
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

#: Seconds; a message comes at once, on a machine that does nothing else.
PATIENCE = 90
STATIC = Path(__file__).resolve().parents[2] / "wagtail_visit_alerts" / "static"
VENDORED = Path(__file__).resolve().parent


class PlainSite:
    """Serves ``bodies`` by path, and an empty page elsewhere; ``head`` stands in the head of each."""

    def __init__(self, *, prefix: str = "") -> None:
        self.prefix = prefix
        self.head = ""
        self.headers: dict[str, str] = {}
        self.bodies: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.answer: Any = {"again": False, "at": []}
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str, *, host: str = "localhost") -> str:
        return f"http://{host}:{self.port}{self.prefix}{path}"

    def next(self) -> dict[str, Any]:
        """The next message; waits for it."""
        try:
            return self._messages.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"No message arrived within {PATIENCE} s.") from None

    def next_of(self, kind: str) -> dict[str, Any]:
        """The next message of a type; those before it are dropped."""
        while (message := self.next())["type"] != kind:
            pass
        return message

    def rest(self) -> list[dict[str, Any]]:
        """The messages that have arrived by now."""
        found = []
        while not self._messages.empty():
            found.append(self._messages.get_nowait())
        return found

    def take(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        message = json.loads(body)
        self._messages.put(
            {**message, "host": headers["Host"], "path": path, "cookie": headers["Cookie"] or ""}
        )

    def page(self, path: str) -> str:
        body = self.bodies.get(path, "")
        return f"<!doctype html><html><head><title>{path}</title>{self.head}</head><body>{body}</body></html>"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # http.server's name
                path = self.path.partition("?")[0].removeprefix(site.prefix)
                if path == "/favicon.ico":
                    self._answer(b"", "image/x-icon")
                elif path.startswith("/static/"):
                    self._answer((STATIC / path.removeprefix("/static/")).read_bytes(), "text/javascript")
                elif path.startswith("/vendored/"):
                    kind = "text/css" if path.endswith(".css") else "text/javascript"
                    self._answer((VENDORED / path.removeprefix("/vendored/")).read_bytes(), kind)
                else:
                    page = site.page(path).encode()
                    self._answer(page, "text/html; charset=utf-8", site.statuses.get(path, 200), site.headers)

            def do_POST(self) -> None:  # http.server's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = json.dumps(site.answer).encode()  # a test that has the message may change it
                site.take(self.path, body, self.headers)
                self._answer(answer, "application/json")

            def _answer(
                self, content: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None
            ) -> None:
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": kind, **(headers or {})}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    self.close_connection = True  # the browser has gone, as browsers do

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
                """Say nothing."""

        return Handler
