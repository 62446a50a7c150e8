"""A contact's page views and signed links in the admin: what is shown, to whom, at what cost."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from wagtail_visit_alerts.models import (
    Ending,
    LinkOutcome,
    LinkUse,
    Outcome,
    PageView,
    Sign,
    SignedLink,
    Source,
)

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MatchFactory,
    MonitoredPageFactory,
    NotificationFactory,
    PageViewFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25
#: Ten o'clock in the time zone of the tests.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(clock):
    return ContactFactory(name="Anna Nowak", email="anna.nowak@example.org")


@pytest.fixture
def browser(editor, anna):
    return browser_of(editor)


def address(name, contact):
    return reverse(f"{CONTACTS}:{name}", args=[contact.pk])


def rows_of(html, section=""):
    """What the cells of a table say, row by row."""
    soup = BeautifulSoup(html, "html.parser")
    table = soup.select_one(f"{section} table.visit-alerts-seen")
    return [] if table is None else [cells_of(row) for row in table.select("tbody tr")]


def cells_of(row):
    return [" | ".join(cell.stripped_strings) for cell in row.select("td")]


def shown(browser, contact, *, section):
    response = browser.get(address("inspect", contact))
    assert response.status_code == 200
    return rows_of(response.content, section)


def listed(browser, contact, **params):
    response = browser.get(address("page_views", contact), params)
    assert response.status_code == 200
    return rows_of(response.content)


class TestRows:
    def test_latest_page_views_are_shown_with_the_answer(self, browser, anna, price_list):
        MonitoredPageFactory(alert__name="Price list visited", minimum_minutes=5)
        visitor = VisitorFactory(contact=anna)
        PageViewFactory(visitor=visitor, page=price_list, ending=1, dwell_ms=130_000, engaged_ms=70_000)

        assert listed(browser, anna) == [
            [
                "Nov. 24, 2026, 10 a.m.",
                "Price list | http://testserver/pricing/",
                "2 min 10 s | in view: 1 min 10 s",
                "by a link sent to them",
                "The alert “Price list visited” asks for 5 min, and the contact moved on after 2 min 10 s. | "
                "(Judged by the alerts as they stand now.)",
            ]
        ]

    def test_tabs_are_numbered_the_latest_first(self, browser, anna, clock):
        visitor = VisitorFactory(contact=anna)
        first, second = uuid.uuid4(), uuid.uuid4()
        for tab in (first, second, first):
            PageViewFactory(visitor=visitor, tab_id=tab)
            clock.shift(60)

        tabs = [row[0].partition(" | ")[2] for row in listed(browser, anna)]

        assert tabs == ["Tab 1", "Tab 2", "Tab 1"]

    def test_page_view_that_only_the_server_saw_is_said_to_be(self, browser, anna):
        PageViewFactory(visitor=VisitorFactory(contact=anna), source=Source.HOOK, beacon_id=None)

        [row] = listed(browser, anna)

        assert row[2] == "Still open | seen by the server only"

    def test_page_views_of_others_are_not_shown(self, browser, anna):
        PageViewFactory()

        assert listed(browser, anna) == []

    @pytest.mark.parametrize("view", ["inspect", "page_views"])
    def test_what_a_stranger_may_write_stays_text(self, browser, anna, view):
        hostile = AddressFactory(text="http://testserver/<script>alert(1)</script>/")
        PageViewFactory(visitor=VisitorFactory(contact=anna), address=hostile)

        html = browser.get(address(view, anna)).content.decode()

        assert "<script>alert(1)" not in html

    @pytest.mark.parametrize("view", ["inspect", "page_views"])
    def test_address_that_is_none_of_the_web_is_no_link(self, browser, anna, view):
        PageViewFactory(
            visitor=VisitorFactory(contact=anna), address=AddressFactory(text="javascript:alert(1)")
        )

        html = browser.get(address(view, anna)).content.decode()

        assert "javascript:alert(1)" in html
        assert 'href="javascript:' not in html


class TestSignedLinks:
    def opened(self, contact, outcome, **fields):
        link = SignedLink.objects.create(
            token_hash=uuid.uuid4().hex, contact=contact, first_opened_at=NOW, **fields
        )
        return LinkUse.objects.create(
            link=link, address=AddressFactory(), sign=Sign.POINTER, outcome=outcome, opened_at=NOW
        )

    def test_link_that_recognised_the_contact_is_shown(self, browser, anna):
        self.opened(anna, LinkOutcome.IDENTIFIED)

        assert shown(browser, anna, section="#signed-links") == [
            ["Nov. 24, 2026, 10 a.m.", "http://testserver/pricing/", "Pointer", "Recognised the contact"]
        ]

    @pytest.mark.parametrize(
        "outcome", sorted({*LinkOutcome} - {LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN}), ids=str
    )
    def test_link_that_recognised_nobody_says_why(self, browser, anna, outcome):
        self.opened(anna, outcome)

        [row] = shown(browser, anna, section="#signed-links")

        assert row[3] == f"Recognised nobody: {outcome.label}"

    def test_link_that_was_shared_later_says_so(self, browser, anna):
        self.opened(anna, LinkOutcome.IDENTIFIED, shared_at=NOW)

        [row] = shown(browser, anna, section="#signed-links")

        assert row[3].endswith("Later more browsers opened it than one person has.")


class TestListing:
    def test_all_page_views_are_listed_the_latest_first_fifty_on_a_page(self, browser, anna, clock):
        visitor = VisitorFactory(contact=anna)
        for number in range(52):
            PageViewFactory(visitor=visitor, address=AddressFactory(text=f"http://testserver/{number}/"))
            clock.shift(1)

        first, second = listed(browser, anna), listed(browser, anna, p=2)

        assert [row[1] for row in first[:2]] == ["testserver/51/", "testserver/50/"]
        assert (len(first), [row[1] for row in second]) == (50, ["testserver/1/", "testserver/0/"])

    def test_pages_of_the_listing_are_linked(self, browser, anna):
        PageViewFactory.create_batch(51, visitor=VisitorFactory(contact=anna))

        html = browser.get(address("page_views", anna)).content.decode()

        assert f"{address('page_views', anna)}?p=2" in html
        assert "51 page views" in html

    def test_no_more_than_the_latest_thousand_are_counted(self, browser, anna):
        visitor = VisitorFactory(contact=anna)
        url = AddressFactory()
        PageView.objects.bulk_create(
            PageView(visitor=visitor, contact=anna, address=url, source=Source.BEACON, entered_at=NOW)
            for _number in range(1001)
        )

        html = browser.get(address("page_views", anna), {"p": 20}).content.decode()

        assert "The latest 1,000 page views" in html
        assert f'<a href="{address("timeline", anna)}">' in html
        assert "Page 20 of 20" in html

    def test_listing_leads_back_to_the_contact(self, browser, anna):
        html = browser.get(address("page_views", anna)).content.decode()

        assert address("inspect", anna) in html
        assert "No page view of this contact was recorded yet." in html


class TestPermissions:
    @pytest.mark.parametrize("view", ["inspect", "page_views"])
    def test_whoever_may_view_only_their_own_contacts_does_not_see_others(self, anna, view):
        salesperson = user_who_may("view_own_contact")
        own = ContactFactory(owner=salesperson)
        browser = browser_of(salesperson)

        answers = [browser.get(address(view, contact)).status_code for contact in (own, anna)]

        assert answers == [200, 302]

    @pytest.mark.parametrize("view", ["inspect", "page_views"])
    def test_whoever_may_only_see_alerts_sees_no_page_views(self, anna, view):
        assert browser_of(user_who_may("view_alert")).get(address(view, anna)).status_code == 302

    def test_contact_that_does_not_exist_is_denied_alike(self, browser, anna):
        url = address("page_views", anna).replace(str(anna.pk), "4711")

        assert browser.get(url).status_code == 302

    def test_alert_that_a_salesperson_may_not_see_stays_unnamed(self, clock):
        salesperson = user_who_may("view_own_contact")
        own = ContactFactory(owner=salesperson)
        MonitoredPageFactory(alert__name="Secret", minimum_minutes=5)
        PageViewFactory(visitor=VisitorFactory(contact=own))

        [row] = listed(browser_of(salesperson), own)

        assert row[4].startswith("An alert of somebody else's asks for 5 min")


class TestCost:
    def page_views(self, contact, count):
        """Page views of every kind: matched by many alerts, raised to several people, held back, too short."""
        alerts = AlertFactory.create_batch(3)
        for number, alert in enumerate(alerts):
            MonitoredPageFactory(alert=alert, path="/pricing/")
            MonitoredPageFactory(alert__only_tags=[f"tag{number}"], path="**")
            MonitoredPageFactory(alert__is_on=False, path="**")
        for number in range(count):
            view = PageViewFactory(
                visitor=VisitorFactory(contact=contact),
                address=AddressFactory(text=f"http://testserver/{number}/"),
                ending=Ending.MOVED_ON,
                dwell_ms=1000,
                tab_id=uuid.uuid4(),
            )
            notification = NotificationFactory(match__page_view=view, match__alert=alerts[0])
            DeliveryFactory(notification=notification)
            MatchFactory(page_view=view, alert=alerts[1], outcome=Outcome.CAPPED)
            LinkUse.objects.create(
                link=SignedLink.objects.create(
                    token_hash=uuid.uuid4().hex, contact=contact, first_opened_at=NOW
                ),
                address=view.address,
                sign=Sign.TOUCH,
                outcome=LinkOutcome.IDENTIFIED,
                opened_at=NOW - timedelta(minutes=number),
            )

    @pytest.mark.parametrize("view", ["inspect", "page_views"])
    @pytest.mark.parametrize("count", [3, 50])
    def test_page_costs_the_same_however_many_page_views_there_are(self, browser, anna, view, count):
        self.page_views(anna, count)
        browser.get(address(view, anna))

        with counted_queries() as queries:
            response = browser.get(address(view, anna))

        assert len(rows_of(response.content)) == (
            count if view == "page_views" else min(count, 10)
        )  # its links
        assert len(queries) <= MOST_QUERIES
        assert PageView.objects.count() == count
