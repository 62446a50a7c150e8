"""``load_sample_data``: what the example site begins with, once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from example_site.company import sample_data


class Command(BaseCommand):
    """Loads the sample data; does nothing where it is loaded already."""

    help = "Load the example site's pages, users, contacts, alerts and history, unless they are there already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force",
            action="store_true",
            help="Load it even though DEBUG is off. Never on a real site: the users' password is public.",
        )

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        """Load; raises CommandError where DEBUG is off and nobody asked for it."""
        if not settings.DEBUG and not force:
            raise CommandError(
                "The sample data was not loaded, because DEBUG is off and its users have a public password. "
                "Add --force if that is what you want."
            )
        if sample_data.load(now=timezone.now(), port=settings.PORT):
            self.stdout.write("The sample data is loaded.")
        else:
            self.stdout.write("The sample data was there already and is left as it is.")
