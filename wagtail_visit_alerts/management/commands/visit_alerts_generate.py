"""Fills a database with data of any size: to look at the admin as it is after a year, and to measure it."""

import time
from dataclasses import replace
from typing import Any

from django.conf import settings as django_settings
from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.generating import SIZES, generate
from wagtail_visit_alerts.models import Contact

NUMBERS = ("page_views", "contacts", "alerts", "notifications", "days")


class Command(BaseCommand):
    help = (
        "Fills the database with invented contacts, alerts, page views and what came of them, the same for the same "
        "seed. Nothing is sent. Meant for a database that can be thrown away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        sizes = "; ".join(
            f"{name}: {size.page_views:,} page views, {size.contacts:,} contacts"
            for name, size in SIZES.items()
        )
        parser.add_argument("--scale", choices=SIZES, default="small", help=f"How much. {sizes}.")
        for name in NUMBERS:
            words = name.replace("_", " ")
            parser.add_argument(
                f"--{name.replace('_', '-')}", metavar="N", type=int, help=f"So many {words} instead."
            )
        parser.add_argument(
            "--seed", type=int, default=1, help="The same seed gives the same data; 1 by default."
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help="Also where there are contacts already, or DEBUG is off: it can't be undone.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"]:
            _refuse_where_it_could_do_harm()
        numbers = {name: options[name] for name in NUMBERS if options[name] is not None}
        if wrong := [name for name, number in numbers.items() if number < 1]:
            raise CommandError(f"--{wrong[0].replace('_', '-')} must be at least 1.")
        begun = time.monotonic()
        try:
            made = generate(
                replace(SIZES[options["scale"]], **numbers),
                seed=options["seed"],
                now=timezone.now(),
                tell=self.stdout.write,
            )
        except VisitAlertsError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Generated in {time.monotonic() - begun:.0f} s: {made.contacts} contacts, {made.page_views} page views, "
            f"{made.matches} matches, {made.notifications} notifications.",
            self.style.SUCCESS,
        )


def _refuse_where_it_could_do_harm() -> None:
    """Raise ``CommandError`` on a real site, or where invented contacts would mix with others."""
    if not django_settings.DEBUG:
        raise CommandError(
            "DEBUG is off, so this may be a real site, and invented contacts can't be told from others afterwards: "
            "add --yes if the database can be thrown away."
        )
    if (number := Contact.objects.count()) > 0:
        raise CommandError(
            f"The database has {number} contacts already, and invented ones can't be told from them afterwards: "
            "add --yes if it can be thrown away, or name another one."
        )
