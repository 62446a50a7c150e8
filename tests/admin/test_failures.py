"""What could not be delivered is seen: on Wagtail's home page, in the listing, on the alert's page; for a week."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from wagtail_visit_alerts.models import Alert, Purpose, Status

from ..factories import AlertFactory, ContactFactory, DeliveryFactory, NotificationFactory, UserFactory
from ..query_counting import counted_queries
from .walking import ALERTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = reverse("wagtailadmin_home")
LIST = reverse(f"{ALERTS}:list")
LOG = reverse("visit_alerts_log:index")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def author():
    return user_who_may("add_alert", "view_contact")


@pytest.fixture
def alert(author):
    return AlertFactory(name="Price list", author=author)


def fail(alert, *, notification=None, **fields):
    """A delivery of an alert that was given up an hour ago."""
    return DeliveryFactory(
        notification=notification or NotificationFactory(match__alert=alert),
        **{"status": Status.FAILED, "failed_at": NOW - timedelta(hours=1), **fields},
    )


def told(user, url):
    """What a page says of failures, and where its links lead."""
    soup = BeautifulSoup(browser_of(user).get(url).content, "html.parser")
    found = soup.find(string=lambda text: "could not be delivered in the last" in text)
    if found is None:
        return "", []
    part = found.find_parent("section") if url == HOME else found.find_parent(class_="help-block")
    return " ".join(part.get_text(" ").split()), [link["href"] for link in part.select("a[href^='/']")]


def shown_on(user, alert):
    """On which of the three pages a user is told."""
    urls = {"home": HOME, "list": LIST, "inspect": reverse(f"{ALERTS}:inspect", args=[alert.pk])}
    return {name for name, url in urls.items() if told(user, url)[0]}


EVERYWHERE = {"home", "list", "inspect"}


def test_author_is_told_on_the_home_page_and_led_to_the_log(author, alert):
    for _ in range(3):
        fail(alert)

    text, links = told(author, HOME)

    assert "3 alerts could not be delivered in the last 7 days." in text
    assert "Price list : 3" in text
    assert {f"{LOG}?status=failed", f"{LOG}?status=failed&alert={alert.pk}"} <= set(links)


def test_listing_and_alerts_page_say_so_too(author, alert):
    fail(alert)

    assert shown_on(author, alert) == EVERYWHERE
    assert told(author, reverse(f"{ALERTS}:inspect", args=[alert.pk]))[1] == [
        f"{LOG}?status=failed&alert={alert.pk}"
    ]


def test_alert_that_failed_for_two_of_its_recipients_counts_once(author, alert):
    first = fail(alert)
    fail(alert, notification=first.notification, user=UserFactory())

    assert "1 alert could not be delivered in the last 7 days." in told(author, HOME)[0]


def test_administrator_is_told_of_the_alerts_of_all(alert):
    fail(alert)

    assert shown_on(user_who_may("change_alert", "view_contact"), alert) == EVERYWHERE
    assert shown_on(UserFactory(is_superuser=True), alert) == EVERYWHERE


def test_author_is_not_told_of_alerts_of_somebody_else(alert):
    fail(alert)

    other = user_who_may("add_alert", "view_contact")

    assert shown_on(other, alert) == set()


@pytest.mark.parametrize("permissions", [("view_own_contact",), ("view_contact",), ()])
def test_whoever_can_mend_nothing_is_told_nothing(alert, permissions):
    fail(alert)

    assert shown_on(user_who_may(*permissions), alert) == set()


def test_contacts_are_not_named(author, alert):
    contact = ContactFactory(name="Anna Nowak")
    fail(
        alert, notification=NotificationFactory(match__alert=alert, match__page_view__visitor__contact=contact)
    )

    texts = [told(author, url)[0] for url in (HOME, LIST)]

    assert all(texts)
    assert not [text for text in texts if "Nowak" in text]


def test_author_who_may_not_see_the_log_is_led_to_the_alert(alert):
    fail(alert)
    author = user_who_may("add_alert")
    Alert.objects.update(author=author)

    text, links = told(author, HOME)

    assert links == [reverse(f"{ALERTS}:inspect", args=[alert.pk])]
    assert "ask somebody who may view the contacts" in text


def test_author_who_sees_some_contacts_is_told_that_the_log_shows_those(alert):
    fail(alert)
    author = user_who_may("add_alert", "view_own_contact")
    Alert.objects.update(author=author)

    assert "You see there those about contacts whom you may view." in told(author, HOME)[0]


def test_failure_goes_quiet_after_seven_days(author, alert, clock):
    fail(alert, failed_at=NOW)

    clock.move_to(NOW + timedelta(days=7, minutes=-1))
    before = shown_on(author, alert)
    clock.move_to(NOW + timedelta(days=7))

    assert (before, shown_on(author, alert)) == (EVERYWHERE, set())


def test_failure_that_is_tried_again_is_told_no_more(author, alert):
    fail(alert)

    browser_of(author).post(reverse("visit_alerts_log:retry"))

    assert shown_on(author, alert) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.SENT},
        {"status": Status.CANCELLED},
        {"purpose": Purpose.TAKEN},
        {"purpose": Purpose.GIVEN_UP},
    ],
    ids=str,
)
def test_what_is_no_failed_alert_is_not_told(author, alert, fields):
    fail(alert, **fields)

    assert shown_on(author, alert) == set()


def test_alerts_with_most_failures_are_named_first_and_five_of_them(author):
    for number in range(1, 7):
        alert = AlertFactory(name=f"Number {number}", author=author)
        for _ in range(number):
            fail(alert)

    text = told(author, LIST)[0]

    assert "21 alerts could not be delivered" in text
    assert text.index("Number 6") < text.index("Number 2")
    assert "Number 1" not in text
    assert "and 1 more alert" in text


def test_results_of_the_listing_alone_do_not_say_it(author, alert):
    fail(alert)

    assert "could not be delivered" not in browser_of(author).get(f"{LIST}results/").content.decode()


def test_home_page_costs_nothing_for_those_who_set_up_no_alerts(alert):
    fail(alert)
    browser = browser_of(user_who_may("view_own_contact"))
    browser.get(HOME)

    with counted_queries() as queries:
        browser.get(HOME)

    assert not [query for query in queries if "wagtail_visit_alerts_delivery" in query]


def test_home_page_costs_one_query(author, alert):
    for _ in range(5):
        fail(alert)
    browser = browser_of(author)
    browser.get(HOME)

    with counted_queries() as queries:
        browser.get(HOME)

    assert len([query for query in queries if "wagtail_visit_alerts_delivery" in query]) == 1
