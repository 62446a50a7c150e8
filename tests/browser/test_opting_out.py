"""The page on which to opt out, and Wagtail's user bar, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import PATIENCE
from .test_accessibility import AXE, RUN, TAGS, TOO_WIDE

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

OUT = "/visit-alerts/opt-out/"


def held(page: Page) -> str | None:
    """What the browser holds as our cookie."""
    return next((cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "va"), None)


def test_person_opts_out_looks_around_and_comes_back(person):
    page = person.new_page()
    page.goto(OUT)
    page.get_by_role("button", name="Do not record my visits").click()
    expect(page.get_by_role("status")).to_have_text("Your visits in this browser are not recorded.")

    with page.expect_response("**/page-views/") as answer:
        page.goto("/pricing/")
    assert answer.value.ok
    assert held(page) == "out"

    page.goto(OUT)
    page.get_by_role("button", name="Let my visits be recorded again").click()
    expect(page.get_by_role("status")).to_have_text("Your visits in this browser may be recorded.")
    with page.expect_response("**/page-views/"):
        page.goto("/pricing/")
    assert held(page) != "out"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_is_usable_by_everybody(chromium, site, theme):
    page = chromium.new_context(base_url=site.url, color_scheme=theme).new_page()
    page.set_viewport_size({"width": 360, "height": 900})
    for _state in ("may be recorded", "not recorded"):
        page.goto(OUT)
        page.evaluate(AXE)
        assert page.evaluate(RUN, TAGS)["violations"] == []
        assert page.evaluate(TOO_WIDE) == []
        page.get_by_role("button").click()


def test_colleague_reads_in_the_user_bar_whether_the_visit_is_recorded(editor):
    editor.set_default_timeout(PATIENCE * 1000)
    editor.goto("/pricing/")
    editor.locator("#wagtail-userbar-trigger").click()

    item = editor.get_by_role("menuitem", name="Your visit is recorded")
    expect(item).to_contain_text("To try an alert, make a test visit")
    item.click()

    editor.wait_for_url("**/guide/test-visits/")
