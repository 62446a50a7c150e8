"""The page "Check this browser" in a real browser: what its script finds out, and that anybody can use it."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from .conftest import PATIENCE, Site
from .test_accessibility import AXE, RUN, TAGS, TOO_WIDE

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

NEW_LINK = "from wagtail_visit_alerts.visits.browser_check_page import check_path; print(check_path())"


@pytest.fixture
def link(site: Site) -> str:
    """A link to the page, as the admin offers it."""
    return site.manage("shell", "--verbosity", "0", "-c", NEW_LINK)


@pytest.fixture
def context(chromium: Browser, site: Site) -> BrowserContext:
    """A stranger's browser."""
    context = chromium.new_context(base_url=site.url)
    context.set_default_timeout(PATIENCE * 1000)
    return context


def found(page: Page, link: str) -> str:
    """What the script has found out."""
    page.goto(link, wait_until="networkidle")
    return page.locator("[data-outcome]").locator("visible=true").inner_text()


def test_browser_that_can_do_all_is_good(context, link):
    assert found(context.new_page(), link).startswith("Good The site's start page carries the script")


def test_script_that_an_extension_blocks_is_a_problem(context, link):
    page = context.new_page()
    page.route("**/page-view*.js*", lambda route: route.abort())

    assert found(page, link).startswith("Problem This browser refuses to load the script")


def test_start_page_without_the_script_is_a_problem(context, link, site):
    def serve(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<h1>Start</h1>")

    page = context.new_page()
    page.route(f"{site.url}/", serve)

    assert found(page, link).startswith(
        "Problem The site's start page, as this browser gets it, does not carry"
    )


def test_start_page_that_can_not_be_read_is_worth_a_look(context, link, site):
    page = context.new_page()
    page.route(f"{site.url}/", lambda route: route.fulfill(status=500))

    assert found(page, link).startswith("Look here The site's start page could not be read")


def test_browser_that_is_driven_by_a_program_is_a_problem(context, link):
    context.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => true })")

    assert found(context.new_page(), link).startswith("Problem This browser is driven by a program")


def test_browser_that_keeps_nothing_is_worth_a_look(context, link):
    context.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get: () => { throw new Error('off') } })"
    )

    assert found(context.new_page(), link).startswith("Look here This browser keeps nothing for a tab")


def test_browser_without_javascript_is_told_so(chromium, site, link):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)

    assert found(context.new_page(), link).startswith("Look here This browser runs no scripts here.")


def test_looking_is_recorded_nowhere_and_sets_no_cookie(context, link):
    page = context.new_page()
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)

    found(page, link)

    assert posted == []
    assert context.cookies() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_is_usable_by_everybody(chromium, site, link, theme):
    page = chromium.new_context(base_url=site.url, color_scheme=theme).new_page()
    page.set_viewport_size({"width": 360, "height": 900})
    found(page, link)
    page.evaluate(AXE)

    assert page.evaluate(RUN, TAGS)["violations"] == []
    assert page.evaluate(TOO_WIDE) == []
