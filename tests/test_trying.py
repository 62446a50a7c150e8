"""Test visits through the public ways in: a tab that the admin's link has opened, the endpoint, the queue's task."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.utils import translation
from wagtail.models import Page, Site
from wagtail.users.models import UserProfile

from wagtail_visit_alerts import trying
from wagtail_visit_alerts.delivering import waking
from wagtail_visit_alerts.models import Alert, Clock, MonitoredPage, TestVisit
from wagtail_visit_alerts.previewing import ContactNotViewable
from wagtail_visit_alerts.tasks import deliver_test
from wagtail_visit_alerts.visits import rate_limit

from .browsing import VirtualBrowser
from .factories import AlertFactory, ContactFactory, MonitoredPageFactory, UserFactory
from .testapp.models import ContentPage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def site():
    site = Site.objects.get(is_default_site=True)
    site.hostname = "testserver"
    site.save()
    return site


@pytest.fixture
def pricing(site):
    return site.root_page.add_child(instance=ContentPage(title="Price list", slug="pricing"))


@pytest.fixture
def tester():
    user = UserFactory(first_name="Marta", last_name="Kowalska")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "view_contact", "view_alert"])
    )
    return user


@pytest.fixture
def anna():
    return ContactFactory(email="anna.nowak@example.org", name="Anna Nowak", owner__email="jan@example.com")


def alert_with(*rows, **fields):
    """An alert as a wizard holds it, not saved, with these rows, or else one that watches the price list."""
    alert = Alert(**{"name": "Price list", **fields})
    alert.monitored_pages = [MonitoredPage(kind="url", **row) for row in rows or [{"path": "/pricing/"}]]
    return alert


class Tab(VirtualBrowser):
    """The browser tab of a test visit: all of its messages carry the token."""

    def __init__(self, test_visit, *, client=None, **headers):
        super().__init__(client or Client(), **headers)
        self.token = token_of(test_visit)

    def post(self, message, **headers):
        return super().post({"test": self.token, **message}, **headers)

    def follow(self, url, *, after=timedelta(0), **more):
        """Enter another page, by a link, after a time on the one before."""
        return self.open(url, after_ms=after // timedelta(milliseconds=1), **more)


def token_of(test_visit):
    [token] = parse_qs(urlsplit(trying.link(test_visit, url="/")).query)["va"]
    return token


@pytest.fixture
def begin(anna, tester):
    """A function that begins a test visit of an alert, of all that are on by default."""

    def begin(alert=None, *, contact=anna, by=tester):
        return trying.begin(alert, contact=contact, tester=by, now=datetime.now(tz=UTC))

    return begin


@pytest.fixture
def queued(monkeypatch):
    """What is queued; ``run`` lets the cluster do it. The queue itself is tried in the browser's test."""
    tasks = []
    monkeypatch.setattr(waking, "async_task", lambda task, **kwargs: tasks.append((task, kwargs)))
    return tasks


@pytest.fixture
def run(queued, django_capture_on_commit_callbacks):
    """A function that sends messages and does what they have queued; gives the e-mails that were sent meanwhile."""

    def run(*messages):
        for message in messages:
            with django_capture_on_commit_callbacks(execute=True):
                message()
            while queued:
                task, kwargs = queued.pop(0)
                assert task == "wagtail_visit_alerts.tasks.deliver_test"
                deliver_test(**kwargs)
        sent = list(mail.outbox)
        mail.outbox.clear()
        return sent

    return run


def sentences(test_visit):
    """What the findings say, a list for each page."""
    test_visit.refresh_from_db()
    return [list(finding.sentences) for finding in trying.findings_in_words(test_visit)]


def rows_of_ours():
    """Every row of ours but the test visits' own."""
    models = [
        model for model in apps.get_app_config("wagtail_visit_alerts").get_models() if model is not TestVisit
    ]
    return {model: list(model._default_manager.order_by("pk").values()) for model in models}


# The link


def test_link_carries_a_token_that_is_recognised_and_no_contacts(begin, anna):
    test_visit = begin()

    token = token_of(test_visit)

    assert trying.is_test_token(token)
    assert trying.token_id(token) == test_visit.token
    assert not trying.is_test_token(trying.visiting.identifying.link_token(anna))
    assert len(token) < 200


def test_link_keeps_what_the_url_says(begin):
    link = trying.link(begin(), url="https://www.example.com/pricing/?a=1&va=old#top")

    assert re.fullmatch(r"https://www\.example\.com/pricing/\?a=1&va=test\.[\w.-]+#top", link)


def test_test_visit_as_a_contact_whom_one_may_not_view_does_not_begin(anna):
    with pytest.raises(ContactNotViewable):
        trying.begin(None, contact=anna, tester=UserFactory(), now=NOW)

    assert not TestVisit.objects.exists()


def test_test_visits_of_a_day_ago_are_deleted_when_another_begins(begin, clock):
    old = begin()
    clock.shift(timedelta(hours=20))
    recent = begin()
    clock.shift(timedelta(hours=5))

    begin()

    assert not TestVisit.objects.filter(pk=old.pk).exists()
    assert TestVisit.objects.filter(pk=recent.pk).exists()


# Only the tester is told


def test_entering_a_monitored_page_tells_the_tester_only(begin, run, tester):
    tab = Tab(begin(alert_with(cc="boss@example.com")))

    [email] = run(lambda: tab.open("/pricing/"))

    assert email.recipients() == [tester.email]
    assert email.subject == "Test: Anna Nowak is looking at: testserver/pricing/"
    assert "This is a test of the alert “Price list”, sent by Marta Kowalska" in email.body
    assert "http://testserver/pricing/" in email.body


def test_wagtail_page_is_named_by_its_title(begin, run, pricing):
    alert = Alert(name="Price list")
    alert.monitored_pages = [MonitoredPage(kind="page", page=pricing)]
    tab = Tab(begin(alert))

    [email] = run(lambda: tab.open("/pricing/", page=pricing.pk))

    assert email.subject == "Test: Anna Nowak is looking at: Price list"


def test_alert_of_the_wizard_is_tried_as_it_stands_there(begin, run):
    saved = AlertFactory(name="Old name", is_on=False)
    MonitoredPageFactory(alert=saved, path="/old/")
    alert = Alert.objects.get(pk=saved.pk)
    alert.name = "New name"
    alert.monitored_pages = [MonitoredPage(kind="url", path="/new/", minimum_minutes=None)]
    tab = Tab(begin(alert))

    assert run(lambda: tab.open("/old/")) == []
    [email] = run(lambda: tab.open("/new/"))

    assert "Visit alert: New name" in email.body


def test_all_alerts_that_are_on_are_tried_and_one_email_names_them(begin, run):
    for name, path, is_on in (
        ("A", "/pricing/", True),
        ("B", "**", True),
        ("C", "**", False),
        ("D", "/x/", True),
    ):
        MonitoredPageFactory(alert=AlertFactory(name=name, is_on=is_on), path=path)
    tab = Tab(begin())

    [email] = run(lambda: tab.open("/pricing/"))

    assert re.findall("Visit alert: (.)", email.body) == ["A", "B"]


def test_one_page_view_raises_an_alert_once_however_often_it_is_reported(begin, run):
    tab = Tab(begin(alert_with()))
    sent = run(lambda: tab.open("/pricing/"))

    again = run(
        lambda: tab.send(tab.here), lambda: tab.send({**tab.here, "how": "reload"}), lambda: tab.close()
    )

    assert (len(sent), again) == (1, [])


def test_frequency_cap_holds_back_no_test(begin, run):
    tab = Tab(begin(alert_with(cap_times=1)))

    assert len(run(lambda: tab.open("/pricing/"), lambda: tab.follow("/pricing/"))) == 2


def test_email_says_what_the_contact_has_really_seen_before(begin, run, anna):
    VirtualBrowser().open("/blog/", contact=anna)
    tab = Tab(begin(alert_with()))

    [email] = run(lambda: tab.open("/pricing/"))

    assert "testserver/blog/" in email.body


# Minutes


def test_moving_on_after_the_minimum_tells_the_tester(begin, run):
    test_visit = begin(alert_with({"path": "/pricing/", "minimum_minutes": "2.00"}))
    tab = Tab(test_visit)

    at_entry = run(lambda: tab.open("/pricing/"))
    [email] = run(lambda: tab.follow("/about/", after=timedelta(minutes=2)))

    assert at_entry == []
    assert email.subject == "Test: Anna Nowak spent 2 min on: testserver/pricing/"
    assert "- 11:00" not in email.body
    assert email.body.index("testserver/pricing/ (2 min) *") < email.body.index("testserver/about/")


def test_moving_on_too_early_tells_nobody_and_says_why(begin, run):
    test_visit = begin(alert_with({"path": "/pricing/", "minimum_minutes": "2.00"}))
    tab = Tab(test_visit)

    sent = run(lambda: tab.open("/pricing/"), lambda: tab.follow("/about/", after=timedelta(seconds=119)))

    assert sent == []
    assert sentences(test_visit)[0] == [
        "Row 1 of the alert “Price list” asks for 2 min, and you moved on after 1 min 59 s."
    ]


def test_page_with_minutes_says_what_to_do(begin, run):
    test_visit = begin(alert_with({"path": "/other/"}, {"path": "/pricing/", "minimum_minutes": "2.00"}))
    run(lambda: Tab(test_visit).open("/pricing/"))

    assert sentences(test_visit) == [
        [
            "Row 2 of the alert “Price list” asks for 2 min: stay that long, then move on to another page of the "
            "site."
        ]
    ]


def test_leaving_the_site_for_long_is_not_moving_on(begin, run):
    test_visit = begin(alert_with({"path": "/pricing/", "minimum_minutes": "2.00"}))
    tab = Tab(test_visit)

    sent = run(
        lambda: tab.open("/pricing/"), lambda: tab.follow("/about/", after=timedelta(minutes=3), gap_ms=31_000)
    )

    assert sent == []
    assert "you left the site for more than 30 seconds" in sentences(test_visit)[0][0]


def test_dwell_is_the_least_of_the_browsers_clocks(begin, run):
    tab = Tab(begin(alert_with({"path": "/pricing/", "minimum_minutes": "2.00"})))
    run(lambda: tab.open("/pricing/"))
    previous = {"id": tab.here["id"], "wall": 300_000, "monotonic": 60_000, "engaged": 1000, "gap": 100}

    assert run(lambda: tab.open("/about/", previous=previous)) == []


def test_page_before_the_test_visit_began_raises_nothing(begin, run):
    tab = Tab(begin(alert_with({"path": "**", "minimum_minutes": "1.00"})))
    before = {"id": str(uuid.uuid4()), "wall": 90_000, "monotonic": 90_000, "engaged": 1, "gap": 1}

    assert run(lambda: tab.open("/about/", previous=before)) == []


def test_page_that_was_in_view_for_the_minimum_tells_the_tester_at_the_time_that_the_answer_names(begin, run):
    alert = alert_with({"path": "/pricing/", "minimum_minutes": "1.50"}, clock=Clock.IN_VIEW)
    tab = Tab(begin(alert))
    answers = []

    at_entry = run(lambda: answers.append(tab.open("/pricing/").json()))
    early = run(lambda: answers.append(tab.report_in_view(60_000).json()))
    [email] = run(lambda: answers.append(tab.report_in_view(90_000).json()))

    assert [answer["at"] for answer in answers] == [[90], [90], []]
    assert (at_entry, early) == ([], [])
    assert "In view for: 1 min 30 s" in email.body


def test_page_left_after_being_in_view_for_the_minimum_tells_the_tester(begin, run):
    tab = Tab(begin(alert_with({"path": "/pricing/", "minimum_minutes": "1.00"}, clock=Clock.IN_VIEW)))
    run(lambda: tab.open("/pricing/"))

    assert len(run(lambda: tab.close(engaged_ms=61_000))) == 1


def test_page_not_in_view_for_long_enough_says_so(begin, run):
    test_visit = begin(alert_with({"path": "/pricing/", "minimum_minutes": "1.00"}, clock=Clock.IN_VIEW))
    tab = Tab(test_visit)
    run(lambda: tab.open("/pricing/"))
    during = sentences(test_visit)

    run(lambda: tab.follow("/about/", after=timedelta(seconds=30)))

    assert during[0] == [
        "Row 1 of the alert “Price list” asks for 1 min in view: keep the page open that long."
    ]
    assert sentences(test_visit)[0] == [
        "Row 1 of the alert “Price list” asks for 1 min in view, and the page was in view for 30 s."
    ]


# What the findings say


def test_findings_say_what_raised_and_that_the_email_was_sent(begin, run, pricing):
    test_visit = begin(alert_with({"path": "/other/"}, {"path": "/pricing/"}))
    run(lambda: Tab(test_visit).open("/pricing/", page=pricing.pk))

    test_visit.refresh_from_db()
    [finding] = trying.findings_in_words(test_visit)

    assert (finding.happened_at, finding.url, finding.title) == (
        NOW,
        "http://testserver/pricing/",
        "Price list",
    )
    assert finding.sentence == "Row 2 raises the alert “Price list”. The e-mail was sent to you."
    assert finding.is_raised


def test_findings_say_that_the_email_waits_while_no_cluster_runs(
    begin, queued, django_capture_on_commit_callbacks
):
    test_visit = begin(alert_with())
    with django_capture_on_commit_callbacks(execute=True):
        Tab(test_visit).open("/pricing/")

    assert sentences(test_visit) == [
        ["Row 1 raises the alert “Price list”. The e-mail to you waits: is the cluster running?"]
    ]
    assert len(queued) == 1


def test_findings_say_why_the_email_could_not_be_sent(begin, run, settings, caplog, tester):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    test_visit = begin(alert_with())

    run(lambda: Tab(test_visit).open("/pricing/"))

    assert sentences(test_visit) == [
        [
            "Row 1 raises the alert “Price list”, but the e-mail could not be sent to you: "
            "The mail server can't be reached: Connection refused."
        ]
    ]
    for personal in (tester.email, "Nowak", "Kowalska"):
        assert personal not in caplog.text


def test_findings_say_that_the_alert_was_switched_off_before_its_email_was_sent(
    begin, queued, django_capture_on_commit_callbacks
):
    alert = MonitoredPageFactory(alert__name="Price list").alert
    test_visit = begin()
    with django_capture_on_commit_callbacks(execute=True):
        Tab(test_visit).open("/pricing/")
    alert.is_on = False
    alert.save()

    [(_task, kwargs)] = queued
    deliver_test(**kwargs)

    assert mail.outbox == []
    assert sentences(test_visit)[0][0].endswith("The alert was switched off or deleted in the meantime.")


def test_findings_say_that_no_row_watches_the_page(begin, run):
    of_one, of_all = begin(alert_with()), begin()

    run(lambda: Tab(of_one).open("/about/"), lambda: Tab(of_all).open("/about/"))

    assert sentences(of_one) == [["No row of the alert watches this page."]]
    assert sentences(of_all) == [["No alert that is on, and that you may see, watches this page."]]


def test_findings_name_the_exception(begin, run):
    test_visit = begin(alert_with({"path": "/shop/**"}, {"path": "/shop/terms/", "is_exception": True}))

    sent = run(lambda: Tab(test_visit).open("/shop/terms/"))

    assert sent == []
    assert sentences(test_visit) == [
        ["Row 2 leaves this page out: the alert “Price list” is not raised on it."]
    ]


@pytest.mark.parametrize(
    "limit", [{"only_tags": ["key account"]}, {"field_name": "city", "field_value": "Gdynia"}]
)
def test_contact_whom_the_alert_is_not_about_raises_nothing(begin, run, limit):
    test_visit = begin(alert_with(**limit))

    sent = run(lambda: Tab(test_visit).open("/pricing/"))

    assert sent == []
    assert sentences(test_visit) == [["The contact is not one of those whom the alert “Price list” is about."]]


def test_contact_whom_a_limited_alert_is_about_raises_it(begin, run, anna):
    anna.tags.add("key account")
    anna.save()

    assert len(run(lambda: Tab(begin(alert_with(only_tags=["key account"]))).open("/pricing/"))) == 1


def test_findings_are_the_last_twenty(begin, run):
    test_visit = begin(alert_with())
    tab = Tab(test_visit)
    for number in range(25):
        tab.open(f"/page-{number}/")

    test_visit.refresh_from_db()
    urls = [finding.url for finding in trying.findings_in_words(test_visit)]

    assert urls == [f"http://testserver/page-{number}/" for number in range(5, 25)]


def test_findings_are_in_the_language_of_who_asks(begin, run):
    test_visit = begin(alert_with())
    run(lambda: Tab(test_visit).open("/about/"))
    test_visit.refresh_from_db()

    assert "watches" not in str(test_visit.findings)
    with translation.override("en"):
        assert trying.findings_in_words(test_visit)[0].sentence == "No row of the alert watches this page."


# Nothing is recorded, whoever tests in whatever browser


@pytest.mark.parametrize("headers", [{}, {"Sec-GPC": "1"}, {"DNT": "1"}])
def test_nothing_is_recorded(begin, run, tester, anna, headers):
    MonitoredPageFactory(path="/pricing/")
    test_visit = begin()
    client = Client()
    client.force_login(tester)
    tab = Tab(test_visit, client=client, **headers)
    before = rows_of_ours()

    sent = run(lambda: tab.open("/pricing/"), lambda: tab.follow("/about/"), lambda: tab.close())

    assert len(sent) == 1
    assert rows_of_ours() == before
    assert "va" not in client.cookies


def test_browser_that_is_switched_off_takes_part(begin, run):
    client = Client()
    client.cookies["va"] = "off"
    tab = Tab(begin(alert_with()), client=client)

    assert len(run(lambda: tab.open("/pricing/"))) == 1
    assert client.cookies["va"].value == "off"


def test_browser_of_another_contact_is_left_as_it_is(begin, run, clock):
    other = ContactFactory()
    browser = VirtualBrowser()
    browser.open("/blog/", contact=other)
    key = browser.client.cookies["va"].value
    tab = Tab(begin(alert_with()), client=browser.client)
    before = rows_of_ours()

    [email] = run(lambda: tab.open("/pricing/"))

    assert "Anna Nowak" in email.subject
    assert rows_of_ours() == before
    assert browser.client.cookies["va"].value == key


def test_page_that_the_link_opens_is_not_noted_by_the_server_even_for_a_contacts_browser(begin, pricing, anna):
    browser = VirtualBrowser()
    browser.open("/blog/", contact=anna)
    before = rows_of_ours()

    response = browser.client.get(
        trying.link(begin(alert_with()), url="/pricing/"), headers={"User-Agent": browser.headers["User-Agent"]}
    )

    assert response.status_code == 200
    assert rows_of_ours() == before


def test_pages_are_served_to_staff_without_a_row(begin, pricing, tester):
    client = Client()
    client.force_login(tester)
    client.cookies["va"] = "off"
    before = rows_of_ours()

    client.get("/pricing/", headers={"User-Agent": VirtualBrowser().headers["User-Agent"]})

    assert rows_of_ours() == before


def test_page_does_not_show_that_it_is_visited_as_a_test(begin, pricing):
    client = Client()

    plain = client.get("/pricing/").content
    tried = client.get(trying.link(begin(alert_with()), url="/pricing/")).content

    assert tried == plain


# Who is who, and for how long


@pytest.mark.parametrize(
    "spoil", [lambda token: token[:-1] + "_", lambda token: "test.x", lambda token: "x" * 300]
)
def test_forged_token_is_like_none(begin, run, spoil):
    tab = Tab(begin(alert_with()))
    tab.token = spoil(tab.token)
    plain = VirtualBrowser()

    response, other = tab.open("/pricing/"), plain.open("/pricing/")

    assert response.json() == other.json()
    assert set(response.headers) == set(other.headers)
    assert "va" in tab.client.cookies


@pytest.mark.parametrize("token", [1, None, [], {"a": 1}, ""])
def test_token_of_another_type_is_like_none(begin, token):
    tab = Tab(begin(alert_with()))
    tab.token = token

    assert tab.open("/pricing/").status_code == 200
    assert "va" in tab.client.cookies


def test_token_is_no_key_to_another_test_visit(begin):
    test_visit = begin()
    other = begin()
    forged = token_of(test_visit).replace(test_visit.token.hex, other.token.hex)

    assert trying.token_id(forged) is None


def test_test_visit_is_over_after_an_hour(begin, run, clock):
    test_visit = begin(alert_with())
    tab = Tab(test_visit)
    clock.shift(timedelta(minutes=59))
    within = run(lambda: tab.open("/pricing/"))
    clock.shift(timedelta(minutes=1))

    after = run(lambda: tab.open("/pricing/"))

    assert (len(within), after) == (1, [])
    assert len(sentences(test_visit)) == 1


def test_test_visit_is_over_for_a_tester_who_was_switched_off(begin, run, tester):
    tab = Tab(begin(alert_with()))
    tester.is_active = False
    tester.save()

    assert run(lambda: tab.open("/pricing/")) == []


def test_test_visit_is_over_for_a_tester_who_may_no_longer_view_the_contact(begin, run, tester):
    tab = Tab(begin(alert_with()))
    tester.user_permissions.clear()

    assert run(lambda: tab.open("/pricing/")) == []


def test_email_is_not_sent_to_a_tester_who_lost_the_right_in_the_meantime(
    begin, queued, django_capture_on_commit_callbacks, tester
):
    with django_capture_on_commit_callbacks(execute=True):
        Tab(begin(alert_with())).open("/pricing/")
    tester.user_permissions.clear()

    [(_task, kwargs)] = queued
    assert deliver_test(**kwargs) == "nothing to send"
    assert mail.outbox == []


def test_task_that_is_repeated_sends_nothing_twice(begin, queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        Tab(begin(alert_with())).open("/pricing/")
    [(_task, kwargs)] = queued

    assert [deliver_test(**kwargs), deliver_test(**kwargs)] == ["sent", "nothing to send"]
    assert len(mail.outbox) == 1


def test_task_carries_ids_only(begin, queued, django_capture_on_commit_callbacks):
    tab = Tab(begin(alert_with()))
    with django_capture_on_commit_callbacks(execute=True):
        tab.open("/pricing/")

    [(_task, kwargs)] = queued
    assert kwargs == {"test_visit": str(trying.token_id(tab.token)), "page_view": tab.here["id"]}


def test_tester_is_written_to_in_their_language(begin, run, tester):
    UserProfile.objects.create(user=tester, preferred_language="pl")

    [email] = run(lambda: Tab(begin(alert_with())).open("/pricing/"))

    assert 'lang="pl"' in email.alternatives[0].content


def test_page_and_colleague_that_are_gone_meanwhile_break_nothing(begin, run, pricing):
    colleague = UserFactory()
    alert = Alert(name="Price list", author=colleague, contacts_of=None)
    alert.monitored_pages = [
        MonitoredPage(kind="page", page=pricing),
        MonitoredPage(kind="url", path="/pricing/"),
    ]
    test_visit = begin(alert)
    colleague.delete()
    pricing.delete()

    [email] = run(lambda: Tab(test_visit).open("/pricing/", page=pricing.pk))

    assert "testserver/pricing/" in email.body


def test_test_visit_goes_with_the_contact_it_is_about(begin, anna):
    begin()

    anna.delete()

    assert not TestVisit.objects.exists()


# Rate and size


def test_flood_of_a_test_visit_is_refused(begin, monkeypatch):
    monkeypatch.setattr(rate_limit, "BURST", 3)
    tab = Tab(begin(alert_with()))

    statuses = [tab.open("/pricing/").status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_message_that_is_too_long_is_refused(begin):
    tab = Tab(begin(alert_with()))

    assert tab.post(tab.entry("/pricing/", padding="x" * 9000)).status_code == 400


def test_message_from_another_origin_is_refused(begin):
    tab = Tab(begin(alert_with()))

    assert tab.post(tab.entry("/pricing/"), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_fault_of_the_database_is_said_and_logged(begin, monkeypatch, caplog):
    from django.db import OperationalError

    def fail(*args, **kwargs):
        raise OperationalError

    tab = Tab(begin(alert_with()))
    monkeypatch.setattr(trying, "receive", fail)

    assert tab.post(tab.entry("/pricing/")).status_code == 503
    assert "message.not_recorded" in caplog.text


def test_message_of_a_test_visit_costs_a_bounded_number_of_queries(begin, site, django_assert_max_num_queries):
    alert = Alert(name="Many")
    alert.monitored_pages = [
        MonitoredPage(
            kind="page",
            page=site.root_page.add_child(instance=ContentPage(title=f"P{number}", slug=f"p{number}")),
        )
        for number in range(30)
    ]
    tab = Tab(begin(alert))

    with django_assert_max_num_queries(15):
        tab.open("/p1/", page=Page.objects.get(slug="p1").pk)


def test_alerts_that_the_tester_may_not_see_are_not_tried(begin, run, tester):
    tester.user_permissions.remove(Permission.objects.get(codename="view_alert"))
    MonitoredPageFactory(alert__name="Somebody else's")
    test_visit = begin()

    run(lambda: Tab(test_visit).open("/pricing/"))

    assert sentences(test_visit) == [["No alert that is on, and that you may see, watches this page."]]
    assert mail.outbox == []
