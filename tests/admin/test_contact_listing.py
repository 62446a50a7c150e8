"""The listing of contacts: what it shows, finds and costs, and what it writes into a spreadsheet."""

import csv
import io
from datetime import date, timedelta

import openpyxl
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from wagtail_visit_alerts.identifying import contact_of_token
from wagtail_visit_alerts.models import Contact, DailyActivity, DailyTotal, Method

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25
FIELDS = [
    {"name": "customer_number", "label": "Customer number", "type": "text"},
    {"name": "employees", "label": "Employees", "type": "number"},
    {"name": "since", "label": "Customer since", "type": "date"},
    {"name": "is_partner", "label": "Partner", "type": "yes_no"},
    {"name": "branch", "label": "Branch", "type": "choice", "choices": [("food", "Food"), ("steel", "Steel")]},
]
declared = override_settings(WAGTAIL_VISIT_ALERTS={"CONSENT": "not_required", "CONTACT_FIELDS": FIELDS})


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def listing(browser, **params):
    return browser.get(reverse(f"{CONTACTS}:list"), params)


def names(response):
    return [contact.name for contact in response.context["object_list"]]


def cells_of(response):
    """The texts of the first row, without the checkbox and the buttons below the name."""
    [row, *_] = BeautifulSoup(response.content, "html.parser").select(".listing tbody tr")
    return [cell.get_text(" ", strip=True) for cell in row.select("td")[2:]]


def seen(contact, **fields):
    """The contact has a browser like this."""
    return VisitorFactory(contact=contact, **fields)


# What it shows


@pytest.mark.database
def test_contact_is_shown_with_what_they_did_lately(browser):
    contact = ContactFactory(
        name="Anna Nowak",
        email="anna@example.org",
        company="Acme",
        owner=UserFactory(first_name="Marta", last_name="Kowalska"),
        last_seen_at=timezone.now(),
    )
    visitor = seen(contact)
    address = AddressFactory(text="https://example.com/pricing/?utm_source=mail")
    PageViewFactory(visitor=visitor, entered_at=timezone.now() - timedelta(hours=1))
    PageViewFactory(visitor=visitor, address=address)
    PageViewFactory(visitor=visitor, is_confirmed=False, entered_at=timezone.now() + timedelta(hours=1))
    today = timezone.localdate()
    for days_ago, visits in [(0, 2), (29, 3), (30, 100)]:
        DailyActivity.objects.create(contact=contact, day=today - timedelta(days=days_ago), visits=visits)

    email, company, owner, last_seen, last_page, visits = cells_of(listing(browser))

    assert (email, company, owner, visits) == ("anna@example.org", "Acme", "Marta Kowalska", "5")
    assert last_seen
    assert last_page == "example.com/pricing/"


def test_name_leads_to_the_contacts_page_and_not_to_the_form(browser):
    contact = ContactFactory(name="Anna Nowak")

    links = BeautifulSoup(listing(browser).content, "html.parser").select(".listing tbody a")

    [link] = [link for link in links if link.get_text(strip=True) == "Anna Nowak"]
    assert link["href"] == reverse(f"{CONTACTS}:inspect", args=[contact.pk])


def test_last_page_is_called_by_its_title(browser, price_list):
    PageViewFactory(page=price_list)

    assert "Price list" in cells_of(listing(browser))


def test_what_a_contact_sends_is_shown_as_text(browser):
    contact = ContactFactory(name="<script>alert(1)</script>", company="<b>Acme</b>")
    PageViewFactory(
        visitor=seen(contact), address=AddressFactory(text="https://example.com/<img src=x onerror=alert(1)>")
    )

    html = listing(browser).content.decode()

    assert "<script>alert(1)" not in html
    assert "<b>Acme" not in html
    assert "<img src=x" not in html


def test_address_that_is_no_page_of_the_web_is_no_link(browser):
    PageViewFactory(address=AddressFactory(text="javascript:alert(1)"))

    assert 'href="javascript' not in listing(browser).content.decode()


def test_contact_without_a_name_is_called_by_their_address(browser):
    ContactFactory(name="", email="anna@example.org")

    title = BeautifulSoup(listing(browser).content, "html.parser").select_one(".listing .title a")

    assert title.get_text(strip=True) == "anna@example.org"


@pytest.mark.parametrize("count", [2, 20])
def test_listing_costs_the_same_however_many_contacts_are_on_it(browser, count):
    AlertFactory.create_batch(3)
    for contact in ContactFactory.create_batch(count):
        contact.tags.add("vip")
        contact.save()
        PageViewFactory(visitor=seen(contact))
        DailyActivity.objects.create(contact=contact, day=timezone.localdate(), visits=1)
    listing(browser)

    with declared, counted_queries() as queries:
        response = listing(browser, q="contact", last_seen="never", consent="unknown")

    assert len(names(response)) == count
    assert len(queries) <= MOST_QUERIES


def test_listing_without_contacts_says_how_there_come_to_be_some():
    keeper = browser_of(user_who_may("view_contact", "add_contact", "change_contact"))

    page = listing(keeper).content.decode()

    assert "There are no contacts yet" in page
    assert "Import a file of contacts" in page
    assert "Take one of them away" in listing(keeper, q="nobody").content.decode()


# Search, order


@pytest.mark.parametrize("text", ["nowak", "@acme", "Acme Ltd", "600 100"])
def test_search_finds_by_name_email_company_and_phone(browser, text):
    ContactFactory(name="Anna Nowak", email="anna@acme.example", company="Acme Ltd", phone="+48 600 100 200")
    ContactFactory(name="Jan Maj", email="jan@other.example", company="Other", phone="1")

    assert names(listing(browser, q=text)) == ["Anna Nowak"]


@pytest.mark.database
@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", ["Anna", "Ben", "Cleo"]),
        ("-name", ["Cleo", "Ben", "Anna"]),
        ("company", ["Ben", "Anna", "Cleo"]),
        ("owner__username", ["Cleo", "Anna", "Ben"]),
        ("last_seen_at", ["Ben", "Anna", "Cleo"]),
        ("-last_seen_at", ["Anna", "Ben", "Cleo"]),
    ],
)
def test_contacts_are_sorted_by_what_a_column_shows(browser, ordering, expected):
    now = timezone.now()
    ContactFactory(name="Anna", company="M", owner__username="o2", last_seen_at=now)
    ContactFactory(name="Ben", company="A", owner__username="o3", last_seen_at=now - timedelta(days=1))
    ContactFactory(name="Cleo", company="Z", owner__username="o1")

    assert names(listing(browser, ordering=ordering)) == expected


# Filters


def test_contacts_of_nobody_are_found(browser):
    owner = UserFactory()
    ContactFactory(name="Anna", owner=owner)
    ContactFactory(name="Ben", owner=None)

    response = listing(browser, owner="nobody")

    assert names(response) == ["Ben"]
    assert "Nobody" in response.content.decode()
    assert names(listing(browser, owner=owner.pk)) == ["Anna"]


def test_contacts_with_a_tag_are_found_and_no_other_tag_is_offered(browser):
    for name, tag in [("Anna", "vip"), ("Ben", "press")]:
        contact = ContactFactory(name=name)
        contact.tags.add(tag)
        contact.save()
    tag = Contact.objects.get(name="Anna").tags.get()

    assert names(listing(browser, tag=tag.pk)) == ["Anna"]


def test_contacts_of_a_company_are_found_by_a_part_of_its_name(browser):
    ContactFactory(name="Anna", company="Acme Ltd")
    ContactFactory(name="Ben", company="Other")

    assert names(listing(browser, company="acme")) == ["Anna"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("today", ["Now"]),
        ("7", ["Now", "Six days"]),
        ("30", ["Now", "Six days"]),
        ("90", ["Now", "Six days", "Two months"]),
        ("earlier", ["Year"]),
        ("never", ["Never"]),
    ],
)
@time_machine.travel("2026-03-10 12:00+01:00", tick=False)
def test_contacts_are_found_by_when_they_were_seen(browser, choice, expected):
    now = timezone.now()
    for name, days in [("Now", 0), ("Six days", 6), ("Two months", 60), ("Year", 365)]:
        ContactFactory(name=name, last_seen_at=now - timedelta(days=days))
    ContactFactory(name="Never")

    assert sorted(names(listing(browser, last_seen=choice))) == expected


@pytest.mark.database
@pytest.mark.parametrize(
    ("choice", "expected"),
    [(Method.LINK, ["Link", "Link and form"]), (Method.FORM, ["Link and form"]), (0, ["New"])],
)
def test_contacts_are_found_by_how_they_were_recognised(browser, choice, expected):
    both = ContactFactory(name="Link and form")
    seen(both, identified_by=Method.FORM)
    seen(both, identified_by=Method.LINK)
    seen(ContactFactory(name="Link"), identified_by=Method.LINK)
    ContactFactory(name="New")

    assert sorted(names(listing(browser, recognised=int(choice)))) == expected


@pytest.mark.database
@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("agreed", ["Agreed", "Agreed again", "Agreed once"]),
        ("withdrawn", ["Withdrawn"]),
        ("unknown", ["New", "Silent", "Stopped"]),
        ("stopped", ["Stopped"]),
    ],
)
def test_contacts_are_found_by_consent(browser, choice, expected):
    now = timezone.now()
    seen(ContactFactory(name="Agreed"), consents=True)
    again = ContactFactory(name="Agreed again")
    seen(again, consents=False, retired_at=now)
    seen(again, consents=True)
    seen(ContactFactory(name="Agreed once"), consents=True, retired_at=now)
    seen(ContactFactory(name="Silent"), consents=None)
    withdrawn = ContactFactory(name="Withdrawn")
    seen(withdrawn, consents=False, retired_at=now)
    seen(withdrawn, consents=True, retired_at=now)
    ContactFactory(name="New")
    ContactFactory(name="Stopped", recording_stopped_at=now)

    assert sorted(names(listing(browser, consent=choice))) == expected


def raised(contact, alert, day, count=1):
    DailyTotal.objects.create(contact=contact, alert=alert, day=day, raised=count, matched=count + 1)


@pytest.fixture
def interested(editor):
    """Three contacts, two alerts of the editor, and days in March."""
    prices, jobs = AlertFactory(author=editor), AlertFactory(author=editor)
    anna, ben, cleo = (ContactFactory(name=name) for name in ("Anna", "Ben", "Cleo"))
    raised(anna, prices, date(2026, 3, 1))
    raised(anna, prices, date(2026, 3, 9))
    raised(ben, prices, date(2026, 3, 20))
    raised(ben, jobs, date(2026, 3, 1))
    raised(cleo, prices, date(2026, 3, 1), count=0)
    return prices, jobs


@pytest.mark.database
@pytest.mark.parametrize(
    ("alert", "since", "until", "expected"),
    [
        (0, "", "", ["Anna", "Ben"]),
        (0, "2026-03-02", "", ["Anna", "Ben"]),
        (0, "2026-03-01", "2026-03-09", ["Anna"]),
        (0, "", "2026-02-28", []),
        (1, "", "", ["Ben"]),
        (None, "2026-03-01", "2026-03-01", ["Anna", "Ben"]),
    ],
)
def test_people_who_have_raised_an_alert_in_a_period_are_found_as_a_group(
    browser, interested, alert, since, until, expected
):
    params = {"raised_from": since, "raised_until": until}
    if alert is not None:
        params["alert"] = interested[alert].pk

    assert names(listing(browser, **params)) == expected


def test_alert_that_the_user_may_not_see_is_neither_offered_nor_asked(interested):
    prices, _ = interested
    browser = browser_of(user_who_may("view_contact", "add_alert"))

    assert prices.name not in listing(browser).content.decode()
    assert names(listing(browser, raised_from="2026-03-01")) == []


@pytest.mark.database
@declared
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("customer_number", "b-1", ["Anna"]),
        ("customer_number", "Łó", ["Ben"]),
        ("is_partner", "yes", ["Anna"]),
        ("is_partner", "no", ["Ben"]),
        ("branch", "food", ["Anna"]),
        ("branch", "steel", ["Ben"]),
        ("branch", "wood", ["Anna", "Ben", "Cleo"]),
    ],
)
def test_contacts_are_found_by_declared_fields(browser, name, value, expected):
    ContactFactory(name="Anna", extra={"customer_number": "AB-17", "is_partner": True, "branch": "food"})
    ContactFactory(name="Ben", extra={"customer_number": "Łódź", "is_partner": False, "branch": "steel"})
    ContactFactory(name="Cleo")

    assert names(listing(browser, **{f"extra_{name}": value})) == expected


def test_filters_find_and_name_only_contacts_whom_the_user_may_view(db):
    user = user_who_may("view_own_contact")
    own, other = ContactFactory(name="Mine", owner=user), ContactFactory(name="Theirs")
    for contact, tag in [(own, "vip"), (other, "secret")]:
        contact.tags.add(tag)
        contact.save()

    response = listing(browser_of(user), company="", consent="unknown")

    assert names(response) == ["Mine"]
    assert "secret" not in response.content.decode()


# Export


def as_csv(response):
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


@declared
def test_spreadsheet_has_all_that_is_known_of_the_contacts_that_are_listed(browser):
    owner = UserFactory(email="marta@example.com")
    contact = ContactFactory(
        name="Anna Nowak",
        email="anna@example.org",
        phone="+48 600 100 200",
        company="Acme",
        owner=owner,
        extra={
            "customer_number": "7",
            "employees": 12,
            "since": "2026-01-31",
            "is_partner": True,
            "branch": "food",
        },
        last_seen_at=timezone.now(),
    )
    contact.tags.add("vip", "press")
    contact.save()
    DailyActivity.objects.create(contact=contact, day=timezone.localdate(), visits=4)
    ContactFactory(name="Ben", company="Other", recording_stopped_at=timezone.now())

    [row] = as_csv(listing(browser, company="acme", export="csv"))

    assert row.pop("Last seen")
    assert row == {
        "E-mail": "anna@example.org",
        "Name": "Anna Nowak",
        "Phone": "+48 600 100 200",
        "Company": "Acme",
        "Position": "",
        "City": "",
        "Country": "",
        "Language": "",
        "Tags": "press, vip",
        "Owner": "marta@example.com",
        "Customer number": "7",
        "Employees": "12",
        "Customer since": "2026-01-31",
        "Partner": "yes",
        "Branch": "Food",
        "Visits in 30 days": "4",
        "Recording": "on",
    }


def test_token_of_the_contacts_links_is_there_for_whoever_may_change_contacts(db):
    contact = ContactFactory()

    [row] = as_csv(listing(browser_of(user_who_may("view_contact", "change_contact")), export="csv"))

    assert contact_of_token(row["Link token"]) == contact


def test_cells_calculate_nothing(browser):
    ContactFactory(name='=HYPERLINK("https://evil.example")', company="\t@SUM(1)", city="a\nb\x07")

    [row] = as_csv(listing(browser, export="csv"))

    assert row["Name"] == '\'=HYPERLINK("https://evil.example")'
    assert row["Company"] == "'@SUM(1)"
    assert row["City"] == "a b"


@declared
def test_spreadsheet_for_excel_has_numbers_and_days(browser):
    ContactFactory(name="Anna\x07", extra={"employees": 12, "since": "2026-01-31"})

    response = listing(browser, export="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    headings, values = sheet.iter_rows(values_only=True)
    row = dict(zip(headings, values, strict=True))

    assert row["Name"] == "Anna"
    assert row["Employees"] == 12
    assert row["Customer since"] == date(2026, 1, 31)


def test_spreadsheet_has_only_contacts_whom_the_user_may_view(db):
    user = user_who_may("view_own_contact")
    ContactFactory(name="Mine", owner=user)
    ContactFactory(name="Theirs")

    assert [row["Name"] for row in as_csv(listing(browser_of(user), export="csv"))] == ["Mine"]


@pytest.mark.parametrize("count", [2, 40])
def test_spreadsheet_costs_the_same_for_a_few_hundred_contacts(browser, count):
    for contact in ContactFactory.create_batch(count):
        contact.tags.add("vip")
        contact.save()
    listing(browser)

    with counted_queries() as queries:
        rows = as_csv(listing(browser, export="csv"))

    assert len(rows) == count
    assert len(queries) <= 12
