"""The contact's page in the admin: who they are, how active they were, their timeline, and the notes in it."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import (
    Address,
    Contact,
    ContactNote,
    DailyActivity,
    Ending,
    LinkOutcome,
    LinkUse,
    Method,
    Outcome,
    PageView,
    Sign,
    SignedLink,
    Source,
    Status,
    SubmittedForm,
    UserAgent,
    Visitor,
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
    UserFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25
#: Ten o'clock in the time zone of the tests.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/26.0 Mobile Safari/604.1"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(clock):
    owner = UserFactory(first_name="Marta", last_name="Kowalska")
    return ContactFactory(name="Anna Nowak", email="anna.nowak@example.org", owner=owner)


@pytest.fixture
def browser(editor, anna):
    return browser_of(editor)


def address(name, contact, *further):
    return reverse(f"{CONTACTS}:{name}", args=[contact.pk, *further])


def page_of(browser, contact, **params):
    response = browser.get(address("inspect", contact), params)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def timeline_of(browser, contact, **params):
    response = browser.get(address("timeline", contact), params)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text_of(tag):
    return " ".join(tag.get_text(" ").split())


def entries_of(soup):
    return [text_of(entry) for entry in soup.select(".visit-alerts-timeline__entry")]


def steps_of(soup):
    return [text_of(step) for step in soup.select(".visit-alerts-steps__step")]


def facts_of(soup):
    labels, values = soup.select(".visit-alerts-card dt"), soup.select(".visit-alerts-card dd")
    return {text_of(label): text_of(value) for label, value in zip(labels, values, strict=True)}


def view(visitor, path="/pricing/", *, minutes=0, **fields):
    """A page view that was entered so many minutes ago."""
    at = NOW - timedelta(minutes=minutes)
    return PageViewFactory(
        visitor=visitor, address=AddressFactory(text=f"http://testserver{path}"), entered_at=at, **fields
    )


def visits(visitor, count, *, pages=1):
    """So many visits two hours apart, the latest now."""
    for number in range(count):
        for page in range(pages):
            view(visitor, f"/{number}/{page}/", minutes=number * 120 - page)


class TestCard:
    def test_what_is_known_is_shown_with_links_to_call_and_write(self, browser, anna):
        anna.phone, anna.company, anna.position = "+48 600 100 200", "Acme", "Buyer"
        anna.tags.add("pallets")
        anna.save()

        card = page_of(browser, anna).select_one(".visit-alerts-card")

        assert text_of(card.select_one(".visit-alerts-card__work")) == "Buyer, Acme"
        assert {link["href"] for link in card.select("dd a")} == {
            "tel:+48600100200",
            "mailto:anna.nowak@example.org",
        }
        facts = facts_of(page_of(browser, anna))
        assert (facts["Owner"], facts["Tags"], facts["Login"]) == ("Marta Kowalska", "pallets", "none")

    @pytest.mark.parametrize(
        ("consents", "words"), [(True, "agreed"), (False, "withdrawn"), (None, "not asked")], ids=str
    )
    def test_consent_is_that_of_the_latest_browser(self, browser, anna, consents, words):
        VisitorFactory(contact=anna, consents=consents)

        assert facts_of(page_of(browser, anna))["Consent"] == words

    def test_recording_that_was_stopped_says_since_when(self, browser, anna):
        VisitorFactory(contact=anna, consents=True)
        anna.recording_stopped_at = NOW
        anna.save()

        assert facts_of(page_of(browser, anna))["Consent"] == "Recording stopped on Nov. 24, 2026, 10 a.m."

    def test_each_browser_says_how_it_is_known_and_since_when(self, browser, anna):
        VisitorFactory(
            contact=anna,
            identified_by=Method.FORM,
            identified_at=NOW - timedelta(days=3),
            user_agent=UserAgent.store(FIREFOX),
        )
        VisitorFactory(
            contact=anna,
            identified_at=NOW,
            user_agent=UserAgent.store(SAFARI),
            last_seen_at=NOW - timedelta(days=1),
            retired_at=NOW,
        )

        lines = [text_of(line) for line in page_of(browser, anna).select(".visit-alerts-browsers li")]

        assert lines == [
            "Firefox on Windows Recognised by a form, since Nov. 21, 2026 Last seen on Nov. 24, 2026, 10 a.m.",
            "Safari on iPhone Recognised by a link sent to them, since Nov. 24, 2026 Last seen on Nov. 23, 2026, "
            "10 a.m. No longer theirs since Nov. 24, 2026.",
        ]


class TestFigures:
    def figures_of(self, soup):
        return [text_of(figure) for figure in soup.select(".visit-alerts-glance__figure")]

    def test_what_they_did_lately_is_counted(self, browser, anna):
        for days, seen in ((0, 3), (29, 4), (30, 100)):
            DailyActivity.objects.create(
                contact=anna, day=date(2026, 11, 24) - timedelta(days=days), visits=1, page_views=seen
            )
        NotificationFactory(match__page_view=view(VisitorFactory(contact=anna)))
        anna.last_seen_at = NOW
        anna.save()

        assert self.figures_of(page_of(browser, anna)) == [
            "Last seen Nov. 24, 2026, 10 a.m.",
            "visits in 30 days 2",
            "page views in 30 days 7",
            "alert in 30 days 1",
        ]

    @pytest.mark.parametrize(("period", "columns"), [("", 90), ("year", 52)])
    def test_activity_is_a_chart_by_day_or_by_week(self, browser, anna, period, columns):
        DailyActivity.objects.create(contact=anna, day=date(2026, 11, 23), visits=1, page_views=2)
        DailyActivity.objects.create(contact=anna, day=date(2026, 11, 24), visits=1, page_views=3)

        rows = page_of(browser, anna, period=period).select("#activity tbody tr")

        assert len(rows) == columns
        assert text_of(rows[-1]) == ("23 Nov 5 2" if period else "24 Nov 3 1")

    def test_contact_who_was_never_seen_is_told_how_they_become_known(self, browser, anna):
        soup = page_of(browser, anna)

        assert self.figures_of(soup)[0] == "Last seen never"
        assert not soup.select("#activity figure")
        assert "Anna Nowak has not been on the site yet" in text_of(soup.select_one("#timeline"))
        assert "No browser is known as theirs yet." in soup.get_text()
        assert "No signed link to this contact was opened by a person yet." in soup.get_text()

    @pytest.mark.parametrize(("permission", "is_shown"), [("view_contact", False), ("change_contact", True)])
    def test_link_to_send_them_is_for_whoever_may_change_the_contact(
        self, anna, permission, is_shown, settings
    ):
        settings.WAGTAILADMIN_BASE_URL = "https://www.example.com"
        browser = browser_of(user_who_may("view_contact", permission))

        html = browser.get(address("inspect", anna)).content.decode()

        assert ("https://www.example.com/?va=" in html) == is_shown


class TestPresence:
    def line_of(self, soup):
        return [text_of(line) for line in soup.select(".visit-alerts-presence")]

    def test_contact_who_is_on_the_site_is_said_to_be_on_which_page(self, browser, anna):
        view(VisitorFactory(contact=anna), minutes=2)

        assert self.line_of(page_of(browser, anna)) == [
            "On the site now: testserver/pricing/ On this page since 9:58 a.m."
        ]

    def test_contact_who_has_just_left_is_said_to_have(self, browser, anna):
        left = NOW - timedelta(minutes=1)
        view(VisitorFactory(contact=anna), minutes=2, ending=Ending.OPEN, ended_at=left)

        [line] = self.line_of(page_of(browser, anna))

        assert line.startswith("Has just left the site: testserver/pricing/ Left at 9:59 a.m.")

    def test_contact_who_is_not_there_has_no_such_line(self, browser, anna):
        view(VisitorFactory(contact=ContactFactory()))
        view(VisitorFactory(contact=anna, last_seen_at=NOW - timedelta(hours=2)), minutes=120)

        assert self.line_of(page_of(browser, anna)) == []


class TestTimeline:
    def test_visits_are_shown_the_latest_first_each_in_the_order_of_its_pages(self, browser, anna):
        visitor = VisitorFactory(contact=anna, user_agent=UserAgent.store(FIREFOX))
        view(visitor, "/a/", minutes=300)
        view(
            visitor,
            "/b/",
            minutes=20,
            ending=Ending.MOVED_ON,
            dwell_ms=130_000,
            ended_at=NOW - timedelta(minutes=18),
        )
        view(visitor, "/c/", minutes=18)

        entries, steps = entries_of(page_of(browser, anna)), steps_of(page_of(browser, anna))

        assert [entry.partition(" 9:")[0] for entry in entries] == [
            "Visit on Nov. 24, 2026, 9:40 a.m. 2 pages 2 min Firefox on Windows".partition(" 9:")[0],
            "Visit on Nov. 24, 2026, 5 a.m. 1 page Firefox on Windows 5 a.m. testserver/a/ Still open "
            "Why was, or wasn't, an alert raised? Show the answer",
        ]
        assert "2 pages 2 min Firefox on Windows" in entries[0]
        assert [step.split()[2] for step in steps] == ["testserver/b/", "testserver/c/", "testserver/a/"]
        assert "2 min 10 s" in steps[0]

    def test_page_view_that_only_the_server_saw_is_said_to_be(self, browser, anna):
        view(VisitorFactory(contact=anna), source=Source.HOOK, beacon_id=None)

        [step] = steps_of(page_of(browser, anna))

        assert "seen by the server only" in step

    def test_visit_says_what_brought_them(self, browser, anna):
        visitor = VisitorFactory(contact=anna)
        first = view(visitor, "/?utm_campaign=spring&utm_source=newsletter")
        link = SignedLink.objects.create(token_hash=uuid.uuid4().hex, contact=anna, first_opened_at=NOW)
        LinkUse.objects.create(
            link=link,
            visitor=visitor,
            address=first.address,
            sign=Sign.POINTER,
            outcome=LinkOutcome.IDENTIFIED,
            opened_at=NOW,
        )

        [entry] = entries_of(page_of(browser, anna))

        assert "Came by: a link sent to them: spring (newsletter)" in entry

    def test_alerts_stand_below_the_page_that_raised_them_with_their_recipients(self, browser, anna):
        seen = view(VisitorFactory(contact=anna))
        alert = AlertFactory(name="Price list visited")
        notification = NotificationFactory(match__page_view=seen, match__alert=alert)
        DeliveryFactory(notification=notification, status=Status.SENT, sent_at=NOW)
        MatchFactory(page_view=seen, alert=AlertFactory(name="Too often"), outcome=Outcome.CAPPED)

        [step] = page_of(browser, anna).select(".visit-alerts-steps__step")

        raised, held_back = step.select(".visit-alerts-raised")
        assert text_of(raised) == "Alert: Price list visited Sent Marta Kowalska"
        assert raised.select_one("a")["href"] == reverse("visit_alerts_log:inspect", args=[notification.pk])
        assert text_of(held_back) == "Held back by the cap Too often"

    def test_alert_whose_page_view_is_gone_stands_alone(self, browser, anna):
        notification = NotificationFactory(match__page_view=view(VisitorFactory(contact=anna)))
        notification.match.page_view.delete()

        [entry] = entries_of(page_of(browser, anna))

        assert entry.startswith(f"Alert: {notification.alert_name} Nov. 24, 2026, 10 a.m. deleted since")

    def test_alert_of_somebody_else_stays_unnamed(self, clock):
        salesperson = user_who_may("view_own_contact")
        own = ContactFactory(owner=salesperson)
        seen = view(VisitorFactory(contact=own))
        NotificationFactory(match__page_view=seen, match__alert=AlertFactory(name="Secret one"))
        MatchFactory(page_view=seen, alert=AlertFactory(name="Secret two"), outcome=Outcome.CAPPED)

        text = page_of(browser_of(salesperson), own).get_text()

        assert "Secret" not in text
        assert "Alert: an alert of somebody else's" in text

    def test_forms_and_recognition_stand_in_their_visit(self, browser, anna):
        visitor = VisitorFactory(
            contact=anna, identified_by=Method.FORM, identified_at=NOW - timedelta(minutes=3)
        )
        view(visitor, "/contact/", minutes=5)
        view(visitor, "/thanks/", minutes=2)
        SubmittedForm.objects.create(contact=anna, name="Ask us", submitted_at=NOW - timedelta(minutes=3))
        SubmittedForm.objects.create(contact=anna, name="Order", submitted_at=NOW - timedelta(days=2))

        soup = page_of(browser, anna)

        assert [step.partition(" Why")[0] for step in steps_of(soup)] == [
            "9:55 a.m. testserver/contact/ Still open",
            "9:57 a.m. This browser was recognised as theirs: by a form",
            "9:57 a.m. Submitted the form “Ask us”",
            "9:58 a.m. testserver/thanks/ Still open",
        ]
        assert entries_of(soup)[1] == "Submitted the form “Order” Nov. 22, 2026, 10 a.m."

    def test_history_of_another_contact_is_not_shown(self, browser, anna):
        view(VisitorFactory(contact=ContactFactory()))

        assert entries_of(page_of(browser, anna)) == []

    def test_what_a_contact_may_write_stays_text(self, browser, anna):
        view(VisitorFactory(contact=anna), "/?utm_campaign=<script>alert(1)</script>")
        SubmittedForm.objects.create(contact=anna, name="<script>alert(1)</script>", submitted_at=NOW)

        html = browser.get(address("inspect", anna)).content.decode()

        assert "<script>alert(1)" not in html


class TestOlder:
    def all_steps(self, browser, anna):
        """The pages of all parts, from the page of the contact on; and how many parts there were."""
        soup, steps, parts = page_of(browser, anna), [], 0
        while True:
            parts += 1
            steps += [step.select_one("a").text for step in soup.select(".visit-alerts-steps__step")]
            older = soup.select_one(".visit-alerts-timeline__older a")
            if older is None:
                return steps, parts
            soup = BeautifulSoup(browser.get(older["href"]).content, "html.parser")

    def test_every_page_view_is_shown_once_visits_uncut(self, browser, anna):
        visits(VisitorFactory(contact=anna), 20, pages=4)

        steps, parts = self.all_steps(browser, anna)

        assert steps == [f"testserver/{number}/{page}/" for number in range(20) for page in range(4)]
        assert parts == 3  # seven visits of four pages each are the most that thirty page views hold

    def test_visit_longer_than_a_part_goes_on_in_the_next_and_says_so(self, browser, anna):
        visitor = VisitorFactory(contact=anna)
        for number in range(40):
            view(visitor, f"/{number}/", minutes=number)

        steps, parts = self.all_steps(browser, anna)

        assert sorted(steps) == sorted(f"testserver/{number}/" for number in range(40))
        assert parts == 2
        assert "It began earlier" in entries_of(page_of(browser, anna))[0]

    def test_visits_in_two_browsers_at_once_lose_nothing(self, browser, anna):
        first, second = VisitorFactory(contact=anna), VisitorFactory(contact=anna)
        for number in range(50):
            view(first if number % 3 else second, f"/{number}/", minutes=number * 7)

        steps, _parts = self.all_steps(browser, anna)

        assert sorted(steps) == sorted(f"testserver/{number}/" for number in range(50))

    def test_part_for_the_script_has_no_menus(self, browser, anna):
        visits(VisitorFactory(contact=anna), 35)
        older = page_of(browser, anna).select_one(".visit-alerts-timeline__older a")["href"]

        html = browser.get(f"{older}&part=").content.decode()

        assert "testserver/34/0/" in html
        assert "<html" not in html

    @pytest.mark.parametrize("before", ["", "yesterday", "2026-13-01", "2026-11-24T09:00", "9" * 5000])
    def test_moment_that_is_none_shows_the_latest(self, browser, anna, before):
        view(VisitorFactory(contact=anna))

        assert len(entries_of(timeline_of(browser, anna, before=before))) == 1

    @pytest.mark.parametrize(
        ("kind", "begins"),
        [("visits", "Visit on"), ("alerts", "Alert:"), ("forms", "Submitted"), ("notes", "Note by")],
    )
    def test_timeline_is_narrowed_to_one_kind(self, browser, editor, anna, kind, begins):
        NotificationFactory(match__page_view=view(VisitorFactory(contact=anna)))
        SubmittedForm.objects.create(contact=anna, name="Order", submitted_at=NOW)
        ContactNote.objects.create(contact=anna, author=editor, text="Call", written_at=NOW)

        [entry] = entries_of(timeline_of(browser, anna, kind=kind))

        assert entry.startswith(begins)

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("alerts", "No alert about this contact was raised yet."),
            ("forms", "They have submitted no form of the site yet."),
            ("visits", "No visit was recorded yet."),
            ("notes", "Nobody has written a note yet."),
        ],
    )
    def test_kind_of_which_there_is_nothing_says_so(self, browser, anna, kind, words):
        assert words in timeline_of(browser, anna, kind=kind).get_text()


class TestWhy:
    @pytest.mark.parametrize("params", [{}, {"part": ""}], ids=["page", "part"])
    def test_answer_for_a_page_view_is_shown(self, browser, anna, params):
        MonitoredPageFactory(alert__name="Price list visited", minimum_minutes=5)
        seen = view(VisitorFactory(contact=anna), ending=Ending.MOVED_ON, dwell_ms=130_000)

        html = browser.get(address("why", anna, seen.pk), params).content.decode()

        assert "The alert “Price list visited” asks for 5 min" in html
        assert ("<html" in html) == (not params)

    def test_timeline_leads_to_it(self, browser, anna):
        seen = view(VisitorFactory(contact=anna))

        assert page_of(browser, anna).select_one("details a")["href"] == address("why", anna, seen.pk)

    def test_page_view_of_another_contact_is_not_answered(self, browser, anna):
        other = view(VisitorFactory(contact=ContactFactory()))

        assert browser.get(address("why", anna, other.pk)).status_code == 404


class TestNotes:
    def add(self, browser, contact, text):
        return browser.post(address("add_note", contact), {"text": text})

    def test_note_is_written_and_shown_with_its_author_and_lines(self, browser, editor, anna):
        response = self.add(browser, anna, "Wants <b>pallets</b>.\nCall on Monday.")

        assert response.url == f"{address('inspect', anna)}#timeline"
        note = page_of(browser, anna).select_one(".visit-alerts-timeline__entry--note")
        assert "Note by ewa Nov. 24, 2026, 10 a.m." in text_of(note)
        assert str(note.select_one(".visit-alerts-timeline__note").decode_contents()) == (
            "Wants &lt;b&gt;pallets&lt;/b&gt;.<br/>Call on Monday."
        )

    def test_note_is_logged_without_its_text(self, browser, editor, anna):
        self.add(browser, anna, "Nobody else's business")

        [entry] = ModelLogEntry.objects.filter(action="visit_alerts.add_note")

        assert (entry.user, entry.object_id) == (editor, str(anna.pk))
        assert "business" not in str(entry.data)
        assert entry.message == "Note written"

    @pytest.mark.parametrize("text", ["", "  \n ", "x" * 5001], ids=["empty", "blank", "too long"])
    def test_note_that_can_not_be_saved_stays_in_its_form(self, browser, anna, text):
        response = self.add(browser, anna, text)

        field = BeautifulSoup(response.content, "html.parser").select_one("textarea[name=text]")
        assert field.text.strip() == text.strip()
        assert not ContactNote.objects.exists()

    def test_whoever_may_view_only_their_own_contacts_writes_about_them_alone(self, anna):
        salesperson = user_who_may("view_own_contact")
        own = ContactFactory(owner=salesperson)

        for contact in (own, anna):
            self.add(browser_of(salesperson), contact, "Call")

        assert [note.contact for note in ContactNote.objects.all()] == [own]

    def test_author_deletes_their_note_after_a_question(self, browser, editor, anna):
        note = ContactNote.objects.create(contact=anna, author=editor, text="Call", written_at=NOW)
        url = page_of(browser, anna).select_one(".visit-alerts-timeline__entry--note a")["href"]

        assert "Call" in browser.get(url).content.decode()
        assert ContactNote.objects.filter(pk=note.pk).exists()
        browser.post(url)

        assert not ContactNote.objects.exists()
        assert ModelLogEntry.objects.filter(action="visit_alerts.delete_note").count() == 1

    @pytest.mark.parametrize(("permission", "deleted"), [("view_contact", False), ("change_contact", True)])
    def test_note_of_somebody_else_is_deleted_by_whoever_may_change_the_contact(
        self, anna, permission, deleted
    ):
        note = ContactNote.objects.create(contact=anna, author=anna.owner, text="Call", written_at=NOW)
        browser = browser_of(user_who_may("view_contact", permission))

        assert bool(page_of(browser, anna).select(".visit-alerts-timeline__entry--note a")) == deleted
        browser.post(address("delete_note", anna, note.pk))

        assert ContactNote.objects.exists() != deleted

    def test_note_of_another_contact_is_not_deleted_by_this_ones_address(self, browser, editor, anna):
        note = ContactNote.objects.create(contact=ContactFactory(), author=editor, text="Call", written_at=NOW)

        assert browser.post(address("delete_note", anna, note.pk)).status_code == 404

    def test_note_whose_author_is_gone_stays(self, browser, anna):
        ContactNote.objects.create(contact=anna, author=None, text="Call", written_at=NOW)

        assert "Note by a user who is gone" in page_of(browser, anna).get_text()


class TestPermissions:
    @pytest.mark.parametrize("name", ["timeline", "why", "add_note", "delete_note"])
    @pytest.mark.parametrize("permissions", [["view_own_contact"], ["view_alert", "add_alert"], []], ids=str)
    def test_contacts_of_others_are_denied(self, anna, name, permissions):
        seen = view(VisitorFactory(contact=anna))
        note = ContactNote.objects.create(contact=anna, text="Call", written_at=NOW)
        further = {"why": [seen.pk], "delete_note": [note.pk]}.get(name, [])

        response = browser_of(user_who_may(*permissions)).get(address(name, anna, *further))

        assert response.status_code == 302


class TestCost:
    @pytest.fixture
    def busy(self, anna):
        """Anna with five thousand page views, of which the latest have raised alerts or were held back."""
        anna.last_seen_at = NOW
        anna.save()
        browsers = VisitorFactory.create_batch(3, contact=anna, identified_at=NOW - timedelta(hours=1))
        Visitor.objects.update(user_agent=UserAgent.store(FIREFOX))
        addresses = [Address.store(f"http://testserver/{number}/") for number in range(20)]
        PageView.objects.bulk_create(
            PageView(
                visitor=browsers[number % 3],
                contact=anna,
                address=addresses[number % 20],
                source=Source.BEACON,
                tab_id=uuid.uuid4(),
                entered_at=NOW - timedelta(minutes=number),
            )
            for number in range(5000)
        )
        alert = AlertFactory()
        for seen in PageView.objects.latest_of(anna)[:10]:
            DeliveryFactory(notification=NotificationFactory(match__page_view=seen, match__alert=alert))
            MatchFactory(page_view=seen, outcome=Outcome.CAPPED)
            SubmittedForm.objects.create(contact=anna, name="Order", submitted_at=seen.entered_at)
            ContactNote.objects.create(
                contact=anna, author=UserFactory(), text="Call", written_at=seen.entered_at
            )
        DailyActivity.objects.create(contact=anna, day=date(2026, 11, 24), visits=1, page_views=5000)
        return anna

    @pytest.mark.parametrize("kind", ["editor", "salesperson", "administrator"])
    @pytest.mark.parametrize("name", ["inspect", "timeline", "why"])
    def test_page_costs_the_same_however_much_the_contact_has_seen(self, editor, busy, kind, name):
        user = {
            "editor": lambda: editor,
            "salesperson": lambda: user_who_may("view_own_contact", "add_alert"),
            "administrator": lambda: UserFactory(is_superuser=True),
        }[kind]()
        if kind == "salesperson":
            busy.owner = user
            busy.save()
        latest = PageView.objects.latest_of(busy)[0]
        browser, further = browser_of(user), [latest.pk] if name == "why" else []
        url = address(name, busy, *further)
        browser.get(url)

        with counted_queries() as queries:
            response = browser.get(url)

        assert response.status_code == 200
        assert len(queries) <= MOST_QUERIES
        assert not [sql for sql in queries if "COUNT(" in sql and "pageview" in sql]

    def test_part_that_is_far_back_costs_what_the_first_one_does(self, browser, busy):
        def cost(before):
            with counted_queries() as queries:
                response = browser.get(address("timeline", busy), {"before": before, "part": ""})
            assert response.status_code == 200
            assert "OFFSET" not in "".join(queries)
            return len(queries)

        cost("")
        far_back = (NOW - timedelta(minutes=4900)).isoformat()

        assert cost(far_back) <= cost("")


@pytest.mark.parametrize("counted", [None, NOW - timedelta(days=30)])
def test_contact_who_has_just_come_was_seen_already(browser, anna, counted):
    Contact.objects.filter(pk=anna.pk).update(last_seen_at=counted)
    view(VisitorFactory(contact=anna, last_seen_at=NOW), contact=anna)

    figure = page_of(browser, anna).select_one(".visit-alerts-glance dd")

    assert "Nov. 24, 2026" in text_of(figure)


@pytest.mark.any_wagtail
def test_history_without_entries_is_said_in_one_sentence(anna):
    keeper = browser_of(user_who_may("view_contact", "change_contact"))

    history = keeper.get(address("history", anna)).content.decode()
    found = keeper.get(address("history", anna), {"timestamp_from": "2030-01-01"}).content.decode()

    assert "Nobody has changed the contact in the admin yet." in history
    assert "Nothing of this kind was done with the contact." in found
