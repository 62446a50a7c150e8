"""The step "Pages" in a browser: rows come and go, and what they match is said as they are typed."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

ROW = re.compile(r"^Row\b")


def row(editor, number):
    """A row that is shown; they count from zero."""
    return editor.get_by_role("group", name=ROW).nth(number)


def fill_row(editor, number, *, path, minutes=""):
    """Fill in a row as a URL."""
    row(editor, number).get_by_role("radio", name="URL").check()
    row(editor, number).get_by_label("Path").fill(path)
    row(editor, number).get_by_label("Minimum minutes on the page").fill(minutes)


def open_pages_step(editor, *, name):
    """Begin an alert, and go to its second step."""
    editor.goto("/admin/visit-alerts/alerts/add/")
    editor.get_by_label("Alert name").fill(name)
    editor.get_by_role("button", name="Next").click()
    editor.wait_for_url("**/pages/")


def test_another_row_is_opened_and_removed_as_often_as_wanted(editor):
    editor.goto("/admin/")
    editor.get_by_role("button", name="Visit alerts").click()
    editor.get_by_role("link", name="Alerts", exact=True).click()
    editor.get_by_role("link", name="Add alert").first.click()
    editor.get_by_label("Alert name").fill("Three rows")
    editor.get_by_role("button", name="Next").click()
    fill_row(editor, 0, path="/pricing/")
    for number, (path, minutes) in enumerate((("/blog/**", "2.5"), ("/gone/", ""), ("**", "10")), start=1):
        editor.get_by_role("button", name="Add another page").click()
        fill_row(editor, number, path=path, minutes=minutes)
    row(editor, 2).get_by_role("button", name="Remove").click()

    editor.get_by_role("button", name="Next").click()
    editor.get_by_role("button", name="Back").click()

    expect(editor.get_by_role("group", name=ROW)).to_have_count(3)
    paths = [row(editor, number).get_by_label("Path").input_value() for number in range(3)]
    assert paths == ["/pricing/", "/blog/**", "**"]
    assert row(editor, 1).get_by_label("Minimum minutes on the page").input_value() == "2.5"


def test_keyboard_keeps_its_place_when_rows_come_and_go(editor):
    open_pages_step(editor, name="Keyboard")

    editor.get_by_role("button", name="Add another page").press("Enter")
    expect(row(editor, 1).get_by_role("radio", name="Watch")).to_be_focused()
    row(editor, 0).get_by_role("button", name="Remove").press("Enter")
    expect(row(editor, 0).get_by_role("button", name="Remove")).to_be_focused()
    row(editor, 0).get_by_role("button", name="Remove").press("Enter")
    expect(editor.get_by_role("button", name="Add another page")).to_be_focused()


def test_what_the_rows_match_is_said_as_they_are_typed(editor):
    open_pages_step(editor, name="Live")
    tester = editor.get_by_role("region", name="Try it")

    fill_row(editor, 0, path="porter")
    tester.get_by_label("A URL of the site").fill("/products/porter/")

    expect(tester).to_contain_text("No row matches: nothing is sent.")
    expect(row(editor, 0)).to_contain_text("/porter/ matches no page; /products/porter/ does.")

    row(editor, 0).get_by_role("button", name="Use **/porter/").press("Enter")

    expect(tester).to_contain_text("Row 1, “**/porter/ on any site”, matches: the alert is sent on entering.")
    expect(tester).to_contain_text("1 live page matches.")
    expect(row(editor, 0).get_by_label("Path")).to_have_value("**/porter/")
    expect(row(editor, 0).get_by_label("Path")).to_be_focused()

    editor.get_by_role("button", name="Add another page").click()
    row(editor, 1).get_by_role("radio", name="But not on").check()
    fill_row_as_exception(editor, 1, path="/products/**")

    expect(tester).to_contain_text(
        "Row 2, “not on /products/** on any site”, is an exception: nothing is sent."
    )
    expect(row(editor, 1).get_by_label("Minimum minutes on the page")).to_be_hidden()


def fill_row_as_exception(editor, number, *, path):
    """Fill in a row as an exception, which has no minutes."""
    row(editor, number).get_by_role("radio", name="URL").check()
    row(editor, number).get_by_label("Path").fill(path)


def test_clock_is_asked_for_once_a_row_has_minutes(editor):
    open_pages_step(editor, name="Clock")
    clock = editor.get_by_role("group", name="When is the time up?")

    expect(clock).to_be_hidden()
    fill_row(editor, 0, path="/pricing/", minutes="2")
    expect(clock).to_be_visible()


def test_tags_are_chosen_and_removed_by_the_keyboard(editor):
    open_pages_step(editor, name="Tags")
    editor.get_by_text("Which contacts").click()
    field = editor.get_by_label("Only contacts with one of these tags", exact=True)

    field.press_sequentially("no such tag")
    field.press("Enter")

    expect(editor.get_by_text("There is no tag “no such tag”")).to_be_visible()
    field.press("Backspace")
    expect(editor.get_by_role("button", name="Remove the tag no such tag")).to_have_count(0)
    expect(field).to_be_focused()


def test_half_a_tag_survives_a_reload(editor):
    open_pages_step(editor, name="Half a tag")
    editor.get_by_text("Which contacts").click()
    field = editor.get_by_label("Only contacts with one of these tags", exact=True)
    field.press_sequentially("half")

    editor.reload()

    expect(editor.get_by_role("button", name="Remove the tag half")).to_be_attached()


def test_200_rows_are_posted_within_what_django_takes_by_default(editor):
    open_pages_step(editor, name="200 rows")
    editor.evaluate(
        """() => {
            const add = document.querySelector("[data-visit-alerts-rows-target=add]");
            return new Promise((done) => {
                const rows = () => document.querySelectorAll(".visit-alerts-row:not([hidden])");
                const timer = setInterval(() => {
                    if (!add.disabled && rows().length < 200) return add.click();
                    clearInterval(timer);
                    rows().forEach((row, number) => {
                        row.querySelector("input[value=url]").checked = true;
                        row.querySelector("input[name$=-path]").value = `/page-${number}/`;
                        row.querySelector("input[name$=-minimum_minutes]").value = "1";
                        row.querySelector("select").selectedIndex = 1;
                    });
                    done();
                });
            });
        }"""
    )
    expect(editor.get_by_role("button", name="Add another page")).to_be_disabled()
    expect(editor.get_by_text("An alert has at most 200 rows.")).to_be_visible()

    editor.get_by_role("button", name="Next").click()

    editor.wait_for_url("**/frequency/")
