"""The delivery log: what it shows, to whom, how it is filtered, exported, and what it costs."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.admin import delivery_log_filters
from wagtail_visit_alerts.admin.views import delivery_log
from wagtail_visit_alerts.models import Alert, Delivery, Destination, Purpose, Role, Status, Taking, WaitsFor

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MonitoredPageFactory,
    NotificationFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .walking import ALERTS, CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25
#: Ten o'clock in the time zone of the tests.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LOG = reverse("visit_alerts_log:index")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def marta():
    return UserFactory(username="marta", first_name="Marta", last_name="Kowalska", email="marta@example.com")


@pytest.fixture
def anna(marta):
    return ContactFactory(name="Anna Nowak", company="Acme", email="anna.nowak@example.org", owner=marta)


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def raised(contact, *, alert=None, url="http://testserver/pricing/", at=NOW, page=None):
    """A notification that a contact's page view has raised."""
    page_view = PageViewFactory(
        visitor=VisitorFactory(contact=contact), address=AddressFactory(text=url), entered_at=at, page=page
    )
    return NotificationFactory(
        match__page_view=page_view, match__alert=alert or AlertFactory(name="Price list"), raised_at=at
    )


def rows_in(response):
    """The rows of the log as text, cell by cell."""
    soup = BeautifulSoup(response.content, "html.parser")
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in soup.select("table.listing tbody tr")
    ]


def listed(browser, **query):
    response = browser.get(LOG, query)
    assert response.status_code == 200
    return rows_in(response)


def contacts_listed(browser, **query):
    return [row[1].partition(" testserver")[0] for row in listed(browser, **query)]


def exported(browser, **query):
    response = browser.get(LOG, {"export": "csv", **query})
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def page_of(browser, notification):
    response = browser.get(reverse("visit_alerts_log:inspect", args=[notification.pk]))
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join(soup.select_one("#main").get_text(" ").split())


class TestRows:
    def test_row_says_who_saw_what_and_who_was_told(self, browser, anna):
        DeliveryFactory(notification=raised(anna), status=Status.SENT, attempts=1, sent_at=NOW)

        assert listed(browser) == [
            [
                "Nov. 24, 2026, 10 a.m. : Price list, Anna Nowak",
                "Anna Nowak Acme testserver/pricing/",
                "Price list",
                "Sent Marta Kowalska , 11/24/2026 10 a.m.",
            ]
        ]

    def test_deliveries_of_one_notification_stand_in_one_row(self, browser, anna):
        notification = raised(anna)
        DeliveryFactory(notification=notification, status=Status.SENT)
        DeliveryFactory(
            notification=notification,
            role=Role.CC,
            user=None,
            email="boss@example.com",
            status=Status.FAILED,
            failed_at=NOW,
            attempts=3,
            reason="550 No such user here",
        )

        [row] = listed(browser)

        assert "Sent Marta Kowalska" in row[3]
        assert "Failed boss@example.com , 11/24/2026 10 a.m. 3 attempts 550 No such user here" in row[3]

    def test_what_waits_says_for_what(self, browser, anna):
        DeliveryFactory(notification=raised(anna), waits_for=WaitsFor.HOURS, due_at=NOW + timedelta(hours=2))

        [row] = listed(browser)

        assert row[3] == ("Waiting Marta Kowalska , 11/24/2026 noon Waits for: the recipient's sending hours")

    def test_what_was_sent_says_nothing_of_waiting(self, browser, anna):
        DeliveryFactory(notification=raised(anna), waits_for=WaitsFor.HOURS, status=Status.SENT)

        assert "Waits" not in listed(browser)[0][3]

    def test_digest_says_how_many_alerts_its_email_carries(self, browser, anna):
        email_id = uuid.uuid4()
        for _ in range(3):
            DeliveryFactory(notification=raised(anna), email_id=email_id, status=Status.SENT)

        assert all(row[3].endswith("In one e-mail with 2 other alerts.") for row in listed(browser))

    def test_resend_says_who_asked_for_it(self, browser, anna, editor):
        DeliveryFactory(notification=raised(anna), resend=1, resent_by=editor)

        assert "Sent again, as ewa asked." in listed(browser)[0][3]

    def test_email_without_its_attachment_says_why(self, browser, anna):
        DeliveryFactory(
            notification=raised(anna), status=Status.SENT, attachment_fault="Line 3: no such field."
        )

        assert "Without its attachment: Line 3: no such field." in listed(browser)[0][3]

    def test_other_than_an_alert_says_what_it_tells(self, browser, anna):
        DeliveryFactory(notification=raised(anna), purpose=Purpose.TAKEN)

        assert "Tells: somebody has taken the contact" in listed(browser)[0][3]

    def test_destination_is_named_without_its_address(self, browser, anna):
        room = Destination.objects.create(
            name="Sales room", channel="webhook", address="https://x.example/secret"
        )
        DeliveryFactory(
            notification=raised(anna),
            role=Role.DESTINATION,
            user=None,
            destination=room,
            email="",
            email_key=room.key,
        )

        html = browser.get(LOG).content.decode()

        assert "Sales room" in html
        assert "secret" not in html

    def test_who_has_taken_the_contact_is_named(self, browser, anna, marta):
        notification = raised(anna)
        Taking.objects.create(notification=notification, user=marta, email=marta.email, taken_at=NOW)

        assert listed(browser)[0][0].endswith("Taken by Marta Kowalska")

    def test_alert_that_was_deleted_keeps_its_name(self, browser, anna):
        raised(anna)
        Alert.objects.all().delete()

        assert listed(browser)[0][2] == "Price list (deleted since)"

    def test_page_view_that_is_gone_does_not_take_the_row_along(self, browser, anna):
        raised(anna).match.page_view.delete()

        assert listed(browser)[0][1] == "Anna Nowak Acme deleted since"

    def test_notification_without_deliveries_says_that_nobody_is_told(self, browser, anna):
        raised(anna)

        assert listed(browser)[0][3] == "Nobody"

    def test_what_a_stranger_may_write_stays_text(self, browser, anna):
        raised(
            ContactFactory(name="<script>alert(1)</script>", company="<b>x"),
            url="http://testserver/<script>alert(2)</script>/",
        )

        html = browser.get(LOG).content.decode()

        assert "<script>alert(" not in html
        assert "<b>x" not in html

    def test_latest_stand_first_and_fifty_on_a_page(self, browser, anna):
        for minutes in range(52):
            raised(anna, url=f"http://testserver/{minutes}/", at=NOW - timedelta(minutes=minutes))

        first, second = listed(browser), listed(browser, p=2)

        assert [row[1] for row in (first[0], first[49], *second)] == [
            f"Anna Nowak Acme testserver/{number}/" for number in (0, 49, 50, 51)
        ]
        assert "52 notifications" in browser.get(LOG).content.decode()

    def test_no_more_are_counted_than_one_turns_to(self, browser, anna, monkeypatch):
        monkeypatch.setattr(delivery_log, "MOST_COUNTED", 50)
        for minutes in range(51):
            raised(anna, at=NOW - timedelta(minutes=minutes))

        assert "More than 50 notifications" in browser.get(LOG).content.decode()
        assert len(listed(browser, p=2)) == 50, "there is one page of those that are counted"
        assert len(listed(browser, raised_at_to="2020-01-01")) == 0

    @pytest.mark.parametrize(
        ("ordering", "expected"),
        [
            ("raised_at", ["Zofia", "Adam"]),
            ("-raised_at", ["Adam", "Zofia"]),
            ("contact__name", ["Adam", "Zofia"]),
            ("-alert_name", ["Zofia", "Adam"]),
            ("contact__owner__password", ["Adam", "Zofia"]),
        ],
    )
    def test_log_is_sorted_as_asked(self, browser, ordering, expected):
        raised(ContactFactory(name="Zofia"), alert=AlertFactory(name="B"), at=NOW - timedelta(hours=1))
        raised(ContactFactory(name="Adam"), alert=AlertFactory(name="A"))

        assert contacts_listed(browser, ordering=ordering) == expected

    def test_empty_log_says_so_and_where_to_look(self, browser):
        html = browser.get(LOG).content.decode()

        assert "No alert about a contact whom you may view was raised yet." in html
        assert "See which alerts are ON" in html

    def test_empty_log_leads_nobody_where_they_may_not_go(self):
        salesperson = browser_of(user_who_may("view_own_contact"))

        assert "See which alerts are ON" not in salesperson.get(LOG).content.decode()


class TestFilters:
    @pytest.fixture
    def two(self, anna):
        """Anna, to whose owner it was sent; Jan, whose owner could not be told."""
        jan = ContactFactory(name="Jan", company="Steel Ltd", owner=UserFactory(username="tomasz"))
        sent = DeliveryFactory(
            notification=raised(anna, alert=AlertFactory(name="Price list")), status=Status.SENT
        )
        failed = DeliveryFactory(
            notification=raised(jan, alert=AlertFactory(name="Jobs"), at=NOW - timedelta(days=3)),
            status=Status.FAILED,
        )
        return sent, failed

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"status": "sent"}, ["Anna Nowak Acme"]),
            ({"status": "failed"}, ["Jan Steel Ltd"]),
            ({"status": "cancelled"}, []),
            ({"raised_at_from": "2026-11-24"}, ["Anna Nowak Acme"]),
            ({"raised_at_to": "2026-11-22"}, ["Jan Steel Ltd"]),
            ({"channel": "email"}, ["Anna Nowak Acme", "Jan Steel Ltd"]),
            ({"q": "nowak"}, ["Anna Nowak Acme"]),
            ({"q": "steel"}, ["Jan Steel Ltd"]),
            ({"q": "jobs"}, ["Jan Steel Ltd"]),
            ({"q": "TOMASZ@example.com"}, ["Jan Steel Ltd"]),
            ({"q": "nobody"}, []),
        ],
        ids=str,
    )
    def test_log_shows_what_was_asked_for(self, browser, two, query, found):
        assert contacts_listed(browser, **query) == found

    def test_search_finds_the_same_where_many_contacts_are_found(self, browser, two, monkeypatch):
        monkeypatch.setattr(delivery_log_filters, "MOST_BY_ID", 0)

        assert contacts_listed(browser, q="nowak") == ["Anna Nowak Acme"]
        assert contacts_listed(browser, q="nobody") == []

    def test_log_is_filtered_by_alert_contact_and_recipient(self, browser, two):
        sent, failed = two

        assert contacts_listed(browser, alert=failed.notification.alert_id) == ["Jan Steel Ltd"]
        assert contacts_listed(browser, contact=failed.notification.contact_id) == ["Jan Steel Ltd"]
        assert contacts_listed(browser, recipient=sent.user_id) == ["Anna Nowak Acme"]

    def test_log_is_filtered_by_what_a_delivery_waits_for(self, browser, two):
        jan = two[1].notification
        DeliveryFactory(notification=jan, user=UserFactory(), waits_for=WaitsFor.DIGEST)
        DeliveryFactory(notification=two[0].notification, user=UserFactory())

        assert contacts_listed(browser, waits_for="digest") == ["Jan Steel Ltd"]

    def test_status_and_recipient_are_asked_of_the_same_delivery(self, browser, two):
        sent, failed = two
        DeliveryFactory(notification=failed.notification, user=sent.user, status=Status.SENT)

        assert contacts_listed(browser, status="failed", recipient=sent.user_id) == []
        assert contacts_listed(browser, status="failed", recipient=failed.user_id) == ["Jan Steel Ltd"]

    def test_filters_count_days_in_the_readers_time_zone(self, browser, editor, anna):
        UserProfile.objects.create(user=editor, current_time_zone="Asia/Tokyo")
        raised(anna, at=datetime(2026, 11, 24, 15, 30, tzinfo=UTC))  # half past midnight, the day after

        assert contacts_listed(browser, raised_at_from="2026-11-25") == ["Anna Nowak Acme"]

    @pytest.mark.parametrize(
        "query",
        [
            {"alert": "nonsense"},
            {"contact": "9" * 40},
            {"contact": "x"},
            {"status": "%"},
            {"raised_at_from": "?"},
            {"p": "x"},
        ],
        ids=str,
    )
    def test_nonsense_in_the_address_is_no_error(self, browser, two, query):
        assert browser.get(LOG, query).status_code == 200

    def test_results_alone_are_what_the_filters_ask_for(self, browser, two):
        response = browser.get(reverse("visit_alerts_log:index_results"), {"status": "failed"})

        assert [row[2] for row in rows_in(response)] == ["Jobs"]


class TestExport:
    def test_csv_has_a_row_for_each_delivery(self, browser, anna):
        notification = raised(anna)
        DeliveryFactory(notification=notification, status=Status.SENT, sent_at=NOW, attempts=1)
        DeliveryFactory(
            notification=notification, role=Role.CC, user=None, email="boss@example.com", status=Status.FAILED
        )

        first, second = exported(browser)

        assert first | {"Notification": ""} == {
            "Notification": "",
            "Raised": "2026-11-24 10:00:00",
            "Contact": "Anna Nowak",
            "Company": "Acme",
            "Alert": "Price list",
            "Page": "testserver/pricing/",
            "URL": "http://testserver/pricing/",
            "Taken by": "",
            "Recipient": "Marta Kowalska",
            "Address": "marta@example.com",
            "Why they are told": "the contact's main owner",
            "Channel": "E-mail",
            "Status": "Sent",
            "Attempts": "1",
            "Waits for": "",
            "Due": "",
            "Sent": "2026-11-24 10:00:00",
            "Given up": "",
            "Notes": "",
        }
        assert (second["Recipient"], second["Status"]) == ("boss@example.com", "Failed")
        assert first["Notification"] == second["Notification"] == str(notification.pk)

    def test_xlsx_has_the_same_with_dates_as_dates(self, browser, anna):
        DeliveryFactory(notification=raised(anna), status=Status.SENT, sent_at=NOW)

        response = browser.get(LOG, {"export": "xlsx"})
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
        head, row = book.active.iter_rows(values_only=True)

        assert dict(zip(head, row, strict=True))["Sent"] == NOW.replace(hour=10, tzinfo=None)
        assert dict(zip(head, row, strict=True))["Contact"] == "Anna Nowak"

    def test_exports_hold_what_the_filters_leave(self, browser, anna):
        DeliveryFactory(notification=raised(anna), status=Status.SENT)
        DeliveryFactory(status=Status.FAILED)

        assert [row["Contact"] for row in exported(browser, status="sent")] == ["Anna Nowak"]

    @pytest.mark.parametrize("export", ["csv", "xlsx"])
    def test_what_is_from_outside_becomes_no_formula(self, browser, marta, export):
        hostile = ContactFactory(name="=HYPERLINK(1)", company="@SUM(1)", owner=marta)
        DeliveryFactory(notification=raised(hostile), status=Status.FAILED, reason="=cmd|' /C calc'!A0")

        response = browser.get(LOG, {"export": export})
        content = b"".join(response.streaming_content)
        if export == "csv":
            values = [value for row in csv.reader(io.StringIO(content.decode())) for value in row]
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(content)).active
            values = [str(value) for row in sheet.iter_rows(values_only=True) for value in row if value]

        assert "'=HYPERLINK(1)" in values
        assert "'@SUM(1)" in values
        assert not [value for value in values if value[:1] in {"=", "@"}]

    def test_export_speaks_the_readers_language_and_time_zone(self, editor, anna):
        UserProfile.objects.create(user=editor, preferred_language="pl", current_time_zone="Asia/Tokyo")
        DeliveryFactory(notification=raised(anna), status=Status.SENT)

        [row] = exported(browser_of(editor))

        assert "2026-11-24 18:00:00" in row.values()
        assert row["Kontakt"] == "Anna Nowak"

    def test_notification_without_deliveries_is_exported_too(self, browser, anna):
        raised(anna)

        assert [(row["Contact"], row["Recipient"]) for row in exported(browser)] == [("Anna Nowak", "")]


class TestNotification:
    def test_page_says_all_that_is_known_of_each_delivery(self, browser, anna):
        notification = raised(anna)
        notification.match.monitored_page = MonitoredPageFactory(alert=notification.alert)
        notification.match.save()
        DeliveryFactory(
            notification=notification,
            status=Status.FAILED,
            attempts=4,
            first_tried_at=NOW,
            failed_at=NOW + timedelta(hours=24),
            reason="450 Mailbox busy",
            attachment_fault="Line 3: no such field.",
        )

        text = page_of(browser, notification)

        for part in (
            "Contact Anna Nowak",
            "Alert Price list",
            "Page testserver/pricing/",
            "Because of /pricing/",
            "Address marta@example.com",
            "Why they are told The contact's main owner",
            "Channel E-mail",
            "First tried Nov. 24, 2026, 10 a.m.",
            "Given up Nov. 25, 2026, 10 a.m.",
            "Attempts 4",
            "450 Mailbox busy",
            "Without its attachment: Line 3: no such field.",
            "Why was it raised? The alert “Price list” was raised: given up for Marta Kowalska: 450 Mailbox busy.",
        ):
            assert part in text

    def test_page_links_to_contact_and_alert(self, browser, anna):
        notification = raised(anna)

        html = browser.get(reverse("visit_alerts_log:inspect", args=[notification.pk])).content.decode()

        assert reverse(f"{CONTACTS}:inspect", args=[anna.pk]) in html
        assert reverse(f"{ALERTS}:inspect", args=[notification.alert_id]) in html

    def test_page_says_who_has_taken_the_contact_and_when(self, browser, anna, marta):
        notification = raised(anna)
        Taking.objects.create(notification=notification, user=marta, email=marta.email, taken_at=NOW)

        assert "Taken by Marta Kowalska, Nov. 24, 2026, 10 a.m." in page_of(browser, notification)

    def test_page_is_there_without_its_page_view_and_alert(self, browser, anna):
        notification = raised(anna)
        notification.match.page_view.delete()
        Alert.objects.all().delete()

        assert "Alert Price list (deleted since)" in page_of(browser, notification)


#: Users by the permissions that make them what they are.
KINDS = {
    "superuser": None,
    "editor": ("add_alert", "view_contact"),
    "administrator": ("view_alert", "change_alert", "view_contact", "change_contact"),
    "salesperson": ("view_own_contact",),
    "contacts only": ("view_contact",),
    "alerts only": ("view_alert", "change_alert"),
    "nobody": (),
}
READERS = {"superuser", "editor", "administrator", "salesperson"}
#: View -> who gets it for a contact of somebody else.
VIEWS = {
    "index": READERS,
    "index_results": READERS,
    "retry": READERS,
    "inspect": READERS - {"salesperson"},
    "send_again": {"superuser", "administrator"},
}


def user_of(kind):
    if KINDS[kind] is None:
        return UserFactory(is_superuser=True)
    return user_who_may(*KINDS[kind])


def address_of_view(view, delivery):
    args = {"inspect": [delivery.notification_id], "send_again": [delivery.notification_id, delivery.pk]}
    return reverse(f"visit_alerts_log:{view}", args=args.get(view, []))


class TestPermissions:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("view", VIEWS)
    def test_view_lets_in_whom_it_should(self, view, kind):
        url = address_of_view(view, DeliveryFactory(status=Status.SENT))

        assert (browser_of(user_of(kind)).get(url).status_code == 200) == (kind in VIEWS[view])

    @pytest.mark.parametrize("view", VIEWS)
    def test_anonymous_visitor_is_sent_to_log_in(self, view):
        response = Client().get(address_of_view(view, DeliveryFactory()))

        assert response.url.startswith(reverse("wagtailadmin_login"))

    def test_every_url_of_the_log_is_asked_for_here(self):
        from wagtail_visit_alerts.admin.delivery_log_menu import DeliveryLogViewSet

        assert {pattern.name for pattern in DeliveryLogViewSet().get_urlpatterns()} == VIEWS.keys()

    def test_salesperson_sees_their_own_contacts_alone(self, anna):
        tomasz = user_who_may("view_own_contact")
        own = ContactFactory(name="Own", company="", owner=tomasz)
        mine = DeliveryFactory(notification=raised(own), status=Status.SENT)
        theirs = DeliveryFactory(notification=raised(anna), status=Status.SENT)
        browser = browser_of(tomasz)

        assert contacts_listed(browser) == ["Own"]
        assert [row["Contact"] for row in exported(browser)] == ["Own"]
        assert contacts_listed(browser, q="Anna") == []
        assert contacts_listed(browser, contact=anna.pk) == ["Own"]
        assert [browser.get(address_of_view("inspect", one)).status_code for one in (mine, theirs)] == [
            200,
            404,
        ]
        assert "Anna" not in browser.get(LOG).content.decode()
        assert "Marta" not in browser.get(LOG).content.decode()

    def test_salesperson_knows_the_alert_that_told_them(self):
        tomasz = user_who_may("view_own_contact")
        DeliveryFactory(notification=raised(ContactFactory(owner=tomasz)), status=Status.SENT)

        assert listed(browser_of(tomasz))[0][2] == "Price list"

    def test_alert_of_somebody_else_stays_unnamed_and_so_do_its_addresses(self):
        tomasz = user_who_may("view_own_contact")
        notification = raised(ContactFactory(owner=tomasz), alert=AlertFactory(name="Secret alert"))
        DeliveryFactory(
            notification=notification,
            role=Role.CC,
            user=None,
            email="boss@example.com",
            status=Status.FAILED,
            reason="550 boss@example.com unknown",
        )
        browser = browser_of(tomasz)

        pages = [browser.get(LOG).content.decode(), page_of(browser, notification), str(exported(browser))]

        assert not [page for page in pages if "Secret" in page or "boss@" in page]
        assert listed(browser)[0][2:] == ["an alert of somebody else's", "Failed an address in CC"]
        assert listed(browser, q="Secret") == listed(browser, q="boss@example.com") == []

    def test_filters_offer_nothing_of_others(self, anna):
        DeliveryFactory(notification=raised(anna, alert=AlertFactory(name="Secret alert")))

        html = browser_of(user_who_may("view_own_contact")).get(LOG).content.decode()

        assert "Secret alert" not in html
        assert "Kowalska" not in html

    @pytest.mark.parametrize("kind", KINDS)
    def test_menus_lead_to_the_log_whom_it_lets_in(self, kind):
        html = browser_of(user_of(kind)).get(reverse("wagtailadmin_home")).content.decode()

        assert ("visit-alerts-log" in html) == (kind in READERS)
        assert ("visit-alerts-log-report" in html) == (kind in READERS)


class TestContactPage:
    def timeline_of(self, browser, contact):
        response = browser.get(reverse(f"{CONTACTS}:inspect", args=[contact.pk]))
        return BeautifulSoup(response.content, "html.parser").select_one("#timeline")

    def test_contacts_page_leads_to_the_log_of_this_contact(self, browser, anna):
        raised(anna)

        links = [link["href"] for link in self.timeline_of(browser, anna).select("p a")]

        assert f"{LOG}?contact={anna.pk}" in links

    def test_whoever_may_not_see_the_log_is_not_led_there(self, anna):
        raised(anna)

        timeline = self.timeline_of(browser_of(user_who_may("view_contact")), anna)

        assert "Alert: " in timeline.get_text()
        assert not [link for link in timeline.select("a") if link["href"].startswith(LOG)]


class TestCost:
    @pytest.mark.parametrize("kind", ["administrator", "salesperson", "superuser"])
    def test_log_costs_the_same_however_much_was_delivered(self, kind):
        user = user_of(kind)
        browser = browser_of(user)
        costs = []
        for _ in range(2):
            for number in range(15):
                notification = raised(
                    ContactFactory(owner=user), alert=AlertFactory(), url=f"http://testserver/{number}/"
                )
                Taking.objects.create(notification=notification, user=user, email="x@example.com", taken_at=NOW)
                for _number in range(3):
                    DeliveryFactory(notification=notification, user=UserFactory(), resend=1, resent_by=user)
            browser.get(LOG)
            with counted_queries() as queries:
                response = browser.get(LOG, {"status": "waiting", "q": "o", "alert": ""})
            assert rows_in(response)
            costs.append(len(queries))

        assert costs[0] == costs[1] <= MOST_QUERIES
        assert Delivery.objects.count() == 90

    def test_page_of_a_notification_costs_the_same_however_many_were_told(self, browser, anna):
        notification = raised(anna)
        costs = []
        for _ in range(2):
            for _number in range(10):
                DeliveryFactory(notification=notification, user=UserFactory())
            page_of(browser, notification)
            with counted_queries() as queries:
                page_of(browser, notification)
            costs.append(len(queries))

        assert costs[0] == costs[1] <= MOST_QUERIES
