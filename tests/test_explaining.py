"""Why an alert was or wasn't raised: one answer for each page view, as it was recorded through the endpoint."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.utils import timezone, translation

from wagtail_visit_alerts.delivering import outbox
from wagtail_visit_alerts.delivering.health import OVERDUE
from wagtail_visit_alerts.explaining import explain
from wagtail_visit_alerts.models import (
    Alert,
    Clock,
    Contact,
    Delivery,
    Ending,
    LinkOutcome,
    LinkUse,
    Method,
    Mute,
    PageView,
    ReaderPreferences,
    Sign,
    SignedLink,
    Source,
    Visitor,
    WaitsFor,
)
from wagtail_visit_alerts.tasks import deliver, sweep

from .browsing import VirtualBrowser
from .factories import ContactFactory, MonitoredPageFactory, PageViewFactory, UserFactory
from .query_counting import counted_queries

pytestmark = pytest.mark.django_db

#: Ten o'clock in the time zone of the tests.
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
JUDGED = " (Judged by the alerts as they stand now.)"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(clock):
    return ContactFactory(
        email="anna.nowak@example.org",
        name="Anna Nowak",
        owner__email="marta@example.com",
        owner__first_name="Marta",
        owner__last_name="Kowalska",
    )


@pytest.fixture
def browser(clock, anna):
    """Anna's browser, on the front page for a minute."""
    browser = VirtualBrowser()
    browser.open("/", contact=anna)
    clock.shift(60)
    return browser


def price_list(**fields):
    """An alert that watches ``/pricing/``."""
    fields.setdefault("alert__name", "Price list")
    return MonitoredPageFactory(**fields).alert


def page_view(path="/pricing/"):
    return PageView.objects.filter(address__text=f"http://testserver{path}").latest("pk")


def answer(view=None, *, reader=None):
    """What is said of the latest page view of the price list."""
    view = view or page_view()
    return explain([view], now=timezone.now(), reader=reader)[view.pk]


def claimed():
    """The deliveries of the one e-mail that is due, held by this process."""
    [email] = outbox.claim(now=timezone.now(), limit=10)
    return email.deliveries()


class TestRaised:
    def test_alert_that_was_sent_names_recipients_and_times(self, browser, clock):
        price_list(alert__cc="boss@example.com")
        browser.open("/pricing/")
        clock.shift(180)
        deliver()

        assert answer() == (
            "The alert “Price list” was raised: sent to Marta Kowalska on Nov. 24, 2026, 10:04 a.m.; "
            "sent to boss@example.com in CC on Nov. 24, 2026, 10:04 a.m."
        )

    @pytest.mark.parametrize(
        ("waits_for", "sentence"),
        [
            (
                WaitsFor.HOURS,
                "waits until Nov. 24, 2026, 6 p.m. for the sending hours of Marta Kowalska",
            ),
            (
                WaitsFor.DIGEST,
                "waits until Nov. 24, 2026, 6 p.m. for the next digest of Marta Kowalska",
            ),
            (
                WaitsFor.CEILING,
                "waits until Nov. 24, 2026, 6 p.m. to be sent to Marta Kowalska in one e-mail with others: there "
                "were too many alerts within an hour",
            ),
            (
                WaitsFor.HOLD,
                "waits until Nov. 24, 2026, 6 p.m. to be sent to Marta Kowalska: a mail scanner may have opened "
                "the link",
            ),
        ],
    )
    def test_alert_that_waits_says_for_what_and_until_when(self, browser, waits_for, sentence):
        price_list()
        browser.open("/pricing/")
        Delivery.objects.update(waits_for=waits_for, due_at=datetime(2026, 11, 24, 17, tzinfo=UTC))

        assert answer() == f"The alert “Price list” was raised: {sentence}."

    def test_alert_told_in_an_owners_place_says_in_which(self, browser, anna):
        deputy = UserFactory(username="jan")
        deputy.user_permissions.add(Permission.objects.get(codename="view_contact"))
        ReaderPreferences.objects.create(user=anna.owner, away_from=timezone.localdate(START), deputy=deputy)
        price_list()
        browser.open("/pricing/")

        assert answer() == (
            "The alert “Price list” was raised: waits to be sent to jan as deputy of the owner."
        )

    def test_alert_that_all_recipients_have_muted_says_so(self, browser, anna):
        Mute.objects.create(
            alert=price_list(),
            user=anna.owner,
            email="marta@example.com",
            email_key="marta@example.com",
            made_at=START,
        )
        browser.open("/pricing/")

        assert "its recipients have muted it" in answer()

    def test_alert_that_is_not_sent_yet_waits(self, browser):
        price_list()
        browser.open("/pricing/")

        assert answer() == "The alert “Price list” was raised: waits to be sent to Marta Kowalska."

    def test_alert_that_a_process_is_sending_says_so(self, browser):
        price_list()
        browser.open("/pricing/")
        claimed()

        assert answer() == "The alert “Price list” was raised: being sent to Marta Kowalska."

    def test_alert_that_nothing_sends_is_overdue(self, browser, clock):
        price_list()
        browser.open("/pricing/")
        clock.shift(OVERDUE + timedelta(seconds=1))

        assert answer() == (
            "The alert “Price list” was raised: overdue to be sent to Marta Kowalska since "
            "Nov. 24, 2026, 10:01 a.m. (is the cluster running?)."
        )

    def test_failed_attempt_says_why_and_when_the_next_is(self, browser, clock):
        price_list()
        browser.open("/pricing/")
        reason = "The mail server closed the connection."
        outbox.record_failure(claimed(), reason=reason, may_pass=True, now=timezone.now())

        assert answer() == (
            "The alert “Price list” was raised: not sent to Marta Kowalska yet, tried again on "
            "Nov. 24, 2026, 10:02 a.m.: The mail server closed the connection."
        )

    def test_delivery_that_was_given_up_says_why(self, browser):
        price_list()
        browser.open("/pricing/")
        outbox.record_failure(claimed(), reason="550 No such user here.", may_pass=False, now=timezone.now())

        assert answer() == (
            "The alert “Price list” was raised: given up for Marta Kowalska: 550 No such user here."
        )

    def test_delivery_that_was_cancelled_says_why(self, browser, anna):
        price_list()
        browser.open("/pricing/")
        anna.owner.is_active = False
        anna.owner.save()
        deliver()

        assert answer() == (
            "The alert “Price list” was raised: not sent to Marta Kowalska: The contact has no active owner any "
            "more, and nobody stands in for them."
        )

    def test_email_without_its_attachment_says_so(self, browser):
        price_list()
        browser.open("/pricing/")
        deliver()
        Delivery.objects.update(attachment_fault="The template has no end.")

        assert answer().endswith("sent to Marta Kowalska on Nov. 24, 2026, 10:01 a.m., without its attachment.")

    def test_recipient_who_stands_in_for_an_owner_is_named_so(self, browser, anna):
        fallback = UserFactory(first_name="Jan", last_name="Lis", is_superuser=True)
        price_list(alert__fallback_user=fallback)
        Contact.objects.update(owner=None)
        browser.open("/pricing/")

        assert answer() == (
            "The alert “Price list” was raised: waits to be sent to Jan Lis in place of an owner."
        )

    def test_many_recipients_are_counted(self, browser):
        price_list(alert__cc=", ".join(f"reader{number}@example.com" for number in range(6)))
        browser.open("/pricing/")

        assert answer().endswith("waits to be sent to reader3@example.com in CC; 2 more e-mails.")

    def test_alert_that_was_deleted_since_is_named_as_it_was_called(self, browser):
        alert = price_list()
        browser.open("/pricing/")
        deliver()
        alert.delete()

        assert answer() == (
            "The alert “Price list”, deleted since, was raised: sent to Marta Kowalska on "
            "Nov. 24, 2026, 10:01 a.m."
        )

    def test_what_was_raised_stays_so_whatever_the_alert_is_now(self, browser):
        alert = price_list()
        browser.open("/pricing/")
        deliver()
        alert.is_on = False
        alert.save()

        assert answer().startswith("The alert “Price list” was raised: sent to Marta Kowalska")

    def test_several_alerts_have_a_sentence_each(self, browser):
        price_list(alert__send_to_owner=False)
        price_list(alert__name="All pages", path="**")
        browser.open("/pricing/")

        assert answer() == (
            "The alert “All pages” was raised: waits to be sent to Marta Kowalska. "
            "The alert “Price list” was to be raised, but there was nobody to tell: no recipient had an active "
            "account with an address and the right to view this contact."
        )


class TestHeldBack:
    def test_alert_that_the_cap_held_back_says_when_it_was_raised(self, browser, clock):
        price_list()
        browser.open("/pricing/")
        clock.shift(3600)
        browser.open("/pricing/")

        assert answer() == (
            "The alert “Price list” was held back by its frequency cap (now once a day): it had last been raised "
            "about this contact on Nov. 24, 2026, 10:01 a.m."
        )

    def test_alert_whose_frequency_was_changed_since_is_held_back_all_the_same(self, browser, clock):
        alert = price_list(alert__cap_period="month")
        browser.open("/pricing/")
        clock.shift(86_400)
        browser.open("/pricing/")
        alert.cap_period = "day"
        alert.save()

        assert answer() == ("The alert “Price list” was held back by its frequency cap (now once a day).")

    def test_alert_that_was_deleted_since_was_held_back(self, browser):
        alert = price_list()
        browser.open("/pricing/")
        browser.open("/pricing/")
        alert.delete()

        assert answer() == "An alert that was deleted since was held back by its frequency cap."


class TestNotMatched:
    def test_page_that_no_alert_watches_is_not_matched(self, browser):
        price_list()
        browser.open("/about/")

        assert answer(page_view("/about/")) == "Not matched: no alert that is on watches this page."

    def test_alert_that_is_off_and_watches_the_page_is_named(self, browser):
        price_list(alert__is_on=False)
        browser.open("/pricing/")

        assert answer() == "The alert “Price list” would have been raised, but it is off." + JUDGED

    def test_alert_that_is_off_and_would_raise_nothing_anyway_is_not_named(self, browser):
        price_list(alert__is_on=False, minimum_minutes=5)
        browser.open("/pricing/")

        assert answer() == "Not matched: no alert that is on watches this page."

    def test_exception_of_an_alert_is_said(self, browser):
        alert = price_list(path="**")
        price_list(alert=alert, is_exception=True)
        browser.open("/pricing/")

        assert answer() == "The alert “Price list” makes an exception of this page." + JUDGED

    def test_alert_about_other_contacts_is_said(self, browser):
        price_list(alert__only_tags=["vip"])
        browser.open("/pricing/")

        assert answer() == "The alert “Price list” watches this page, but is not about this contact." + JUDGED

    def test_alert_that_is_off_and_about_other_contacts_is_not_named(self, browser):
        price_list(alert__is_on=False, alert__only_tags=["vip"])
        browser.open("/pricing/")

        assert answer() == "Not matched: no alert that is on watches this page."

    def test_many_alerts_are_counted(self, browser):
        for number in range(6):
            price_list(alert__name=f"Alert {number}", minimum_minutes=5)
        browser.open("/pricing/")

        assert answer().count("asks for 5 min") == 4
        assert answer().endswith(JUDGED + " 2 more alerts watch this page.")


class TestTooShort:
    """Minimum minutes until moving on to the next page of the site."""

    def test_page_that_is_open_waits_for_the_next_one(self, browser):
        price_list(minimum_minutes=5)
        browser.open("/pricing/")

        assert answer() == (
            "The alert “Price list” asks for 5 min and then another page of the site; this page is still open."
            + JUDGED
        )

    def test_page_that_was_left_may_still_be_followed(self, browser, clock):
        price_list(minimum_minutes=5)
        browser.open("/pricing/")
        clock.shift(400)
        browser.close(engaged_ms=400_000)

        assert answer() == (
            "The alert “Price list” asks for 5 min and then another page of the site; this page was left, and no "
            "other has followed yet." + JUDGED
        )

    def test_page_that_was_moved_on_from_too_early_says_both_times(self, browser, clock):
        price_list(minimum_minutes=5)
        browser.open("/pricing/")
        clock.shift(130)
        browser.open("/about/", after_ms=130_000)

        assert answer() == (
            "The alert “Price list” asks for 5 min, and the contact moved on after 2 min 10 s." + JUDGED
        )

    def test_nearest_row_of_an_alert_is_the_one_that_is_told(self, browser, clock):
        alert = price_list(minimum_minutes=5)
        price_list(alert=alert, path="**", minimum_minutes=3)
        browser.open("/pricing/")
        clock.shift(130)
        browser.open("/about/", after_ms=130_000)

        assert "asks for 3 min, and" in answer()

    def test_page_that_was_closed_says_so(self, browser, clock):
        price_list(minimum_minutes=5)
        browser.open("/pricing/")
        clock.shift(400)
        browser.close(engaged_ms=400_000)
        clock.shift(3600)
        sweep()

        assert answer() == (
            "The alert “Price list” asks for 5 min and then another page of the site; the page was closed, and no "
            "other followed." + JUDGED
        )

    def test_site_that_was_left_says_so(self, browser, clock):
        price_list(minimum_minutes=5)
        browser.open("/pricing/")
        clock.shift(400)
        browser.close(engaged_ms=400_000)
        clock.shift(60)
        browser.open("/about/", after_ms=400_000, gap_ms=60_000)

        assert answer() == (
            "The alert “Price list” asks for 5 min and then another page of the site; the contact left the site, "
            "and came back after more than 30 seconds." + JUDGED
        )

    def test_time_that_can_not_be_true_is_not_known(self, anna):
        price_list(minimum_minutes=5)
        view = PageViewFactory(visitor__contact=anna, ending=Ending.MOVED_ON, dwell_ms=None)

        assert answer(view) == (
            "The alert “Price list” asks for 5 min, and how long the contact stayed is not known: the browser gave "
            "no time that can be true." + JUDGED
        )


class TestNotLongInView:
    def test_page_that_is_open_is_still_open(self, browser):
        price_list(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
        browser.open("/pricing/")

        assert answer() == "The alert “Price list” asks for 2 min in view, and the page is still open." + JUDGED

    def test_page_that_is_open_says_how_long_it_was_in_view_so_far(self, browser, clock):
        price_list(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
        browser.open("/pricing/")
        clock.shift(90)
        browser.report_in_view(90_000)

        assert answer() == (
            "The alert “Price list” asks for 2 min in view; the page is still open, and was in view for 1 min 30 s "
            "when the browser last said so." + JUDGED
        )

    def test_page_that_was_left_too_early_says_both_times(self, browser, clock):
        price_list(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
        browser.open("/pricing/")
        clock.shift(90)
        browser.close(engaged_ms=80_000)

        assert answer() == (
            "The alert “Price list” asks for 2 min in view, and the page was in view for 1 min 20 s." + JUDGED
        )

    def test_page_whose_time_in_view_never_came_says_so(self, browser, clock):
        price_list(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
        browser.open("/pricing/")
        clock.shift(90_000)
        sweep()

        assert answer() == (
            "The alert “Price list” asks for 2 min in view, and how long the page was in view is not known: the "
            "browser did not say." + JUDGED
        )

    def test_page_that_only_the_server_saw_says_so(self, anna):
        price_list(minimum_minutes=2, alert__clock=Clock.IN_VIEW)
        view = PageViewFactory(visitor__contact=anna, source=Source.HOOK, beacon_id=None, ending=Ending.CLOSED)

        assert answer(view) == (
            "The alert “Price list” asks for 2 min in view, which only a browser can tell: the page view was seen "
            "by the server only." + JUDGED
        )


class TestMissed:
    """The page view satisfies the alert as it stands now, and still raised nothing."""

    def test_page_seen_before_the_contact_was_recognised_is_history(self, clock, anna):
        price_list()
        browser = VirtualBrowser()
        browser.open("/pricing/")
        clock.shift(60)
        browser.open("/about/", after_ms=60_000, contact=anna)

        assert answer() == (
            "The alert “Price list” would have been raised, but the contact was recognised in this browser only "
            "later: what was seen before is history." + JUDGED
        )

    def test_page_seen_before_a_stronger_recognition_is_judged_as_ever(self, browser, clock, anna):
        browser.open("/pricing/")
        clock.shift(60)
        user = UserFactory()
        Contact.objects.update(user=user)
        browser.client.force_login(user)
        browser.open("/about/", after_ms=60_000)
        price_list()

        assert Visitor.objects.get().identified_by == Method.LOGIN
        assert "was made, changed or switched on only on" in answer()

    def test_alert_that_was_made_later_says_since_when_it_is_so(self, browser, clock):
        browser.open("/pricing/")
        clock.shift(3600)
        price_list()

        assert answer() == (
            "The alert “Price list” would be raised now, but it was made, changed or switched on only on "
            "Nov. 24, 2026, 11:01 a.m." + JUDGED
        )

    def test_page_view_that_was_reported_late_says_so(self, browser, clock):
        price_list()
        clock.shift(3600)
        browser.open("/pricing/", ago=700_000)

        assert answer() == (
            "The alert “Price list” would have been raised, but the browser reported the page view more than 10 min "
            "late." + JUDGED
        )

    def test_page_view_that_was_lost_and_healed_too_late_is_history(self, browser, clock):
        price_list()
        clock.shift(3600)
        lost = {**browser.entry("/pricing/"), "tab": str(uuid.uuid4()), "ago": 900_000}
        browser.open("/about/", unsent=[lost])

        assert answer() == (
            "The alert “Price list” would have been raised, but the browser reported the page view more than 10 min "
            "late." + JUDGED
        )

    def test_page_view_that_was_healed_too_late_but_has_an_anchor_is_most_likely_late(self, browser, clock):
        price_list()
        before = {"id": browser.here["id"], "wall": 0, "monotonic": 0, "engaged": 0, "gap": 0}
        clock.shift(3600)
        lost = {**browser.entry("/pricing/"), "ago": 3_600_000, "previous": before}
        browser.open("/about/", unsent=[lost])

        assert answer() == (
            "The alert “Price list” would be raised now; most likely it was not because the page view was known "
            "more than 10 min late." + JUDGED
        )

    def test_contact_who_fits_the_alert_only_since_then_says_so(self, browser, clock, anna):
        price_list(alert__field_name="city", alert__field_value="Kraków")
        browser.open("/pricing/")
        clock.shift(60)
        anna.city = "Kraków"
        anna.save()

        assert answer() == (
            "The alert “Price list” would be raised now, but the contact's data has changed since, and it is about "
            "some contacts only." + JUDGED
        )


class TestNotJudgedYet:
    def test_page_view_that_only_the_server_saw_is_not_judged_yet(self, anna):
        view = PageViewFactory(
            visitor__contact=anna, source=Source.HOOK, beacon_id=None, is_confirmed=False, entered_at=START
        )

        assert answer(view) == (
            "Not judged yet: only the server has seen this page view. The browser may still confirm it; else the "
            "sweep decides, a minute after the entry."
        )

    def test_page_view_that_no_sweep_has_judged_asks_for_the_cluster(self, anna, clock):
        view = PageViewFactory(
            visitor__contact=anna, source=Source.HOOK, beacon_id=None, is_confirmed=False, entered_at=START
        )
        clock.shift(OVERDUE + timedelta(seconds=1))

        assert answer(view).endswith("is overdue. Is the cluster running?")


class TestNobody:
    NOBODY = "Nobody knows who it was: alerts are about contacts."

    def opened(self, outcome, *, opened_at=START):
        """A link to Anna that was opened in the browser that has last been seen."""
        link = SignedLink.objects.create(
            token_hash=uuid.uuid4().hex, contact=ContactFactory(), first_opened_at=START
        )
        return LinkUse.objects.create(
            link=link,
            visitor=Visitor.objects.latest("pk"),
            sign=Sign.POINTER,
            outcome=outcome,
            opened_at=opened_at,
        )

    def test_page_view_of_nobody_says_that_alerts_are_about_contacts(self, clock):
        price_list()
        VirtualBrowser().open("/pricing/")

        assert answer() == self.NOBODY

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [
            (LinkOutcome.OTHER_NETWORK, "another network opened it within 30 seconds"),
            (
                LinkOutcome.BURST,
                "several links of the contact were opened within seconds, as mail scanners do",
            ),
            (LinkOutcome.SHARED, "more browsers opened it than one person has"),
            (LinkOutcome.WEAKER, "the browser is known more surely as somebody else's"),
        ],
    )
    def test_link_that_recognised_nobody_says_why(self, clock, outcome, reason):
        VirtualBrowser().open("/pricing/")
        self.opened(outcome)

        assert answer() == (
            f"{self.NOBODY} A signed link was opened in this browser on Nov. 24, 2026, 10 a.m., but it recognised "
            f"nobody: {reason}."
        )

    def test_alert_that_was_raised_before_the_link_turned_out_to_be_no_persons_is_told(self, browser):
        price_list()
        browser.open("/pricing/")
        PageView.objects.update(contact=None)

        assert (
            answer() == f"{self.NOBODY} The alert “Price list” was raised: waits to be sent to Marta Kowalska."
        )

    def test_link_that_was_opened_on_another_day_explains_nothing(self, clock):
        VirtualBrowser().open("/pricing/")
        clock.shift(86_400)
        self.opened(LinkOutcome.SHARED, opened_at=timezone.now())

        assert answer() == self.NOBODY


class TestReader:
    @pytest.fixture
    def salesperson(self, anna):
        anna.owner.user_permissions.set(Permission.objects.filter(codename="view_own_contact"))
        return anna.owner

    def test_salesperson_is_told_the_name_of_an_alert_that_told_them(self, browser, salesperson):
        price_list()
        browser.open("/pricing/")

        assert answer(reader=salesperson).startswith(
            "The alert “Price list” was raised: waits to be sent to Marta"
        )

    def test_salesperson_is_not_told_what_others_alerts_are_called_and_whom_they_tell(
        self, browser, salesperson
    ):
        price_list(alert__send_to_owner=False, alert__cc="boss@example.com")
        price_list(alert__name="Secret", minimum_minutes=5)
        browser.open("/pricing/")
        outbox.record_failure(
            claimed(), reason="550 boss@example.com is unknown", may_pass=False, now=timezone.now()
        )

        text = answer(reader=salesperson)

        assert text == (
            "An alert of somebody else's was raised: given up for an address in CC. An alert of somebody else's "
            "asks for 5 min and then another page of the site; this page is still open." + JUDGED
        )

    def test_author_is_told_the_name_of_their_own_alert(self, browser, salesperson):
        salesperson.user_permissions.add(Permission.objects.get(codename="add_alert"))
        price_list(alert__author=salesperson, minimum_minutes=5)
        browser.open("/pricing/")

        assert answer(reader=salesperson).startswith("The alert “Price list” asks")

    def test_name_of_a_deleted_alert_is_for_those_who_may_see_any(self, browser, salesperson):
        alert = price_list(alert__send_to_owner=False, alert__cc="boss@example.com")
        browser.open("/pricing/")
        alert.delete()

        assert answer(reader=salesperson).startswith("An alert of somebody else's was raised")
        assert answer(reader=UserFactory(is_superuser=True)).startswith(
            "The alert “Price list”, deleted since,"
        )


def test_answer_is_in_the_language_and_time_zone_that_are_active(browser):
    price_list()
    browser.open("/pricing/")
    deliver()

    with translation.override("de"), timezone.override("America/New_York"):
        assert "24. November 2026 04:01" in answer()


@pytest.mark.parametrize("is_warm", [False, True])
def test_number_of_queries_does_not_grow_with_the_page_views(clock, is_warm, browser):
    def visit(count):
        for number in range(count):
            contact = ContactFactory()
            VirtualBrowser().open("/pricing/", contact=contact)
            VirtualBrowser().open(f"/products/{number}/", contact=contact)
            VirtualBrowser().open("/pricing/")

    for number in range(3):
        price_list(alert__name=f"Alert {number}")
        price_list(alert__name=f"VIP {number}", alert__only_tags=[f"vip{number}"], path="/products/**")
        price_list(alert__name=f"Off {number}", alert__is_on=False)

    def asked():
        page_views = list(PageView.objects.all())
        Alert.objects.first().save()
        if is_warm:
            explain(page_views, now=timezone.now())
        with counted_queries() as queries:
            explain(page_views, now=timezone.now())
        return queries

    visit(2)
    few = asked()
    visit(10)
    many = asked()

    assert len(many) == len(few)
    assert len(many) <= (11 if is_warm else 16)
