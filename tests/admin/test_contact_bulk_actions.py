"""What is done with several contacts at once: with which of them, what their histories say, and what it costs."""

import csv
import io

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import Contact

from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries
from .walking import browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(db):
    """Somebody who keeps all contacts."""
    return user_who_may("view_contact", "change_contact", "delete_contact", username="ewa")


@pytest.fixture
def salesperson(db):
    """Somebody who may change, and view only, the contacts they own."""
    return user_who_may("view_own_contact", "change_contact")


@pytest.fixture
def colleague(db):
    """Somebody who may become an owner."""
    return user_who_may("view_own_contact", first_name="Marta", last_name="Kowalska")


def url(action, *contacts, **query):
    keys = [("id", contact.pk) for contact in contacts] or [("id", "all")]
    pairs = "&".join(f"{name}={value}" for name, value in [*keys, *query.items()])
    return reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", "contact", action]) + f"?{pairs}"


def do(user, action, *contacts, answers, **query):
    return browser_of(user).post(url(action, *contacts, **query), answers)


def histories(**filters):
    """What the histories say, oldest first."""
    entries = ModelLogEntry.objects.filter(**filters).order_by("pk")
    return [str(registry.get_formatter(entry).format_message(entry)) for entry in entries]


def tags(contact):
    return sorted(Contact.objects.get(pk=contact.pk).tags.names())


def tagged(*names, **fields):
    contact = ContactFactory(**fields)
    contact.tags.add(*names)
    contact.save()
    return contact


# Assign


def test_contacts_are_given_to_a_colleague(keeper, colleague):
    first, second, other = ContactFactory.create_batch(3)

    response = do(keeper, "assign", first, second, answers={"owner": colleague.pk})

    assert set(Contact.objects.filter(owner=colleague)) == {first, second}
    assert messages_in(response)[0].strip() == "2 contacts assigned."
    assert histories(object_id=str(first.pk)) == [
        f"Owner changed from {first.owner.username} to Marta Kowalska"
    ]
    assert histories(object_id=str(other.pk)) == []


def test_contacts_are_given_to_nobody(keeper):
    contact = ContactFactory()

    do(keeper, "assign", contact, answers={"owner": ""})

    contact.refresh_from_db()
    assert contact.owner is None


def test_contacts_that_have_this_owner_already_are_left(keeper, colleague):
    contact = ContactFactory(owner=colleague)

    response = do(keeper, "assign", contact, answers={"owner": colleague.pk})

    assert "Nothing had to be changed" in messages_in(response)[0]
    assert not ModelLogEntry.objects.exists()


def test_whoever_does_not_work_with_contacts_can_not_become_an_owner(keeper):
    contact, stranger = ContactFactory(), UserFactory()

    response = do(keeper, "assign", contact, answers={"owner": stranger.pk})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["owner"]


# Tags


@pytest.mark.database
def test_tags_are_added_and_removed(keeper):
    anna, ben = tagged("vip", "old"), tagged("VIP")

    response = do(keeper, "change_tags", anna, ben, answers={"add": "vip, Trade fair", "remove": "OLD"})

    assert tags(anna) == ["Trade fair", "vip"]
    assert [name.casefold() for name in tags(ben)] == ["trade fair", "vip"]
    assert messages_in(response)[0].strip() == "The tags of 2 contacts were changed."
    assert histories(object_id=str(anna.pk)) == ["Tags added: Trade fair; removed: OLD"]
    assert histories(object_id=str(ben.pk)) == ["Tags added: Trade fair"]


def test_contacts_that_have_the_tags_already_are_left(keeper):
    contact = tagged("vip")

    response = do(keeper, "change_tags", contact, answers={"add": "vip", "remove": "press"})

    assert "Nothing had to be changed" in messages_in(response)[0]
    assert not ModelLogEntry.objects.exists()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"add": "", "remove": ""}, "Enter at least one tag"),
        ({"add": "vip", "remove": "VIP"}, "added and removed at once"),
    ],
)
def test_tags_that_make_no_sense_are_refused(keeper, answers, error):
    response = do(keeper, "change_tags", ContactFactory(), answers=answers)

    assert error in str(response.context["form"].errors)


# Export


def test_chosen_contacts_are_exported_as_the_listing_is(keeper):
    anna, ben = ContactFactory(name="Anna"), ContactFactory(name="=1+1")
    ContactFactory(name="Cleo")

    response = do(keeper, "export", anna, ben, answers={"file_format": "csv"})

    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [row["Name"] for row in rows] == ["'=1+1", "Anna"]
    assert all(row["Link token"] for row in rows)
    assert histories() == ["Exported in a list of contacts"] * 2


def test_chosen_contacts_are_exported_for_excel(keeper):
    response = do(keeper, "export", ContactFactory(), answers={"file_format": "xlsx"})

    assert b"".join(response.streaming_content).startswith(b"PK")


# With which contacts


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Anna", "Ben", "Cleo"]),
        ({"q": "be"}, ["Ben"]),
        ({"company": "acme"}, ["Anna", "Ben"]),
        ({"company": "acme", "q": "anna"}, ["Anna"]),
    ],
)
def test_all_in_the_listing_are_those_that_search_and_filters_leave(keeper, query, expected):
    ContactFactory(name="Anna", company="Acme", email="anna@example.org")
    ContactFactory(name="Ben", company="ACME", email="ben@example.org")
    ContactFactory(name="Cleo", company="Other", email="cleo@example.org")

    do(keeper, "assign", answers={"owner": ""}, **query)

    assert sorted(Contact.objects.filter(owner=None).values_list("name", flat=True)) == expected


def test_deleting_all_in_the_listing_leaves_those_that_a_filter_has_left_out(keeper):
    ContactFactory(name="Anna", company="Acme")
    ContactFactory(name="Ben", company="Other")

    do(keeper, "delete", answers={}, company="acme")

    assert [contact.name for contact in Contact.objects.all()] == ["Ben"]


@pytest.mark.parametrize("action", ["assign", "change_tags", "export"])
def test_another_owners_contacts_are_neither_named_nor_changed(salesperson, action):
    own, other = ContactFactory(name="Mine", owner=salesperson), ContactFactory(name="Theirs")
    answers = {"owner": "", "add": "vip", "file_format": "csv"}

    html = browser_of(salesperson).get(url(action, own, other)).content.decode()
    response = do(salesperson, action, own, other, answers=answers)
    content = b"".join(response.streaming_content) if response.streaming else b""

    assert "Mine" in html
    assert "Theirs" not in html + content.decode()
    assert histories(object_id=str(other.pk)) == []
    assert len(histories(object_id=str(own.pk))) == 1


@pytest.mark.parametrize("action", ["assign", "change_tags"])
def test_whoever_may_only_view_is_told_with_which_contacts_they_may_not(db, action):
    contact = ContactFactory(name="Anna")
    user = user_who_may("view_contact")

    html = browser_of(user).get(url(action, contact)).content.decode()
    do(user, action, contact, answers={"owner": "", "add": "vip"})

    assert "You may not do this with 1 contact:" in html
    assert not ModelLogEntry.objects.exists()


def test_first_contacts_are_named_and_the_others_counted(keeper):
    ContactFactory.create_batch(23)

    main = BeautifulSoup(browser_of(keeper).get(url("assign")).content, "html.parser").select_one("main")

    assert "23 contacts are chosen:" in main.get_text()
    assert "and 3 more" in main.get_text()


def test_keys_that_are_none_are_not_found(keeper):
    response = browser_of(keeper).get(url("assign") + "x")

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("action", "answers"),
    [
        ("assign", {"owner": ""}),
        ("change_tags", {"add": "vip", "remove": "old"}),
        ("export", {"file_format": "xlsx"}),
    ],
)
def test_cost_does_not_grow_with_each_contact(keeper, action, answers):
    for _ in range(30):
        tagged("old")
    browser = browser_of(keeper)
    browser.get(url(action))

    with counted_queries() as queries:
        response = browser.post(url(action), answers)
        if response.streaming:
            b"".join(response.streaming_content)

    assert ModelLogEntry.objects.count() == 30
    assert len(queries) <= 25
