"""The example site as it really runs: web server, cluster, a real SMTP server, and Chromium in front.

Nothing here touches the database of the test process: everything goes through HTTP, SMTP and the browser. Playwright
is started and stopped with each test, for the event loop it runs on would be in the way of other tests.
"""

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from ..browsing import USER_AGENT

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = str(CHECKOUT / "example_site" / "manage.py")
#: Seconds; what is waited for comes within one or two.
PATIENCE = 30
#: Seconds in which migrations, sample data and both programs are up, on a busy machine too.
START_SECONDS = 120


class Mailbox:
    """A real SMTP server that keeps what it accepts."""

    def __init__(self) -> None:
        self._received: queue.Queue[EmailMessage] = queue.Queue()
        self.controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  # aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        message["X-Envelope-To"] = ",".join(envelope.rcpt_tos)
        self._received.put(message)
        return "250 OK"

    def next(self) -> EmailMessage:
        """The next e-mail; waits for it."""
        try:
            return self._received.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"No e-mail arrived within {PATIENCE} s.") from None

    def is_empty(self) -> bool:
        return self._received.empty()


@dataclass(frozen=True)
class Site:
    """The running example site."""

    url: str
    mailbox: Mailbox
    environment: dict[str, str]

    def manage(self, *args: str) -> str:
        """Run a management command of the example site; give what it printed."""
        done = subprocess.run(
            [sys.executable, MANAGE, *args], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _database_url(folder: Path) -> str:
    """A database of the site's own, on the server that the suite runs on."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return f"sqlite:///{folder / 'site.sqlite3'}"
    import psycopg

    name = f"visit_alerts_browser_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    mailbox = Mailbox()
    mailbox.controller.start()
    port = _free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": _database_url(folder),
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.controller.port}",
        "PYTHONPATH": str(CHECKOUT),
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = (folder / "site.log").open("wb")
    process = subprocess.Popen([sys.executable, MANAGE, "run_demo"], env=environment, stdout=log, stderr=log)
    site = Site(url=f"http://localhost:{port}", mailbox=mailbox, environment=environment)
    try:
        _wait_until_ready(site, process, Path(log.name))
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        mailbox.controller.stop()
        log.close()


def _wait_until_ready(site: Site, process: subprocess.Popen, log: Path) -> None:
    """Wait for the demo's banner: it is printed once the web server answers."""
    deadline = time.monotonic() + START_SECONDS
    while "Ctrl-C stops everything" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The example site did not start: {log.read_text()}")
        # There is no other sign to wait for than a file that grows.
        threading.Event().wait(0.1)
    urllib.request.urlopen(site.url, timeout=PATIENCE).close()  # noqa: S310  # our own server


@pytest.fixture
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # Set for the whole browser: a context's own is not sent with what is posted while a page closes.
                f"--user-agent={USER_AGENT}",
                # An automated browser is not recorded; this one plays a person.
                "--disable-blink-features=AutomationControlled",
            ],
        )
        yield browser
        browser.close()


def is_fault(message: ConsoleMessage) -> bool:
    """Whether the console says that something is wrong; a page that answers 404 is not by itself."""
    is_page = "status of 404" in message.text and "page-view" not in message.location["url"]
    return message.type == "error" and not is_page


@pytest.fixture
def person(chromium, site) -> Iterator[BrowserContext]:
    """A visitor's browser; a test fails where any page writes an error to the console."""
    context = chromium.new_context(base_url=site.url)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()
    assert errors == []


@pytest.fixture
def editor(chromium, site) -> Iterator[Page]:
    """The admin, with the editor logged in."""
    context = chromium.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto("/admin/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("visit-alerts")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    yield page
    context.close()
