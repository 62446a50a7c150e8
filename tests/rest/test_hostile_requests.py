"""Whatever a program sends, with its login: an answer that says what is wrong, and never a fault of ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.rest.json_body import MAX_BYTES

from ..strategies import examples
from .conftest import errors_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

FIELDS = [
    {"name": kind, "label": kind, "type": kind, **({"choices": ["a"]} if kind == "choice" else {})}
    for kind in ("text", "number", "date", "yes_no", "url", "choice")
]
NAMES = [
    "email",
    "name",
    "phone",
    "language",
    "tags",
    "owner",
    "extra",
    "id",
    "after",
    "limit",
    "tag",
    "seen_since",
]
DECLARED = [field["name"] for field in FIELDS]

anything = st.characters(exclude_categories=())
texts = st.text(anything, max_size=20) | st.sampled_from(
    [
        *("\0", "\ud800", "\u202e", "ﷺ" * 300, "x" * 2000, "9" * 5000, "1e999", "http://[", "%", "-", "crm"),
        *("a@b.example", "a\0@b.example", "é@\0.example"),
        *("2026-13-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    ]
)
numbers = (
    st.integers() | st.sampled_from([2**63, -(2**63) - 1, 10**400, 1e308, -0.0]) | st.floats(allow_nan=False)
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5
)
fields = st.dictionaries(st.sampled_from(DECLARED) | texts, values, max_size=3)
objects = st.dictionaries(
    st.sampled_from(NAMES) | texts, values | fields | st.lists(texts, max_size=3), max_size=5
)
bodies = objects.map(lambda data: json.dumps(data).encode()) | st.binary(max_size=50)

BROKEN = [
    b"",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b"{",
    b'{"name": NaN}',
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"a":' * 30_000,
    b'{"id": ' + b"9" * 5000 + b"}",
    b'{"name": "\\ud800"}',
]


@pytest.fixture
def declared(settings):
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "CONTACT_FIELDS": FIELDS}


def ask_everything(crm, contact, body):
    """The answers to a body at every address that takes one."""
    return [
        crm.ask("PUT", "contacts", body),
        crm.ask("PATCH", "contact", body, pk=contact.pk),
        crm.ask("POST", "contacts_search", body),
        crm.ask("POST", "stop_recording", body, pk=contact.pk),
    ]


def test_no_body_is_a_fault_of_ours(crm, anna, declared):
    seen = set()

    @examples(150)
    @given(body=bodies)
    def try_it(body):
        for response in ask_everything(crm, anna, body):
            assert response.status_code in (200, 201, 400, 409), (body, response.content)
            if response.status_code >= 400:
                assert response.json()["message"]
            seen.add(response.status_code)
        for text in Contact.objects.values_list("email", "name", "phone", "language", named=False):
            assert not any("\0" in value or "\ud800" in value for value in text)

    try_it()
    assert {200, 400} <= seen


def test_no_query_is_a_fault_of_ours(crm):
    @examples(100)
    @given(
        query=st.dictionaries(
            st.sampled_from([*NAMES, "since", "alert", "contact", "format"]), texts, max_size=3
        )
    )
    def try_it(query):
        query = {name: text.encode("utf-8", "replace").decode() for name, text in query.items()}
        for name in ("contacts", "notifications"):
            response = crm.ask("GET", name, query=query)
            assert response.status_code in (200, 400, 404), (query, response.content)

    try_it()


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: ascii(body[:12]))
def test_body_that_is_no_object_is_refused(crm, anna, body):
    answers = ask_everything(crm, anna, body)[:3]

    for response in answers[:1] if body == b"" else answers:
        if body == BROKEN[-1]:  # a half of a letter is nothing that is seen
            assert response.status_code in (200, 400)
        else:
            assert response.status_code == 400, response.content


def test_body_that_is_too_long_is_not_read(crm):
    response = crm.ask(
        "PUT", "contacts", json.dumps({"email": "a@b.example", "name": "x" * MAX_BYTES}).encode()
    )

    assert response.status_code == 413
    assert response.json()["message"] == "The body is longer than 256 KB: send less at once."


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**30])
def test_id_that_no_contact_can_have_is_nobodys(crm, pk):
    assert crm.get("contact", pk=pk).status_code == 404


def test_what_is_not_seen_is_taken_out(crm, anna):
    crm.patch(anna, name="An\0na\u202e\ud800  Nowak", tags=["v\0ip"])

    anna.refresh_from_db()
    assert anna.name == "Anna Nowak"
    assert list(anna.tags.names()) == ["vip"]


def test_error_repeats_no_more_of_a_value_than_is_read_at_a_glance(crm, anna):
    told = errors_in(crm.patch(anna, owner="x" * 5000))["owner"]

    assert len(told) < 200
