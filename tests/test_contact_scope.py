"""Which contacts an alert is about: the same answer on every database."""

import pytest

from wagtail_visit_alerts.models import Alert, Contact
from wagtail_visit_alerts.models.scope import STANDARD_FIELDS, Scope

from .factories import AlertFactory, ContactFactory, UserFactory
from .query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def in_scope(**limits):
    """The names of the contacts that an alert with these limits, not saved, is about."""
    contacts = Contact.objects.in_scope_of(Alert(name="Draft", **limits))
    return sorted(contacts.values_list("name", flat=True))


def tagged(name, *tags):
    contact = ContactFactory(name=name)
    contact.tags.add(*tags)
    contact.save()
    return contact


def test_alert_is_about_all_contacts_by_default():
    ContactFactory(name="Anna")
    ContactFactory(name="Ben", owner=None)

    assert in_scope() == ["Anna", "Ben"]


def test_alert_that_is_saved_is_about_the_same_contacts():
    tagged("Anna", "vip")
    tagged("Ben")
    alert = AlertFactory(only_tags=["vip"])

    assert [contact.name for contact in Contact.objects.in_scope_of(alert)] == ["Anna"]


def test_one_of_the_tags_is_enough():
    tagged("Anna", "vip", "export")
    tagged("Ben", "press")
    tagged("Cleo", "other")

    assert in_scope(only_tags=["vip", "press", "export"]) == ["Anna", "Ben"]


def test_none_of_the_excluding_tags_may_be_there():
    tagged("Anna", "vip")
    tagged("Ben", "vip", "left")
    tagged("Cleo")

    assert in_scope(not_tags=["left", "press"]) == ["Anna", "Cleo"]
    assert in_scope(only_tags=["vip"], not_tags=["left"]) == ["Anna"]


def test_tag_that_nobody_has_leaves_nobody():
    tagged("Anna", "vip")

    assert in_scope(only_tags=["gone"]) == []


@pytest.mark.parametrize("tag", ["vip łódź", "VIP ŁÓDŹ", " Vip Łódź "])
def test_tag_is_the_same_in_any_case(tag):
    tagged("Anna", "Vip Łódź")
    tagged("Ben", "Vip Lodz.")

    assert in_scope(only_tags=[tag]) == ["Anna"]
    assert in_scope(not_tags=[tag]) == ["Ben"]


def test_contacts_of_one_owner():
    owner = UserFactory()
    ContactFactory(name="Anna", owner=owner)
    ContactFactory(name="Ben")
    ContactFactory(name="Cleo", owner=None)

    assert in_scope(contacts_of=owner) == ["Anna"]


def test_all_limits_must_fit():
    owner = UserFactory()
    for name, fields, tags in [
        ("Anna", {"owner": owner, "city": "Kraków"}, ["vip"]),
        ("Ben", {"owner": owner, "city": "Kraków"}, []),
        ("Cleo", {"owner": owner, "city": "Berlin"}, ["vip"]),
        ("Dan", {"city": "Kraków"}, ["vip"]),
    ]:
        contact = ContactFactory(name=name, **fields)
        contact.tags.add(*tags)
        contact.save()

    limits = {"contacts_of": owner, "only_tags": ["vip"], "field_name": "city", "field_value": "kraków"}
    assert in_scope(**limits) == ["Anna"]


@pytest.mark.parametrize("field", sorted({*STANDARD_FIELDS} - {"name", "email"}))
def test_value_of_each_standard_field(field):
    ContactFactory(name="Anna", **{field: "Value"})
    ContactFactory(name="Ben", **{field: "Values"})
    ContactFactory(name="Cleo", extra={field: "value"})

    assert in_scope(field_name=field, field_value="vALUE") == ["Anna"]


def test_value_of_name_and_address():
    ContactFactory(name="Anna", email="Anna@bücher.example")
    ContactFactory(name="Ben")

    assert in_scope(field_name="name", field_value="anna") == ["Anna"]
    assert in_scope(field_name="email", field_value=" ANNA@BÜCHER.example") == ["Anna"]


@pytest.mark.parametrize("typed", ["Łódź", "ŁÓDŹ", "łódź", "  łÓDź "])
def test_value_is_the_same_in_any_case_but_with_its_accents(typed):
    ContactFactory(name="Anna", city=" Łódź ", extra={"branch": "łódź\n"})
    ContactFactory(name="Ben", city="Lodz", extra={"branch": "Lodz"})

    assert in_scope(field_name="city", field_value=typed) == ["Anna"]
    assert in_scope(field_name="branch", field_value=typed) == ["Anna"]


AWKWARD = [
    "industry",
    "two words",
    "a.b",
    "a__b",
    "a__contains",
    'quo"te',
    "it's",
    "back\\slash",
    "branża",
    "業種 😀",
    "5",
    "0",
    "e-mail",
    "UPPER",
    "$",
    "$.a[0]",
    "*",
    "100%",
    "%s",
    "'); DROP TABLE x; --",
    '" OR "" = "',
    "",
]


@pytest.mark.parametrize("key", AWKWARD)
def test_key_of_a_further_field_may_be_any_text(key):
    ContactFactory(name="Anna", extra={key: "yes please", "other": "no"})
    ContactFactory(name="Ben", extra={key: "no"})
    ContactFactory(name="Cleo", extra={"another": "yes please"})
    ContactFactory(name="Dan", extra={"a": {"b": "yes please"}})

    expected = ["Anna"] if key else ["Anna", "Ben", "Cleo", "Dan"]
    assert in_scope(field_name=key, field_value="Yes please") == expected


@pytest.mark.parametrize(
    "value",
    [
        "a.c",
        "a|b",
        "(x",
        "[x]",
        "50%",
        "%s",
        "\\d",
        "^$",
        "C++",
        "it's",
        'say "hi"',
        "a*",
        "{2}",
        "Straße",
        "😀",
    ],
)
def test_value_is_taken_literally(value):
    ContactFactory(name="Anna", city=value, extra={"note": value})
    ContactFactory(name="Ben", city="abc", extra={"note": "abc"})

    assert in_scope(field_name="city", field_value=value) == ["Anna"]
    assert in_scope(field_name="note", field_value=value) == ["Anna"]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        (50, "50"),
        (50, "50.0"),
        (50.0, "50"),
        (0, "0"),
        (-3, "-3"),
        (2.5, "2.5"),
        (2.5, "2,5"),
        (2.5, "2.50"),
        (True, "yes"),
        (True, "True"),
        (True, "TAK"),
        (False, "no"),
        (False, "nie"),
        (False, "false"),
        ("yes", "YES"),
        ("007", "007"),
    ],
)
def test_number_or_truth_compares_as_a_person_types_it(stored, typed):
    ContactFactory(name="Anna", extra={"size": stored})

    assert in_scope(field_name="size", field_value=typed) == ["Anna"]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        (50, "5"),
        (50, "500"),
        (5, "50"),
        (2.5, "25"),
        (7, "007"),
        (True, "no"),
        (True, "1"),
        (None, "null"),
        (None, "None"),
        ("null", "none"),
        (["a"], "a"),
        (["a"], '["a"]'),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_what_is_not_the_same_does_not_compare_equal(stored, typed):
    ContactFactory(name="Anna", extra={"size": stored})

    assert in_scope(field_name="size", field_value=typed) == []


def test_limits_of_many_alerts_are_judged_in_one_query():
    contact = tagged("Anna", "vip")
    other = ContactFactory(name="Ben", extra={"a.b": 5})
    scopes = {
        "vip": Scope(only_tags=("vip",)),
        "not vip": Scope(not_tags=("vip",)),
        "of the owner": Scope(owner_id=contact.owner_id),
        "five": Scope(field_name="a.b", field_value="5"),
    }

    with counted_queries() as queries:
        met = Contact.objects.filter(pk=contact.pk).scopes_met(scopes)

    assert met == {"vip", "of the owner"}
    assert len(queries) == 1
    assert Contact.objects.filter(pk=other.pk).scopes_met(scopes) == {"not vip", "five"}
    assert Contact.objects.filter(pk=-1).scopes_met(scopes) == set()


def test_fields_to_choose_are_the_standard_ones_then_further_ones_in_use():
    ContactFactory(extra={"industry": "steel", "Budget": 5, "company": "hidden by the standard field"})
    ContactFactory(
        extra={"industry": "paper", "x" * 101: "too long a name", " ": "no name", "-1": "not on MariaDB"}
    )
    ContactFactory(extra=["not an object"])

    choices = Contact.objects.field_choices()

    assert choices[0] == ("company", "Company")
    assert [name for name, _label in choices[: len(STANDARD_FIELDS)]] == list(STANDARD_FIELDS)
    assert choices[len(STANDARD_FIELDS) :] == [("Budget", "Budget"), ("industry", "industry")]


def test_fields_to_choose_are_read_from_a_bounded_number_of_contacts(monkeypatch):
    monkeypatch.setattr("wagtail_visit_alerts.models.contact.CONTACTS_READ_FOR_FIELDS", 2)
    for key in ("first", "second", "third"):
        ContactFactory(extra={key: 1})

    assert [name for name, _label in Contact.objects.field_choices()][len(STANDARD_FIELDS) :] == [
        "second",
        "third",
    ]
