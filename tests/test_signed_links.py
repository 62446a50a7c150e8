"""What comes of opening a signed link: through the endpoint, by browsers in networks of their own."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from wagtail_visit_alerts import api, identifying
from wagtail_visit_alerts.delivering import outbox
from wagtail_visit_alerts.models import (
    Delivery,
    LinkOutcome,
    LinkUse,
    Method,
    PageView,
    Sign,
    SignedLink,
    Slot,
    Status,
    Visitor,
)
from wagtail_visit_alerts.tasks import deliver, sweep

from .browsing import VirtualBrowser
from .factories import ContactFactory, MonitoredPageFactory, UserFactory
from .query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

HOME, OFFICE, ELSEWHERE = "192.0.2.17", "198.51.100.5", "203.0.113.9"
BY_HAND, BY_WAITING = "pointerdown", "visible"


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-24T10:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(clock):
    return ContactFactory(email="anna.nowak@example.org", name="Anna Nowak", owner__email="marta@example.com")


@pytest.fixture
def token(anna):
    return identifying.link_token(anna)


def browser_at(address: str) -> VirtualBrowser:
    return VirtualBrowser(Client(REMOTE_ADDR=address))


def open_link(browser, token, *, sign=BY_HAND, url="/pricing/", **more):
    return browser.open(url, token=token, sign=sign, **more)


def contact_of(browser):
    """Whose the browser's page view is by now."""
    return PageView.objects.get(beacon_id=browser.here["id"]).contact


def fill_in_form(browser, email, rf):
    """Send a form of the site's own with this address; gives its contact."""
    cookie = browser.client.cookies["va"].value
    return api.identify_from_form(rf.post("/", headers={**browser.headers, "Cookie": f"va={cookie}"}), email)


def outcomes():
    """What came of each opening, the oldest first."""
    return list(LinkUse.objects.order_by("pk").values_list("outcome", flat=True))


class TestOneBrowser:
    def test_opening_by_hand_recognises_the_contact(self, anna, token):
        browser = browser_at(HOME)

        open_link(browser, token)

        assert contact_of(browser) == anna
        visitor = Visitor.objects.get()
        assert (visitor.identified_by, visitor.contact) == (Method.LINK, anna)
        use = LinkUse.objects.of_contact(anna).get()
        assert (use.outcome, use.sign, use.visitor, use.address.text) == (
            LinkOutcome.IDENTIFIED,
            Sign.POINTER,
            visitor,
            "http://testserver/pricing/",
        )

    def test_opening_it_again_is_the_same_browser(self, anna, token, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"LINK_MAX_BROWSERS": 1}
        browser = browser_at(HOME)
        open_link(browser, token)

        open_link(browser, token, url="/about/")

        assert outcomes() == [LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN]
        assert contact_of(browser) == anna
        assert SignedLink.objects.get().shared_at is None

    def test_message_that_comes_twice_is_one_opening(self, token):
        browser = browser_at(HOME)
        open_link(browser, token)

        browser.send(browser.here)

        assert outcomes() == [LinkOutcome.IDENTIFIED]

    def test_moving_to_another_network_stays_the_same_browser(self, anna, token, clock):
        browser = browser_at(HOME)
        open_link(browser, token)
        clock.shift(timedelta(seconds=5))
        browser.client.defaults["REMOTE_ADDR"] = OFFICE

        open_link(browser, token)

        assert contact_of(browser) == anna

    def test_token_is_stored_as_a_hash_only(self, token):
        open_link(browser_at(HOME), token)

        assert SignedLink.objects.get().token_hash != token
        assert not PageView.objects.filter(address__text__contains=token).exists()

    def test_forged_token_is_as_none(self, token):
        browser = browser_at(HOME)

        open_link(browser, token[:-1] + ("a" if token[-1] != "a" else "b"))

        assert contact_of(browser) is None
        assert not SignedLink.objects.exists()

    def test_link_of_somebody_else_is_weaker_than_a_form(self, anna, token, rf):
        browser = browser_at(HOME)
        browser.open("/")
        tomasz = fill_in_form(browser, "tomasz@example.org", rf)

        open_link(browser, token)

        assert contact_of(browser) == tomasz
        assert outcomes() == [LinkOutcome.WEAKER]

    def test_first_opening_costs_a_bounded_number_of_queries(self, token):
        """Three to know the token, two to lock it, five to judge it; the rest as for whoever becomes known."""
        browser = browser_at(HOME)
        browser.open("/pricing/")

        with counted_queries() as queries:
            open_link(browser, token)

        assert len(queries) <= 18, "\n".join(queries)

    def test_opening_it_again_costs_a_bounded_number_of_queries(self, token):
        browser = browser_at(HOME)
        open_link(browser, token)

        with counted_queries() as queries:
            open_link(browser, token)

        assert len(queries) <= 13, "\n".join(queries)


class TestTwoNetworks:
    def test_by_hand_wins_over_a_scanner_that_came_before(self, anna, token, clock):
        scanner, person = browser_at(OFFICE), browser_at(HOME)
        open_link(scanner, token, sign=BY_WAITING)
        clock.shift(timedelta(seconds=29))

        open_link(person, token, sign=BY_HAND)

        assert contact_of(scanner) is None
        assert contact_of(person) == anna
        assert outcomes() == [LinkOutcome.OTHER_NETWORK, LinkOutcome.IDENTIFIED]

    def test_by_hand_keeps_it_from_a_scanner_that_comes_after(self, anna, token, clock):
        scanner, person = browser_at(OFFICE), browser_at(HOME)
        open_link(person, token, sign=BY_HAND)
        clock.shift(timedelta(seconds=29))

        open_link(scanner, token, sign=BY_WAITING)

        assert contact_of(person) == anna
        assert contact_of(scanner) is None
        assert outcomes() == [LinkOutcome.IDENTIFIED, LinkOutcome.OTHER_NETWORK]

    @pytest.mark.parametrize("sign", [BY_HAND, BY_WAITING, "scroll"])
    def test_both_or_none_by_hand_leaves_it_to_neither(self, token, clock, sign):
        first, second = browser_at(OFFICE), browser_at(HOME)
        open_link(first, token, sign=sign)
        clock.shift(timedelta(seconds=29))

        open_link(second, token, sign=sign)

        assert contact_of(first) is None
        assert contact_of(second) is None
        assert outcomes() == [LinkOutcome.OTHER_NETWORK] * 2

    def test_later_than_half_a_minute_both_are_recognised(self, anna, token, clock):
        first, second = browser_at(OFFICE), browser_at(HOME)
        open_link(first, token)
        clock.shift(timedelta(seconds=31))

        open_link(second, token)

        assert contact_of(first) == contact_of(second) == anna

    def test_two_browsers_in_one_network_are_both_recognised(self, anna, token):
        first, second = browser_at(HOME), browser_at("192.0.2.200")
        open_link(first, token)

        open_link(second, token)

        assert contact_of(first) == contact_of(second) == anna

    def test_network_that_is_not_known_is_no_rival(self, anna, token):
        first, second = browser_at(HOME), browser_at("")
        open_link(first, token)

        open_link(second, token)

        assert contact_of(first) == contact_of(second) == anna

    def test_browser_that_was_the_contacts_before_stays_so(self, anna, token, clock):
        known = browser_at(HOME)
        open_link(known, token)
        clock.shift(timedelta(hours=1))
        open_link(known, token, sign=BY_WAITING)

        open_link(browser_at(OFFICE), token, sign=BY_WAITING)

        assert contact_of(known) == anna
        assert Visitor.objects.filter(contact=anna).count() == 1

    def test_third_network_takes_it_from_the_second(self, token, clock):
        browsers = [browser_at(address) for address in (OFFICE, HOME, ELSEWHERE)]
        for browser, sign in zip(browsers, (BY_WAITING, BY_HAND, BY_HAND), strict=True):
            open_link(browser, token, sign=sign)
            clock.shift(timedelta(seconds=5))

        assert [contact_of(browser) for browser in browsers] == [None] * 3

    def test_browser_that_was_somebody_elses_before_is_nobodys_after(self, anna, token, clock):
        tomasz = ContactFactory()
        first = browser_at(OFFICE)
        first.open("/", contact=tomasz)
        open_link(first, token)
        clock.shift(timedelta(seconds=5))

        open_link(browser_at(HOME), token)

        assert contact_of(first) is None
        assert PageView.objects.filter(contact=tomasz).count() == 1

    def test_who_has_become_known_more_surely_meanwhile_stays(self, anna, token, clock, rf):
        first = browser_at(OFFICE)
        open_link(first, token)
        fill_in_form(first, anna.email, rf)

        open_link(browser_at(HOME), token)

        assert contact_of(first) == anna

    def test_networks_are_forgotten_by_the_sweep(self, token, clock):
        open_link(browser_at(HOME), token)
        clock.shift(timedelta(seconds=60))

        sweep()

        assert LinkUse.objects.get().network_hash == ""

    def test_networks_are_forgotten_by_the_next_opening(self, token, clock):
        open_link(browser_at(HOME), token)
        clock.shift(timedelta(seconds=60))

        open_link(browser_at(OFFICE), token)

        assert LinkUse.objects.order_by("pk")[0].network_hash == ""

    def test_no_address_can_be_read_in_what_is_kept(self, token):
        open_link(browser_at(HOME), token)

        assert HOME.rpartition(".")[0] not in LinkUse.objects.get().network_hash


class TestUndoing:
    def lose(self, token, clock):
        """A scanner opens the link, then a person takes it; gives the scanner's browser."""
        scanner = browser_at(OFFICE)
        scanner.open("/about/")
        open_link(scanner, token, sign=BY_WAITING, after_ms=1000)
        clock.shift(timedelta(seconds=10))
        open_link(browser_at(HOME), token, sign=BY_HAND, url="/elsewhere/")
        return scanner

    def test_history_is_nobodys_again(self, anna, token, clock):
        scanner = self.lose(token, clock)

        views = PageView.objects.filter(visitor__page_views__beacon_id=scanner.here["id"])
        assert {view.contact for view in views} == {None}
        assert PageView.objects.filter(contact=anna).count() == 1

    def test_key_records_nothing_more_and_the_browser_gets_another(self, anna, token, clock):
        scanner = self.lose(token, clock)
        held = scanner.client.cookies["va"].value

        scanner.open("/about/")

        assert scanner.client.cookies["va"].value.partition("~")[0] != held.partition("~")[0]
        assert contact_of(scanner) is None

    def test_two_tabs_of_it_get_the_same_key(self, anna, token, clock):
        scanner = self.lose(token, clock)
        other_tab = VirtualBrowser(Client())
        other_tab.client.cookies.load({"va": scanner.client.cookies["va"].value})

        scanner.open("/about/")
        other_tab.open("/about/")

        keys = {one.client.cookies["va"].value.partition("~")[0] for one in (scanner, other_tab)}
        assert len(keys) == 1

    def test_delivery_that_waits_is_cancelled_and_says_why(self, token, clock):
        MonitoredPageFactory(path="/pricing/")

        self.lose(token, clock)

        delivery = Delivery.objects.get()
        assert delivery.status == Status.CANCELLED
        assert "another network opened it within 30 seconds" in delivery.reason
        deliver()
        assert mail.outbox == []

    def test_delivery_that_is_being_sent_is_cancelled_before_it_leaves(self, token, clock):
        MonitoredPageFactory(path="/pricing/")
        scanner = browser_at(OFFICE)
        open_link(scanner, token, sign=BY_WAITING)
        outbox.claim(now=timezone.now(), limit=10)

        open_link(browser_at(HOME), token, sign=BY_HAND, url="/elsewhere/")
        clock.shift(outbox.LEASE + timedelta(seconds=1))
        deliver()

        assert mail.outbox == []
        assert Delivery.objects.get().status == Status.CANCELLED

    def test_cap_forgets_what_nobody_was_told(self, anna, token, clock):
        MonitoredPageFactory(path="/pricing/")
        open_link(browser_at(OFFICE), token, sign=BY_WAITING)
        clock.shift(timedelta(seconds=10))

        open_link(browser_at(HOME), token, sign=BY_HAND)

        deliver()
        assert [message.to for message in mail.outbox] == [["marta@example.com"]]

    def test_cap_keeps_what_somebody_was_told(self, anna, token, clock):
        MonitoredPageFactory(path="/pricing/")
        open_link(browser_at(OFFICE), token, sign=BY_WAITING)
        deliver()
        clock.shift(timedelta(seconds=10))

        open_link(browser_at(HOME), token, sign=BY_HAND)

        assert Slot.objects.count() == 1
        deliver()
        assert len(mail.outbox) == 1

    def test_nothing_anonymous_is_left_where_the_site_keeps_none(self, token, clock, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"RECORD_ANONYMOUS": False}
        scanner = browser_at(OFFICE)
        open_link(scanner, token, sign=BY_WAITING)

        open_link(browser_at(HOME), token, sign=BY_HAND)

        assert PageView.objects.filter(contact=None).count() == 0


class TestBurst:
    PAGES = ("/pricing/", "/about/", "/products/")

    def test_fresh_browsers_on_several_pages_at_once_are_a_scanner(self, token, clock):
        browsers = [browser_at(OFFICE) for _page in self.PAGES]

        for browser, page in zip(browsers, self.PAGES, strict=True):
            open_link(browser, token, url=page)
            clock.shift(timedelta(seconds=4))

        assert [contact_of(browser) for browser in browsers] == [None] * 3
        assert outcomes() == [LinkOutcome.BURST] * 3

    def test_tokens_of_one_contact_count_together(self, anna, clock):
        browsers = [browser_at(OFFICE) for _page in self.PAGES]

        for browser, page in zip(browsers, self.PAGES, strict=True):
            open_link(browser, identifying.link_token(anna), url=page)
            clock.shift(timedelta(seconds=2))

        assert SignedLink.objects.count() == 3
        assert [contact_of(browser) for browser in browsers] == [None] * 3

    def test_tabs_of_one_browser_are_a_person(self, anna, token):
        browser = browser_at(HOME)

        for page in self.PAGES:
            open_link(browser, token, url=page)

        assert PageView.objects.filter(contact=anna).count() == 3

    def test_mail_program_with_a_browser_for_each_link_is_a_person(self, anna, token, clock):
        browsers = [browser_at(HOME) for _page in self.PAGES]

        for browser, page in zip(browsers, self.PAGES, strict=True):
            open_link(browser, token, url=page)
            clock.shift(timedelta(seconds=6))

        assert [contact_of(browser) for browser in browsers] == [anna] * 3

    def test_several_browsers_on_one_page_are_no_burst(self, anna, token):
        browsers = [browser_at(HOME) for _page in self.PAGES]

        for browser in browsers:
            open_link(browser, token)

        assert [contact_of(browser) for browser in browsers] == [anna] * 3

    def test_person_is_recognised_after_it(self, anna, token, clock):
        for page in self.PAGES:
            open_link(browser_at(OFFICE), token, url=page)
        clock.shift(timedelta(seconds=31))
        person = browser_at(HOME)

        open_link(person, token)

        assert contact_of(person) == anna

    def test_scanners_do_not_make_a_link_shared(self, anna, token, clock):
        for page in ("/a/", "/b/", "/c/", "/d/", "/e/", "/f/", "/g/"):
            open_link(browser_at(OFFICE), token, url=page)

        assert SignedLink.objects.get().shared_at is None


class TestShared:
    def opened_by(self, number, token, clock):
        browsers = [browser_at(HOME) for _number in range(number)]
        for browser in browsers:
            open_link(browser, token)
            clock.shift(timedelta(minutes=1))
        return browsers

    def test_sixth_browser_marks_the_link_and_is_not_recognised(self, anna, token, clock):
        browsers = self.opened_by(6, token, clock)

        assert [contact_of(browser) for browser in browsers] == [*[anna] * 5, None]
        assert outcomes()[-1] == LinkOutcome.SHARED
        assert SignedLink.objects.get().shared_at

    def test_who_was_recognised_before_stays_so(self, anna, token, clock):
        first, *_others = self.opened_by(6, token, clock)

        open_link(first, token)

        assert contact_of(first) == anna
        assert outcomes()[-1] == LinkOutcome.KNOWN

    def test_setting_says_how_many(self, anna, token, clock, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"LINK_MAX_BROWSERS": 1}

        browsers = self.opened_by(2, token, clock)

        assert [contact_of(browser) for browser in browsers] == [anna, None]

    def test_another_token_of_the_contact_still_works(self, anna, token, clock):
        self.opened_by(6, token, clock)
        browser = browser_at(HOME)

        open_link(browser, identifying.link_token(anna))

        assert contact_of(browser) == anna


class TestEmail:
    def said_by_email(self):
        """What both parts of the one e-mail that was sent say."""
        deliver()
        [message] = mail.outbox
        html, _kind = message.alternatives[0]
        return " ".join(message.body.split()), " ".join(html.split())

    def test_link_may_have_been_forwarded(self, token):
        MonitoredPageFactory(path="/pricing/")

        open_link(browser_at(HOME), token)

        for part in self.said_by_email():
            assert "By a link sent to them: it could be a colleague they forwarded it to." in part

    def test_link_that_others_have_opened_too_is_said_to_be(self, token, clock):
        MonitoredPageFactory(path="/pricing/")
        open_link(browser_at(OFFICE), token, url="/about/")
        clock.shift(timedelta(minutes=5))

        open_link(browser_at(HOME), token)

        for part in self.said_by_email():
            assert "which other browsers have opened too" in part

    def test_scanner_that_was_found_out_counts_as_no_other(self, token, clock):
        MonitoredPageFactory(path="/pricing/")
        for page in TestBurst.PAGES:
            open_link(browser_at(OFFICE), token, url=page.replace("pricing", "prices"))
        clock.shift(timedelta(minutes=5))

        open_link(browser_at(HOME), token)

        assert "which other browsers" not in self.said_by_email()[0]


class TestColleague:
    def test_opening_by_a_colleague_is_listed_and_binds_nobody(self, anna, token):
        colleague = browser_at(OFFICE)
        colleague.client.force_login(anna.owner)

        open_link(colleague, token)

        assert outcomes() == [LinkOutcome.STAFF]
        assert LinkUse.objects.get().visitor is None
        assert not PageView.objects.exists()
        assert colleague.client.cookies["va"].value == "off"

    def test_colleague_takes_the_link_from_nobody(self, anna, token, clock):
        person, colleague = browser_at(HOME), browser_at(OFFICE)
        colleague.client.force_login(anna.owner)
        open_link(colleague, token)
        clock.shift(timedelta(seconds=5))

        open_link(person, token)

        assert contact_of(person) == anna

    def test_contact_with_an_address_of_the_staff_is_not_recorded(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["Example.COM"]}
        browser = browser_at(HOME)

        open_link(browser, identifying.link_token(ContactFactory(email="jan@example.com")))

        assert browser.client.cookies["va"].value == "off"
        assert not PageView.objects.exists()
        assert outcomes() == [LinkOutcome.STAFF]

    def test_colleagues_link_does_not_switch_off_who_has_logged_in(self, anna, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["example.com"]}
        customer = ContactFactory(user=UserFactory(email="customer@example.org"))
        browser = browser_at(HOME)
        browser.client.force_login(customer.user)
        browser.open("/")

        open_link(browser, identifying.link_token(ContactFactory(email="jan@example.com")))

        assert contact_of(browser) == customer
        assert outcomes() == [LinkOutcome.WEAKER]


class TestRevoking:
    def test_revoked_links_identify_nobody(self, anna, token):
        api.revoke_links(anna)
        browser = browser_at(HOME)

        open_link(browser, token)

        assert contact_of(browser) is None

    def test_link_that_was_opened_before_is_revoked_too(self, anna, token):
        open_link(browser_at(HOME), token)
        api.revoke_links(anna)
        browser = browser_at(HOME)

        open_link(browser, token)

        assert contact_of(browser) is None
        assert outcomes() == [LinkOutcome.IDENTIFIED]

    def test_new_link_works(self, anna):
        api.revoke_links(anna)
        browser = browser_at(HOME)

        open_link(browser, identifying.link_token(anna))

        assert contact_of(browser) == anna

    def test_browser_that_was_recognised_stays_so(self, anna, token):
        browser = browser_at(HOME)
        open_link(browser, token)

        api.revoke_links(anna)
        browser.open("/about/")

        assert contact_of(browser) == anna

    def test_link_of_a_deleted_contact_is_ignored(self, anna, token):
        open_link(browser_at(HOME), token)
        anna.delete()
        browser = browser_at(HOME)

        open_link(browser, token)

        assert contact_of(browser) is None


class TestSecretKey:
    def rotate(self, settings):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        settings.SECRET_KEY = f"{settings.SECRET_KEY} again"

    def test_links_work_after_a_rotation(self, anna, token, settings):
        self.rotate(settings)
        browser = browser_at(HOME)

        open_link(browser, token)

        assert contact_of(browser) == anna

    def test_cookie_holds_after_a_rotation(self, anna, token, settings):
        browser = browser_at(HOME)
        open_link(browser, token)

        self.rotate(settings)
        browser.open("/about/")

        assert contact_of(browser) == anna

    def test_retired_key_is_followed_by_what_the_old_secret_made_of_it(self, anna, settings):
        browser = browser_at(HOME)
        browser.open("/", contact=ContactFactory())
        retired = browser.client.cookies["va"].value
        browser.open("/", contact=anna)
        browser.client.cookies["va"] = retired

        self.rotate(settings)
        browser.open("/about/")

        assert contact_of(browser) == anna

    def test_retirements_under_several_secrets_are_followed(self, anna, settings):
        browser = browser_at(HOME)
        browser.open("/", contact=ContactFactory())
        retired = browser.client.cookies["va"].value
        browser.open("/", contact=ContactFactory())
        self.rotate(settings)
        browser.open("/", contact=anna)
        self.rotate(settings)
        browser.client.cookies["va"] = retired

        browser.open("/about/")

        assert contact_of(browser) == anna


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize(
    ("signs", "recognised"), [((BY_HAND, BY_HAND), 0), ((BY_HAND, BY_WAITING), 1), ((BY_WAITING,) * 2, 0)]
)
def test_two_browsers_that_open_one_token_at_once_end_in_one_state(signs, recognised, round_):
    MonitoredPageFactory(path="/pricing/")
    anna = ContactFactory()
    token = identifying.link_token(anna)
    browsers = [browser_at(OFFICE), browser_at(HOME)]
    for browser in browsers:
        browser.open("/")

    at_once([lambda b=b, s=s: open_link(b, token, sign=s) for b, s in zip(browsers, signs, strict=True)])

    assert sum(contact_of(browser) == anna for browser in browsers) == recognised
    assert Visitor.objects.filter(contact=anna, retired_at=None).count() == recognised
    assert Delivery.objects.filter(status=Status.WAITING).count() == recognised


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
def test_burst_that_comes_at_once_recognises_nobody():
    anna = ContactFactory()
    tokens = []
    for day in range(1, 5):
        with time_machine.travel(f"2026-11-{day:02}T10:00:00+00:00"):
            tokens.append(identifying.link_token(anna))
    browsers = [browser_at(OFFICE) for _token in tokens]
    for browser in browsers:
        browser.open("/")

    with time_machine.travel("2026-11-24T10:00:00+00:00"):
        at_once(
            [
                lambda b=b, t=t, n=n: open_link(b, t, url=f"/page-{n}/")
                for n, (b, t) in enumerate(zip(browsers, tokens, strict=True))
            ]
        )

    assert [contact_of(browser) for browser in browsers] == [None] * 4
    assert set(outcomes()) == {LinkOutcome.BURST}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
def test_browsers_that_open_one_token_at_once_are_counted_exactly(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"LINK_MAX_BROWSERS": 2}
    anna = ContactFactory()
    token = identifying.link_token(anna)
    browsers = [browser_at(HOME) for _number in range(4)]
    for browser in browsers:
        browser.open("/")

    at_once([lambda b=b: open_link(b, token) for b in browsers])

    assert sum(contact_of(browser) == anna for browser in browsers) == 2


def at_once(actions):
    """Run functions in threads that begin together; one after the other where there is one connection only."""
    if connection.vendor == "sqlite":
        for action in actions:
            action()
        return
    start = threading.Barrier(len(actions))
    failures = []

    def run(action):
        start.wait()
        try:
            response = action()
            if response.status_code != 200:
                failures.append(response.content)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
