"""Bringing contacts in by the admin: upload, dry run, import; whose file it is, and what nobody may change."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from wagtail_visit_alerts import importing, privacy
from wagtail_visit_alerts.importing import importer, uploads
from wagtail_visit_alerts.models import Contact, ContactImport

from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db

UPLOAD = "/admin/visit-alerts/contacts/import/"
TEXT = (
    "email,name,tags,shoe size\n"
    "anna@example.org,Anna Nowak,vip,39\n"
    "jan@example.org,Jan,,\n"
    "same@example.org,Same,,\n"
    "nobody,x,,\n"
)


@pytest.fixture
def manager():
    return user_who_may("view_contact", "add_contact", "change_contact")


@pytest.fixture
def browser(manager):
    return browser_of(manager)


@pytest.fixture
def there():
    """Who is there already: one that the file changes, and one that it does not."""
    ContactFactory(email="anna@example.org", name="Anna", company="Acme")
    ContactFactory(email="same@example.org", name="Same")


def upload(browser, text=TEXT, **options):
    """Upload a file; gives the address of the page to which that leads."""
    content = text if isinstance(text, bytes) else text.encode()
    response = browser.post(
        UPLOAD, {"file": SimpleUploadedFile("contacts.csv", content), "cells": "replace", **options}
    )
    return response.headers.get("Location") or response


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" ").split())


def counts_on(response):
    soup = BeautifulSoup(response.content, "html.parser")
    return [int(cell.get_text()) for cell in soup.select(".visit-alerts-import__counts td")]


def test_listing_of_contacts_leads_there_for_those_who_may(browser):
    url = reverse(f"{CONTACTS}:list")

    assert UPLOAD in browser.get(url).content.decode()
    for may in (["view_contact", "change_contact"], ["view_contact", "add_contact"]):
        reader = browser_of(user_who_may(*may))
        assert UPLOAD not in reader.get(url).content.decode()
        assert reader.get(UPLOAD).status_code == 302


def test_dry_run_shows_counts_errors_and_changes_and_writes_nothing(browser, there):
    response = browser.get(upload(browser))

    text = text_of(response)
    assert counts_on(response) == [1, 1, 1, 1]
    assert "anna@example.org Name Anna Anna Nowak Tags vip" in text
    assert "5 email “nobody” is no e-mail address: correct it." in text
    assert "Columns that are not imported: shoe size" in text
    assert "Read as UTF-8, with “comma” between cells" in text
    assert "jan@example.org Name: Jan" in text
    assert Contact.objects.count() == 2


def test_button_imports_and_says_what_came_of_it(browser, there):
    url = upload(browser, tags="fair")

    response = browser.post(url, {"begin": "1"}, follow=True)

    assert "The file is imported." in text_of(response)
    # All are given the tag, so that nobody stays as they are.
    assert counts_on(response) == [1, 2, 0, 1]
    anna = Contact.objects.get(email="anna@example.org")
    assert (anna.name, anna.company, sorted(anna.tags.names())) == ("Anna Nowak", "Acme", ["fair", "vip"])


def test_only_the_button_imports(browser):
    url = upload(browser)

    browser.post(url)

    assert not Contact.objects.exists()


def test_double_click_imports_once(browser, there):
    url = upload(browser)
    browser.post(url, {"begin": "1"})

    response = browser.post(url, {"begin": "1"}, follow=True)

    assert counts_on(response) == [1, 1, 1, 1]


def test_file_may_fill_only_what_is_lacking(browser, there):
    browser.post(upload(browser, cells="fill"), {"begin": "1"})

    assert Contact.objects.get(email="anna@example.org").name == "Anna"


def test_owner_of_new_contacts_is_chosen(browser):
    owner = UserFactory()

    browser.post(upload(browser, default_owner=owner.pk), {"begin": "1"})

    assert {contact.owner for contact in Contact.objects.all()} == {owner}


def test_large_file_is_worked_at_piece_by_piece(browser, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 10)
    monkeypatch.setattr(uploads, "SECONDS_AT_ONCE", 0)
    url = upload(browser, "email\n" + "".join(f"c{number}@example.org\n" for number in range(25)))

    pages = [text_of(browser.get(url))]
    pages += [text_of(browser.post(url, follow=True)) for _ in range(2)]
    pages += [text_of(browser.post(url, {"begin": "1"}, follow=True))]
    pages += [text_of(browser.post(url, follow=True)) for _ in range(2)]

    assert "The file is looked through: 10 of 25 contacts." in pages[0]
    assert "The file is looked through: 20 of 25 contacts." in pages[1]
    assert "Import 25 contacts" in pages[2]
    assert "The contacts are imported: 10 of 25." in pages[3]
    assert "The file is imported." in pages[5]
    assert Contact.objects.count() == 25


def test_addresses_are_compared_over_all_pieces_of_a_file(browser, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 2)
    monkeypatch.setattr(uploads, "SECONDS_AT_ONCE", 0)
    url = upload(browser, "email\na@example.org\nb@example.org\nc@example.org\nA@example.org\n")

    response = browser.post(url, follow=True)

    assert "Line 2 has the same address already" in text_of(response)


def test_piece_that_was_done_meanwhile_is_not_done_again(browser, manager, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 2)
    monkeypatch.setattr(uploads, "SECONDS_AT_ONCE", 0)
    url = upload(browser, "email\na@example.org\nb@example.org\nc@example.org\nd@example.org\n")
    stale = ContactImport.objects.get()
    browser.post(url)

    importing.go_on(stale, author=manager, now=timezone.now)

    assert importing.Progress.of(ContactImport.objects.get()).created == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name\nAnna\n", "no column “email”"),
        (b"PK\x03\x04", "This is an Excel workbook"),
        (b"x" * (importing.MAX_BYTES + 1), "larger than 10 MB"),
        (b"", "The submitted file is empty."),
    ],
    ids=["no address", "workbook", "too large", "empty"],
)
def test_file_that_can_not_be_read_is_refused_with_what_to_do(browser, content, reason):
    response = upload(browser, content)

    assert reason in response.content.decode()
    assert not ContactImport.objects.exists()


def test_what_a_file_holds_is_escaped(browser):
    response = browser.get(upload(browser, "email,name\na@example.org,<b>x</b>\n<i>y</i>,z\n"))

    html = response.content.decode()
    assert "<b>x</b>" not in html
    assert "<i>y</i>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_lines_with_errors_are_given_as_a_file_before_and_after(browser, there):
    url = upload(browser)
    expected = (
        "email,name,tags,shoe size,Error\r\nnobody,x,,,email: “nobody” is no e-mail address: correct it.\r\n"
    )

    assert browser.get(f"{url}errors/").content.decode("utf-8-sig") == expected
    browser.post(url, {"begin": "1"})
    assert browser.get(f"{url}errors/").content.decode("utf-8-sig") == expected
    # Nothing else of the file is kept.
    assert "anna@example.org" not in ContactImport.objects.get().content


def test_sample_file_can_be_uploaded(browser, manager, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONTACT_FIELDS": [{"name": "budget", "type": "number"}]}
    sample = browser.get(f"{UPLOAD}sample/").content

    response = browser.get(upload(browser, sample))

    assert counts_on(response) == [2, 0, 0, 0]
    assert "not imported" not in text_of(response)


def test_file_is_seen_by_its_author_only(browser, there):
    url = upload(browser)
    other = browser_of(user_who_may("view_contact", "add_contact", "change_contact"))

    assert other.get(url).status_code == 404
    assert other.get(f"{url}errors/").status_code == 404
    assert other.post(url, {"begin": "1"}).status_code == 404
    assert Contact.objects.count() == 2


def test_permission_that_was_taken_away_meanwhile_imports_nothing(browser, manager):
    url = upload(browser)
    manager.user_permissions.set(manager.user_permissions.exclude(codename="change_contact"))

    browser.post(url, {"begin": "1"})

    assert not Contact.objects.exists()


class TestOwnContactsAlone:
    """A salesperson who may view only their own contacts."""

    @pytest.fixture
    def salesperson(self):
        return user_who_may("view_own_contact", "add_contact", "change_contact")

    def test_contact_of_somebody_else_is_left_alone_and_not_told_of(self, salesperson):
        ContactFactory(email="theirs@example.org", name="Secret", company="Hidden Ltd")
        ContactFactory(email="own@example.org", name="Own", owner=salesperson)
        browser = browser_of(salesperson)
        text = "email,name\ntheirs@example.org,New name\nown@example.org,Mine\n"

        url = upload(browser, text)
        shown = browser.get(url)
        browser.post(url, {"begin": "1"})

        assert counts_on(shown) == [0, 1, 0, 1]
        assert "You may not change this contact" in text_of(shown)
        assert "Secret" not in text_of(shown)
        assert Contact.objects.get(email="theirs@example.org").name == "Secret"
        assert Contact.objects.get(email="own@example.org").name == "Mine"

    def test_new_contacts_are_suggested_to_be_theirs(self, salesperson):
        form = browser_of(salesperson).get(UPLOAD).context["form"]

        assert form["default_owner"].value() == salesperson.pk


def test_file_is_deleted_after_a_day(browser):
    upload(browser)

    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        privacy.purge(now=timezone.now)

    assert not ContactImport.objects.exists()


@pytest.mark.parametrize("count", [5, 1500])
def test_pages_cost_the_same_however_many_lines_and_errors_there_are(browser, count):
    url = upload(browser, "email\n" + "".join(f"bad{number}\n" for number in range(count)) + "a@example.org\n")
    browser.get(url)

    with counted_queries() as queries:
        response = browser.get(url)

    assert counts_on(response) == [1, 0, 0, count]
    assert len(queries) <= 25
