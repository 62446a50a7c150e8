import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from wagtail_visit_alerts import api
from wagtail_visit_alerts.models import Contact, Method, PageView, SubmittedForm, Visitor

from ..browsing import USER_AGENT
from ..factories import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_():
    return RequestFactory(headers={"User-Agent": USER_AGENT}).post("/order/")


def test_site_says_whose_browser_it_is(request_):
    contact, response = ContactFactory(), HttpResponse()

    api.identify(request_, contact, response=response)

    visitor = Visitor.objects.get()
    assert (visitor.contact, visitor.identified_by) == (contact, Method.API)
    assert response.cookies["va"]["httponly"]


def test_form_of_the_site_identifies_in_one_line(request_):
    contact = api.identify_from_form(request_, "anna.nowak@example.org", response=HttpResponse(), name="Anna")

    assert contact == Contact.objects.get(name="Anna")
    assert Visitor.objects.get().identified_by == Method.FORM


def test_form_of_the_site_is_part_of_the_contacts_history_by_its_name(request_):
    contact = api.identify_from_form(
        request_, "anna.nowak@example.org", response=HttpResponse(), form_name="Ask for an offer"
    )

    form = SubmittedForm.objects.get()
    assert (form.contact, form.title) == (contact, "Ask for an offer")


def test_characters_that_no_database_takes_break_no_form(request_):
    contact = api.identify_from_form(
        request_,
        "anna.nowak@example.org",
        response=HttpResponse(),
        form_name="Ask\0 for an offer",
        name="Anna\0 Nowak\ud83d",
    )

    assert (contact.name, SubmittedForm.objects.get().title) == ("Anna Nowak", "Ask for an offer")


def test_invalid_address_is_refused(request_):
    with pytest.raises(api.InvalidAddress):
        api.identify_from_form(request_, "no address", response=HttpResponse())


def test_browser_without_key_and_answer_stays_unknown(request_):
    contact = api.identify_from_form(request_, "anna.nowak@example.org")

    assert contact.pk
    assert not Visitor.objects.exists()


def test_bot_is_not_identified():
    request = RequestFactory(headers={"User-Agent": "curl/8.0 (a robot)"}).post("/order/")

    api.identify(request, ContactFactory(), response=HttpResponse())

    assert not Visitor.objects.exists()


class TestSomebodyElse:
    """A form is filled in for another person than the one the browser is known as."""

    def submit(self, browser, email, *, identify=None):
        """Send a form of the site's own, in the browser's session; gives the contact that it names."""
        request = RequestFactory(headers=browser.headers).post("/order/")
        request.META["HTTP_COOKIE"] = "; ".join(
            f"{name}={morsel.value}" for name, morsel in browser.client.cookies.items()
        )
        SessionMiddleware(lambda _request: None).process_request(request)
        AuthenticationMiddleware(lambda _request: None).process_request(request)
        response = HttpResponse()
        if identify is not None:
            api.identify(request, identify, response=response)
        else:
            identify = api.identify_from_form(request, email, response=response)
        browser.client.cookies.update(response.cookies)
        return identify

    def contact_of(self, browser, url):
        browser.open(url)
        return PageView.objects.get(beacon_id=browser.here["id"]).contact

    @pytest.fixture
    def anna(self):
        return ContactFactory(email="anna@example.org", user=UserFactory())

    def test_known_by_a_link_becomes_the_other(self, browser, anna):
        browser.open("/", contact=anna)

        tomasz = self.submit(browser, "tomasz@example.org")

        assert self.contact_of(browser, "/thanks/") == tomasz
        assert PageView.objects.filter(contact=anna).count() == 1

    def test_known_by_a_form_becomes_the_other(self, browser):
        browser.open("/")
        anna = self.submit(browser, "anna@example.org")
        key = browser.client.cookies["va"].value.partition("~")[0]

        tomasz = self.submit(browser, "tomasz@example.org")

        assert self.contact_of(browser, "/thanks/") == tomasz
        assert browser.client.cookies["va"].value.partition("~")[0] != key
        assert PageView.objects.filter(contact=anna).count() == 1

    def test_known_by_the_site_stays(self, browser, anna):
        browser.open("/")
        self.submit(browser, "", identify=anna)

        self.submit(browser, "tomasz@example.org")

        assert self.contact_of(browser, "/thanks/") == anna

    def test_logged_in_stays_and_the_other_contact_is_made(self, browser, anna):
        browser.client.force_login(anna.user)
        browser.open("/")

        tomasz = self.submit(browser, "tomasz@example.org")

        assert self.contact_of(browser, "/thanks/") == anna
        assert Contact.objects.filter(pk=tomasz.pk, email="tomasz@example.org").exists()

    def test_logged_in_stays_also_where_the_form_is_the_first_we_see(self, browser, anna):
        browser.client.force_login(anna.user)

        self.submit(browser, "tomasz@example.org")

        assert self.contact_of(browser, "/thanks/") == anna

    def test_login_that_is_over_holds_no_more_than_a_form(self, browser, anna):
        browser.client.force_login(anna.user)
        browser.open("/")
        del browser.client.cookies["sessionid"]

        tomasz = self.submit(browser, "tomasz@example.org")

        assert self.contact_of(browser, "/thanks/") == tomasz

    def test_site_that_names_another_gives_a_new_key(self, browser, anna):
        browser.open("/")
        self.submit(browser, "", identify=ContactFactory())
        key = browser.client.cookies["va"].value.partition("~")[0]

        self.submit(browser, "", identify=anna)

        assert browser.client.cookies["va"].value.partition("~")[0] != key
        assert self.contact_of(browser, "/thanks/") == anna

    def test_colleague_who_tries_a_form_is_bound_to_nobody(self, browser, anna):
        browser.client.force_login(anna.owner)

        self.submit(browser, "anna@example.org")

        assert browser.client.cookies["va"].value == "off"
        assert not Visitor.objects.exists()


class TestStaffAddress:
    @pytest.fixture(autouse=True)
    def _domain(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["example.net"]}

    def test_form_with_it_switches_the_browser_off(self, request_):
        response = HttpResponse()

        contact = api.identify_from_form(request_, "jan@example.net", response=response)

        assert contact.email == "jan@example.net"
        assert response.cookies["va"].value == "off"
        assert not Visitor.objects.exists()

    def test_site_that_names_such_a_contact_switches_the_browser_off(self, request_):
        response = HttpResponse()

        api.identify(request_, ContactFactory(email="jan@example.net"), response=response)

        assert response.cookies["va"].value == "off"

    def test_browser_that_was_a_contacts_is_parted_from_them(self, browser):
        anna = ContactFactory()
        browser.open("/", contact=anna)
        cookie = browser.client.cookies["va"].value
        request = RequestFactory(headers={**browser.headers, "Cookie": f"va={cookie}"}).post("/order/")

        api.identify_from_form(request, "jan@example.net")  # without a response, the cookie stays

        browser.open("/pricing/")
        assert PageView.objects.filter(contact=anna).count() == 1
