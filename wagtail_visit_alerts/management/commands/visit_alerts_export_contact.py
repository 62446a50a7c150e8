"""Writes all that is kept of a contact, for whoever asks for their data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from django.conf import settings as django_settings
from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.models import Contact


class Command(BaseCommand):
    help = (
        "Writes everything that is kept of the contact with this e-mail address: as JSON, or with --html as a page "
        "to read and print."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The contact's e-mail address, in any spelling.")
        parser.add_argument("--html", action="store_true", help="A page to read, in place of JSON.")
        parser.add_argument("--language", help="The page's language; the site's by default.")
        parser.add_argument("--output", metavar="FILE", help="Where to write; the standard output by default.")

    def handle(self, *args: Any, **options: Any) -> None:
        contact = Contact.objects.with_email(options["email"]).first()
        if contact is None:
            raise CommandError("No contact has this e-mail address.")
        language = options["language"] or django_settings.LANGUAGE_CODE
        with self._open(options["output"]) as file, translation.override(language):
            privacy.export_contact(contact, file, as_html=options["html"], now=timezone.now())

    @contextmanager
    def _open(self, path: str | None) -> Iterator[TextIO]:
        if path is None:
            yield _Plain(self.stdout)  # type: ignore[misc]  # writes as a file does
            return
        try:
            with open(path, "w", encoding="utf-8", opener=_for_its_owner_only) as file:
                yield file
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.") from error


class _Plain:
    """The command's output, to which Django would add an end of line after each piece."""

    def __init__(self, output: Any) -> None:
        self._output = output

    def write(self, text: str) -> None:
        self._output.write(text, ending="")


def _for_its_owner_only(path: str, flags: int) -> int:
    """Open a new file that nobody else may read."""
    return os.open(path, flags, 0o600)
