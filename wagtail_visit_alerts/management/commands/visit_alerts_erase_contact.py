"""Erases a contact with all that is kept of them."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.models import Contact


class Command(BaseCommand):
    help = (
        "Erases the contact with this e-mail address: what they did on the site, the alerts about them, and their "
        "name wherever it is repeated. The daily totals stay, without them. This can't be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The contact's e-mail address, in any spelling.")
        parser.add_argument("--yes", action="store_true", help="Erase without asking.")

    def handle(self, *args: Any, **options: Any) -> None:
        contact = Contact.objects.with_email(options["email"]).first()
        if contact is None:
            raise CommandError("No contact has this e-mail address: nothing was erased.")
        if not options["yes"]:
            answer = input("Erase this contact, for good? Type “yes”: ")
            if answer.strip().casefold() != "yes":
                raise CommandError("Nothing was erased.")
        number = privacy.erase_contact(contact, now=timezone.now)
        self.stdout.write(f"Erased. The log calls this erasure {number}.")
