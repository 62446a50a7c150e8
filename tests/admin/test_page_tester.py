"""The live tester beside the rows: says for what is typed, valid or not, what a page view would raise."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from wagtail_visit_alerts.admin.wizard import live_pages, recent_page_views
from wagtail_visit_alerts.models import Visitor

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    MonitoredPageFactory,
    PageViewFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from ..testapp.models import ContentPage
from .walking import ALERTS, NAME, Walk, page_row, pages, url_row, user_who_may

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(walk):
    walk.press("name", NAME)
    return walk


@pytest.fixture
def old_prices(price_list):
    return price_list.add_child(instance=ContentPage(title="Old prices", slug="old"))


def url_of_check(walk):
    return reverse(f"{ALERTS}:check", kwargs={"token": walk.token}) + "?step=pages"


def ask(walk, rows, **more):
    """What the script is answered."""
    return walk.browser.post(
        url_of_check(walk), {**rows, **more}, headers={"X-Requested-With": "XMLHttpRequest"}
    )


def slots(walk, rows, **more):
    """The text of each slot that the script fills."""
    soup = BeautifulSoup(ask(walk, rows, **more).content, "html.parser")
    return {slot["data-slot"]: " ".join(slot.get_text(" ").split()) for slot in soup.select("[data-slot]")}


def answer(walk, rows, url, **more):
    return slots(walk, rows, tried_url=url, **more)["visit-alerts-answer-slot"]


def matching(walk, rows, **more):
    return slots(walk, rows, **more)["visit-alerts-matching-slot"]


def hint(walk, path, **more):
    return slots(walk, pages(url_row(path, **more)))["pages-0-slot"]


def seen_by(contact, url, *, times=1, page=None, **fields):
    """Page views of a contact at a URL."""
    visitor = Visitor.objects.filter(contact=contact).first() or VisitorFactory(contact=contact)
    PageViewFactory.create_batch(
        times, visitor=visitor, contact=contact, address=AddressFactory(text=url), page=page, **fields
    )


# One URL


def test_url_that_a_row_matches_is_answered_with_the_row(walk, price_list, old_prices):
    rows = pages(url_row("/blog/"), page_row(price_list, include_subpages="on"))

    assert answer(walk, rows, "http://localhost/price-list/old/") == (
        "Row 2, “Price list and all its subpages”, matches: the alert is sent on entering."
    )


def test_url_that_no_row_matches_is_answered_so(walk, price_list):
    assert answer(walk, pages(url_row("/blog/")), "/price-list/") == "No row matches: nothing is sent."


def test_exception_wins_and_is_named(walk, price_list):
    rows = pages(url_row("**"), page_row(price_list, role="except"))

    assert answer(walk, rows, "/price-list/") == (
        "Row 2, “not on Price list”, is an exception: nothing is sent."
    )


@pytest.mark.parametrize(
    ("clock", "when"),
    [
        ("moved_on", "the alert is sent on moving on to another page after that time."),
        ("in_view", "the alert is sent as soon as the page has been in view that long."),
    ],
)
def test_row_with_minutes_is_answered_with_when_their_time_is_up(walk, price_list, clock, when):
    rows = pages(url_row("/price-list/", minimum_minutes="2"))

    text = answer(walk, rows, "/price-list/", clock=clock)

    assert text == f"Row 1, “/price-list/ on any site, for at least 2 min”, matches: {when}"


def test_row_that_is_sent_on_entering_is_named_before_one_with_minutes(walk, price_list):
    rows = pages(url_row("**", minimum_minutes="2"), url_row("/price-list/"))

    assert answer(walk, rows, "/price-list/").startswith("Row 2")


def test_rows_are_numbered_as_they_are_shown(walk, price_list):
    rows = pages(url_row("/gone/", DELETE="1"), url_row(""), url_row("/price-list/"))

    assert answer(walk, rows, "/price-list/").startswith("Row 2")
    assert "Row 1 is left out" in matching(walk, rows)


@pytest.mark.parametrize("url", ["/nowhere/", "http://localhost/price-list/nowhere/"])
def test_url_where_no_page_answers_is_said_to_be_one(walk, price_list, url):
    assert "No page of this site answers at this address." in answer(walk, pages(url_row("**")), url)


def test_page_is_found_without_its_trailing_slash(walk, price_list):
    assert "No page" not in answer(walk, pages(page_row(price_list)), "localhost/price-list")


def test_page_that_is_no_longer_live_does_not_answer(walk, price_list):
    price_list.unpublish()

    assert "No page of this site answers" in answer(walk, pages(url_row("**")), "/price-list/")


def test_view_of_the_sites_own_answers_too(walk):
    assert "No page" not in answer(walk, pages(url_row("**")), "/admin/login/")


def test_url_of_another_host_is_said_to_be_one(walk):
    text = answer(walk, pages(url_row("/blog/")), "https://elsewhere.example/blog/x/")

    assert text.endswith("elsewhere.example is no site of this installation.")


def test_url_of_another_site_is_answered_by_the_rows_of_that_site(walk, home, price_list):
    root = home.get_parent().add_child(instance=ContentPage(title="Shop", slug="shop"))
    shop = Site.objects.create(hostname="shop.example.com", port=443, root_page=root)
    rows = pages(url_row("**", site=shop.pk))

    assert answer(walk, rows, "https://shop.example.com/").startswith("Row 1")
    assert answer(walk, rows, "http://localhost/price-list/").startswith("No row")


@pytest.mark.parametrize("text", ["mailto:anna@example.org", "http://", "https://[::1/"])
def test_what_is_no_address_is_answered_so(walk, text):
    assert "is no web address of a page" in answer(walk, pages(url_row("**")), text)


def test_query_string_counts_only_where_a_row_names_it(walk):
    rows = pages(url_row("/search/?topic=price*"))

    assert answer(walk, rows, "/search/?topic=prices&page=2").startswith("Row 1")
    assert answer(walk, rows, "/search/?topic=jobs").startswith("No row")


def test_answer_says_when_only_some_contacts_count(walk, price_list):
    rows = pages(url_row("**"))

    assert "Only for the contacts" in answer(
        walk, rows, "/price-list/", field_name="company", field_value="Acme"
    )


def test_nothing_to_try_is_answered_with_nothing(walk):
    assert answer(walk, pages(url_row("**")), "") == ""


# What it matches of the site


def test_live_pages_that_match_are_counted_and_shown(walk, price_list, old_prices):
    text = matching(walk, pages(page_row(price_list, include_subpages="on")))

    assert "2 live pages match." in text
    assert "Price list http://localhost/price-list/ Old prices http://localhost/price-list/old/" in text


def test_first_ten_matching_pages_are_shown_of_more(walk, price_list):
    for number in range(12):
        price_list.add_child(instance=ContentPage(title=f"Part {number:02}", slug=f"part-{number}"))

    text = matching(walk, pages(url_row("**part-**")))

    assert "12 live pages match. The first 10:" in text
    assert ("Part 09" in text, "Part 10" in text) == (True, False)


def test_pages_that_are_not_live_are_left_out(walk, price_list, old_prices):
    old_prices.unpublish()

    assert "1 live page matches." in matching(walk, pages(page_row(price_list, include_subpages="on")))


ROWS = [
    [{"kind": "url", "path": "**"}],
    [{"kind": "url", "path": "/**"}],
    [{"kind": "url", "path": "/*"}],
    [{"kind": "url", "path": "**old**"}],
    [{"kind": "url", "path": "/us%C5%82ugi/"}],
    [{"kind": "url", "path": "/uslugi/"}],
    [{"kind": "url", "path": "**", "role": "except"}, {"kind": "url", "path": "**"}],
    [{"kind": "url", "path": "**"}, {"kind": "url", "path": "/price-list/*", "role": "except"}],
    [{"kind": "page", "page": "price-list", "include_subpages": "on"}],
    [{"kind": "page", "page": "price-list"}, {"kind": "url", "path": "/price-list/", "role": "except"}],
    [
        {"kind": "page", "page": "price-list", "include_subpages": "on"},
        {"kind": "page", "page": "old", "role": "except"},
    ],
    [{"kind": "page", "page": "price-list", "include_translations": "on"}],
    [{"kind": "page", "page": "price-list", "include_translations": "on", "include_subpages": "on"}],
]


@pytest.mark.parametrize("rows", ROWS, ids=str)
@override_settings(ROOT_URLCONF="tests.urls_with_languages")
def test_pages_are_counted_as_page_views_are_judged(walk, home, price_list, old_prices, rows):
    polish = Locale.objects.create(language_code="pl")
    translated = price_list.copy_for_translation(polish, copy_parents=True)
    translated.save_revision().publish()
    home.add_child(instance=ContentPage(title="Usługi", slug="usługi"))
    old_prices.create_alias(parent=home, update_slug="alias-of-old")
    rows = [
        {**row, "page": Page.objects.filter(slug=row["page"]).first().pk} if "page" in row else row
        for row in rows
    ]
    live = [page for page in Page.objects.live().filter(depth__gt=1) if page.full_url]
    assert len(live) >= 6

    text = matching(walk, pages(*rows))

    judged = [page for page in live if "is sent on" in answer(walk, pages(*rows), page.full_url)]
    counted = re.search(r"(\d+) live pages? match", text)
    assert int(counted[1] if counted else 0) == len(judged)


def test_more_pages_than_are_judged_are_said_to_be_more(walk, price_list, old_prices, monkeypatch):
    monkeypatch.setattr(live_pages, "MAX_JUDGED", 1)

    assert "Only the first 1 live pages were looked at." in matching(walk, pages(url_row("/*")))


# What it would have matched of the last 30 days


def test_page_views_and_contacts_of_the_last_30_days_are_counted(walk, price_list):
    anna, jan = ContactFactory(), ContactFactory()
    seen_by(anna, "http://localhost/price-list/", times=3, page=price_list)
    seen_by(jan, "http://localhost/price-list/", page=price_list)
    seen_by(jan, "http://localhost/", times=5)
    long_ago = timezone.now() - timedelta(days=31)
    seen_by(jan, "http://localhost/price-list/", times=7, page=price_list, entered_at=long_ago)
    PageViewFactory(visitor=VisitorFactory(contact=None), contact=None)

    assert "4 page views of 2 contacts would have matched." in matching(walk, pages(page_row(price_list)))
    assert "4 page views of 2 contacts would have matched." in matching(walk, pages(url_row("/price-list")))


def test_exceptions_are_left_out_of_the_page_views(walk):
    contact = ContactFactory()
    seen_by(contact, "http://localhost/a/", times=3)
    seen_by(contact, "http://localhost/b/", times=2)

    rows = pages(url_row("**"), url_row("/b/", role="except"))

    assert "3 page views of 1 contact would have matched." in matching(walk, rows)


def test_address_that_has_shown_two_pages_counts_by_page(walk, price_list, old_prices):
    contact = ContactFactory()
    seen_by(contact, "http://localhost/x/", times=3, page=price_list)
    seen_by(contact, "http://localhost/x/", times=2, page=old_prices)
    seen_by(contact, "http://localhost/x/")

    assert "3 page views of 1 contact" in matching(walk, pages(page_row(price_list)))


def test_minutes_are_left_out_and_it_says_so(walk):
    seen_by(ContactFactory(), "http://localhost/a/", times=2)

    text = matching(walk, pages(url_row("/a/", minimum_minutes="5")))

    assert "2 page views of 1 contact would have matched." in text
    assert "The minimum minutes are left out of this count." in text


def test_limits_of_contacts_count(walk):
    seen_by(ContactFactory(company="Acme"), "http://localhost/a/", times=2)
    seen_by(ContactFactory(company="Other"), "http://localhost/a/", times=3)

    text = matching(walk, pages(url_row("/a/")), field_name="company", field_value="acme")

    assert "2 page views of 1 contact would have matched." in text


def test_contacts_are_exact_up_to_a_limit(walk, monkeypatch):
    monkeypatch.setattr(recent_page_views, "MAX_CONTACTS", 2)
    for _number in range(3):
        seen_by(ContactFactory(), "http://localhost/a/")

    assert "3 page views of 2+ contacts would have matched." in matching(walk, pages(url_row("/a/")))


def test_more_page_views_than_are_looked_at_are_said_to_be_more(walk, monkeypatch):
    monkeypatch.setattr(recent_page_views, "MAX_PAGE_VIEWS", 2)
    for minutes in range(4):
        seen_by(ContactFactory(), "http://localhost/a/", entered_at=timezone.now() - timedelta(minutes=minutes))

    text = matching(walk, pages(url_row("/a/")))

    assert "2 page views of 2 contacts would have matched." in text
    assert "Counted in the latest 2 page views" in text


def test_more_addresses_than_are_looked_at_are_said_to_be_more(walk, monkeypatch):
    monkeypatch.setattr(recent_page_views, "MAX_ADDRESSES", 1)
    seen_by(ContactFactory(), "http://localhost/a/", times=2)
    seen_by(ContactFactory(), "http://localhost/b/")

    text = matching(walk, pages(url_row("**")))

    assert "2 page views of 1 contact would have matched." in text
    assert "at the addresses seen most often" in text


def test_contacts_that_the_user_may_not_view_are_not_counted():
    user = user_who_may("add_alert", "view_own_contact")
    walk = Walk(user)
    walk.press("name", NAME)
    seen_by(ContactFactory(owner=user), "http://localhost/a/")
    seen_by(ContactFactory(), "http://localhost/a/", times=5)

    text = matching(walk, pages(url_row("/a/")))

    assert "1 page view of 1 contact would have matched." in text
    assert "Only contacts that you may view are counted." in text


def test_contacts_that_the_limits_leave_are_counted_as_they_are_chosen(walk):
    ContactFactory(company="Acme")
    ContactFactory.create_batch(2)

    limited = slots(walk, pages(url_row()), field_name="company", field_value="acme")
    unlimited = slots(walk, pages(url_row()))

    assert limited["visit-alerts-contacts-slot"] == "The alert is about 1 of the 3 contacts that you may view."
    assert "about all contacts" in unlimited["visit-alerts-contacts-slot"]


def test_error_in_the_limits_is_said_as_it_is_typed(walk):
    assert (
        "There is no tag “vpi”" in slots(walk, pages(url_row()), only_tags="vpi")["visit-alerts-contacts-slot"]
    )


# What a path may mean


def test_plain_path_is_offered_as_one_page_and_as_all_that_contains_it(walk, price_list, old_prices):
    seen_by(ContactFactory(), "http://localhost/price-list/", times=3)
    seen_by(ContactFactory(), "http://localhost/price-list/old/")

    text = hint(walk, "price-list")

    assert "only this page /price-list/ 1 live page, 3 page views" in text
    assert "every address that contains it **price-list** 2 live pages, 4 page views" in text


def test_chosen_meaning_is_marked(walk, price_list):
    def pressed(path):
        soup = BeautifulSoup(ask(walk, pages(url_row(path))).content, "html.parser")
        return [button["value"] for button in soup.select('[aria-pressed="true"]')]

    assert pressed("price-list") == ["/price-list/"]
    assert pressed("**price-list**") == ["**price-list**"]


@pytest.mark.parametrize("path", ["**", "/", "/blog/**", "/*/x/", "/search/?q=1", "https://elsewhere.example/"])
def test_path_that_is_not_plain_is_offered_no_meanings(walk, path):
    assert hint(walk, path) == ""


def test_path_that_misses_a_page_below_another_is_told_where_it_is(walk, price_list, old_prices):
    text = hint(walk, "/old/")

    assert "/old/ matches no page; /price-list/old/ does. Use /price-list/old/ Use **/old/" in text


@override_settings(ROOT_URLCONF="tests.urls_with_languages")
def test_path_that_misses_for_its_language_prefix_is_told_so(walk, price_list):
    polish = Locale.objects.create(language_code="pl")
    copy = price_list.copy_for_translation(polish, copy_parents=True)
    copy.slug = "cennik"
    copy.save_revision().publish()

    assert "/cennik/ matches no page; /pl/cennik/ does." in hint(walk, "cennik")
    assert answer(walk, pages(url_row("**/cennik/")), "/pl/cennik/").startswith("Row 1")
    assert "No page" not in answer(walk, pages(page_row(copy)), "http://localhost/pl/cennik/")


def test_meaning_of_a_whole_url_keeps_its_host(walk, price_list):
    soup = BeautifulSoup(ask(walk, pages(url_row("http://localhost/price-list/"))).content, "html.parser")

    assert [button["value"] for button in soup.select("button")] == [
        "http://localhost/price-list/",
        "http://localhost/**price-list**",
    ]


def test_path_that_was_seen_but_is_no_wagtail_page_misses_nothing(walk, price_list, old_prices):
    seen_by(ContactFactory(), "http://localhost/old/")

    assert "matches no page" not in hint(walk, "/old/")


# Without a script, and who may ask


def test_button_keeps_what_is_typed_and_shows_the_same(walk, price_list):
    answers = {**pages(url_row(["price-list", "**price-list**"])), "tried_url": "/price-list/"}

    response = walk.browser.post(url_of_check(walk), answers)
    shown = walk.browser.get(response.url).content.decode()

    assert response.url.startswith(walk.url("pages"))
    assert walk.see("pages").context["form"].rows.forms[0]["path"].value() == "**price-list**"
    assert "Row 1, “**price-list** on any site”, matches" in shown
    assert "1 live page matches." in shown
    assert "every address that contains it" in shown


def test_asking_writes_nothing(walk):
    ask(walk, pages(url_row()), tried_url="/x/")

    assert "pages" not in walk.run.steps


def test_somebody_elses_run_is_not_found(walk):
    stranger = Walk(user_who_may("add_alert"))
    stranger.token = walk.token

    assert ask(stranger, pages(url_row())).status_code == 404


def test_step_without_live_parts_is_refused(walk):
    url = reverse(f"{ALERTS}:check", kwargs={"token": walk.token})

    assert walk.browser.post(f"{url}?step=summary").status_code == 400


def test_latest_urls_that_the_user_may_know_of_are_offered():
    user = user_who_may("add_alert", "view_own_contact")
    walk = Walk(user)
    walk.press("name", NAME)
    seen_by(ContactFactory(owner=user), "http://localhost/mine/", times=2)
    seen_by(ContactFactory(), "http://localhost/theirs/")
    anonymous = VisitorFactory(contact=None)
    PageViewFactory(visitor=anonymous, contact=None, address=AddressFactory(text="http://localhost/anonymous/"))

    soup = BeautifulSoup(walk.see("pages").content, "html.parser")
    offered = {option["value"] for option in soup.select("#visit-alerts-latest option")}

    assert offered == {"http://localhost/mine/", "http://localhost/anonymous/"}


@pytest.mark.parametrize("is_edited", [False, True])
def test_check_costs_a_bounded_number_of_queries(editor, price_list, old_prices, is_edited):
    deep = old_prices
    for number in range(4):
        deep = deep.add_child(instance=ContentPage(title=f"P{number}", slug=f"p{number}"))
    contact = ContactFactory()
    contact.tags.add("VIP")
    contact.save()
    for page in (price_list, old_prices, deep):
        seen_by(contact, page.full_url, page=page)
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list)
    rows = pages(
        *(url_row(f"/p{number}/") for number in range(20)),
        *(page_row(page, include_subpages="on") for page in (price_list, old_prices, deep)),
        url_row("/price-list/*", role="except"),
    )
    limits = {"only_tags": "vip", "field_name": "company", "field_value": "x"}
    walk = Walk(editor, alert=alert if is_edited else None)
    ask(walk, rows)

    with counted_queries() as queries:
        assert ask(walk, rows, tried_url=deep.full_url, **limits).status_code == 200

    assert len(queries) <= 25
