"""Prints a link that recognises its contact, for one address."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from wagtail_visit_alerts.api import signed_link
from wagtail_visit_alerts.models import Contact


class Command(BaseCommand):
    help = "Prints a signed link for the contact with this e-mail address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="The contact's e-mail address.")
        parser.add_argument("url", metavar="URL", help="The page the link leads to: a whole URL or a path.")

    def handle(self, *args: Any, **options: Any) -> None:
        contact = Contact.objects.with_email(options["email"]).first()
        if contact is None:
            raise CommandError(
                f"There is no contact with the address {options['email']}: create one first, "
                "in the admin or by wagtail_visit_alerts.api.save_contact()."
            )
        self.stdout.write(signed_link(contact, options["url"]))
