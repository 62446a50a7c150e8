"""Says of a page view why an alert was or wasn't raised, or lists a contact's latest page views with that."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining import explain
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Contact, PageView

#: How many of a contact's page views are listed.
LATEST = 10


class Command(BaseCommand):
    help = (
        "Says of a page view why an alert was or wasn't raised by it; with --contact, lists the latest page views "
        "of a contact, each with its number and that answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        asked = parser.add_mutually_exclusive_group(required=True)
        asked.add_argument(
            "page_view", metavar="PAGE_VIEW", nargs="?", type=int, help="The number of a page view."
        )
        asked.add_argument("--contact", metavar="EMAIL", help="The e-mail address of a contact.")

    def handle(self, *args: Any, **options: Any) -> None:
        # Asked for by address only where no number is given: page views are numbered from 1.
        if options["page_view"] is None:
            self._list(options["contact"])
        else:
            self._explain(options["page_view"])

    def _explain(self, number: int) -> None:
        page_view = PageView.objects.select_related("page", "address", "visitor").filter(pk=number).first()
        if page_view is None:
            raise CommandError(
                f"There is no page view {number}. It may have been deleted, or never recorded: "
                "manage.py visit_alerts_explain --contact EMAIL lists those of a contact, and the set-up page in "
                "the admin says how many were not recorded, and why."
            )
        for line in _lines(page_view):
            self.stdout.write(line)
        self.stdout.write(explain([page_view], now=timezone.now())[page_view.pk])

    def _list(self, email: str) -> None:
        contact = Contact.objects.with_email(email).first()
        if contact is None:
            raise CommandError(
                f"There is no contact with the address {email}: its page views, if any, are nobody's. Contacts are "
                "listed in the admin, under Visit alerts."
            )
        page_views = list(PageView.objects.latest_of(contact).select_related("visitor")[:LATEST])
        if not page_views:
            self.stdout.write(gettext("No page view of this contact was recorded."))
        answers = explain(page_views, now=timezone.now())
        for page_view in page_views:
            self.stdout.write(f"{page_view.pk}  {moment(page_view.entered_at)}  {_page(page_view)}")
            self.stdout.write(f"    {answers[page_view.pk]}")


def _lines(page_view: PageView) -> Iterable[str]:
    """What is known of a page view, without the contact's data: a terminal's output ends up in logs."""
    yield gettext("Page view %(number)d: %(page)s") % {"number": page_view.pk, "page": _page(page_view)}
    yield gettext("Entered: %(entered_at)s") % {"entered_at": moment(page_view.entered_at)}
    yield gettext("Until the next page: %(time)s") % {"time": _duration(page_view.dwell_ms)}
    yield gettext("In view: %(time)s") % {"time": _duration(page_view.engaged_ms)}
    yield gettext("State: %(ending)s, %(source)s") % {
        "ending": page_view.get_ending_display(),
        "source": page_view.get_source_display(),
    }
    if page_view.contact_id is None:
        yield gettext("Contact: nobody")
    else:
        yield gettext("Contact: contact %(number)d, recognised %(how)s") % {
            "number": page_view.contact_id,
            "how": page_view.visitor.get_identified_by_display(),
        }


def _page(page_view: PageView) -> str:
    """The page's title with its URL; the URL alone where it is no Wagtail page."""
    url = wording.one_line(page_view.address.text)
    return url if page_view.page is None else f"{wording.one_line(page_view.title)} ({url})"


def _duration(milliseconds: int | None) -> str:
    if milliseconds is None:
        return gettext("not known")
    return wording.duration(timedelta(milliseconds=milliseconds))
