"""``run_demo``: everything behind ``make demo`` once the packages are installed."""

import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from wagtail.models import Site

from example_site.company.sample_data.people import PASSWORD
from example_site.supervisor import Supervisor

WEB_SERVER = "the web server"
CLUSTER = "the django-q2 cluster"
#: How long the web server may take until it answers; a slow machine needs some seconds.
START_SECONDS = 60.0

BANNER = """
  Site     {url}/
  Admin    {url}/admin/   user: editor   password: {password}
  {mail}

  A tour in three steps:
  1. Log in to the admin, choose "Visit alerts" in the menu, and add an alert: page "Price list", no minimum
     minutes, sent to the contact's main owner. Switch it on in the last step.
  2. Open {url}/newsletter/ and follow a link in Anna Nowak's mail. You are Anna now:
     click "Price list" in the menu.
  3. {tour_end}

  Ctrl-C stops everything; what you did is kept. "make demo-reset" starts over.
"""


class Command(BaseCommand):
    """Prepares the database and the static files, then runs web server and cluster until Ctrl-C."""

    help = "Prepare and run the example site: web server and django-q2 cluster together, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="Load the sample data even though DEBUG is off."
        )

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        """Run until stopped; raises CommandError when one of the programs ends by itself."""
        self._say("Preparing the database ...")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database can't be used, look at DATABASE_URL: {error}") from error
        if settings.DEBUG or force:
            call_command("load_sample_data", force=force, stdout=self.stdout)
        _set_port_of_site(settings.PORT)
        call_command("collectstatic", interactive=False, verbosity=0)
        connection.close()

        self._say("Starting ...")
        ended = Supervisor({WEB_SERVER: _web_server(), CLUSTER: _cluster()}).run(on_started=self._show_banner)
        if ended:
            raise CommandError(f"Stopped, because {ended} has ended by itself: see its message above.")
        self._say("Stopped.")

    def _show_banner(self, is_running: Callable[[], bool]) -> None:
        """Print where everything is, as soon as the web server answers."""
        url = f"http://localhost:{settings.PORT}"
        deadline = monotonic() + START_SECONDS
        while is_running() and not _answers(f"http://127.0.0.1:{settings.PORT}/"):
            if monotonic() > deadline:
                raise CommandError(f"The web server did not answer within {START_SECONDS:.0f} s; stopped.")
            sleep(0.1)
        if is_running():
            self._say(BANNER.format(url=url, password=PASSWORD, **_mail_lines(url)))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _web_server() -> list[str]:
    bind = f"127.0.0.1:{settings.PORT}"
    return [sys.executable, "-m", "gunicorn", "example_site.wsgi:application", "--chdir", _checkout(),
            "--bind", bind, "--threads", "8", "--graceful-timeout", "5", "--log-level", "warning"]  # fmt: skip


def _cluster() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]


def _checkout() -> str:
    return str(Path(settings.BASE_DIR).parent)


def _set_port_of_site(port: int) -> None:
    """Let the pages' full URLs have the port of this start."""
    site = Site.objects.get(is_default_site=True)
    if site.port != port:
        site.port = port
        site.save()


def _answers(url: str) -> bool:
    """Whether the web server answers, whatever it says; False while nobody listens yet."""
    try:
        urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own http URL
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _mail_lines(url: str) -> dict[str, str]:
    """Say where e-mail goes: to the inbox page, or to the server of ``EMAIL_URL``."""
    if settings.EMAIL_BACKEND.startswith("django_mail_preview"):
        return {
            "mail": f"Inbox    {url}/inbox/   every e-mail that the site sends",
            "tour_end": f"Open {url}/inbox/: Anna's salesperson Marta has been told.",
        }
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    return {
        "mail": f"Mail     goes to {server}, as EMAIL_URL says",
        "tour_end": f"Look into the mailbox of marta@example.com at {server}: Marta has been told.",
    }
