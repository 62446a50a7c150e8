"""The script on pages of any kind: strict policies, prefixes, several hosts, mistakes of a site."""

import time

import pytest
from django.test import override_settings
from django.urls import set_script_prefix

from .conftest import attended, tag
from .plain_site import PlainSite

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'"


def wait(page, milliseconds):
    """Let the page go on for a time of its own."""
    page.evaluate("ms => new Promise((done) => setTimeout(done, ms))", milliseconds)


def wait_until_taken(page):
    """Wait until the script knows that its entries have been taken."""
    page.wait_for_function("sessionStorage['va:unsent'] === undefined")


def rest_after(site, page, milliseconds):
    """What else is sent within a time, on the test's own clock."""
    page.wait_for_timeout(milliseconds)
    return site.rest()


def hide(page):
    """Hide the page from its script, as switching to another tab does; gives the page's age in milliseconds."""
    return page.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
            document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
            return performance.now();
        }"""
    )


def let_pass_until_next(page, site, *, kind):
    """Let time pass, second by second, until a message of a kind comes."""
    while not (found := [message for message in site.rest() if message["type"] == kind]):
        page.clock.run_for(1000)
    [message] = found
    return message


def test_page_view_is_an_entry_and_an_end(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/pricing/?utm_source=x")
    entry = plain_site.next()
    page.goto("about:blank")
    end = plain_site.next()

    assert (entry["type"], entry["url"], entry["page"], entry["how"]) == (
        "entry",
        "/pricing/?utm_source=x",
        7,
        "load",
    )
    assert (end["type"], end["id"]) == ("end", entry["id"])
    assert plain_site.rest() == []


def test_script_works_under_a_strict_policy(plain_site, visitor):
    plain_site.headers = {"Content-Security-Policy": STRICT}

    visitor.new_page().goto("/")

    assert plain_site.next()["type"] == "entry"


def test_script_works_where_only_a_nonce_lets_it(plain_site, visitor):
    policy = STRICT.replace("script-src 'self'", "script-src 'nonce-abc' 'strict-dynamic'")
    plain_site.headers = {"Content-Security-Policy": f"{policy}; require-trusted-types-for 'script'"}
    with override_settings(WAGTAIL_VISIT_ALERTS={"SINGLE_PAGE": True}):
        plain_site.head = tag(csp_nonce="abc")
    page = visitor.new_page()
    page.goto("/")

    page.evaluate("history.pushState(null, '', '/next/')")

    assert plain_site.next_of("entry")["url"] == "/"
    assert plain_site.next_of("entry")["url"] == "/next/"


@pytest.fixture
def prefixed_site():
    site = PlainSite(prefix="/cms")
    set_script_prefix("/cms/")
    with override_settings(STATIC_URL="static/"):
        site.head = tag()
    set_script_prefix("/")
    yield site
    site.close()


def test_script_reports_below_the_sites_prefix(prefixed_site, chromium):
    with attended(chromium, prefixed_site.url("")) as context:
        context.new_page().goto(prefixed_site.url("/pricing/"))

        message = prefixed_site.next()

    assert message["path"] == "/cms/visit-alerts/page-views/"
    assert message["url"] == "/cms/pricing/"


def test_each_host_name_is_reported_to_itself_and_crossing_is_leaving(plain_site, visitor):
    page = visitor.new_page()
    page.goto(plain_site.url("/", host="a.localhost"))
    first = plain_site.next()
    page.goto(plain_site.url("/", host="b.localhost"))
    second = plain_site.next_of("entry")

    assert first["host"].startswith("a.localhost")
    assert second["host"].startswith("b.localhost")
    assert second.get("previous") is None
    assert second["tab"] != first["tab"]


def test_two_tags_by_mistake_report_once(plain_site, visitor):
    plain_site.head = tag() + tag()
    page = visitor.new_page()
    page.goto("/")

    assert plain_site.next()["type"] == "entry"
    assert rest_after(plain_site, page, 1500) == []


def test_error_page_is_no_page_view(plain_site, visitor):
    plain_site.statuses["/missing/"] = 404
    page = visitor.new_page()
    page.goto("/missing/")
    page.goto("/")

    assert plain_site.next()["url"] == "/"


def test_page_in_a_frame_is_no_page_view(plain_site, visitor):
    plain_site.bodies["/"] = '<iframe src="/framed/"></iframe>'
    page = visitor.new_page()
    page.goto("/")

    assert plain_site.next()["url"] == "/"
    assert rest_after(plain_site, page, 1500) == []


def test_automated_browser_reports_nothing(plain_site, visitor):
    visitor.add_init_script("Object.defineProperty(navigator, 'webdriver', { value: true })")
    page = visitor.new_page()
    page.goto("/")
    wait(page, 1500)

    assert plain_site.rest() == []


def test_page_loaded_behind_is_entered_when_it_is_shown(plain_site, visitor):
    visitor.add_init_script(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })"
    )
    page = visitor.new_page()
    page.goto("/")
    wait(page, 1500)
    assert plain_site.rest() == []

    page.evaluate(
        """() => {
            delete document.visibilityState;
            document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
        }"""
    )
    entry = plain_site.next()

    assert entry["ago"] < 1000
    assert entry["navigation"] > 1500


def test_storage_that_is_off_costs_only_the_page_before(plain_site, visitor):
    visitor.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('off') } })"
    )
    page = visitor.new_page()
    page.goto("/")
    plain_site.next()
    page.goto("/pricing/")

    entry = plain_site.next_of("entry")

    assert entry["url"] == "/pricing/"
    assert entry.get("previous") is None


def test_next_page_in_the_tab_names_the_one_before_with_its_times(plain_site, visitor):
    page = visitor.new_page()
    began = time.monotonic()
    page.goto("/")
    first = plain_site.next()
    wait(page, 1200)
    page.goto("/pricing/")
    second = plain_site.next_of("entry")
    spent_ms = (time.monotonic() - began) * 1000

    before = second["previous"]
    assert second["tab"] == first["tab"]
    assert before["id"] == first["id"]
    assert before.keys() == {"id", "wall", "monotonic", "engaged", "gap"}
    assert 1200 <= before["engaged"] <= before["monotonic"] <= spent_ms


def test_hidden_time_is_not_engaged(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/")
    plain_site.next()
    hidden_at = hide(page)
    wait(page, 2500)
    page.goto("about:blank")
    end = plain_site.next_of("end")

    assert end["engaged"] <= hidden_at
    assert end["wall"] >= 2500


def test_reload_goes_on_with_the_page_view_and_its_times(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/")
    first = plain_site.next()
    wait_until_taken(page)
    wait(page, 1200)
    page.reload()
    # The end and the new entry are two requests at once, which may arrive either way round.
    [again] = [each for each in (plain_site.next(), plain_site.next()) if each["type"] == "entry"]
    wait(page, 1200)
    page.goto("about:blank")
    end = plain_site.next_of("end")

    assert (again["id"], again["tab"], again["how"]) == (first["id"], first["tab"], "reload")
    assert again.get("previous") is None
    assert again["unsent"] == []
    assert again["ago"] < 1000
    for clock in ("wall", "monotonic", "engaged"):
        assert end[clock] >= 2400


def test_entry_that_was_not_taken_goes_along_with_the_next(plain_site, stopped):
    plain_site.answer = None
    page = stopped.new_page()
    page.goto("/first/")
    lost = plain_site.next()
    plain_site.answer = {"again": False, "at": []}
    page.goto("/second/")
    second = plain_site.next_of("entry")
    wait_until_taken(page)
    page.goto("/third/")
    third = plain_site.next_of("entry")

    assert [entry["id"] for entry in second["unsent"]] == [lost["id"]]
    assert second["previous"]["id"] == lost["id"]
    assert third["unsent"] == []


def test_entry_that_was_not_taken_is_sent_again_twice(plain_site, stopped):
    plain_site.answer = None
    page = stopped.new_page()
    page.goto("/")
    sent = [plain_site.next(), *(let_pass_until_next(page, plain_site, kind="entry") for _ in range(2))]

    page.clock.run_for(20_000)

    assert [message["url"] for message in sent] == ["/"] * 3
    assert rest_after(plain_site, page, 500) == []


def test_browser_without_cookies_does_not_repeat_without_end(plain_site, visitor):
    plain_site.answer = {"again": True, "at": []}
    page = visitor.new_page()
    page.goto("/")

    assert [plain_site.next()["url"] for _ in range(3)] == ["/"] * 3
    assert rest_after(plain_site, page, 1500) == []


@pytest.mark.parametrize("answer", [{}, [], "x", 5, {"again": False}, {"again": False, "at": "x"}])
def test_answer_of_something_else_breaks_nothing(plain_site, visitor, answer):
    plain_site.answer = answer
    page = visitor.new_page()
    page.goto("/")
    plain_site.next()
    wait(page, 1500)


def test_long_address_neither_grows_nor_blocks_the_messages(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/?" + "x" * 5000)

    assert len(plain_site.next()["url"]) == 600


def test_time_in_view_is_reported_when_it_is_asked_for(plain_site, stopped):
    plain_site.answer = {"again": False, "at": [3]}
    page = stopped.new_page()
    page.goto("/")
    plain_site.next()
    plain_site.answer = {"again": False, "at": []}
    wait_until_taken(page)

    report = let_pass_until_next(page, plain_site, kind="in_view")

    assert 3000 <= report["engaged"] <= 4000


def test_token_is_taken_out_of_the_address_before_anybody_has_moved(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/pricing/?a=1&va=secret&b=2#c")

    page.wait_for_function("location.search == '?a=1&b=2'")
    page.mouse.move(50, 50)
    entry = plain_site.next()

    assert page.url.endswith("/pricing/?a=1&b=2#c")
    assert (entry["token"], entry["sign"]) == ("secret", "pointermove")
    assert "secret" not in entry["url"]
    assert page.evaluate("JSON.stringify(sessionStorage)").count("secret") == 0


@pytest.mark.parametrize(
    ("act", "sign"),
    [
        (lambda page: page.mouse.down(), "pointerdown"),
        (lambda page: page.keyboard.press("a"), "keydown"),
        (lambda page: page.mouse.wheel(0, 10), "wheel"),
        (lambda page: page.evaluate("scrollBy(0, 50)"), "scroll"),
        (lambda page: page.evaluate("dispatchEvent(new Event('touchstart'))"), "touchstart"),
        (lambda page: page.clock.run_for(6000), "visible"),
    ],
)
def test_token_waits_for_a_sign_of_life(plain_site, stopped, act, sign):
    plain_site.bodies["/"] = '<p style="height: 5000px">'
    page = stopped.new_page()
    page.goto("/?va=secret")
    assert plain_site.rest() == []

    act(page)
    entry = plain_site.next()

    assert (entry["token"], entry["sign"]) == ("secret", sign)


def test_token_is_not_sent_where_nobody_gives_a_sign_of_life(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/?va=secret")
    page.wait_for_function("location.search == ''")
    page.goto("about:blank")

    entry = plain_site.next_of("entry")

    assert "token" not in entry


def test_no_layout(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/")
    session = visitor.new_cdp_session(page)
    session.send("Performance.enable")

    def layouts():
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return metrics["LayoutCount"]

    plain_site.next()
    # What was there from the beginning is laid out once it is first drawn.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    before = layouts()
    wait(page, 2500)

    assert layouts() == before
