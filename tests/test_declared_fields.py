"""The fields that a site declares: how they are read, which values they hold, and how these read."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import translation
from django.utils.translation import gettext_lazy

from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.declared_fields import (
    UnreadableValue,
    declared_field,
    declared_fields,
    declared_fields_of,
    parse,
    undeclared_values_of,
)

FIELDS = [
    {"name": "customer_number", "label": "Customer number", "type": "text"},
    {"name": "employees", "label": "Employees", "type": "number", "in_email": False},
    {"name": "since", "label": "Customer since", "type": "date"},
    {"name": "is_partner", "label": gettext_lazy("yes"), "type": "yes_no"},
    {"name": "website", "label": "Website", "type": "url"},
    {"name": "branch", "label": "Branch", "type": "choice", "choices": [("food", "Food"), "Steel"]},
]


def declared(*fields):
    return override_settings(WAGTAIL_VISIT_ALERTS={"CONTACT_FIELDS": fields or FIELDS})


@pytest.fixture(autouse=True)
def all_types():
    with declared():
        yield


def test_fields_come_in_the_order_of_the_setting():
    assert [field.name for field in declared_fields()] == [field["name"] for field in FIELDS]


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("customer_number", " 007 ", "007"),
        ("customer_number", "a\n b", "a b"),
        ("employees", "1 200", 1200),
        ("employees", "12.5", 12.5),
        ("employees", "12,5", 12.5),
        ("employees", "-3", -3),
        ("employees", Decimal("7.0"), 7),
        ("since", "2026-01-31", "2026-01-31"),
        ("since", date(2026, 1, 31), "2026-01-31"),
        ("is_partner", "Yes", True),
        ("is_partner", "nie", False),
        ("is_partner", "0", False),
        ("is_partner", True, True),
        ("website", "https://example.com/a", "https://example.com/a"),
        ("branch", "food", "food"),
        ("branch", "FOOD", "food"),
        ("branch", "steel", "Steel"),
        ("branch", "  ", None),
        ("since", None, None),
    ],
)
def test_value_is_read_as_people_write_it(name, given, kept):
    value = parse(declared_field(name), given)

    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("customer_number", "x" * 1001),
        ("employees", "many"),
        ("employees", "1,234"),
        ("employees", "1e400"),
        ("employees", "inf"),
        ("employees", True),
        ("since", "yesterday"),
        ("since", "2026-02-30"),
        ("is_partner", "perhaps"),
        ("website", "javascript:alert(1)"),
        ("website", "example"),
        ("branch", "wood"),
    ],
)
def test_value_that_its_field_can_not_hold_is_refused(name, given):
    with pytest.raises(UnreadableValue):
        parse(declared_field(name), given)


def test_date_is_read_as_the_language_writes_it():
    with translation.override("pl"):
        assert parse(declared_field("since"), "31.01.2026") == "2026-01-31"


def test_refusal_names_the_choices():
    with pytest.raises(UnreadableValue, match="Food, Steel"):
        parse(declared_field("branch"), "wood")


def test_values_read_in_the_language_of_the_reader():
    contact = Contact(
        extra={"employees": 12.5, "since": "2026-01-31", "is_partner": True, "branch": "food", "hobby": "chess"}
    )

    with translation.override("pl"):
        assert declared_fields_of(contact) == [
            ("Customer number", ""),
            ("Employees", "12,5"),
            ("Customer since", "31 stycznia 2026"),
            ("tak", "tak"),
            ("Website", ""),
            ("Branch", "Food"),
        ]
    assert undeclared_values_of(contact) == {"hobby": "chess"}


def test_value_of_another_type_is_shown_as_it_is():
    contact = Contact(extra={"employees": "many", "since": "soon", "is_partner": "perhaps", "branch": "wood"})

    assert [text for _, text in declared_fields_of(contact) if text] == ["many", "soon", "perhaps", "wood"]


def test_field_that_is_declared_wrongly_is_left_out():
    with declared({"name": "email"}, {"name": "budget"}, {"name": "Budget"}, {"name": "x", "type": "colour"}):
        assert [field.name for field in declared_fields()] == ["budget"]


def test_templates_of_attachments_are_offered_the_declared_fields_by_their_labels():
    offered = dict(attachments.variables())

    assert offered["contact.extra.customer_number"] == "Customer number"
