"""The line on a page's editor that says which alerts watch the page."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import Locale, Page

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage
from .walking import ALERTS, browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    return browser_of(UserFactory(is_superuser=True))


def line(browser, page, **params):
    """What the editor of a page says of alerts."""
    response = browser.get(reverse("wagtailadmin_pages:edit", args=[page.pk]), params)
    assert response.status_code == 200
    texts = [BeautifulSoup(text, "html.parser").get_text() for text in messages_in(response)]
    return [" ".join(text.split()) for text in texts]


def watch(name, page=None, *, on=True, **fields):
    kind = {"kind": "page", "path": "", "page": page} if page else {"kind": "url"}
    return MonitoredPageFactory(alert__name=name, alert__is_on=on, **kind, **fields).alert


def test_editor_says_which_alerts_watch_the_page_and_links_to_them(admin, price_list):
    alert = watch("Price list opened", price_list)
    watch("Drafted", price_list, on=False)

    assert line(admin, price_list) == ["Alerts that watch this page: Price list opened (ON), Drafted (OFF)."]
    html = admin.get(reverse("wagtailadmin_pages:edit", args=[price_list.pk])).content.decode()
    assert reverse(f"{ALERTS}:inspect", args=[alert.pk]) in html


@pytest.mark.parametrize("on", [True, False])
def test_editor_says_that_the_page_is_watched_through_one_above_it(admin, home, price_list, on):
    watch("Whole site", home, on=on, include_subpages=True)
    watch("Home only", home, on=on)

    status = "ON" if on else "OFF"
    assert line(admin, price_list) == [
        f"Alert that watches this page: Whole site ({status}, through “{home}” above it)."
    ]


@pytest.mark.parametrize("on", [True, False])
def test_editor_says_that_the_page_is_watched_by_its_address(admin, price_list, on):
    watch("By address", path="/price-**", on=on)
    watch("Other address", path="/jobs/", on=on)

    status = "ON" if on else "OFF"
    assert line(admin, price_list) == [
        f"Alert that watches this page: By address ({status}, by the address /price-** on any site)."
    ]


@pytest.mark.parametrize("on", [True, False])
def test_editor_says_that_the_page_is_watched_as_a_translation(admin, price_list, on):
    polish = Locale.objects.create(language_code="pl")
    translated = price_list.copy_for_translation(polish, copy_parents=True)
    watch("Prices", price_list, on=on, include_translations=True)

    status = "ON" if on else "OFF"
    assert line(admin, translated) == [
        f"Alert that watches this page: Prices ({status}, as a translation of “Price list”)."
    ]


@pytest.mark.parametrize("on", [True, False])
def test_page_that_an_alert_makes_an_exception_of_is_not_watched_by_it(admin, home, price_list, on):
    alert = watch("Whole site", home, on=on, include_subpages=True)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list, is_exception=True)

    assert line(admin, price_list) == []


def test_editor_names_no_alert_that_the_user_may_not_see(home, price_list):
    user = user_who_may("add_alert")
    group = Group.objects.create(name="Price editors")
    group.page_permissions.create(page=home, permission=Permission.objects.get(codename="change_page"))
    user.groups.add(group)
    watch("Theirs", price_list)
    browser = browser_of(user)

    before = line(browser, price_list)
    watch("Mine", price_list, alert__author=user)

    assert before == []
    assert line(browser, price_list) == ["Alert that watches this page: Mine (ON)."]


def test_editor_names_ten_alerts_and_counts_the_others(admin, price_list):
    for number in range(12):
        watch(f"Alert {number:02}", price_list)

    (text,) = line(admin, price_list)

    assert text.endswith("Alert 09 (ON), 2 others.")


def test_editor_of_a_page_that_nobody_watches_says_nothing(admin, price_list):
    AlertFactory()

    assert line(admin, price_list) == []


def test_part_of_the_editor_that_wagtail_asks_for_again_says_nothing(admin, price_list):
    watch("Prices", price_list)

    assert line(admin, price_list, _w_hydrate_create_view="1") == []


def test_editor_costs_the_same_however_many_alerts_watch_the_page(admin, price_list):
    def cost():
        with counted_queries() as queries:
            line(admin, price_list)
        return len(queries)

    watch("On", price_list)
    watch("Off", price_list, on=False)
    line(admin, price_list)
    before = cost()
    for number in range(20):
        watch(f"On {number}", price_list)
        watch(f"Off {number}", path="/**", on=False)
    line(admin, price_list)

    assert cost() == before


def test_page_outside_of_every_site_has_an_editor(admin):
    root = Page.objects.get(depth=1)
    orphan = root.add_child(instance=ContentPage(title="Nowhere", slug="nowhere"))
    watch("Nowhere opened", orphan)

    assert line(admin, orphan) == ["Alert that watches this page: Nowhere opened (ON)."]
