import pytest
from django.urls import reverse
from wagtail.log_actions import registry

from wagtail_visit_alerts import identifying
from wagtail_visit_alerts.admin.log_actions import REVOKE_LINKS

from ..factories import ContactFactory
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    """A browser of somebody who may change any contact."""
    return browser_of(user_who_may("view_contact", "change_contact"))


def url_of(contact, view="revoke_links"):
    return reverse(f"{CONTACTS}:{view}", args=[contact.pk])


def test_question_comes_first_and_revokes_nothing(keeper):
    contact = ContactFactory(name="Anna Nowak")
    token = identifying.link_token(contact)

    response = keeper.get(url_of(contact))

    assert "Revoke all links that were sent to Anna Nowak so far?" in response.content.decode()
    assert identifying.contact_of_token(token) == contact


def test_revoked_links_recognise_nobody_and_the_history_says_so(keeper):
    contact = ContactFactory(name="Anna Nowak")
    token = identifying.link_token(contact)

    response = keeper.post(url_of(contact), follow=True)

    assert identifying.contact_of_token(token) is None
    assert "Links that were sent to Anna Nowak before now recognise nobody." in response.content.decode()
    entry = registry.get_logs_for_instance(contact).get()
    assert (entry.action, entry.message) == (REVOKE_LINKS, "Links revoked")
    assert "Links revoked" in keeper.get(url_of(contact, "history")).content.decode()


def test_contacts_page_leads_there(keeper):
    contact = ContactFactory()

    assert url_of(contact) in keeper.get(url_of(contact, "inspect")).content.decode()


def test_who_may_only_view_the_contact_revokes_nothing():
    contact = ContactFactory()
    reader = browser_of(user_who_may("view_contact"))
    token = identifying.link_token(contact)

    reader.post(url_of(contact))

    assert identifying.contact_of_token(token) == contact
    assert url_of(contact) not in reader.get(url_of(contact, "inspect")).content.decode()


def test_contact_of_another_owner_is_as_one_that_does_not_exist():
    contact = ContactFactory()
    salesperson = browser_of(user_who_may("view_own_contact", "change_contact"))
    token = identifying.link_token(contact)

    response = salesperson.post(url_of(contact))

    missing = salesperson.post(reverse(f"{CONTACTS}:revoke_links", args=[contact.pk + 1]))
    assert (response.status_code, response.headers.get("Location")) == (
        missing.status_code,
        missing.headers.get("Location"),
    )
    assert identifying.contact_of_token(token) == contact
