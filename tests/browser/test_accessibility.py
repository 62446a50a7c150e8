"""Every screen of ours is usable by everybody: axe-core finds nothing, and nothing is too wide or cramped.

The screens of ``screens.py`` are gone through at four widths, in light and in dark; a test names all that was found.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from .conftest import PATIENCE, Site, running_chromium
from .screens import SCREENS, Screen

pytestmark = [
    pytest.mark.any_database,
    pytest.mark.browser,
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="screens look the same on every database"),
]

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
COLORS = ["color-contrast", "link-in-text-block"]
RUN = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
WIDTHS = (360, 768, 1280, 1920)
#: Tall enough that nothing is scrolled out of sight: what is hidden is not judged.
TALL = 5000
#: Colours that change at once with the theme: one on its way from one theme to the other is nobody's to read.
AT_ONCE = "*, ::before, ::after { transition: none !important }"
SETTLED = "Promise.allSettled(document.getAnimations().map(animation => animation.finished))"
#: Wagtail's own furniture that is wider than its place by design: the bar of bulk actions, which slides in; the list
#: of a form's sections and the side panel, which wait outside; the buttons for comments, which stand at the edge; the
#: header, which cuts off a title that is too long.
FURNITURE = (
    ".footer__container, .w-minimap, .form-side, .w-field__comment-button--add, .w-slim-header"
    "{ display: none !important }"
)
#: What would scroll, or cut off what it has no room for: the page, and Wagtail's frame around our part of it.
TOO_WIDE = """
    () => [...document.querySelectorAll("html, body, main")]
        .filter(element => element.scrollWidth > element.clientWidth)
        .map(element => `${element.localName}: ${element.scrollWidth} instead of ${element.clientWidth} px`)
"""
#: The first words below Wagtail's header, where they stick to it; a space of a line's half is seen as one.
CRAMPED = """
    () => {
        const header = document.querySelector("main .w-slim-header");
        if (!header) return [];
        // At once: Wagtail scrolls smoothly.
        for (let part = header; part; part = part.parentElement) part.scrollTo({ top: 0, behavior: "instant" });
        const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        while (words.nextNode()) {
            range.selectNodeContents(words.currentNode);
            const place = range.getBoundingClientRect();
            const isBelow = header.compareDocumentPosition(words.currentNode) === Node.DOCUMENT_POSITION_FOLLOWING;
            const isShown = place.width > 1 && place.height > 1 && words.currentNode.textContent.trim();
            const isForEyes = !words.currentNode.parentElement.closest(".w-sr-only, script, style");
            if (!isBelow || !isShown || !isForEyes) continue;
            const space = place.top - header.getBoundingClientRect().bottom;
            return space < 8 ? [`${words.currentNode.textContent.trim()}: ${space} px below the header`] : [];
        }
        return [];
    }
"""
#: The words in a table's head that are broken into two lines.
BROKEN = """
    () => [...document.querySelectorAll("main thead th")].flatMap(cell => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        const broken = [];
        while (texts.nextNode()) {
            for (const word of texts.currentNode.textContent.matchAll(/[\\p{L}\\p{N}]+/gu)) {
                range.setStart(texts.currentNode, word.index);
                range.setEnd(texts.currentNode, word.index + word[0].length);
                if (new Set([...range.getClientRects()].map(line => line.top)).size > 1) broken.push(word[0]);
            }
        }
        return broken;
    })
"""
#: What axe finds in Wagtail's own part of a screen: by the screen's name the rule and a piece of the element's HTML.
WAGTAILS_OWN: dict[str, tuple[str, str]] = {
    # A number of filters stands beside the button's name and is no part of it.
    "delivery log, of a contact": ("label-content-name-mismatch", "w-slim-header-action-button"),
    "contacts, filtered": ("label-content-name-mismatch", "w-slim-header-action-button"),
    # The rich text editor of the example site's page has no name; that of the wizard is given one.
    "page that alerts watch, edited": ("aria-input-field-name", "public-DraftEditor-content"),
}


@dataclass
class Findings:
    """What was found on one screen, a line each."""

    #: By theme, what axe finds.
    axe: dict[str, list[str]] = field(default_factory=dict)
    #: By the window's width, what is wider than it.
    too_wide: dict[int, list[str]] = field(default_factory=dict)
    #: What sticks to the header.
    cramped: list[str] = field(default_factory=list)
    #: The words in the heads of tables that are broken, where there is room.
    broken: list[str] = field(default_factory=list)


class Tour:
    """Goes through the screens once each, logged in as whom each is for."""

    def __init__(self, browser: Browser, *, site: Site, names: dict[str, Any]) -> None:
        self.browser, self.site, self.names = browser, site, names
        self.pages: dict[str, Page] = {}

    def look_at(self, screen: Screen) -> Findings:
        """Look at a screen at each width and in each theme; that it can't be shown is a finding too."""
        found = Findings()
        try:
            page = self.show(screen)
            found.cramped = page.evaluate(CRAMPED)
            found.too_wide = {width: wide for width, wide in too_wide(page) if wide}
            found.axe = dict(violations(page, screen))
            found.broken = page.evaluate(BROKEN)
        except BrowserError as error:
            found.axe["not shown"] = [str(error)]
        return found

    def page_of(self, user: str) -> Page:
        """The page in which a user is logged in."""
        if user not in self.pages:
            context = self.browser.new_context(base_url=self.site.url, reduced_motion="reduce")
            context.set_default_timeout(PATIENCE * 1000)
            page = self.pages[user] = context.new_page()
            page.goto("/admin/login/")
            page.get_by_label("Username").fill(user)
            page.get_by_label("Password").fill("visit-alerts")
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/admin/")
        return self.pages[user]

    def show(self, screen: Screen) -> Page:
        """Go to a screen in a window as wide as a phone, and wait until nothing moves."""
        page = self.page_of(screen.user)
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        address = screen.address.format(**self.names)
        response = page.goto(address, wait_until="networkidle")
        if response is None or not response.ok or not page.url.endswith(address):
            raise BrowserError(f"{address} was not shown, but {page.url}")
        if screen.then:
            screen.then(page)
        page.evaluate(SETTLED)
        return page


def too_wide(page: Page) -> Iterator[tuple[int, list[str]]]:
    """What is wider than the window, a line each, by the window's width: from a phone's up."""
    without_furniture = page.add_style_tag(content=FURNITURE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        yield width, page.evaluate(TOO_WIDE)
    without_furniture.evaluate("element => element.remove()")


def violations(page: Page, screen: Screen) -> Iterator[tuple[str, list[str]]]:
    """What axe finds, a line each, by theme: only colours differ between them."""
    page.set_viewport_size({"width": 1280, "height": TALL})
    page.add_style_tag(content=AT_ONCE)
    page.evaluate(AXE)
    known, piece = WAGTAILS_OWN.get(screen.name, ("", ""))
    for theme, rules in (("light", TAGS), ("dark", COLORS)):
        page.emulate_media(color_scheme=theme)
        page.evaluate(SETTLED)
        yield (
            theme,
            [
                f"{violation['id']}: {node['html']} ({node['failureSummary']})"
                for violation in page.evaluate(RUN, rules)["violations"]
                for node in violation["nodes"]
                if violation["id"] != known or piece not in node["html"]
            ],
        )
    page.emulate_media(color_scheme="light")


@pytest.fixture(scope="module")
def found(scene: tuple[Site, dict[str, Any]]) -> dict[str, Findings]:
    """What was found on each screen; all in one tour, since showing them takes longest."""
    site, names = scene
    with running_chromium() as browser:
        tour = Tour(browser, site=site, names=names)
        return {screen.name: tour.look_at(screen) for screen in SCREENS}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(theme: str, found: dict[str, Findings]) -> None:
    assert {name: one.axe for name, one in found.items() if one.axe.get(theme, one.axe)} == {}


def test_nothing_needs_scrolling_sideways(found: dict[str, Findings]) -> None:
    assert {name: one.too_wide for name, one in found.items() if one.too_wide} == {}


def test_nothing_sticks_to_the_header(found: dict[str, Findings]) -> None:
    assert {name: one.cramped for name, one in found.items() if one.cramped} == {}


def test_no_word_in_the_head_of_a_table_is_broken(found: dict[str, Findings]) -> None:
    assert {name: one.broken for name, one in found.items() if one.broken} == {}
