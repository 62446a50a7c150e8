"""The set-up page: what it says of the site, the queue, an e-mail and a browser, to whom, at what cost."""

import html
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core import mail
from django.core.signals import request_finished
from django.urls import reverse
from django.utils import translation
from wagtail.models import Site

from wagtail_visit_alerts.admin.views import set_up
from wagtail_visit_alerts.models import Heartbeat, NotRecorded, Reason, TestVisit
from wagtail_visit_alerts.tasks import purge, sweep

from ..factories import DeliveryFactory, UserFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage
from .walking import browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Ten o'clock in the time zone of the tests.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
#: Design section 6.
MOST_QUERIES = 25


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def site():
    """The site of the test client's host, whose start page carries the script."""
    site = Site.objects.get(is_default_site=True)
    site.hostname = "testserver"
    site.root_page = site.root_page.add_child(instance=ContentPage(title="Start", slug="start"))
    site.save()
    return site


@pytest.fixture
def browser(editor):
    return browser_of(editor)


@pytest.fixture
def page(browser):
    """A function that shows the page, as the editor sees it."""

    def page(**params):
        response = browser.get(reverse("visit_alerts_set_up:index"), params)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return page


def text(element):
    return " ".join(element.get_text(" ").split())


def line(soup, label):
    """What stands beside a label: the state, and what was found with what to do."""
    [row] = [row for row in soup.select("tbody tr") if text(row.th) == label]
    return tuple(text(cell) for cell in row.select("td"))


class TestPermissions:
    @pytest.mark.parametrize("codename", ["add_alert", "change_alert"])
    def test_whoever_may_set_alerts_up_sees_it_in_the_menu(self, codename):
        browser = browser_of(user_who_may(codename))

        assert browser.get(reverse("visit_alerts_set_up:index")).status_code == 200
        assert (
            reverse("visit_alerts_set_up:index") in browser.get(reverse("wagtailadmin_home")).content.decode()
        )

    def test_superuser_sees_it(self):
        browser = browser_of(UserFactory(is_superuser=True))

        assert browser.get(reverse("visit_alerts_set_up:index")).status_code == 200

    def test_whoever_may_only_look_sees_nothing_of_it(self, site):
        browser = browser_of(user_who_may("view_alert", "view_contact"))

        answers = [
            browser.get(reverse("visit_alerts_set_up:index")).status_code,
            browser.get(reverse("visit_alerts_set_up:start_page", args=[site.pk])).status_code,
            browser.post(reverse("visit_alerts_set_up:test_email")).status_code,
        ]

        assert answers == [302, 302, 302]
        assert mail.outbox == []
        assert reverse("visit_alerts_set_up:index") not in browser.get("/admin/").content.decode()


class TestSites:
    def test_host_that_never_reported_a_page_view_says_what_to_do(self, page):
        beacon, _script = line(page(), "testserver [default]")

        assert beacon == (
            "Last page view reported Look here None was ever reported from this host. Open a page of the site in a "
            "private window, wait a minute, and look here again."
        )

    def test_host_that_reported_one_says_when(self, page):
        Heartbeat.beat("testserver", now=NOW - timedelta(hours=1))

        beacon, _script = line(page(), "testserver [default]")

        assert beacon == (
            "Last page view reported Good It was reported on Nov. 24, 2026, 9 a.m., from this host."
        )

    def test_host_that_was_quiet_for_a_week_is_worth_a_look(self, page):
        Heartbeat.beat("testserver", now=NOW - timedelta(days=8))

        beacon, _script = line(page(), "testserver [default]")

        assert beacon.startswith("Last page view reported Look here None since Nov. 16, 2026, 10 a.m.")

    def test_other_hosts_are_named(self, page):
        Heartbeat.beat("blog.example.com", now=NOW)

        assert "reported from: blog.example.com, last on Nov. 24, 2026, 10 a.m." in text(page())

    def test_installation_without_a_site_says_so(self, page):
        Site.objects.all().delete()

        assert "There is no site." in text(page())


class TestStartPage:
    @pytest.fixture
    def look(self, browser):
        """A function that asks about a site's start page, as the script of the page does."""

        def look(site):
            response = browser.get(reverse("visit_alerts_set_up:start_page", args=[site.pk]))
            assert response.status_code == 200
            return text(BeautifulSoup(response.content, "html.parser"))

        return look

    def test_page_with_the_script_is_good(self, look, site):
        assert look(site) == "Good http://testserver/ carries the script."

    def test_page_without_the_script_says_how_to_add_it(self, look, site, settings):
        settings.TEMPLATES = [
            {
                **settings.TEMPLATES[0],
                "APP_DIRS": False,
                "OPTIONS": {
                    **settings.TEMPLATES[0]["OPTIONS"],
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {"testapp/content_page.html": "<h1>Start</h1>"},
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                },
            }
        ]

        assert look(site) == (
            "Problem http://testserver/ does not carry the script: page views are not reported. A developer adds "
            "{% load visit_alerts %} {% visit_alerts_beacon %} at the end of the head in the site's base template."
        )

    def test_start_page_that_is_not_published_says_what_to_do(self, look, site):
        site.root_page.unpublish()

        assert look(site).startswith("Problem http://testserver/ answered 404 instead of showing a page.")

    def test_host_that_django_does_not_allow_says_what_to_do(self, look, site, settings):
        settings.ALLOWED_HOSTS = ["testserver"]
        other = Site.objects.create(hostname="other.example.com", root_page=site.root_page)
        settings.DEBUG = False

        assert look(other).startswith(
            "Problem http://other.example.com/ was refused (400). A developer adds the host name to ALLOWED_HOSTS"
        )

    def test_redirect_to_another_host_is_named(self, look, site, settings):
        settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "www.example.com"
        settings.MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", *settings.MIDDLEWARE]

        answer = set_up.look_at_start_page(site)

        assert answer.text == (
            "http://testserver/ leads to another host, https://www.example.com/: look at the site of that host."
        )

    def test_language_of_the_reader_stays_whatever_the_site_activates(self, site, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]

        with translation.override("de"):
            set_up.look_at_start_page(site)

            assert translation.get_language() == "de"

    def test_without_a_script_a_link_looks_at_it(self, page, site):
        [link] = page().select("[data-visit-alerts-load] a")

        soup = page(start_page=site.pk)

        assert link["href"] == f"?start_page={site.pk}#site-{site.pk}"
        assert line(soup, "testserver [default]")[1] == (
            "Script on the start page Good http://testserver/ carries the script."
        )

    def test_asking_does_not_end_the_request_that_asks(self, site):
        """Where requests are transactions, the editor's one would be gone with its connection."""
        ended = []

        def note(**_ignored):
            ended.append(True)

        request_finished.connect(note)
        try:
            set_up.look_at_start_page(site)
        finally:
            request_finished.disconnect(note)

        assert ended == []

    def test_asking_writes_nothing(self, look, site):
        with counted_queries() as queries:
            look(site)

        assert [sql for sql in queries if not sql.startswith("SELECT")] == []


class TestSending:
    def test_cluster_that_never_ran_says_how_to_start_it(self, page):
        state, found = line(page(), "Cluster")

        assert state == "Problem"
        assert found.startswith("The cluster that sends alerts has never run. A developer starts it")
        assert "manage.py qcluster" in found

    def test_sweep_of_a_minute_ago_is_good(self, page, clock):
        sweep()
        clock.shift(60)

        assert line(page(), "Cluster") == (
            "Good",
            "The cluster that sends alerts runs: on Nov. 24, 2026, 10 a.m. it was last heard of.",
        )

    def test_old_data_is_kept_as_long_as_the_settings_say(self, page, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"KEEP_NOTIFICATIONS_DAYS": 0, "KEEP_UNIDENTIFIED_DAYS": 1}

        before = line(page(), "Old data")
        purge()

        assert before == (
            "Note",
            "Page views of contacts: deleted after 400 days. Those of nobody known: deleted after 1 day. "
            "Alerts that were raised: never deleted. None was deleted yet.",
        )
        assert line(page(), "Old data")[0] == "Good"
        assert "On Nov. 24, 2026, 10 a.m. it was last looked through." in line(page(), "Old data")[1]

    def test_old_data_that_nothing_has_deleted_for_a_day_is_worth_a_look(self, page, clock):
        purge()
        clock.shift(25 * 3600)

        state, found = line(page(), "Old data")

        assert state == "Look here"
        assert "manage.py visit_alerts_purge" in found

    def test_sweep_of_more_than_five_minutes_ago_is_a_problem(self, page, clock):
        sweep()
        clock.shift(301)

        state, found = line(page(), "Cluster")

        assert state == "Problem"
        assert found.startswith(
            "The cluster that sends alerts was last heard of on Nov. 24, 2026, 10 a.m.: nothing"
        )

    def test_emails_that_are_overdue_are_counted(self, page, clock):
        DeliveryFactory.create_batch(2, due_at=NOW - timedelta(minutes=6))
        DeliveryFactory(due_at=NOW)

        state, found = line(page(), "E-mails")

        assert state == "Problem"
        assert found.startswith("2 e-mails have been due for more than 3 minutes.")

    @pytest.mark.parametrize(
        ("cluster", "words"),
        [
            ({"orm": "default"}, "Tasks wait in the database “default”."),
            ({"redis": "redis://localhost"}, "Tasks wait in a Redis server."),
            (
                {"sqs": {}, "broker_class": "a.B"},
                "Tasks wait in a broker of the site's own choice (broker_class).",
            ),
        ],
    )
    def test_broker_is_named(self, page, settings, cluster, words):
        settings.Q_CLUSTER = cluster

        assert line(page(), "Queue") == ("Note", words)


class TestTestEmail:
    @pytest.fixture(autouse=True)
    def _nobody_has_sent_one(self):
        set_up._last_email_at.forget()

    @pytest.fixture
    def send(self, browser):
        """A function that presses the button, and gives the messages that are shown then."""

        def send():
            response = browser.post(reverse("visit_alerts_set_up:test_email"), follow=True)
            return [html.unescape(str(message)).strip() for message in response.context["messages"]]

        return send

    def test_email_goes_to_the_one_who_asks(self, send, editor):
        assert send() == ["The mail server has taken the test e-mail to ewa@example.com."]

        [email] = mail.outbox
        assert email.to == ["ewa@example.com"]
        assert email.from_email == "alerts@example.com"
        assert email.extra_headers["Auto-Submitted"] == "auto-generated"

    def test_fault_of_the_mail_server_is_said_in_words(self, send, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there

        [message] = send()

        assert message.startswith("The test e-mail was not sent. The mail server can't be reached")

    def test_user_without_an_address_is_told(self, send, editor):
        type(editor).objects.update(email="")

        [message] = send()

        assert "Your account has no e-mail address" in message
        assert mail.outbox == []

    def test_second_one_in_a_moment_is_not_sent(self, send):
        send()

        [message] = send()

        assert "You have sent one a moment ago" in message
        assert len(mail.outbox) == 1

    def test_it_is_sent_by_a_button_only(self, browser):
        assert browser.get(reverse("visit_alerts_set_up:test_email")).status_code == 405


class TestSettings:
    def test_system_checks_are_shown_with_their_fix(self, page, settings):
        settings.WAGTAILADMIN_BASE_URL = ""

        state, found = line(page(), "W001")

        assert state == "Look here"
        assert "No base URL is set" in found
        assert "Set WAGTAILADMIN_BASE_URL" in found

    def test_check_that_is_silenced_is_not_shown(self, page, settings):
        settings.WAGTAILADMIN_BASE_URL = ""
        settings.SILENCED_SYSTEM_CHECKS = ["wagtail_visit_alerts.W001"]

        assert "No base URL is set" not in text(page())

    @pytest.mark.parametrize(
        ("consent", "state", "words"),
        [
            ("not_required", "Note", "Nobody is asked."),
            (
                {"cookie": "banner", "value": "*yes*"},
                "Good",
                "the banner's cookie “banner” has the value “*yes*”",
            ),
            ("tests.urls.no_such", "Good", "the site's own function says so: tests.urls.no_such."),
            ("", "Look here", "The site has not decided whether to ask for consent"),
        ],
    )
    def test_consent_is_said_in_words(self, page, settings, consent, state, words):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": consent}

        section = page().find(attrs={"aria-labelledby": "visit-alerts-recorded"})
        found_state, found = line(section, "Consent")

        assert found_state == state
        assert words in found

    def test_colleagues_who_are_recorded_are_worth_a_look(self, page, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "RECORD_STAFF": True}

        assert line(page(), "Colleagues")[0] == "Look here"

    def test_sum_counts_problems(self, page):
        assert "1 problem keeps alerts from being raised or sent" in text(page())

    def test_sum_does_not_promise_alerts_where_no_page_reports_visits(self, page):
        sweep()

        [summary] = page().select(".visit-alerts-set-up__sum")

        assert text(summary).startswith(
            "Alerts can be sent, but no page of the site has reported a visit lately."
        )

    def test_sum_is_good_where_everything_is(self, page):
        sweep()
        Heartbeat.beat("testserver", now=NOW)

        [summary] = page().select(".visit-alerts-set-up__sum")

        assert text(summary).startswith("Alerts can be raised and sent.")


class TestNotRecorded:
    def test_reasons_are_shown_by_day_the_latest_first(self, page):
        today = NOW.date()
        NotRecorded.add(3, day=today, reason=Reason.BOT)
        NotRecorded.add(2, day=today - timedelta(days=13), reason=Reason.BOT)
        NotRecorded.add(9, day=today - timedelta(days=14), reason=Reason.BOT)
        NotRecorded.add(1, day=today - timedelta(days=1), reason=Reason.STAFF)

        table = page().find(attrs={"aria-labelledby": "visit-alerts-not-recorded", "role": "region"}).table
        rows = [[text(cell) for cell in row.select("th, td")] for row in table.select("tbody tr")]

        assert [text(cell) for cell in table.select("thead th")][:4] == [
            "Reason",
            "In all",
            "24 Nov",
            "23 Nov",
        ]
        assert rows == [
            ["A bot, by what it calls itself", "5", "3", *"000000000000", "2"],
            ["The site's own staff", "1", "0", "1", *"000000000000"],
        ]
        assert table.caption

    def test_nothing_left_out_is_said(self, page):
        assert "Nothing was left out in the last 14 days." in text(page())


class TestBrowser:
    def test_editors_own_browser_is_a_colleagues(self, page):
        state, found = line(page(), "Colleague")

        assert state == "Problem"
        assert "“Try it on the site”" in found

    def test_link_for_another_browser_is_offered(self, page):
        [link] = page().select(".visit-alerts-set-up__link a")

        assert link["href"].startswith("http://testserver/visit-alerts/check-browser/?token=")

    def test_page_is_shown_where_the_apps_urls_are_not_part_of_the_site(self, page, settings):
        settings.ROOT_URLCONF = "tests.urls_without_app"

        soup = page()

        assert "no browser can be checked" in text(soup)
        assert line(soup, "E010")[0] == "Problem"


def test_page_costs_few_queries(browser):
    for number in range(30):
        Heartbeat.beat(f"host{number}.example.com", now=NOW)
    for reason in Reason:
        NotRecorded.add(1, day=NOW.date(), reason=reason)
    browser.get(reverse("visit_alerts_set_up:index"))

    with counted_queries() as queries:
        browser.get(reverse("visit_alerts_set_up:index"))

    assert len(queries) <= MOST_QUERIES


def test_page_writes_nothing(browser):
    browser.get(reverse("visit_alerts_set_up:index"))

    with counted_queries() as queries:
        browser.get(reverse("visit_alerts_set_up:index"))

    assert [sql for sql in queries if not sql.startswith("SELECT")] == []
    assert not TestVisit.objects.exists()
