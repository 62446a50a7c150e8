"""The step "Pages" in a browser: "+" opens another row, as often as wanted."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def row(editor, number):
    """A row that is shown; they count from zero."""
    return editor.get_by_role("group", name="Monitored page").nth(number)


def fill_row(editor, number, *, path, minutes):
    """Fill in a row as a URL."""
    row(editor, number).get_by_role("radio", name="URL").check()
    row(editor, number).get_by_label("Path").fill(path)
    row(editor, number).get_by_label("Minimum minutes on the page").fill(minutes)


def test_another_row_is_opened_and_removed_as_often_as_wanted(editor):
    editor.get_by_role("button", name="Visit alerts").click()
    editor.get_by_role("link", name="Alerts", exact=True).click()
    editor.get_by_role("link", name="Add alert").first.click()
    editor.get_by_label("Alert name").fill("Three rows")
    editor.get_by_role("button", name="Next").click()
    fill_row(editor, 0, path="/pricing/", minutes="")
    for number, (path, minutes) in enumerate((("/blog/**", "2.5"), ("/gone/", ""), ("**", "10")), start=1):
        editor.get_by_role("button", name="Add another page").click()
        fill_row(editor, number, path=path, minutes=minutes)
    row(editor, 2).get_by_role("button", name="Remove").click()

    editor.get_by_role("button", name="Next").click()
    editor.get_by_role("button", name="Back").click()

    expect(editor.get_by_role("group", name="Monitored page")).to_have_count(3)
    paths = [row(editor, number).get_by_label("Path").input_value() for number in range(3)]
    assert paths == ["/pricing/", "/blog/**", "**"]
    assert row(editor, 1).get_by_label("Minimum minutes on the page").input_value() == "2.5"
