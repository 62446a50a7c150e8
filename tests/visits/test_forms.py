import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from wagtail_visit_alerts import api
from wagtail_visit_alerts.models import Contact, Method, Visitor

from ..browsing import USER_AGENT
from ..factories import ContactFactory

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
