"""The analytics of an alert: which figures, of whom, of when, for whom, as spreadsheets, at what cost."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.users.models import UserProfile

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DailyLatencyFactory,
    DailyPageTotalFactory,
    DailyTotalFactory,
    UserFactory,
)
from ..query_counting import counted_queries
from .walking import ALERTS, CONTACTS, Walk, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def marta():
    return UserFactory(username="marta", first_name="Marta", last_name="Kowalska")


@pytest.fixture
def anna(marta):
    return ContactFactory(name="Anna Nowak", company="Acme", email="anna.nowak@example.org", owner=marta)


@pytest.fixture
def alert(editor):
    return AlertFactory(name="Price list", author=editor)


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def day(number):
    """The day so many days ago."""
    return date.fromordinal(TODAY.toordinal() - number)


def address_of(alert):
    return reverse(f"{ALERTS}:analytics", args=[alert.pk])


def shown(browser, alert, **query):
    response = browser.get(address_of(alert), query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser").select_one("#main")


def tiles_in(soup):
    """The figures by their names, with what they were before."""
    return {
        tile.dt.get_text(strip=True): " ".join(tile.dd.get_text(" ").split())
        for tile in soup.select(".visit-alerts-tiles__tile")
    }


def rows_below(soup, heading):
    """The rows of the listing of a part, cell by cell."""
    [part] = [one for one in soup.select("section") if one.h2.get_text(strip=True) == heading]
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in part.select("table.listing tbody tr")
    ]


class TestFigures:
    def test_figures_are_those_of_the_period_beside_those_of_the_time_before(self, browser, alert, anna):
        DailyTotalFactory(
            alert=alert, contact=anna, day=day(0),
            matched=9, raised=4, capped=3, nobody=2, too_short=7, closed=6, sent=4, failed=1, taken=1,
        )  # fmt: skip
        DailyTotalFactory(alert=alert, contact=anna, day=day(29), matched=1, raised=1, sent=1)
        DailyTotalFactory(alert=alert, contact=anna, day=day(30), matched=5, raised=2)
        DailyTotalFactory(contact=anna, day=day(0), matched=100)

        tiles = tiles_in(shown(browser, alert))

        assert tiles == {
            "Page views matched": "10 was 5",
            "Contacts": "1 was 1",
            "Alerts raised": "5 was 2",
            "Alerts sent": "5 was 0",
            "Held back by the frequency": "3 was 0",
            "Nobody to tell": "2 was 0",
            "Moved on too early": "7 was 0",
            "Closed too early": "6 was 0",
            "Failed": "1 was 0",
            "Taken on": "1 was 0",
            "Typical time to the e-mail": "-",
        }

    def test_days_of_two_years_are_said_with_the_year(self, browser, alert):
        DailyTotalFactory(alert=alert, day=day(0), raised=1, matched=1)

        soup = shown(browser, alert, period="own", first="2025-12-31", last="2026-11-24", step="week")

        labels = [row.th.get_text() for row in soup.select(".visit-alerts-chart__figures tbody tr")]
        assert labels[:2] == ["31 Dec 2025", "5 Jan 2026"]

    def test_rate_of_alerts_acted_on_is_that_of_the_alerts_sent(self, browser, alert):
        DailyTotalFactory(alert=alert, raised=5, sent=4, taken=1)

        assert "“I'm on it”: 25% of those sent" in shown(browser, alert).get_text()

    def test_time_to_the_email_is_the_median(self, browser, alert):
        DailyTotalFactory(alert=alert, raised=3, sent=3)
        for seconds, emails in ((1, 1), (4, 5), (3600, 1)):
            DailyLatencyFactory(alert=alert, seconds=seconds, emails=emails)

        assert tiles_in(shown(browser, alert))["Typical time to the e-mail"] == "4 s"

    def test_erased_contacts_count_as_one_person_each_and_are_not_named(self, browser, alert, anna):
        DailyTotalFactory(alert=alert, contact=anna, matched=1, raised=1)
        for stand_in, number in ((77, 0), (77, 1), (78, 0)):
            DailyTotalFactory(
                alert=alert, contact=None, stand_in=stand_in, day=day(number), matched=1, raised=1
            )

        soup = shown(browser, alert)

        assert tiles_in(soup)["Contacts"] == "3 was 0"
        assert "And 2 contacts since erased" in soup.get_text()
        assert ["Contacts since erased", "2", "3", "0", "0", "0", "-"] in rows_below(soup, "By owner")

    def test_page_says_who_made_the_alert_and_whether_it_is_on(self, browser, editor):
        alert = AlertFactory(author=UserFactory(first_name="Ola", last_name="Lis"), is_on=False)

        about = " ".join(shown(browser, alert).select_one(".visit-alerts-analytics__about").get_text().split())

        assert about.startswith("OFF")
        assert "Made by Ola Lis on Nov. 24, 2026, changed on Nov. 24, 2026." in about


class TestPeriod:
    @pytest.mark.parametrize(
        ("query", "matched"),
        [
            ({}, "3 was 4"),
            ({"period": "7"}, "1 was 2"),
            ({"period": "90"}, "7 was 8"),
            ({"period": "month"}, "3 was 4"),
            ({"period": "last_month"}, "4 was 0"),
            ({"period": "year"}, "15 was 0"),
            ({"period": "own", "first": "2026-11-10", "last": "2026-11-17"}, "2 was 0"),
        ],
    )
    def test_period_is_the_one_in_the_address(self, browser, alert, query, matched):
        for number, count in ((0, 1), (7, 2), (31, 4), (100, 8)):
            DailyTotalFactory(alert=alert, day=day(number), matched=count)

        assert tiles_in(shown(browser, alert, **query))["Page views matched"] == matched

    @pytest.mark.parametrize(
        ("first", "last", "fault"),
        [
            ("", "2026-11-10", "Give both days"),
            ("2026-11-11", "2026-11-10", "before the first"),
            ("2020-01-01", "2026-11-10", "at most 366 days"),
            ("yesterday", "2026-11-10", "Enter a valid date"),
        ],
    )
    def test_period_that_can_not_be_shown_says_so_and_shows_the_usual_one(
        self, browser, alert, first, last, fault
    ):
        DailyTotalFactory(alert=alert, day=day(0), matched=1)

        soup = shown(browser, alert, period="own", first=first, last=last)

        assert fault in soup.select_one(".errorlist").get_text()
        assert tiles_in(soup)["Page views matched"] == "1 was 0"

    @pytest.mark.parametrize(
        ("step", "labels"), [("day", 30), ("week", 5), ("month", 2), ("nonsense", 30), ("", 30)]
    )
    def test_chart_has_a_bar_for_each_day_week_or_month(self, browser, alert, step, labels):
        DailyTotalFactory(alert=alert, day=day(0), matched=1, raised=1)

        rows = shown(browser, alert, step=step, period="30").select(".visit-alerts-chart tbody tr")

        assert len(rows) == labels
        assert rows[-1].td.get_text() == "1"

    def test_what_was_chosen_stays_chosen(self, browser, alert):
        soup = shown(browser, alert, period="7", step="week")

        assert [one["value"] for one in soup.select(".visit-alerts-period option[selected]")] == ["7", "week"]


class TestBehindTheFigures:
    def test_contacts_are_named_with_most_alerts_first_and_lead_to_their_page(
        self, browser, alert, anna, marta
    ):
        jan = ContactFactory(name="Jan Lis", company="", owner=None)
        DailyTotalFactory(alert=alert, contact=anna, day=day(3), matched=9, raised=1, sent=1)
        DailyTotalFactory(alert=alert, contact=jan, day=day(1), matched=2, raised=2, taken=1)

        soup = shown(browser, alert)

        assert rows_below(soup, "Who?") == [
            ["Jan Lis", "", "-", "2", "0", "1", "2", "Nov. 23, 2026"],
            ["Anna Nowak", "Acme", "Marta Kowalska", "1", "1", "0", "9", "Nov. 21, 2026"],
        ]
        assert soup.select(f'a[href="{reverse(f"{CONTACTS}:inspect", args=[jan.pk])}"]')

    def test_contacts_go_on_on_a_next_page(self, browser, alert):
        for number in range(21):
            DailyTotalFactory(alert=alert, contact__name=f"Contact {number:02}", matched=1)

        first, second = (
            [row[0] for row in rows_below(shown(browser, alert, p=number, period="30"), "Who?")]
            for number in (1, 2)
        )

        assert (len(first), len(second)) == (20, 1)
        assert not set(first) & set(second)

    def test_list_of_contacts_is_filtered_by_alert_and_period(self, browser, alert, anna):
        DailyTotalFactory(alert=alert, contact=anna, matched=1)

        link = shown(browser, alert, period="7").find(
            "a", string="Those who raised it, in the list of contacts"
        )

        assert link["href"] == (
            f"{reverse(f'{CONTACTS}:list')}?alert={alert.pk}&raised_from=2026-11-18&raised_until=2026-11-24"
        )

    def test_owners_are_those_of_now(self, browser, alert, anna, marta):
        DailyTotalFactory(alert=alert, contact=anna, raised=3, sent=2, taken=1)
        anna.owner = UserFactory(first_name="Ola", last_name="Lis")
        anna.save()

        assert rows_below(shown(browser, alert), "By owner") == [["Ola Lis", "1", "3", "2", "0", "1", "50%"]]

    def test_pages_come_with_most_page_views_first(self, browser, alert, anna, price_list):
        DailyPageTotalFactory(alert=alert, contact=anna, page=price_list, matched=1, raised=1)
        offer = AddressFactory(text="http://testserver/offer/")
        DailyPageTotalFactory(alert=alert, contact=anna, address=offer, matched=4)
        DailyTotalFactory(alert=alert, contact=anna, matched=5, raised=1)

        assert rows_below(shown(browser, alert), "Top pages") == [
            ["http://testserver/offer/", "4", "0"],
            ["Price list http://testserver/pricing/", "1", "1"],
        ]

    def test_what_contacts_call_themselves_is_escaped(self, browser, alert):
        DailyTotalFactory(alert=alert, contact__name="<script>alert(1)</script>", matched=1)

        assert "<script>alert" not in str(shown(browser, alert))


class TestForWhom:
    def test_salesperson_counts_their_own_contacts_only(self, alert, anna, marta):
        marta = user_who_may("view_own_contact", "view_alert", username="m2")
        DailyTotalFactory(alert=alert, contact=anna, matched=50, raised=50)
        DailyTotalFactory(alert=alert, contact=None, stand_in=1, matched=50)
        DailyTotalFactory(alert=alert, contact__owner=marta, contact__name="Jan Lis", matched=1, raised=1)
        DailyPageTotalFactory(alert=alert, contact=anna, matched=50)
        DailyLatencyFactory(alert=alert, contact=anna, emails=50)

        soup = shown(browser_of(marta), alert)

        assert tiles_in(soup)["Page views matched"] == "1 was 0"
        assert tiles_in(soup)["Typical time to the e-mail"] == "-"
        assert "You see the figures of your own contacts only." in soup.get_text()
        assert [row[0] for row in rows_below(soup, "Who?")] == ["Jan Lis"]
        assert "Anna" not in soup.get_text()
        assert not rows_below(soup, "Top pages")

    def test_who_may_view_no_contact_is_told_so(self, alert, anna):
        DailyTotalFactory(alert=alert, contact=anna, matched=50)

        soup = shown(browser_of(user_who_may("view_alert")), alert)

        assert "you may view none" in soup.get_text()
        assert not tiles_in(soup)

    @pytest.mark.parametrize("permissions", [("view_contact",), ("view_contact", "add_alert")])
    def test_alert_of_somebody_else_is_denied(self, alert, permissions):
        response = browser_of(user_who_may(*permissions)).get(address_of(alert))

        assert (response.status_code, response.url) == (302, "/admin/")

    def test_alert_that_does_not_exist_is_not_found(self, admin_client):
        assert admin_client.get(reverse(f"{ALERTS}:analytics", args=[999])).status_code == 404


class TestEmpty:
    def test_alert_without_any_figures_says_what_to_do(self, browser, alert):
        text = shown(browser, alert).get_text()

        assert "was not raised in this period" in text
        assert "Look at the last 90 days" in text
        assert "It is OFF" not in text

    def test_alert_that_is_off_says_so(self, browser):
        assert "Switch it on in the list" in shown(browser, AlertFactory(is_on=False)).get_text()


class TestSpreadsheets:
    def test_csv_has_every_figure_of_every_day(self, browser, alert, anna):
        DailyTotalFactory(alert=alert, contact=anna, day=day(1), matched=3, raised=2, capped=1)

        response = browser.get(address_of(alert), {"period": "7", "export": "csv"})
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

        assert [row["Day"] for row in rows] == [str(day(number)) for number in reversed(range(7))]
        assert (rows[5]["Page views matched"], rows[5]["Alerts raised"]) == ("3", "2")
        assert rows[6]["Page views matched"] == "0"
        assert f"alert-{alert.pk}-days-2026-11-18-2026-11-24.csv" in response["Content-Disposition"]

    def test_xlsx_has_numbers_and_dates(self, browser, alert, anna):
        DailyTotalFactory(alert=alert, contact=anna, day=day(0), matched=3)

        response = browser.get(address_of(alert), {"period": "7", "export": "xlsx"})
        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active

        last = [cell.value for cell in list(sheet.rows)[-1]]
        assert (last[0], last[1]) == (TODAY, 3)

    @pytest.mark.parametrize("name", ["=1+1", "  @SUM(A1)", "\t-2+3"])
    def test_contacts_become_no_formulas(self, browser, alert, name):
        DailyTotalFactory(alert=alert, contact__name=name, contact__company=name, matched=3)

        response = browser.get(address_of(alert), {"sheet": "contacts", "export": "csv"})
        [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode()))

        assert row["Contact"].startswith("'")
        assert row["Company"].startswith("'")

    def test_contacts_are_all_there_with_their_addresses(self, browser, alert):
        for number in range(21):
            DailyTotalFactory(alert=alert, contact__name=f"Contact {number:02}", matched=1)

        response = browser.get(address_of(alert), {"sheet": "contacts", "export": "csv"})
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

        assert len(rows) == 21
        assert all("@" in row["E-mail"] for row in rows)

    def test_contact_of_nobody_has_an_empty_cell_for_the_owner(self, browser, alert):
        DailyTotalFactory(alert=alert, contact__owner=None, matched=1)

        response = browser.get(address_of(alert), {"sheet": "contacts", "export": "csv"})
        [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode()))

        assert row["Owner"] == ""

    def test_salesperson_exports_their_own_contacts_only(self, alert, anna):
        DailyTotalFactory(alert=alert, contact=anna, matched=50)
        salesperson = user_who_may("view_own_contact", "view_alert")

        response = browser_of(salesperson).get(address_of(alert), {"sheet": "contacts", "export": "csv"})

        assert b"anna" not in b"".join(response.streaming_content).lower()

    def test_spreadsheet_that_there_is_not_is_not_found(self, browser, alert):
        assert browser.get(address_of(alert), {"sheet": "x", "export": "csv"}).status_code == 404


class TestReached:
    @pytest.mark.parametrize("view", ["inspect", "history"])
    def test_views_of_the_alert_lead_to_the_analytics(self, browser, alert, view):
        page = browser.get(reverse(f"{ALERTS}:{view}", args=[alert.pk])).content.decode()

        assert f'href="{address_of(alert)}"' in page

    def test_wizard_of_a_saved_alert_leads_to_them(self, editor, alert):
        assert f'href="{address_of(alert)}"' in Walk(editor, alert=alert).see("name").content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_analytics_cost_the_same_however_much_there_is(browser, editor, alert, count):
    UserProfile.get_for_user(editor)
    for number in range(count):
        contact = ContactFactory()
        address = AddressFactory(text=f"http://testserver/{number}/")
        DailyTotalFactory(alert=alert, contact=contact, day=day(number), matched=1, raised=1)
        DailyTotalFactory(alert=alert, contact=None, stand_in=number, day=day(number), matched=1)
        DailyPageTotalFactory(alert=alert, contact=contact, address=address, day=day(number), matched=1)
    shown(browser, alert)

    with counted_queries() as queries:
        shown(browser, alert, period="90")

    assert len(queries) <= 21 <= MOST_QUERIES
