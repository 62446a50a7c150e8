"""The example site as it really runs: web server, cluster, a real SMTP server, and Chromium in front.

Nothing here touches the database of the test process: everything goes through HTTP, SMTP and the browser. Playwright
is started and stopped with each module, for the event loop it runs on would be in the way of other tests.
"""

import fcntl
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect, sync_playwright
from playwright.sync_api import Page as BrowserPage
from wagtail.models import Page

from wagtail_visit_alerts.templatetags.visit_alerts import visit_alerts_beacon

from ..browsing import USER_AGENT
from ..free_ports import free_port
from .plain_site import PlainSite

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = str(CHECKOUT / "example_site" / "manage.py")
#: Seconds; what is waited for comes within one or two, on a machine that does nothing else.
PATIENCE = 90
#: Seconds in which migrations, sample data and both programs are up, on a busy machine too.
START_SECONDS = 300
expect.set_options(timeout=PATIENCE * 1000)


class Mailbox:
    """A real SMTP server that keeps what it accepts."""

    def __init__(self) -> None:
        self._received: queue.Queue[EmailMessage] = queue.Queue()
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=PATIENCE)

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

    def clear(self) -> None:
        """Throw away what has arrived."""
        while not self.is_empty():
            self._received.get_nowait()


@dataclass(frozen=True)
class Site:
    """The running example site."""

    url: str
    mailbox: Mailbox
    environment: dict[str, str]
    console: "subprocess.Popen[str]"

    def manage(self, *args: str) -> str:
        """Run a management command of the example site; give what it printed."""
        assert self.console.stdin is not None
        assert self.console.stdout is not None
        print(json.dumps(args), file=self.console.stdin, flush=True)
        line = self.console.stdout.readline()
        answer = json.loads(line) if line else {"error": "The console of the example site has ended."}
        if answer["error"]:
            raise AssertionError(f"{' '.join(args)}\n{answer['error']}")
        return answer["printed"].strip()


def _database_url(folder: Path) -> str:
    """A database of the site's own, on the server that the suite runs on."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        shutil.copytree(_prepared(folder.parent), folder / "var")
        return f"sqlite:///{folder / 'var' / 'db.sqlite3'}"
    import psycopg

    name = f"visit_alerts_browser_{os.getpid()}_{folder.name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


def _prepared(folder: Path) -> Path:
    """What an example site has before its first start: migrating takes longest, so all processes share one."""
    prepared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "prepared"
    with prepared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prepared.exists():
            unfinished = prepared.with_suffix(".unfinished")
            environment = {**os.environ, "VAR_DIR": str(unfinished), "PYTHONPATH": str(CHECKOUT)}
            environment.pop("DATABASE_URL", None)
            for command in ("migrate", "load_sample_data", "collectstatic --no-input"):
                subprocess.run(
                    [sys.executable, MANAGE, *command.split(), "--verbosity", "0"], env=environment, check=True
                )
            unfinished.rename(prepared)
    return prepared


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


#: What a site sets that asks for consent by a banner, and changes its pages without loading others.
ASKING = {
    "CONSENT": {"cookie": "cc_cookie", "value": '*"categories":[*"analytics"*],"revision"*'},
    "SINGLE_PAGE": True,
}


@pytest.fixture(scope="session")
def asking_site(tmp_path_factory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("asking"), **ASKING) as site:
        yield site


@pytest.fixture(scope="session")
def scene(tmp_path_factory) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site of its own, whose mail is nobody else's, with something on every screen; and the screens' names."""
    with running_site(tmp_path_factory.mktemp("scene")) as site:
        build = "from tests.browser.scenery import build; print(build())"
        yield site, json.loads(site.manage("shell", "--verbosity", "0", "-c", build))


@pytest.fixture
def plain_site() -> Iterator[PlainSite]:
    site = PlainSite()
    site.head = tag()
    yield site
    site.close()


def tag(**attributes: Any) -> str:
    """What the beacon's tag prints for page 7; ``attributes`` are those of the request."""
    request = RequestFactory().get("/")
    for name, value in attributes.items():
        setattr(request, name, value)
    return visit_alerts_beacon({"request": request, "page": Page(pk=7)})


#: The alerts of the sample data stay as they are. What an earlier test has raised is sent or never will be.
SWITCH_OFF = """
from wagtail_visit_alerts.models import Alert, Delivery, Status
Alert.objects.exclude(name__in=["Price list visited", "Long look at a product"]).update(is_on=False)
Delivery.objects.filter(status=Status.WAITING).update(status=Status.CANCELLED)
while Delivery.objects.filter(status=Status.CLAIMED).exists():
    pass
"""


@pytest.fixture(autouse=True)
def alone(request) -> None:
    """A test neither hears of what another's alerts raise nor finds its mail: all tests share one site."""
    if "site" in request.fixturenames:
        site = request.getfixturevalue("site")
        site.manage("shell", "--verbosity", "0", "-c", SWITCH_OFF)
        site.mailbox.clear()


#: A site's tests together raise more about one contact than a salesperson wants to read within an hour.
WITHOUT_CEILING = {"MOST_ALERTS_PER_HOUR": 0}


@contextmanager
def running_site(folder: Path, **visit_alerts: Any) -> Iterator[Site]:
    """The example site with a database and a mailbox of its own, for as long as it is needed; with these settings."""
    mailbox = Mailbox()
    mailbox.controller.start()
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": _database_url(folder),
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.controller.port}",
        "PYTHONPATH": str(CHECKOUT),
        "VISIT_ALERTS": json.dumps(WITHOUT_CEILING | visit_alerts),
        "GUNICORN_CMD_ARGS": "--config python:tests.browser.patient_server",
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = (folder / "site.log").open("wb")
    process = subprocess.Popen([sys.executable, MANAGE, "run_demo"], env=environment, stdout=log, stderr=log)
    console = _start_console(environment)
    site = Site(url=f"http://localhost:{port}", mailbox=mailbox, environment=environment, console=console)
    try:
        _wait_until_ready(site, process, Path(log.name))
        yield site
    finally:
        console.communicate(timeout=PATIENCE)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
        mailbox.controller.stop()
        log.close()


def _start_console(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("console.py"))],
        env={**environment, "DJANGO_SETTINGS_MODULE": "example_site.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_until_ready(site: Site, process: subprocess.Popen, log: Path) -> None:
    """Wait for the demo's banner: it is printed once the web server answers."""
    deadline = time.monotonic() + START_SECONDS
    while "Ctrl-C stops everything" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The example site did not start: {log.read_text()}")
        # There is no other sign to wait for than a file that grows.
        threading.Event().wait(0.1)
    urllib.request.urlopen(site.url, timeout=PATIENCE).close()  # noqa: S310  # our own server


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Chromium, for as long as it is needed; no other test may run meanwhile."""
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


@pytest.fixture(scope="module")
def chromium_of_the_module() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def chromium(chromium_of_the_module: Browser) -> Iterator[Browser]:
    """Chromium with no window open, and nothing kept of an earlier test."""
    yield chromium_of_the_module
    for context in chromium_of_the_module.contexts:
        context.close()


def is_fault(message: ConsoleMessage) -> bool:
    """Whether the console says that something is wrong; a page that answers 404 is not by itself."""
    is_page = "status of 404" in message.text and "page-view" not in message.location["url"]
    return message.type == "error" and not is_page


@pytest.fixture
def person(chromium, site) -> Iterator[BrowserContext]:
    """A visitor's browser; a test fails where any page writes an error to the console."""
    with attended(chromium, site.url) as context:
        yield context


@pytest.fixture
def asked_person(chromium, asking_site) -> Iterator[BrowserContext]:
    """The browser of a visitor to the site that asks for consent."""
    with attended(chromium, asking_site.url) as context:
        yield context


@pytest.fixture
def visitor(plain_site, chromium) -> Iterator[BrowserContext]:
    """The browser of a visitor to the plain site."""
    with attended(chromium, plain_site.url("")) as context:
        yield context


@pytest.fixture
def stopped(visitor: BrowserContext) -> BrowserContext:
    """A visitor's browser in which no time passes but what a test lets pass."""
    visitor.clock.install(time=datetime(2026, 1, 1, 9, tzinfo=UTC))
    visitor.clock.pause_at(datetime(2026, 1, 1, 10, tzinfo=UTC))
    return visitor


@contextmanager
def attended(chromium: Browser, base_url: str) -> Iterator[BrowserContext]:
    """A browser whose consoles are watched."""
    context = chromium.new_context(base_url=base_url)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()
    assert errors == []


#: Gives a session; typing a password in each test would take longer than many a test.
LOG_IN = """
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.get(username="editor"))
print(client.cookies["sessionid"].value)
"""


@pytest.fixture
def editor(chromium, site) -> Iterator[BrowserPage]:
    """The admin, with the editor logged in."""
    session = site.manage("shell", "--verbosity", "0", "-c", LOG_IN)
    context = chromium.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": site.url, "httpOnly": True}])
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    yield page
    context.close()


def walk_to_details(editor: BrowserPage, *, name: str) -> None:
    """Begin an alert on the price list, and go to its step "Details"."""
    editor.goto("/admin/visit-alerts/alerts/add/")
    editor.get_by_label("Alert name").fill(name)
    editor.get_by_role("button", name="Next").click()
    row = editor.get_by_role("group", name="Row").first
    row.get_by_role("radio", name="URL").check()
    row.get_by_label("Path").fill("/pricing/")
    editor.get_by_role("button", name="Next").click()
    editor.get_by_role("button", name="Next").click()
