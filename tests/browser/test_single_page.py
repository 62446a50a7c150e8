"""Pages that change their address without loading another one: by script, and by htmx."""

import time

import pytest
from django.test import override_settings

from .conftest import tag
from .plain_site import VENDORED
from .test_main_line import settle, text_of
from .test_page_views import page_views
from .test_script import rest_after, wait

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

HTMX = '<script src="/vendored/htmx/htmx.min.js"></script>'
CONTACT = "hans.meier@example.org"


def single_tag(page_id=7):
    with override_settings(WAGTAIL_VISIT_ALERTS={"SINGLE_PAGE": True}):
        return tag().replace('data-page="7"', f'data-page="{page_id}"')


@pytest.fixture
def single(plain_site):
    plain_site.head = single_tag()
    return plain_site


@pytest.fixture
def page(single, visitor):
    """A page whose entry has been reported."""
    page = visitor.new_page()
    page.began = time.monotonic()
    page.goto("/")
    page.first = single.next()
    return page


def push(page, url):
    page.evaluate("url => history.pushState(null, '', url)", url)


def test_address_pushed_is_a_page_view_that_ends_the_one_before(single, page):
    wait(page, 1200)
    push(page, "/pricing/?topic=scales")
    entry = single.next_of("entry")

    assert (entry["url"], entry["how"], entry["tab"]) == (
        "/pricing/?topic=scales",
        "navigate",
        page.first["tab"],
    )
    assert entry["id"] != page.first["id"]
    assert entry["previous"]["id"] == page.first["id"]
    assert 1200 <= entry["previous"]["monotonic"] <= (time.monotonic() - page.began) * 1000
    assert entry["previous"]["gap"] < 1000
    assert entry["ago"] < 1000
    assert entry["page"] is None


def test_query_that_changes_is_another_page_view(single, page):
    push(page, "/?topic=scales")

    assert single.next_of("entry")["url"] == "/?topic=scales"


def test_address_replaced_is_a_page_view(single, page):
    page.evaluate("history.replaceState(null, '', '/pricing/')")

    assert single.next_of("entry")["url"] == "/pricing/"


def test_going_back_and_forward_inside_the_page_are_page_views(single, page):
    push(page, "/pricing/")
    single.next_of("entry")

    page.evaluate("history.back()")
    back = single.next_of("entry")
    page.evaluate("history.forward()")
    forward = single.next_of("entry")

    assert [(one["url"], one["how"]) for one in (back, forward)] == [
        ("/", "navigate"),
        ("/pricing/", "navigate"),
    ]
    assert forward["previous"]["id"] == back["id"]


def test_hash_and_the_same_address_again_count_nothing(single, page):
    page.evaluate(
        """() => {
            location.hash = "#prices";
            history.pushState({ n: 1 }, "", location.href);
            history.replaceState({ n: 2 }, "", "/");
            history.replaceState({ n: 3 }, "");
            history.back();
        }"""
    )
    wait(page, 1500)

    assert single.rest() == []


def test_address_pushed_and_taken_back_at_once_counts_nothing(single, page):
    page.evaluate("() => { history.pushState(null, '', '/a/'); history.replaceState(null, '', '/'); }")
    wait(page, 1500)

    assert single.rest() == []


def test_quick_changes_are_page_views_one_after_the_other(single, page):
    page.evaluate(
        """async () => {
            for (const path of ["/a/", "/b/", "/c/"]) {
                history.pushState(null, "", path);
                await new Promise((done) => setTimeout(done));
            }
        }"""
    )
    entries = {entry["url"]: entry for entry in (single.next_of("entry") for _ in range(3))}  # in any order

    assert entries["/c/"]["previous"]["id"] == entries["/b/"]["id"]
    assert entries["/b/"]["previous"]["id"] == entries["/a/"]["id"]
    assert entries["/a/"]["previous"]["id"] == page.first["id"]


def test_what_the_page_does_with_its_history_works_as_before(single, page):
    push(page, "/pricing/")

    assert page.evaluate("history.length") == 3  # with the empty page that a tab begins with
    with pytest.raises(Exception, match="SecurityError"):
        push(page, "https://elsewhere.example/")


def test_reload_after_a_change_goes_on_with_that_page_view(single, page):
    push(page, "/pricing/")
    pushed = single.next_of("entry")
    page.reload()
    again = single.next_of("entry")

    assert (again["id"], again["how"], again["url"]) == (pushed["id"], "reload", "/pricing/")


def test_link_after_a_change_names_the_page_view_of_the_change(single, page):
    push(page, "/pricing/")
    pushed = single.next_of("entry")
    page.goto("/contact/")

    assert single.next_of("entry")["previous"]["id"] == pushed["id"]


def test_nothing_is_counted_where_the_site_has_not_asked_for_it(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/")
    plain_site.next()
    push(page, "/pricing/")
    wait(page, 1500)

    assert plain_site.rest() == []


def test_two_tags_by_mistake_count_a_change_once(plain_site, visitor):
    plain_site.head = single_tag() + single_tag()
    page = visitor.new_page()
    page.goto("/")
    plain_site.next()
    push(page, "/pricing/")

    # Two requests at once, which may arrive either way round.
    assert sorted(plain_site.next()["type"] for _ in range(2)) == ["end", "entry"]
    assert rest_after(plain_site, page, 1500) == []


def test_site_may_say_itself_which_page_it_shows(plain_site, visitor):
    page = visitor.new_page()
    page.goto("/")
    plain_site.next()
    page.evaluate("() => { history.pushState(null, '', '/pricing/'); visitAlerts.push({ page: 9 }); }")

    entry = plain_site.next_of("entry")

    assert (entry["url"], entry["how"], entry["page"]) == ("/pricing/", "navigate", 9)


# ── htmx ──


@pytest.fixture
def boosted(plain_site):
    """Two pages whose links htmx turns into swaps of the body, with the beacon's tag in it."""
    plain_site.head = HTMX
    for path, page_id in (("/", 7), ("/pricing/", 8)):
        links = '<a href="/">Home</a> <a href="/pricing/">Prices</a>'
        plain_site.bodies[path] = f'<div hx-boost="true">{links}</div>{single_tag(page_id)}'
    return plain_site


def test_htmx_boost_is_a_page_view_of_the_page_whose_tag_it_brings(boosted, visitor):
    page = visitor.new_page()
    page.goto("/")
    first = boosted.next()
    page.get_by_role("link", name="Prices").click()
    second = boosted.next_of("entry")
    page.get_by_role("link", name="Home").click()
    third = boosted.next_of("entry")
    page.go_back()
    fourth = boosted.next_of("entry")
    wait(page, 1500)

    assert [(one["url"], one["page"]) for one in (first, second, third)] == [
        ("/", 7),
        ("/pricing/", 8),
        ("/", 7),
    ]
    assert [one["how"] for one in (second, third, fourth)] == ["navigate"] * 3
    assert fourth["url"] == "/pricing/"
    assert fourth["page"] in (8, None)
    assert [one for one in boosted.rest() if one["type"] == "entry"] == []


def test_htmx_boost_that_leaves_the_tag_where_it_is_names_no_page(boosted, visitor):
    boosted.head = HTMX + single_tag(7)
    for path, body in boosted.bodies.items():
        boosted.bodies[path] = body.partition("<script")[0]
    page = visitor.new_page()
    page.goto("/")
    boosted.next()
    page.get_by_role("link", name="Prices").click()

    entry = boosted.next_of("entry")

    assert (entry["url"], entry["page"]) == ("/pricing/", None)


ALERT = """
from wagtail.models import Page
from wagtail_visit_alerts.models import Alert, MonitoredPage
alert = Alert.objects.create(name="Moved on inside the page", is_on=True, cap_times=50)
MonitoredPage.objects.create(
    alert=alert, kind="page", page=Page.objects.get(slug="case-studies"), minimum_minutes="0.02"
)
"""
COUNT_PAGES = """
import json
from wagtail_visit_alerts.models import PageView
views = PageView.objects.filter(contact__email={email!r}).order_by("-pk")[:3]
print(json.dumps([view.page.slug if view.page else None for view in views]))
"""


@pytest.fixture
def boosted_person(asked_person, asking_site):
    """The browser of a visitor who has agreed, on the example site with its links boosted by htmx."""
    agreed = "%7B%22categories%22%3A%5B%22analytics%22%5D%2C%22revision%22%3A0%7D"
    asked_person.add_cookies([{"name": "cc_cookie", "value": agreed, "url": asking_site.url}])

    def boost(route):
        if route.request.resource_type not in ("document", "xhr"):
            return route.fallback()
        response = route.fetch()
        body = response.text().replace("</head>", f"{HTMX}</head>").replace("<body>", '<body hx-boost="true">')
        return route.fulfill(response=response, body=body)

    asked_person.route(lambda url: "/page-views/" not in url and "/static/" not in url, boost)
    asked_person.route(
        "**/vendored/htmx/*", lambda route: route.fulfill(path=VENDORED / "htmx" / "htmx.min.js")
    )
    return asked_person


def test_contact_who_moves_on_inside_a_boosted_site_raises_the_alert(boosted_person, asking_site):
    asking_site.manage("shell", "--verbosity", "0", "-c", ALERT)
    page = boosted_person.new_page()
    with page.expect_response("**/page-views/"):
        page.goto(asking_site.manage("visit_alerts_link", CONTACT, "/blog/"))
        page.mouse.click(300, 300)
    settle(page)
    loaded = page.evaluate("performance.timeOrigin")
    for path in ("/case-studies/", "/contact/"):
        with page.expect_response("**/page-views/"):
            page.locator(f'a[href$="{path}"]').first.click()
        settle(page)
        wait(page, 2000)

    assert page.evaluate("performance.timeOrigin") == loaded
    assert "Moved on inside the page" in text_of(asking_site.mailbox.next())
    assert page_views(asking_site, CONTACT)[-3:] == [
        ("blog/", "MOVED_ON"),
        ("case-studies/", "MOVED_ON"),
        ("contact/", "OPEN"),
    ]
    slugs = asking_site.manage("shell", "--verbosity", "0", "-c", COUNT_PAGES.format(email=CONTACT))
    assert slugs.splitlines()[-1] == '["contact", "case-studies", "blog"]'
