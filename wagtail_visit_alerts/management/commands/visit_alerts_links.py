"""Writes contacts with their tokens as CSV, for the merge field of a mailing tool."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, CommandParser

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.identifying import link_token, with_token
from wagtail_visit_alerts.models import Contact, ContactTag
from wagtail_visit_alerts.models.contact import ContactQuerySet

#: Contacts that are held in memory at a time.
CHUNK_SIZE = 2000


class Command(BaseCommand):
    help = (
        "Writes a CSV file with a column of tokens, one for each contact: a mailing tool puts the token into the "
        "links of its messages by a merge field."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tag", help="Only contacts with this tag.")
        parser.add_argument("--owner", metavar="USERNAME", help="Only contacts whose owner is this user.")
        parser.add_argument("--output", metavar="FILE", help="Where to write; the standard output by default.")
        parser.add_argument("--url", help="Also a column of whole links that lead to this URL.")

    def handle(self, *args: Any, **options: Any) -> None:
        contacts = _contacts(tag=options["tag"], owner=options["owner"])
        with self._open(options["output"]) as file:
            number = _write(contacts, file, url=options["url"])
        days = settings.LINK_MAX_AGE_DAYS
        # Not to the standard output: the file may go there.
        self.stderr.write(f"Contacts: {number}. Their tokens hold for {days} days.", self.style.SUCCESS)

    @contextmanager
    def _open(self, path: str | None) -> Iterator[TextIO]:
        if path is None:
            yield self.stdout  # type: ignore[misc]  # writes as a file does
            return
        try:
            with open(path, "w", encoding="utf-8", newline="", opener=_for_its_owner_only) as file:
                yield file
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.") from error


def _for_its_owner_only(path: str, flags: int) -> int:
    """Open a new file that nobody else may read: who holds a token passes for its contact."""
    return os.open(path, flags, 0o600)


def _contacts(*, tag: str | None, owner: str | None) -> ContactQuerySet:
    """The contacts that are asked for. Raises ``CommandError`` where there is no such tag or user."""
    contacts = Contact.objects.order_by("email_key")
    if tag is not None:
        if not ContactTag.objects.filter(tag__name=tag).exists():
            raise CommandError(f"No contact has the tag {tag!r}: write it as it stands in the admin.")
        contacts = contacts.filter(tags__name=tag)
    if owner is not None:
        users = get_user_model()
        user = users._default_manager.filter(**{users.USERNAME_FIELD: owner}).first()
        if user is None:
            raise CommandError(f"There is no user {owner!r}: give the name with which they log in.")
        contacts = contacts.filter(owner=user)
    return contacts


def _write(contacts: ContactQuerySet, file: TextIO, *, url: str | None) -> int:
    """Write a row for each contact as it is read; gives how many. Cells from outside calculate nothing."""
    writer = csv.writer(file)
    writer.writerow(["email", "name", "token"] + ([] if url is None else ["link"]))
    number = 0
    for contact in contacts.only("email", "name", "link_key").iterator(chunk_size=CHUNK_SIZE):
        token = link_token(contact)
        row = [without_formula(contact.email), without_formula(contact.name), token]
        writer.writerow(row if url is None else [*row, with_token(url, token)])
        number += 1
    return number
