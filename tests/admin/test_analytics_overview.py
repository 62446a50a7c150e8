"""The analytics of all alerts: side by side, what is worth a look, who is behind them, for whom, at what cost."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.models import DailyTotal
from wagtail_visit_alerts.reporting import add_up_months

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DailyPageTotalFactory,
    DailyTotalFactory,
    MonitoredPageFactory,
    UserFactory,
)
from ..query_counting import counted_queries
from .walking import ALERTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
NAME = "visit_alerts_analytics"
TABS = ("index", "contacts", "pages")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def day(number):
    """The day so many days ago."""
    return date.fromordinal(TODAY.toordinal() - number)


def shown(browser, tab="index", **query):
    response = browser.get(reverse(f"{NAME}:{tab}"), query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser").select_one("#main")


def rows_in(soup, heading="Alerts side by side"):
    [part] = [one for one in soup.select("section") if one.h2.get_text(strip=True) == heading]
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in part.select("table.listing tbody tr")
    ]


def names_in(soup):
    return [row[0] for row in rows_in(soup)]


def lines_in(soup, heading):
    found = [one for one in soup.select("section") if one.h2.get_text(strip=True) == heading]
    return [" ".join(line.get_text(" ").split()) for one in found for line in one.select("li")]


def tile(soup, label):
    for one in soup.select(".visit-alerts-tiles__tile"):
        if one.dt.get_text(strip=True) == label:
            return " ".join(one.dd.get_text(" ").split())
    return None


class TestSideBySide:
    def test_every_alert_has_its_figures(self, browser):
        prices = AlertFactory(name="Price list")
        DailyTotalFactory(
            alert=prices,
            matched=9,
            raised=4,
            capped=3,
            nobody=2,
            too_short=7,
            closed=6,
            sent=4,
            failed=1,
            taken=1,
        )
        DailyTotalFactory(alert=prices, day=day(1), matched=1)
        DailyTotalFactory(alert=prices, day=day(40), matched=50)
        AlertFactory(name="Spare parts", is_on=False)

        assert rows_in(shown(browser)) == [
            ["Price list", "10", "2", "4", "4", "3", "2", "7", "6", "1", "1", "25%"],
            ["Spare parts OFF", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "-"],
        ]

    def test_alerts_together_are_compared_with_the_time_before(self, browser):
        for number, count in ((0, 1), (1, 2), (31, 4)):
            DailyTotalFactory(day=day(number), matched=count)

        assert tile(shown(browser), "Page views matched") == "3 was 4"

    @pytest.mark.parametrize(
        ("ordering", "names"),
        [
            ("", ["B", "C", "A"]),
            ("raised", ["A", "C", "B"]),
            ("-capped", ["A", "C", "B"]),
            ("name", ["A", "B", "C"]),
            ("-name", ["C", "B", "A"]),
            ("password", ["B", "C", "A"]),
        ],
    )
    def test_alerts_are_sorted_by_any_figure(self, browser, ordering, names):
        for name, raised, capped in (("A", 1, 3), ("B", 3, 1), ("C", 2, 2)):
            DailyTotalFactory(alert__name=name, raised=raised, capped=capped)

        assert names_in(shown(browser, ordering=ordering, period="7")) == names

    def test_alerts_are_chosen_by_group_author_and_status(self, browser):
        ola = UserFactory(first_name="Ola", last_name="Lis")
        AlertFactory(name="A", group="North", author=ola)
        AlertFactory(name="B", group="North", is_on=False)
        AlertFactory(name="C", author=ola)

        assert names_in(shown(browser, group="North")) == ["A", "B OFF"]
        assert names_in(shown(browser, author=ola.pk)) == ["A", "C"]
        assert names_in(shown(browser, author=ola.pk, status="on", group="North")) == ["A"]
        assert names_in(shown(browser, status="off")) == ["B OFF"]
        assert names_in(shown(browser, author="nobody", group="nowhere")) == ["A", "B OFF", "C"]

    def test_figures_together_are_those_of_the_alerts_that_are_chosen(self, browser):
        DailyTotalFactory(alert__group="North", matched=3)
        DailyTotalFactory(matched=10)

        assert tile(shown(browser, group="North"), "Page views matched") == "3 was 0"

    def test_choice_goes_along_to_the_other_pages(self, browser):
        AlertFactory(group="North")

        soup = shown(browser, group="North", period="7", step="week")

        links = [one["href"] for one in soup.select(".visit-alerts-tabs a")]
        assert all("period=7" in link and "step=week" in link and "group=North" in link for link in links)

    def test_deleted_alerts_stay_in_the_figures_without_a_name(self, browser):
        gone = DailyTotalFactory(alert__name="Gone", matched=3, raised=2).alert
        gone.delete()

        soup = shown(browser)

        assert names_in(soup) == ["Deleted alerts"]
        assert tile(soup, "Alerts raised") == "2 was 0"
        assert DailyTotal.objects.get().alert is None

    def test_alerts_go_on_on_a_next_page(self, browser):
        for number in range(21):
            AlertFactory(name=f"Alert {number:02}")

        assert (len(names_in(shown(browser))), names_in(shown(browser, p=2))) == (20, ["Alert 20"])

    def test_no_alert_at_all_says_what_to_do(self, browser):
        soup = shown(browser)

        assert "There are no alerts yet." in soup.get_text()
        assert soup.select_one(f"a[href='{reverse(f'{ALERTS}:add')}']")

    def test_alerts_that_were_not_raised_say_what_to_do(self, browser):
        AlertFactory()

        assert "See whether the alerts are ON" in shown(browser).get_text()


class TestWorthALook:
    def test_alerts_that_are_on_and_were_not_raised_are_named(self, browser):
        AlertFactory(name="Silent")
        AlertFactory(name="Off", is_on=False)
        DailyTotalFactory(alert__name="Raised", raised=1)
        DailyTotalFactory(alert__name="Held back", capped=1)

        assert lines_in(shown(browser), "ON, and not raised in this period") == ["Held back", "Silent"]

    def test_long_list_of_silent_alerts_is_cut(self, browser):
        AlertFactory.create_batch(10)

        assert lines_in(shown(browser), "ON, and not raised in this period")[8:] == ["and 2 more"]

    @pytest.mark.parametrize(
        ("figures", "said"),
        [
            ({"raised": 4}, "was raised up to 4 times a day about one contact: allow it less often."),
            ({"raised": 3}, None),
            ({"capped": 30, "raised": 1, "matched": 31}, "its frequency held back 30 of 31 page views."),
            ({"capped": 9, "raised": 1, "matched": 10}, None),
            ({"capped": 30, "raised": 0, "nobody": 30, "matched": 60}, "held back 30 of 60 page views."),
        ],
    )
    def test_alert_that_is_raised_or_held_back_too_often_is_named(self, browser, figures, said):
        alert = DailyTotalFactory(alert__name="Price list", **figures).alert

        soup = shown(browser)

        lines = lines_in(soup, "Worth a look")
        assert (said in lines[0]) if said else not lines
        link = soup.find("a", string="Change the frequency")
        assert (link and link["href"]) == (
            f"{reverse(f'{ALERTS}:edit', args=[alert.pk])}?step=frequency" if said else None
        )

    def test_alert_that_is_raised_by_many_is_named(self, browser):
        alert = AlertFactory(name="Home page")
        for _number in range(140):
            DailyTotalFactory(alert=alert, raised=1, contact=None, stand_in=1)

        assert "was raised 20 times a day" in lines_in(shown(browser, period="7"), "Worth a look")[0]

    def test_who_may_not_change_the_alert_gets_no_link(self):
        DailyTotalFactory(raised=9)
        browser = browser_of(user_who_may("view_alert", "view_contact"))

        soup = shown(browser)

        assert "allow it less often." in lines_in(soup, "Worth a look")[0]
        assert soup.find("a", string="Change the frequency") is None

    def test_hint_says_what_the_frequency_is_now(self, browser):
        DailyTotalFactory(alert__cap_times=5, raised=9)

        assert "Now: At most 5 alerts a day" in lines_in(shown(browser), "Worth a look")[0]

    def test_link_leads_straight_to_the_frequency(self, browser, editor):
        alert = MonitoredPageFactory(alert__author=editor).alert

        response = browser.get(reverse(f"{ALERTS}:edit", args=[alert.pk]), {"step": "frequency"})

        assert response.url.endswith("/frequency/")

    @pytest.mark.parametrize("step", ["nonsense", ""])
    def test_step_that_there_is_not_leads_to_the_summary(self, browser, editor, step):
        alert = MonitoredPageFactory(alert__author=editor).alert

        response = browser.get(reverse(f"{ALERTS}:edit", args=[alert.pk]), {"step": step})

        assert response.url.endswith("/summary/")


class TestBehindThem:
    @pytest.mark.parametrize("tab", ["contacts", "pages"])
    def test_nothing_is_said_of_what_the_page_does_not_show(self, browser, tab):
        soup = shown(browser, tab, period="30", step="week")

        assert "compared with" not in soup.get_text()
        assert not soup.select("select[name=step]")
        # The other page still has it.
        assert soup.select_one("input[type=hidden][name=step]")["value"] == "week"

    def test_contacts_and_owners_are_those_of_all_alerts(self, browser):
        marta = UserFactory(first_name="Marta", last_name="Kowalska")
        anna = ContactFactory(name="Anna Nowak", company="Acme", owner=marta)
        DailyTotalFactory(contact=anna, raised=1, matched=1)
        DailyTotalFactory(contact=anna, raised=2, matched=2, sent=2, taken=1)
        DailyTotalFactory(contact__name="Jan Lis", contact__owner=None, matched=9, raised=1)

        soup = shown(browser, "contacts")

        assert [row[:3] for row in rows_in(soup, "Who?")] == [
            ["Anna Nowak", "Acme", "Marta Kowalska"],
            ["Jan Lis", "", "-"],
        ]
        assert rows_in(soup, "By owner") == [
            ["Marta Kowalska", "1", "3", "2", "0", "1", "50%"],
            ["No owner", "1", "1", "0", "0", "0", "-"],
        ]

    def test_pages_are_those_of_all_alerts(self, browser):
        DailyPageTotalFactory(matched=1)
        DailyPageTotalFactory(matched=2, raised=1)
        DailyPageTotalFactory(matched=2, address=AddressFactory(text="http://testserver/offer/"))

        assert rows_in(shown(browser, "pages"), "Top pages") == [
            ["http://testserver/pricing/", "3", "1"],
            ["http://testserver/offer/", "2", "0"],
        ]

    @pytest.mark.parametrize("tab", ["contacts", "pages"])
    def test_nothing_says_what_to_do(self, browser, tab):
        assert "Choose a longer one." in shown(browser, tab).get_text()


class TestForWhom:
    @pytest.mark.parametrize("tab", TABS)
    @pytest.mark.parametrize(
        ("permissions", "is_let_in"),
        [
            ((), False),
            (("view_contact",), False),
            (("view_own_contact",), False),
            (("view_alert",), False),
            (("view_alert", "view_contact"), True),
            (("view_alert", "view_own_contact"), True),
            (("add_alert", "view_own_contact"), True),
        ],
    )
    def test_pages_and_menu_are_for_those_who_may_view_alerts_and_contacts(self, tab, permissions, is_let_in):
        browser = browser_of(user_who_may(*permissions))

        response = browser.get(reverse(f"{NAME}:{tab}"))

        assert (response.status_code == 200) == is_let_in
        assert (reverse(f"{NAME}:index") in browser.get("/admin/").content.decode()) == is_let_in

    @pytest.mark.parametrize("tab", TABS)
    def test_anonymous_visitor_is_sent_to_log_in(self, client, tab):
        response = client.get(reverse(f"{NAME}:{tab}"))

        assert response.url.startswith(reverse("wagtailadmin_login"))

    def test_author_sees_their_own_alerts_only(self):
        author = user_who_may("add_alert", "view_contact")
        DailyTotalFactory(alert__name="Mine", alert__author=author, matched=1, raised=1)
        DailyTotalFactory(alert__name="Hers", alert__group="Her group", matched=50, raised=50)
        DailyTotalFactory(alert=None, matched=50)
        DailyPageTotalFactory(matched=50)

        soup = shown(browser_of(author))

        assert names_in(soup) == ["Mine"]
        assert tile(soup, "Page views matched") == "1 was 0"
        assert "Her group" not in str(soup)
        assert "Choose a longer one." in shown(browser_of(author), "pages").get_text()

    def test_salesperson_counts_their_own_contacts_only(self):
        salesperson = user_who_may("view_alert", "view_own_contact")
        alert = AlertFactory(name="Price list")
        DailyTotalFactory(alert=alert, contact__owner=salesperson, contact__name="Jan Lis", matched=1, raised=1)
        DailyTotalFactory(alert=alert, contact__name="Anna Nowak", matched=50, raised=50)
        DailyTotalFactory(alert=alert, contact=None, stand_in=1, matched=50)

        browser = browser_of(salesperson)

        assert rows_in(shown(browser))[0][:4] == ["Price list", "1", "1", "1"]
        assert [row[0] for row in rows_in(shown(browser, "contacts"), "Who?")] == ["Jan Lis"]
        assert "Anna" not in shown(browser, "contacts").get_text()
        assert "your own contacts only" in shown(browser).get_text()


class TestSpreadsheets:
    def test_csv_has_every_alert(self, browser):
        DailyTotalFactory(alert__name="=1+1", alert__group="@North", raised=2)
        AlertFactory(name="Spare parts", is_on=False)

        response = browser.get(reverse(f"{NAME}:index"), {"sheet": "alerts", "export": "csv"})
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

        assert [(row["Alert"], row["Group"], row["Status"], row["Alerts raised"]) for row in rows] == [
            ("'=1+1", "'@North", "ON", "2"),
            ("Spare parts", "", "OFF", "0"),
        ]

    def test_pages_have_no_spreadsheet(self, browser):
        assert browser.get(reverse(f"{NAME}:pages"), {"export": "csv"}).status_code == 404


@pytest.mark.parametrize("count", [1, 25])
@pytest.mark.parametrize(("tab", "most"), [("index", 20), ("contacts", 16), ("pages", 15)])
def test_overview_costs_the_same_however_much_there_is(browser, editor, tab, most, count):
    UserProfile.get_for_user(editor)
    for number in range(count):
        total = DailyTotalFactory(alert__group=f"Group {number}", day=day(number), raised=9, matched=9)
        DailyTotalFactory(alert=None, contact=None, stand_in=number, day=day(number), matched=1)
        address = AddressFactory(text=f"http://testserver/{number}/")
        DailyPageTotalFactory(alert=total.alert, contact=total.contact, address=address, day=day(number))
    shown(browser, tab)

    with counted_queries() as queries:
        shown(browser, tab, period="90")

    assert len(queries) <= most <= MOST_QUERIES


class TestLongPeriod:
    YEAR = {"period": "own", "first": "2025-11-25", "last": "2026-11-24"}

    def test_year_is_read_by_month_and_says_what_its_days_do(self, browser):
        alert = AlertFactory(name="Price list")
        for number in range(0, 720, 9):
            DailyTotalFactory(alert=alert, day=day(number), matched=2, raised=1, sent=1)
        by_day = [(tile(soup, "Alerts raised"), rows_in(soup)) for soup in [shown(browser, **self.YEAR)]]
        while add_up_months(now=NOW):
            pass

        soup = shown(browser, **self.YEAR, step="day")

        assert [(tile(soup, "Alerts raised"), rows_in(soup))] == by_day
        assert tile(soup, "Alerts raised") == "41 was 39"
        bars = [row.select_one("th").get_text() for row in soup.select(".visit-alerts-chart tbody tr")]
        assert (len(bars), bars[0], bars[-1]) == (13, "Nov 2025", "Nov 2026")

    def test_contacts_of_a_long_period_are_downloaded(self, browser):
        DailyTotalFactory(contact__name="Anna Nowak", raised=1)

        soup = shown(browser, "contacts", **self.YEAR)
        response = browser.get(reverse(f"{NAME}:contacts"), {**self.YEAR, "export": "csv"})

        assert "at most 92 days at a time" in soup.get_text()
        assert b"Anna Nowak" in b"".join(response.streaming_content)

    def test_spreadsheet_of_a_long_period_has_every_day(self, browser):
        DailyTotalFactory(day=day(200), matched=3)
        while add_up_months(now=NOW):
            pass

        response = browser.get(reverse(f"{NAME}:index"), {**self.YEAR, "sheet": "days", "export": "csv"})
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

        assert len(rows) == 365
        assert [row["Day"] for row in rows if row["Page views matched"] == "3"] == [str(day(200))]
