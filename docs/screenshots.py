"""Takes the guide's pictures anew: ``make screenshots``.

The example site runs on a temporary database with its sample data, on a clock that begins at a fixed moment, once in
each language; Chromium goes through it as an editor would, and what it shows is kept as WebP pictures in the package,
where the guide inside the admin has them from. With the same code the pictures come out the same.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "wagtail_visit_alerts" / "static" / "wagtail_visit_alerts" / "guide"
#: The e-mail's own, which the documentation shows.
EMAIL_PICTURES = ROOT / "docs" / "pictures"
#: Pixels: as wide as an e-mail, with a little of what is around it.
EMAIL_WIDTH = 660
LANGUAGES = ("en", "pl")
#: What the site is called in the pictures; the browser is told where it is.
HOST = "www.plumb-and-heft.example"
#: A Tuesday, in the middle of office hours in the example site's zone.
NOW = datetime(2026, 9, 15, 8, 40, tzinfo=UTC)
#: Pixels of a picture to one of the screen; package_guide.py reckons with it.
SCALE = 1.5
#: Bytes; the pictures travel with the package.
MAX_SIZE = 60_000
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
#: Pixels around what a picture shows.
MARGIN = 10
START_SECONDS = 60

ALERTS = "/admin/visit-alerts/alerts/"
PAGE_TITLE = "Case studies"
TEXTS = {
    "en": {
        "unfinished": "Contact page opened",
        "name": "Case studies read",
        "group": "Key accounts",
        "description": "Sent when a contact reads a case study. Ask which part is like their own warehouse.",
        "file": "Visit of {{ contact.name }}",
        "body": "{{ contact.name }}, {{ contact.company }}\n{{ contact.phone }}\n\nLooking at: {{ page.title }}\n",
    },
    "pl": {
        "unfinished": "Wejście na stronę kontaktu",
        "name": "Lektura wdrożeń",
        "group": "Kluczowi klienci",
        "description": "Wysyłany, gdy kontakt czyta opis wdrożenia. Warto zapytać, co przypomina jego magazyn.",
        "file": "Wizyta: {{ contact.name }}",
        "body": "{{ contact.name }}, {{ contact.company }}\n{{ contact.phone }}\n\nOgląda: {{ page.title }}\n",
    },
}
#: The sample data's alerts, which an editor would have named in their own language.
RENAMED = {
    "pl": {
        "Price list visited": "Wejście na cennik",
        "Long look at a product": "Dłuższe oglądanie produktu",
    }
}


class Tour:
    """One language's way through the admin; each picture has its name in the guide."""

    def __init__(self, page: Page, *, language: str) -> None:
        self.page, self.language = page, language
        self.texts = TEXTS[language]

    def log_in(self) -> None:
        """As the example site's editor."""
        self.page.goto("/admin/login/")
        self.page.fill("input[name=username]", "editor")
        self.page.fill("input[name=password]", "visit-alerts")
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/admin/")

    def open(self, path: str) -> None:
        self.page.goto(path)

    def next(self) -> None:
        """Press the button that goes on, and wait for the next step."""
        here = self.page.url
        self.page.locator(".visit-alerts-actions button[type=submit]:not([name])").click()
        self.page.wait_for_url(lambda url: url != here)

    def keep(self, name: str, *parts: str | Locator, height: int | None = None) -> None:
        """Keep a picture of what is around these parts of the page."""
        self._settle()
        found = [self.page.locator(part) if isinstance(part, str) else part for part in parts]
        boxes = [box for part in found if (box := part.first.bounding_box())]
        if len(boxes) != len(parts):
            raise RuntimeError(f"Picture {name} ({self.language}) was not taken: a part of it is not shown.")
        left = max(min(box["x"] for box in boxes) - MARGIN, 0)
        top = max(min(box["y"] for box in boxes) - MARGIN, 0)
        right = max(box["x"] + box["width"] for box in boxes) + MARGIN
        bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
        clip = {"x": left, "y": top, "width": right - left, "height": min(bottom - top, height or 10_000)}
        _store(self.page.screenshot(full_page=True, clip=clip), self.language, name)

    def keep_email(self, html: str) -> None:
        """Keep pictures of an e-mail as programs that read mail show it, light and dark."""
        for scheme in ("light", "dark"):
            context = self.page.context.browser.new_context(
                viewport={"width": EMAIL_WIDTH, "height": 800}, device_scale_factor=SCALE, color_scheme=scheme
            )
            shown = context.new_page()
            shown.set_content(html)
            target = EMAIL_PICTURES / f"email-{self.language}-{scheme}.webp"
            _write(shown.screenshot(full_page=True), target)
            context.close()

    def _settle(self) -> None:
        """Put away what has no place in a picture, and wait for fonts and pictures of the page."""
        self.page.evaluate("document.activeElement?.blur()")
        self.page.mouse.move(0, 0)
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.fonts.ready")


def _store(png: bytes, language: str, name: str) -> None:
    """Write a picture in the smallest form that is still sharp."""
    target = PICTURES / language / f"{name}.webp"
    _write(png, target)
    if target.stat().st_size > MAX_SIZE:
        raise RuntimeError(
            f"{target.name} has {target.stat().st_size} bytes, more than {MAX_SIZE}: show less of the page."
        )


def _write(png: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").save(target, "WEBP", quality=80, method=6)


# ── The pictures, in the order in which an editor meets them ──


def name(tour: Tour) -> None:
    tour.open(f"{ALERTS}add/")
    tour.page.fill("[name=name]", tour.texts["name"])
    tour.page.fill("[name=group]", tour.texts["group"])
    tour.keep("name", "main", height=590)
    tour.next()


def pages(tour: Tour) -> None:
    page = tour.page
    rows = page.locator(".visit-alerts-row:visible")
    rows.nth(0).locator(".chooser .unchosen button").first.click()
    page.locator(".modal .navigate-pages").first.click()
    page.locator(".modal .choose-page", has_text=PAGE_TITLE).first.click()
    page.locator(".modal").wait_for(state="detached")
    rows.nth(0).locator("[name$=include_subpages]").check()
    rows.nth(0).locator("[name$=minimum_minutes]").fill("2")
    rows.nth(0).locator("[name$=minimum_minutes]").blur()
    page.locator("#visit-alerts-matching-slot li").nth(2).wait_for()
    page.locator("#visit-alerts-matching-slot .help, #visit-alerts-matching-slot p").last.wait_for()
    tour.keep("pages", rows.nth(0), ".visit-alerts-tester")
    page.fill("#visit-alerts-tried-url", "/case-studies/baltic-pallets/")
    page.locator(".visit-alerts-answer").wait_for()
    tour.keep("tester", ".visit-alerts-tester")
    page.locator("[data-action='w-formset#add']").click()
    rows.nth(1).locator("[name$=kind][value=url]").check()
    rows.nth(1).locator("[name$=path]").fill("pricing")
    page.locator(".visit-alerts-row__hint > *").last.wait_for()
    tour.keep("pages-url", rows.nth(1))
    rows.nth(1).locator("[data-action='w-formset#delete']").click()
    tour.next()


def frequency(tour: Tour) -> None:
    page = tour.page
    page.check("[name=how_often][value=exactly]")
    page.fill("[name=times]", "2")
    page.locator("#visit-alerts-frequency-slot", has_text="2").wait_for()
    tour.keep("frequency", ".visit-alerts-progress", ".visit-alerts-frequency")
    tour.next()


def details(tour: Tour) -> None:
    page = tour.page
    page.check("[name=send_to_me]")
    page.locator(
        ".visit-alerts-chips input[type=text]:visible, .visit-alerts-chips textarea:visible"
    ).first.click()
    page.keyboard.type("sales@example.com,")
    page.locator(".Draftail-Editor .public-DraftEditor-content").click()
    page.keyboard.type(tour.texts["description"])
    tour.keep("details", ".visit-alerts-recipients", ".Draftail-Editor")
    page.check("[name=attachment_source][value=template]")
    page.fill("[name=attachment_name]", tour.texts["file"])
    page.fill("[name=attachment_body]", tour.texts["body"])
    page.locator("[data-action='visit-alerts-attachment#show']").click()
    page.locator(".visit-alerts-attachment .visit-alerts-preview pre").wait_for()
    tour.keep("attachment", ".visit-alerts-attachment")
    tour.next()


def summary(tour: Tour) -> None:
    page = tour.page
    page.locator(".visit-alerts-preview iframe").wait_for()
    page.locator("[name=is_on]").check(force=True)  # a switch is drawn over it
    tour.keep("summary", ".visit-alerts-summary", ".visit-alerts-switch")
    tour.keep("preview", ".visit-alerts-sample", height=780)
    frame = page.locator(".visit-alerts-preview iframe").element_handle().content_frame()
    tour.keep_email(frame.content())


def test_visit(tour: Tour) -> None:
    with tour.page.expect_popup() as opened:
        tour.page.locator("[formaction='../try/']").click()
    visit = opened.value
    findings = tour.page.locator(".visit-alerts-findings__finding")
    findings.nth(0).wait_for()
    visit.get_by_role("link", name="The pallets that were lighter").first.click()
    findings.nth(1).wait_for()
    visit.close()
    tour.keep("test-visit", ".visit-alerts-findings")


def listing(tour: Tour) -> None:
    tour.page.locator(".visit-alerts-actions button[type=submit]:not([name])").last.click()
    tour.page.wait_for_url(f"**{ALERTS}")
    tour.open(f"{ALERTS}add/")
    tour.page.fill("[name=name]", tour.texts["unfinished"])
    tour.next()
    tour.open(ALERTS)
    tour.keep("listing", "main", height=620)


PARTS: tuple[Callable[[Tour], None], ...] = (
    name,
    pages,
    frequency,
    details,
    summary,
    test_visit,
    listing,
)  # fmt: skip


# ── The site that is shown ──


def serve(port: int, language: str) -> None:
    """Run the example site on a clock that begins at :data:`NOW`, until the process is ended."""
    import time_machine

    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_site.settings"
    time_machine.travel(NOW).start()
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS.append(HOST)
    settings.WAGTAILADMIN_BASE_URL = f"http://{HOST}"
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from wagtail.models import Site
    from wagtail.users.models import UserProfile

    from wagtail_visit_alerts.models import Alert, Heartbeat

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_sample_data", verbosity=0)
    site = Site.objects.get()
    site.hostname, site.port = HOST, 80
    site.save()
    UserProfile.objects.update(preferred_language=language)
    for english, text in RENAMED.get(language, {}).items():
        Alert.objects.filter(name=english).update(name=text)
    # No cluster runs here, and no picture shall show the warning about that.
    Heartbeat.beat(Heartbeat.SWEEP, now=NOW + timedelta(hours=1))
    make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet).serve_forever()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_site(language: str) -> Iterator[int]:
    """The example site in a process of its own; gives its port."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        unset = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG"}
        kept = {key: value for key, value in os.environ.items() if key not in unset}
        command = [sys.executable, __file__, "--serve", str(port), "--language", language]
        process = subprocess.Popen(command, env={**kept, "PORT": str(port), "VAR_DIR": folder})
        try:
            _wait_for(f"http://localhost:{port}/admin/login/", process)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=START_SECONDS).close()  # noqa: S310  # our own server
            return
        except urllib.error.URLError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The example site did not start: see above.") from None
            time.sleep(0.1)


@contextmanager
def browser_at(port: int, language: str) -> Iterator[Page]:
    """A page of a Chromium that finds the example site at this port."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--disable-background-networking",
                "--force-color-profile=srgb",
                # An automated browser is not recorded; this one plays a person.
                "--disable-blink-features=AutomationControlled",
                f"--user-agent={USER_AGENT}",
                f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{port}",
            ],
        )
        context = browser.new_context(
            base_url=f"http://{HOST}",
            viewport={"width": 1280, "height": 3000},
            device_scale_factor=SCALE,
            reduced_motion="reduce",
            color_scheme="light",
            locale={"en": "en-GB", "pl": "pl-PL"}[language],
            timezone_id="Europe/Warsaw",
        )
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        yield page
        context.close()
        browser.close()


def main() -> None:
    """Take the pictures of all languages, or of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--language", choices=LANGUAGES, help="only the pictures of this language")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.language)
        return
    for language in [arguments.language] if arguments.language else LANGUAGES:
        with running_site(language) as port, browser_at(port, language) as page:
            tour = Tour(page, language=language)
            tour.log_in()
            for part in PARTS:
                part(tour)


if __name__ == "__main__":
    main()
