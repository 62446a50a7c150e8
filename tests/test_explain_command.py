"""``manage.py visit_alerts_explain``: the answer in a terminal."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from .factories import ContactFactory, MonitoredPageFactory, PageViewFactory, VisitorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def run(*args):
    out = StringIO()
    call_command("visit_alerts_explain", *args, stdout=out)
    return out.getvalue()


def test_page_view_is_shown_with_its_times_and_the_answer():
    MonitoredPageFactory(alert__name="Price list", minimum_minutes=5)
    page_view = PageViewFactory(ending=1, dwell_ms=130_000, engaged_ms=70_000)

    assert run(str(page_view.pk)) == (
        f"Page view {page_view.pk}: http://testserver/pricing/\n"
        "Entered: Nov. 24, 2026, 10 a.m.\n"
        "Until the next page: 2 min 10 s\n"
        "In view: 1 min 10 s\n"
        "State: moved on to another page, seen by the browser\n"
        f"Contact: contact {page_view.contact_id}, recognised by a link sent to them\n"
        "The alert “Price list” asks for 5 min, and the contact moved on after 2 min 10 s. "
        "(Judged by the alerts as they stand now.)\n"
    )


def test_contact_is_not_named():
    page_view = PageViewFactory(visitor__contact__name="Anna Nowak", visitor__contact__email="anna@example.org")

    text = run(str(page_view.pk))

    assert "Anna" not in text
    assert "anna@example.org" not in text


def test_page_view_of_nobody_says_so():
    page_view = PageViewFactory(visitor=VisitorFactory())

    text = run(str(page_view.pk))

    assert "Contact: nobody\n" in text
    assert "Until the next page: not known\n" in text
    assert text.endswith("Nobody knows who it was: alerts are about contacts.\n")


def test_unknown_page_view_says_what_to_do():
    with pytest.raises(CommandError, match=r"There is no page view 7\. .* --contact EMAIL"):
        run("7")


def test_contacts_latest_page_views_are_listed_with_their_numbers(clock):
    visitor = VisitorFactory(contact=ContactFactory(email="anna@example.org"))
    page_views = []
    for _ in range(12):
        page_views.append(PageViewFactory(visitor=visitor))
        clock.shift(60)

    lines = run("--contact", "Anna@example.org").splitlines()

    assert [int(line.split()[0]) for line in lines[::2]] == [view.pk for view in reversed(page_views[2:])]
    assert lines[0].endswith("Nov. 24, 2026, 10:11 a.m.  http://testserver/pricing/")
    assert lines[1] == "    Not matched: no alert that is on watches this page."


def test_contact_without_page_views_says_so():
    ContactFactory(email="anna@example.org")

    assert run("--contact", "anna@example.org") == "No page view of this contact was recorded.\n"


def test_unknown_contact_says_what_to_do():
    with pytest.raises(CommandError, match=r"There is no contact with the address nobody@example\.org"):
        run("--contact", "nobody@example.org")


@pytest.mark.parametrize("args", [(), ("7", "--contact", "anna@example.org")])
def test_either_a_number_or_a_contact_is_asked_for(args):
    with pytest.raises(CommandError, match=r"PAGE_VIEW|--contact"):
        run(*args)
