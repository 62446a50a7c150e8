"""The listing of alerts: what it shows, finds and switches, the unfinished runs above it, and the inspect view."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.models import (
    Alert,
    AlertDestination,
    Loss,
    Recipient,
    RulesVersion,
    Status,
    WizardRun,
)

from ..factories import (
    AlertFactory,
    DailyTotalFactory,
    DeliveryFactory,
    DestinationFactory,
    MatchFactory,
    MonitoredPageFactory,
    NotificationFactory,
    UserFactory,
)
from ..query_counting import counted_queries
from ..testapp.models import ContentPage
from .walking import ALERTS, NAME, Walk, browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25


@pytest.fixture
def browser(editor):
    return browser_of(editor)


@pytest.fixture
def alert(db):
    """An alert that is off, and could be on."""
    return MonitoredPageFactory(alert__name="Price list", alert__is_on=False).alert


def get(browser, url_name, *args, **params):
    return browser.get(reverse(f"{ALERTS}:{url_name}", args=args), params)


def listed(browser, **params):
    return [alert.name for alert in get(browser, "list", **params).context["object_list"]]


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


def sent_alert(alert, *, ago, status=Status.SENT):
    """A notification with one delivery; sent, unless told otherwise, so long ago."""
    then = timezone.now() - ago
    notification = NotificationFactory(match=MatchFactory(alert=alert, happened_at=then), raised_at=then)
    sent_at = then if status == Status.SENT else None
    return DeliveryFactory(notification=notification, status=status, sent_at=sent_at).notification


def lose(alert, kind="page", **fields):
    return Loss.objects.create(alert=alert, kind=kind, name="Price list", happened_at=timezone.now(), **fields)


# What it shows


def test_listing_says_what_each_alert_is_and_who_wrote_it(browser, price_list):
    author = UserFactory(first_name="Marta", last_name="Kowalska")
    alert = AlertFactory(name="Price list opened", group="Sales North", author=author)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list, include_subpages=True)
    for path in ("/a/", "/b/"):
        MonitoredPageFactory(alert=alert, path=path)

    soup = soup_of(get(browser, "list"))
    heads = [cell.get_text(strip=True) for cell in soup.select(".listing thead th")]
    cells = [cell.get_text("|", strip=True) for cell in soup.select(".listing tbody td")]

    assert heads[1:] == [
        "Alert name", "Group", "Status", "Sent in 30 days", "Last sent", "Author", "Updated",
    ]  # fmt: skip
    assert cells[1].startswith("Price list opened|Price list and all its subpages|/a/ on any site|and 1 more")
    assert cells[2:5] == ["Sales North", "Price list opened|ON", "0"]
    assert cells[6] == "Marta Kowalska"


def test_listing_counts_alerts_sent_in_the_last_30_days(browser, alert):
    for days_ago, sent in ((0, 1), (29, 2), (30, 4)):
        DailyTotalFactory(alert=alert, day=timezone.localdate() - timedelta(days=days_ago), sent=sent)
    DailyTotalFactory(sent=8)

    (shown,) = get(browser, "list", q="Price list").context["object_list"]

    assert shown.sent.lately == 3


def test_listing_says_when_an_alert_was_last_sent_however_long_ago(browser, alert):
    notification = sent_alert(alert, ago=timedelta(days=90))
    sent_alert(alert, ago=timedelta(days=1), status=Status.FAILED)

    (shown,) = get(browser, "list").context["object_list"]

    assert shown.sent.last_at == notification.deliveries.get().sent_at


def test_number_of_alerts_sent_leads_to_the_analytics(browser, alert):
    (link,) = soup_of(get(browser, "list")).select(
        f'a[href="{reverse(f"{ALERTS}:analytics", args=[alert.pk])}"]'
    )

    assert link["aria-label"] == "0 alerts sent in the last 30 days: figures of “Price list”"


@pytest.mark.parametrize("count", [2, 45])
def test_listing_costs_the_same_however_many_alerts_there_are(browser, editor, price_list, count):
    UserProfile.get_for_user(editor)
    for number in range(count):
        alert = AlertFactory(group=f"Group {number}", fallback_user=UserFactory(), is_on=False)
        MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list)
        MonitoredPageFactory(alert=alert, sort_order=1)
        Recipient.objects.create(alert=alert, user=UserFactory())
        sent_alert(alert, ago=timedelta(days=1))
        lose(alert)
        WizardRun.objects.create(author=editor, is_touched=True, alert=alert, alert_version=1)
    get(browser, "list")

    with counted_queries() as queries:
        response = get(browser, "list")

    assert len(queries) <= MOST_QUERIES
    assert len(response.context["object_list"]) == min(count, 20)


@pytest.mark.parametrize("name", ["author", "recipient", "page"])
def test_filter_costs_no_query_more_than_the_listing(browser, editor, price_list, name):
    UserProfile.get_for_user(editor)
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list)
    Recipient.objects.create(alert=alert, user=editor)
    chosen = price_list.pk if name == "page" else editor.pk
    get(browser, "list")

    costs = []
    for query in ("", f"?{name}={chosen}"):
        with counted_queries() as queries:
            response = browser.get(f"{reverse(f'{ALERTS}:list')}{query}")
        costs.append(len(queries))

    assert [row.pk for row in response.context["object_list"]] == [alert.pk]
    assert costs[1] <= costs[0]


# Finding


@pytest.mark.parametrize("text", ["STUD", "north"])
def test_search_looks_in_name_and_group(browser, text):
    AlertFactory(name="Price list")
    AlertFactory(name="Case studies", group="Sales North")

    assert listed(browser, q=text) == ["Case studies"]


@pytest.mark.parametrize("key", ["name", "group", "author__username", "updated_at"])
def test_listing_is_sorted_by_name_group_author_and_date(browser, key):
    for letter in "bac":
        AlertFactory(name=letter, group=letter, author=UserFactory(username=letter))

    assert listed(browser, ordering=f"-{key}") == list(reversed(listed(browser, ordering=key)))
    assert listed(browser, ordering=key) == (["b", "a", "c"] if key == "updated_at" else ["a", "b", "c"])


def test_filters_find_by_status(browser):
    AlertFactory(name="Off", is_on=False)
    AlertFactory(name="On")
    lose(AlertFactory(name="Lost", is_on=False))
    lose(AlertFactory(name="Mended"), mended_at=timezone.now())

    assert listed(browser, status="off") == ["Lost", "Off"]
    assert listed(browser, status="on") == ["Mended", "On"]
    assert listed(browser, status="lost") == ["Lost"]


def test_filters_find_by_group_author_page_and_recipient(browser, price_list):
    author, me, deputy = UserFactory.create_batch(3)
    AlertFactory(name="Other")
    AlertFactory(name="Group", group="Sales North")
    AlertFactory(name="Author", author=author)
    page = MonitoredPageFactory(alert__name="Page", kind="page", path="", page=price_list).alert
    MonitoredPageFactory(alert__name="Exception", kind="page", path="", page=price_list, is_exception=True)
    Recipient.objects.create(alert=AlertFactory(name="Me"), user=me)
    AlertFactory(name="Deputy", fallback_user=deputy)
    AlertFactory(name="CC", cc="boss@example.com")

    assert listed(browser, group="Sales North") == ["Group"]
    assert listed(browser, author=author.pk) == ["Author"]
    assert listed(browser, page=price_list.pk) == [page.name]
    assert listed(browser, recipient=me.pk) == ["Me"]
    assert listed(browser, recipient=deputy.pk) == ["Deputy"]
    assert listed(browser, cc="BOSS@") == ["CC"]


# Switching


def switch(browser, alert, to, **headers):
    return browser.post(reverse(f"{ALERTS}:switch", args=[alert.pk]), {"is_on": to}, headers=headers)


BY_SCRIPT = {"x-requested-with": "XMLHttpRequest"}


@pytest.mark.parametrize(("before", "to", "action"), [(False, "on", "switch_on"), (True, "off", "switch_off")])
def test_switch_turns_an_alert_on_and_off_and_writes_it_to_the_history(
    browser, editor, alert, before, to, action
):
    Alert.objects.filter(pk=alert.pk).update(is_on=before)
    version = RulesVersion.current()

    response = switch(browser, alert, to)

    alert.refresh_from_db()
    assert (alert.is_on, alert.version) == (not before, 2)
    assert RulesVersion.current() > version
    assert response.url == reverse(f"{ALERTS}:list")
    assert messages_in(response)[0].strip() == f"“Price list” is {to}."
    entry = ModelLogEntry.objects.get(object_id=str(alert.pk))
    assert (entry.action, entry.user) == (f"visit_alerts.{action}", editor)


def test_switch_leads_back_to_the_listing_as_it_was(browser, alert):
    url = soup_of(get(browser, "list", status="off")).select_one("input[name=next]")["value"]

    response = browser.post(reverse(f"{ALERTS}:switch", args=[alert.pk]), {"is_on": "on", "next": url})

    assert response.url == f"{reverse(f'{ALERTS}:list')}?status=off"


def test_switch_answers_a_script_with_the_switch_as_it_is_now(browser, alert):
    response = switch(browser, alert, "on", **BY_SCRIPT)

    button = soup_of(response).select_one("button[role=switch]")
    assert response.status_code == 200
    assert button["aria-checked"] == "true"
    assert soup_of(response).select_one("input[name=is_on]")["value"] == "off"


def test_second_press_of_the_same_switch_changes_nothing(browser, alert):
    switch(browser, alert, "on")
    switch(browser, alert, "on")

    alert.refresh_from_db()
    assert (alert.is_on, alert.version) == (True, 2)
    assert ModelLogEntry.objects.count() == 1


def test_login_in_between_leads_to_the_listing_with_nothing_switched(browser, alert):
    response = get(browser, "switch", alert.pk)

    assert response.url == reverse(f"{ALERTS}:list")
    assert not Alert.objects.switched_on().exists()


def test_alert_that_can_raise_nothing_is_not_switched_on_and_says_why(browser):
    alert = AlertFactory(is_on=False, name="Empty")

    response = switch(browser, alert, "on")
    by_script = switch(browser, alert, "on", **BY_SCRIPT)

    alert.refresh_from_db()
    assert not alert.is_on
    assert "be switched on. It has no page left to watch." in messages_in(response)[0]
    assert by_script.status_code == 200
    assert "It has no page left to watch." in soup_of(by_script).div["data-refusal"]


def shown_switch(browser):
    return soup_of(get(browser, "list")).select_one(".listing button[role=switch]")


def test_switch_that_would_do_nothing_is_disabled_and_described(browser):
    alert = AlertFactory(is_on=False, send_to_owner=False)
    MonitoredPageFactory(alert=alert)

    button = shown_switch(browser)

    assert button["aria-disabled"] == "true"
    assert button.find_parent("td").find(id=button["aria-describedby"]).get_text(strip=True) == (
        "Nobody is left who would be told."
    )


def test_switch_of_an_alert_that_the_user_may_not_change_is_disabled_and_described(alert):
    button = shown_switch(browser_of(user_who_may("view_alert")))

    assert button["aria-disabled"] == "true"
    assert button.find_parent("td").find(id=button["aria-describedby"]).get_text(strip=True) == (
        "You may not change this alert."
    )


def test_alert_that_has_lost_a_page_says_so_beside_its_switch(browser, alert):
    lose(alert)

    assert "“Price list”, which it watched, was deleted." in shown_switch(browser).find_parent("td").get_text()


# Several at once


def bulk(action, *alerts, **params):
    query = "&".join([*(f"id={alert if isinstance(alert, str) else alert.pk}" for alert in alerts),
                      *(f"{key}={value}" for key, value in params.items())])  # fmt: skip
    return reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", "alert", action]) + f"?{query}"


def test_several_alerts_are_switched_on_at_once_but_for_those_that_cannot_be(browser, alert):
    empty = AlertFactory(is_on=False, name="Empty")
    url = bulk("switch_on", alert, empty)

    page = soup_of(browser.get(url)).get_text(" ", strip=True)
    response = browser.post(url)

    assert "Switch these 2 alerts on?" in page
    assert "stays off: It has no page left to watch." in page
    assert list(Alert.objects.switched_on()) == [alert]
    assert [unescape(text.strip()) for text in messages_in(response)] == [
        "“Empty” can't be switched on. It has no page left to watch.",
        "1 alert is on.",
    ]
    assert ModelLogEntry.objects.get().action == "visit_alerts.switch_on"


def test_several_alerts_are_switched_off_at_once(browser):
    alerts = AlertFactory.create_batch(2)

    browser.post(bulk("switch_off", *alerts))

    assert not Alert.objects.switched_on().exists()
    assert {entry.action for entry in ModelLogEntry.objects.all()} == {"visit_alerts.switch_off"}


def test_several_alerts_are_deleted_at_once_and_that_is_written_to_the_history(browser):
    alerts = AlertFactory.create_batch(2)

    page = browser.get(bulk("delete", *alerts))
    browser.post(bulk("delete", *alerts))

    assert page.status_code == 200
    assert not Alert.objects.exists()
    assert [entry.action for entry in ModelLogEntry.objects.all()] == ["wagtail.delete", "wagtail.delete"]


def test_all_alerts_in_the_listing_are_those_that_its_search_and_filters_leave(browser):
    AlertFactory(name="Price list", group="North")
    AlertFactory(name="Case studies", group="North")
    AlertFactory(name="Price of support", group="South")

    browser.post(bulk("switch_off", "all", q="price", group="North"))

    assert [alert.name for alert in Alert.objects.filter(is_on=False)] == ["Price list"]


# Unfinished


def unfinished(browser):
    return [
        entry.get_text(" ", strip=True)
        for entry in soup_of(get(browser, "list")).select(".visit-alerts-unfinished li")
    ]


def test_unfinished_run_is_shown_to_its_author_and_goes_on_where_it_was_left(walk):
    walk.press("name", {"name": "Half an alert"})

    (entry,) = soup_of(get(walk.browser, "list")).select(".visit-alerts-unfinished li")
    onward = walk.browser.get(entry.select_one("a")["href"])

    assert "Half an alert" in entry.get_text()
    assert "new alert" in entry.get_text()
    assert onward.url == walk.url("pages")


def test_unfinished_changes_name_the_alert_that_they_are_of(editor, alert):
    walk = Walk(editor, alert=alert)
    walk.press("name", {"name": "Another name"}, go="pages")

    (text,) = unfinished(walk.browser)

    assert text.startswith("Another name changes of “Price list”,")


def test_unfinished_run_without_a_name_is_shown_as_unnamed(walk):
    walk.press("name", {"name": "", "group": "North"})

    assert unfinished(walk.browser)[0].startswith("Unnamed new alert")


def test_run_in_which_nothing_was_entered_is_not_shown(editor, alert, walk):
    Walk(editor, alert=alert)

    assert unfinished(walk.browser) == []


def test_run_in_which_nothing_was_entered_is_deleted_after_a_day(walk):
    author = walk.run.author

    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        Walk(author)

    assert not WizardRun.objects.filter(token=walk.token).exists()


def test_unfinished_run_of_somebody_else_is_not_shown(walk):
    walk.press("name", NAME)

    assert unfinished(browser_of(user_who_may("add_alert", "change_alert"))) == []


def test_saved_run_is_not_unfinished(walk):
    walk.walk_to_summary().save()

    assert unfinished(walk.browser) == []


def test_unfinished_run_is_discarded_after_a_question(walk):
    walk.press("name", {"name": "Half an alert"})
    url = reverse(f"{ALERTS}:discard", args=[walk.token])

    question = walk.browser.get(url).content.decode()
    kept = WizardRun.objects.filter(token=walk.token).exists()
    response = walk.browser.post(url)

    assert "Discard what you have entered for “Half an alert”?" in question
    assert kept
    assert not WizardRun.objects.filter(token=walk.token).exists()
    assert response.url == reverse(f"{ALERTS}:list")


def test_nobody_discards_the_run_of_somebody_else(walk):
    walk.press("name", NAME)

    response = browser_of(user_who_may("add_alert")).post(reverse(f"{ALERTS}:discard", args=[walk.token]))

    assert response.status_code == 404
    assert WizardRun.objects.filter(token=walk.token).exists()


# In plain words


def inspected(browser, alert):
    soup = soup_of(get(browser, "inspect", alert.pk))
    terms = [term.get_text(strip=True) for term in soup.select(".visit-alerts-words dt")]
    values = [value.get_text(" ", strip=True) for value in soup.select(".visit-alerts-words dd")]
    return dict(zip(terms, values, strict=True))


def test_inspect_view_says_in_words_what_was_set_up(browser, price_list):
    marta = UserFactory(first_name="Marta", last_name="Kowalska")
    alert = AlertFactory(
        name="Price list opened", group="Sales North", author=marta, cap_times=2, cap_period="week",
        cc="boss@example.com", clock="in_view", only_tags=["vip"], not_tags=["partner"], contacts_of=marta,
        field_name="city", field_value="Gdynia", description="<p>Call <b>soon</b>.</p>",
        attachment_source="text", attachment_format="csv", attachment_body="a,b",
    )  # fmt: skip
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list, minimum_minutes=2)
    MonitoredPageFactory(alert=alert, path="/pricing/old/", is_exception=True)
    Recipient.objects.create(alert=alert, user=marta)

    words = inspected(browser, alert)

    assert words | {"Created": "", "Updated": ""} == {
        "Status": "ON",
        "Group": "Sales North",
        "Alert on": "Price list, for at least 2 min",
        "But not on": "/pricing/old/ on any site",
        "When the time is up": "as soon as the page has been in view that long",
        "Contacts": "only with one of these tags: vip not with one of these tags: partner "
        "only of the owner Marta Kowalska only where “City” is “Gdynia”",
        "Sent": "At most 2 alerts a week about the same contact; weeks start on Monday, time zone Europe/Warsaw.",
        "Recipients": "Marta Kowalska the contact's main owner boss@example.com in CC",
        "Where a contact has no active owner": "Marta Kowalska, the author",
        "Description": "Call soon .",
        "Attachment": "Content typed by hand, as CSV; 3 characters",
        "Author": "Marta Kowalska",
        "Created": "",
        "Updated": "",
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (lambda: {"fallback_user": UserFactory(first_name="Jan", last_name="Maj")}, "Jan Maj"),
        (lambda: {"fallback_group": Group.objects.create(name="Sales")}, "the group “Sales”"),
        (lambda: {"author": None}, "nobody"),
    ],
)
def test_inspect_view_says_who_stands_in_for_an_owner(browser, fields, words):
    alert = AlertFactory(**fields())

    assert inspected(browser, alert)["Where a contact has no active owner"] == words


def test_inspect_view_shows_no_script_of_a_description(browser):
    alert = AlertFactory(description="<p>Call<script>alert(1)</script></p>")

    html = get(browser, "inspect", alert.pk).content.decode()

    assert "alert(1)" not in html


def test_inspect_view_shows_what_the_alert_has_lost_until_it_is_mended(browser, alert):
    loss = lose(alert)
    text = "“Price list”, which it watched, was deleted."

    before = get(browser, "inspect", alert.pk).content.decode()
    loss.mended_at = timezone.now()
    loss.save()

    assert text in before
    assert text not in get(browser, "inspect", alert.pk).content.decode()


def test_inspect_view_has_the_figures_of_the_last_30_days_and_in_all(browser, alert):
    today = timezone.localdate()
    DailyTotalFactory(alert=alert, day=today, matched=5, raised=3, capped=1, nobody=1, sent=2, failed=1)
    DailyTotalFactory(alert=alert, day=today - timedelta(days=40), matched=1, raised=1, sent=1)
    DailyTotalFactory(matched=100)

    rows = soup_of(get(browser, "inspect", alert.pk)).select("#figures tbody tr")

    assert [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in rows] == [
        ["Page views matched", "5", "6"],
        ["Alerts raised", "3", "4"],
        ["Alerts sent", "2", "3"],
        ["Held back by the frequency", "1", "1"],
        ["Nobody to tell", "1", "1"],
        ["Moved on too early", "0", "0"],
        ["Closed too early", "0", "0"],
        ["Failed", "1", "1"],
        ["Taken on", "0", "0"],
    ]


def test_asking_before_many_are_switched_on_costs_no_more_than_before_one(browser):
    alerts = [AlertFactory() for _number in range(20)]
    for alert in alerts:
        MonitoredPageFactory(alert=alert)
        Recipient.objects.create(alert=alert, user=UserFactory())

    def cost(*chosen):
        with counted_queries() as queries:
            assert browser.get(bulk("switch_on", *chosen)).status_code == 200
        return len(queries)

    cost(alerts[0])
    assert cost(*alerts) == cost(alerts[0]) <= MOST_QUERIES


def test_inspect_view_costs_the_same_however_often_the_alert_was_raised_and_however_much_it_names(
    browser, alert, home
):
    def cost():
        with counted_queries() as queries:
            get(browser, "inspect", alert.pk)
        return len(queries)

    def name_more(number):
        page = home.add_child(instance=ContentPage(title=f"Page {number}", slug=f"page-{number}"))
        MonitoredPageFactory(alert=alert, kind="page", path="", page=page)
        Recipient.objects.create(alert=alert, user=UserFactory())
        AlertDestination.objects.create(alert=alert, destination=DestinationFactory())

    name_more(0)
    cost()
    before = cost()
    for number in range(1, 20):
        sent_alert(alert, ago=timedelta(days=1))
        name_more(number)

    assert cost() == before <= MOST_QUERIES
