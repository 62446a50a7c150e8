"""The page on attachments lists what there is, and its examples work."""

import re

import pytest

from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.delivering.attachments import FaultKind
from wagtail_visit_alerts.delivering.attachments.template_data import sample
from wagtail_visit_alerts.models import Alert, AttachmentSource

from ...test_contracts import Document

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

PAGE = Document("docs/attachments.md")
EXAMPLES = {"HTML": "html", "CSV": "csv", "JSON": "json", "vCard": "vcard"}


def names(heading: str) -> set[str]:
    """The names in the first column of the tables below a heading."""
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE.part(heading), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def example(heading: str) -> str:
    """The first piece of code below a heading."""
    found = re.search(r"(?:^    .*\n|^\n(?=    ))+", PAGE.part(heading), re.MULTILINE)
    assert found
    return re.sub(r"^    ", "", found[0], flags=re.MULTILINE)


def test_page_lists_every_variable_with_its_meaning():
    shown = re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE.part("Variables"), re.MULTILINE)

    assert set(attachments.variables()) <= set(shown)


def test_page_lists_everything_that_a_visit_an_occasion_and_a_page_have():
    data = sample()
    text = PAGE.part("Variables")

    for record in (data["visits"][0], data["visits"][0]["pages"][0], data["occasions"][0]):
        assert [name for name in record if f"`{name}`" not in text] == []


def test_every_value_is_a_variable_or_a_list():
    lists = {"contact.tags", "contact.extra", "visits", "occasions"}
    listed = {name for name, _ in attachments.variables()} | lists
    data = sample()
    there = {
        f"{record}.{name}"
        for record in ("contact", "owner", "alert", "page")
        for name in data[record]
        if name != "is_occasion"
    }

    assert there | (data.keys() - {"contact", "owner", "alert", "page"}) == listed - {"contact.extra.budget"}


def test_page_lists_every_format():
    assert names("Formats") - {".txt", ".html"} >= {name for name, _ in attachments.formats()}


def test_page_lists_every_kind_of_fault():
    assert names("When it can't be made") == {kind.value for kind in FaultKind}


@pytest.mark.parametrize("heading", EXAMPLES)
def test_example_of_a_format_works(heading):
    alert = Alert(
        attachment_source=AttachmentSource.TEMPLATE,
        attachment_format=EXAMPLES[heading],
        attachment_body=example(heading),
    )

    assert attachments.check(alert) == []


def test_first_example_works():
    (body,) = re.findall(r"of its reader:\n\n((?:    .*\n|\n)+)", PAGE.text)
    alert = Alert(attachment_source=AttachmentSource.TEMPLATE, attachment_body=body)

    assert "Hello {{ owner.first_name }}" in body
    assert attachments.check(alert) == []
