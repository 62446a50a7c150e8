"""Makes the daily totals again that analytics read, from what was recorded, raised and sent."""

from datetime import date
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts import reporting


def day(text: str) -> date:
    """Read a day from the command line; argparse says what is wrong with it."""
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = (
        "Makes the daily totals again that analytics read, and how active contacts were on each day, from what was "
        "recorded, raised and sent. The sweep keeps them up to date by itself: this is for figures that somebody "
        "doubts, and after rows were changed by hand. The site may be used meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", metavar="DATE", type=day, help="The first day, such as 2026-11-24.")
        parser.add_argument(
            "--until", metavar="DATE", type=day, help="The last day; both by default: all days."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = options["since"], options["until"]
        if since and until and since > until:
            raise CommandError(gettext("The last day is before the first: nothing was done."))
        changed = reporting.rebuild(now=timezone.now(), since=since, until=until, progress=self._tell)
        self.stdout.write(
            ngettext("%(number)d row was written.", "%(number)d rows were written.", changed)
            % {"number": changed}
        )

    def _tell(self, done: str) -> None:
        # Not to the standard output, which a script may read.
        self.stderr.write(done)
