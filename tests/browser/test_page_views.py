"""What Chromium's own ways of going from page to page become: page views, and what became of each."""

import json

import pytest

from .test_main_line import arrive, entered, follow, settle, text_of

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

ROWS = """
import json
from wagtail_visit_alerts.models import PageView, Ending
views = PageView.objects.filter(is_confirmed=True, contact__email={email!r}).order_by("pk")
views = views.filter(visitor=views.last().visitor)
rows = [(view.address.text.partition("localhost")[2].partition("/")[2], Ending(view.ending).name) for view in views]
print(json.dumps(rows))
"""


def page_views(site, email):
    """Path and ending of each page view of the contact's latest browser, in order."""
    printed = site.manage("shell", "--no-imports", "-c", ROWS.format(email=email))
    return [tuple(row) for row in json.loads(printed.splitlines()[-1])]


def test_link_in_the_same_tab_is_moving_on(person, site):
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    follow(page, "/contact/")

    assert page_views(site, "greta.holm@example.org") == [("blog/", "MOVED_ON"), ("contact/", "OPEN")]


def test_reload_goes_on_with_the_same_page_view(person, site):
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    page.reload()
    settle(page)
    follow(page, "/contact/")

    assert page_views(site, "greta.holm@example.org") == [("blog/", "MOVED_ON"), ("contact/", "OPEN")]


def test_going_back_is_moving_on_to_a_new_page_view(person, site):
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    follow(page, "/contact/")
    with entered(page, "/blog/"):
        page.go_back()

    assert page_views(site, "greta.holm@example.org") == [
        ("blog/", "MOVED_ON"),
        ("contact/", "MOVED_ON"),
        ("blog/", "OPEN"),
    ]


def test_link_in_a_new_tab_is_not_moving_on(person, site):
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    with person.expect_page() as opened:
        page.locator('a[href$="/contact/"]').first.click(modifiers=["Control"])
    opened.value.bring_to_front()
    opened.value.wait_for_url("**/contact/")
    settle(opened.value)

    assert page_views(site, "greta.holm@example.org") == [("blog/", "OPEN"), ("contact/", "OPEN")]


def test_closing_the_tab_is_not_moving_on_whatever_another_tab_does(person, site):
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    other = person.new_page()
    other.goto("/case-studies/")
    settle(other)
    page.close()
    follow(other, "/contact/")

    assert page_views(site, "greta.holm@example.org") == [
        ("blog/", "OPEN"),
        ("case-studies/", "MOVED_ON"),
        ("contact/", "OPEN"),
    ]


def test_page_that_does_not_exist_is_no_page_view(person, site):
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    # As on a site whose 404.html extends the base template: the same page with another status.
    page.route("**/case-studies/", lambda route: route.fulfill(response=route.fetch(), status=404))
    page.goto("/case-studies/")
    page.unroute("**/case-studies/")
    page.goto("/contact/")
    settle(page)

    paths = [path for path, _ending in page_views(site, "greta.holm@example.org")]
    assert paths == ["blog/", "contact/"]


def test_submitted_form_page_is_a_new_page_view_of_the_contact(person, site):
    page = person.new_page()
    page.goto("/contact/")
    settle(page)
    page.get_by_label("Name").fill("Ewa Wrona")
    page.get_by_label("E-mail").fill("ewa.wrona@example.org")
    page.get_by_label("Message").fill("Please call me.")
    with entered(page, "/contact/"):
        page.locator("form [type=submit], form button").last.click()

    assert page_views(site, "ewa.wrona@example.org") == [("contact/", "MOVED_ON"), ("contact/", "OPEN")]


def test_link_whose_reader_only_looks_is_recognised_after_five_seconds_in_view(person, site):
    page = person.new_page()
    with entered(page, "/blog/"):
        page.goto(site.manage("visit_alerts_link", "hans.meier@example.org", "/blog/"))

    assert page_views(site, "hans.meier@example.org")[-1:] == [("blog/", "OPEN")]


IN_VIEW_ALERT = """
from wagtail_visit_alerts.models import Alert, MonitoredPage
alert = Alert.objects.create(name={name!r}, is_on=True, clock="in_view", cap_times=50)
MonitoredPage.objects.create(alert=alert, kind="url", path={path!r}, minimum_minutes="0.02")
"""


def set_up_in_view_alert(site, name, path):
    """An alert that is raised once the page has been in view for 1.2 seconds."""
    site.manage("shell", "--no-imports", "-c", IN_VIEW_ALERT.format(name=name, path=path))


def is_report(request):
    """Whether a request is the beacon's report that the page has been in view for the time."""
    return request.url.endswith("/page-views/") and (request.post_data_json or {}).get("type") == "in_view"


#: Hides the page from its script, or shows it again, as switching to another tab does.
SHOW = """state => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""
#: Hides the page as soon as its first message is sent: a busy machine may need seconds to do it from outside.
HIDE_ONCE_ENTERED = f"""
    const send = window.fetch;
    window.fetch = (...given) => {{
        window.fetch = send;
        queueMicrotask(() => ({SHOW})("hidden"));
        return send(...given);
    }};
"""


def test_page_in_view_for_the_minimum_tells_the_owner_while_it_is_open(person, site):
    set_up_in_view_alert(site, "In view", "/case-studies/")
    page = arrive(person, site, "greta.holm@example.org", "/blog/")

    with page.expect_request(is_report) as reported:
        follow(page, "/case-studies/")

    assert reported.value.post_data_json["engaged"] >= 1200
    assert "In view" in text_of(site.mailbox.next())
    assert page_views(site, "greta.holm@example.org")[-1] == ("case-studies/", "OPEN")


def test_hidden_page_is_not_in_view_and_goes_on_when_it_is_shown(person, site):
    set_up_in_view_alert(site, "Hidden meanwhile", "/products/anvil/")
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    reports = []
    page.on("request", lambda request: reports.append(request) if is_report(request) else None)
    page.add_init_script(HIDE_ONCE_ENTERED)
    with entered(page, "/products/anvil/"):
        page.goto("/products/anvil/")
    page.wait_for_function("performance.now() > 4000")
    assert page.evaluate("document.visibilityState") == "hidden"
    assert reports == []

    with page.expect_request(is_report):
        page.evaluate(SHOW, "visible")

    assert "Hidden meanwhile" in text_of(site.mailbox.next())


def test_leaving_tells_the_owner_where_the_report_was_lost(person, site):
    set_up_in_view_alert(site, "Report lost", "/products/sparrow/")
    page = arrive(person, site, "greta.holm@example.org", "/blog/")
    page.route("**/page-views/", lambda route: route.abort() if is_report(route.request) else route.continue_())
    with page.expect_request(is_report):
        page.goto("/products/sparrow/")
    page.unroute("**/page-views/")

    page.close()

    assert "Report lost" in text_of(site.mailbox.next())
