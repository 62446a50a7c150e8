"""The example site, started once as ``make demo`` starts it: on SQLite, with its inbox, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..free_ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = str(CHECKOUT / "example_site" / "manage.py")
#: Seconds for a start: migrations, sample data and static files, on a slow machine with other tests beside it.
PATIENCE = 300


#: Runs inside the site, once: a process of its own for each question would take seconds.
FACTS = """
import json
from django.contrib.auth.models import User
from django.utils import timezone
from wagtail.models import Page, Site
from wagtail_visit_alerts.models import Alert, Contact, MonitoredPage, PageView, Visitor

RIGHTS = ["wagtailadmin.access_admin", "wagtail_visit_alerts.add_alert", "wagtail_visit_alerts.view_contact",
          "wagtail_visit_alerts.view_own_contact"]
print(json.dumps({
    "counts": [model.objects.count() for model in (User, Page, Contact, Alert, MonitoredPage, Visitor, PageView)],
    "contacts": list(Contact.objects.values_list("email", "name", "owner__username")),
    "contacts with history": Contact.objects.filter(page_views__isnull=False).distinct().count(),
    "contacts whose activity is counted":
        Contact.objects.filter(daily_activities__isnull=False, last_seen_at__isnull=False).distinct().count(),
    "page views in the future": PageView.objects.filter(entered_at__gt=timezone.now()).count(),
    "users": {user.username: [user.email, user.check_password("visit-alerts"), *map(user.has_perm, RIGHTS)]
              for user in User.objects.all()},
    "monitored pages": [
        [row.alert.name, row.alert.is_on, str(row), row.include_subpages, float(row.minimum_minutes or 0)]
        for row in MonitoredPage.objects.order_by("pk")
    ],
    "site": Site.objects.get().root_url,
}))
"""


@dataclass(frozen=True)
class Demo:
    """The running example site."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:  # noqa: S310 - our own server
            return response.status, response.read().decode()

    def manage(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the site beside it."""
        return subprocess.run(
            [sys.executable, MANAGE, *args],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def facts(self) -> dict[str, Any]:
        """What the site's database holds."""
        done = self.manage("shell", "-v", "0", "-c", FACTS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def environment_of(folder: Path, *, port: int) -> dict[str, str]:
    """The environment in which the site keeps everything in a folder."""
    environment = {**os.environ, "VAR_DIR": str(folder), "PORT": str(port)}
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    return environment


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("example_site")
    port = free_port()
    environment = environment_of(folder / "var", port=port)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, MANAGE, "run_demo"], env=environment, stdout=output, stderr=output
        )
    try:
        _wait_for_banner(process, log)
        yield Demo(url=f"http://localhost:{port}", environment=environment, process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


@pytest.fixture(scope="session")
def facts(demo: Demo) -> dict[str, Any]:
    """What the site's database holds after the start."""
    return demo.facts()


def _wait_for_banner(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while "A tour in three steps" not in log.read_text():
        assert process.poll() is None, f"The example site has ended: {log.read_text()}"
        assert time.monotonic() < deadline, f"The example site did not start: {log.read_text()}"
        threading.Event().wait(0.1)
