"""The pages that a reader reaches from an e-mail, in a real browser: with and without scripts, on a phone."""

import pytest
from playwright.sync_api import Page, expect

from .test_accessibility import AXE, RUN, TAGS, TALL, TOO_WIDE, WIDTHS

pytestmark = [pytest.mark.browser, pytest.mark.any_database]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def reader(request, chromium, scene) -> Page:
    """A reader's phone, logged in nowhere."""
    site, _names = scene
    context = chromium.new_context(
        base_url=site.url, java_script_enabled=request.param, viewport={"width": 360, "height": 800}
    )
    return context.new_page()


def test_reader_mutes_with_one_click_and_undoes_it(reader, scene):
    reader.goto(f"/visit-alerts/mute/{scene[1]['untouched']}/")

    reader.get_by_role("button", name="Mute", exact=True).click()
    expect(reader.get_by_role("status")).to_contain_text("Muted until")
    reader.get_by_role("button", name="Undo").click()

    expect(reader.get_by_role("status")).to_have_text("Nothing is muted: you get these alerts again.")


def test_reader_takes_the_contact_with_one_click_and_undoes_it(reader, scene):
    reader.goto(f"/visit-alerts/take/{scene[1]['untouched']}/")

    reader.get_by_role("button", name="I take Anna Nowak").click()
    expect(reader.get_by_role("status")).to_contain_text("you take care of Anna Nowak")
    reader.get_by_role("button", name="Undo").click()

    expect(reader.get_by_role("button", name="I take Anna Nowak")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_usable_by_everybody(theme, chromium, scene):
    site, names = scene
    page = chromium.new_context(base_url=site.url, color_scheme=theme).new_page()
    found = []

    for name in ("mute", "take"):
        for token in (names["untouched"], names["read"], "no-token"):
            page.set_viewport_size({"width": WIDTHS[0], "height": TALL})
            page.goto(f"/visit-alerts/{name}/{token}/")
            page.evaluate(AXE)
            found += page.evaluate(RUN, TAGS)["violations"]
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found += page.evaluate(TOO_WIDE)

    assert found == []
