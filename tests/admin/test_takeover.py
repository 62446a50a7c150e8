"""A user who owns contacts leaves: the admin asks who takes over, and no contact is left alone without a word."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, Site

from wagtail_visit_alerts.delivering import sending
from wagtail_visit_alerts.models import Contact, DefaultOwner, ReaderPreferences

from ..factories import (
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MonitoredPageFactory,
    UserFactory,
)
from ..query_counting import counted_queries
from .walking import CONTACTS, browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db
TAKEOVER = reverse("visit_alerts_takeover:index")
USERS = reverse("wagtailusers_users:index")
HOME = reverse("wagtailadmin_home")
LISTING = reverse(f"{CONTACTS}:list")


@pytest.fixture
def admin():
    return browser_of(UserFactory(is_superuser=True, username="admin"))


@pytest.fixture
def marta():
    """A salesperson with two contacts."""
    user = user_who_may("view_own_contact", username="marta", first_name="Marta", last_name="Kowalska")
    ContactFactory.create_batch(2, owner=user)
    return user


@pytest.fixture
def jan():
    """A salesperson who may take over."""
    return user_who_may("view_own_contact", username="jan", first_name="Jan", last_name="Maj")


def user_url(view, user):
    return reverse(f"wagtailusers_users:{view}", args=[user.pk])


def bulk_url(action, *users):
    label = get_user_model()._meta
    query = "&".join([f"next={USERS}", *(f"id={user.pk}" for user in users)])
    return reverse("wagtail_bulk_action", args=[label.app_label, label.model_name, action]) + f"?{query}"


def to(colleague):
    return {"answer": "colleague", "colleague": colleague.pk}


NOBODY = {"answer": "nobody"}


def owners():
    return sorted(str(owner) for owner in Contact.objects.values_list("owner__username", flat=True))


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def form_of(user, **changes):
    return {
        "username": user.username,
        "email": user.email,
        "first_name": "Marta",
        "last_name": "Kowalska",
    } | changes


def is_asked(response):
    return response.status_code == 302 and response.url.startswith(TAKEOVER)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_deletes_a_user_with_contacts_is_asked_first(admin, marta, method):
    response = getattr(admin, method)(user_url("delete", marta), follow=True)

    assert response.redirect_chain[0][0].startswith(TAKEOVER)
    assert "Marta Kowalska owns 2 contacts." in text_of(response)
    assert get_user_model().objects.filter(pk=marta.pk).exists()


def test_answer_hands_the_contacts_over_and_goes_on_to_the_deletion(admin, marta, jan):
    asked = admin.get(user_url("delete", marta)).url

    response = admin.post(asked, to(jan))

    assert owners() == ["jan", "jan"]
    assert response.url == user_url("delete", marta)
    assert admin.get(response.url).status_code == 200
    admin.post(response.url)
    assert not get_user_model().objects.filter(pk=marta.pk).exists()
    assert owners() == ["jan", "jan"]


def test_nobody_is_an_answer_too(admin, marta):
    response = admin.post(admin.get(user_url("delete", marta)).url, NOBODY)

    assert owners() == ["None", "None"]
    assert messages_in(admin.get(response.url))[0].strip() == "2 contacts have no owner now."


@pytest.mark.parametrize("answer", [{}, {"answer": "colleague"}, {"answer": "colleague", "colleague": "0"}])
def test_without_an_answer_nothing_happens(admin, marta, answer):
    response = admin.post(admin.get(user_url("delete", marta)).url, answer)

    assert response.status_code == 200
    assert owners() == ["marta", "marta"]


def test_only_colleagues_who_work_with_contacts_are_offered(admin, marta, jan):
    UserFactory(username="stranger")
    soup = BeautifulSoup(admin.get(user_url("delete", marta), follow=True).content, "html.parser")

    offered = [option.get_text() for option in soup.select("select[name=colleague] option")]
    assert "Jan Maj" in offered
    assert not {"stranger", "Marta Kowalska"} & set(offered)


def test_user_without_contacts_is_deleted_without_the_question(admin, jan):
    assert admin.get(user_url("delete", jan)).status_code == 200


def test_each_contacts_history_says_who_had_them(admin, marta, jan):
    admin.post(admin.get(user_url("delete", marta)).url, to(jan))

    entries = ModelLogEntry.objects.filter(action="visit_alerts.assign")
    assert [entry.data for entry in entries] == [{"from": "Marta Kowalska", "to": "Jan Maj"}] * 2
    assert {entry.user.username for entry in entries} == {"admin"}
    history = text_of(admin.get(reverse(f"{CONTACTS}:history", args=[Contact.objects.first().pk])))
    assert "Owner changed from Marta Kowalska to Jan Maj" in history


def test_whoever_switches_an_account_off_is_asked_afterwards(admin, marta, jan):
    response = admin.post(user_url("edit", marta), form_of(marta), follow=True)

    marta.refresh_from_db()
    assert not marta.is_active
    assert "Marta Kowalska owns 2 contacts." in text_of(response)
    response = admin.post(response.redirect_chain[-1][0], to(jan))
    assert response.url == USERS
    assert owners() == ["jan", "jan"]


def test_account_that_stays_on_is_saved_without_the_question(admin, marta):
    assert admin.post(user_url("edit", marta), form_of(marta, is_active="on")).url == USERS


@pytest.mark.parametrize("method", ["get", "post"])
def test_deleting_several_users_asks_one_question_first(admin, marta, jan, method):
    tomasz = UserFactory(username="tomasz")
    ContactFactory(owner=tomasz)
    url = bulk_url("delete", marta, tomasz)

    asked = getattr(admin, method)(url)

    assert is_asked(asked)
    text = text_of(admin.get(asked.url))
    assert "3 contacts belong to people who leave: Marta Kowalska: 2 contacts tomasz: 1 contact" in text
    assert admin.post(asked.url, to(jan)).url == url
    assert owners() == ["jan", "jan", "jan"]
    admin.post(url)
    assert not get_user_model().objects.filter(pk__in=[marta.pk, tomasz.pk]).exists()


def test_switching_several_users_off_asks_one_question_afterwards(admin, marta, jan):
    asked = admin.post(bulk_url("set_active_state", marta, jan), {"mark_as_active": "False"})

    marta.refresh_from_db()
    assert not marta.is_active
    assert is_asked(asked)
    assert f"user={marta.pk}&" in asked.url
    assert [text.strip() for text in messages_in(admin.get(asked.url))] == [
        "2 users have been marked as inactive"
    ]


def test_switching_users_on_asks_nothing(admin, marta):
    url = bulk_url("set_active_state", marta)

    assert admin.post(url, {"mark_as_active": "True"}).url == USERS


@pytest.mark.parametrize("url", [HOME, LISTING])
def test_account_that_went_another_way_is_noticed(admin, marta, url):
    get_user_model().objects.filter(pk=marta.pk).update(is_active=False)

    response = admin.get(url)

    assert "2 contacts belong to people whose account is switched off." in text_of(response)
    assert f'href="{TAKEOVER}"' in response.content.decode()


def test_notice_leads_to_all_of_them_at_once(admin, marta, jan):
    get_user_model().objects.filter(pk=marta.pk).update(is_active=False)
    assert "Marta Kowalska owns 2 contacts." in text_of(admin.get(TAKEOVER))

    admin.post(TAKEOVER, to(jan))

    assert owners() == ["jan", "jan"]
    assert "switched off." not in text_of(admin.get(HOME))
    assert "there is nothing to hand over" in text_of(admin.get(TAKEOVER))


@pytest.mark.parametrize("url", [HOME, LISTING])
def test_notice_is_for_those_who_may_assign_contacts(marta, url):
    get_user_model().objects.filter(pk=marta.pk).update(is_active=False)

    assert "switched off." not in text_of(browser_of(user_who_may("view_contact")).get(url))


def keeper_of_users():
    """Somebody who may delete users, and nothing of contacts."""
    user = user_who_may()
    user.user_permissions.add(*Permission.objects.filter(codename__in=["delete_user", "change_user"]))
    return type(user).objects.get(pk=user.pk)


def test_whoever_may_not_assign_contacts_may_go_on_without_an_owner_only(marta, jan):
    browser = browser_of(keeper_of_users())
    asked = browser.get(user_url("delete", marta)).url

    assert "You may not give contacts to a colleague." in text_of(browser.get(asked))
    assert browser.post(asked, to(jan)).status_code == 200
    assert owners() == ["marta", "marta"]
    assert browser.post(asked, NOBODY).url == user_url("delete", marta)
    assert owners() == ["None", "None"]


@pytest.mark.parametrize("query", ["", "?user={pk}", "?user={pk}&why=off", "?user=nonsense"])
def test_nobody_takes_contacts_away_who_may_neither_assign_them_nor_end_the_account(marta, query):
    url = TAKEOVER + query.format(pk=marta.pk)

    for user in (keeper_of_users(), user_who_may("view_contact"), user_who_may("change_contact")):
        browser_of(user).post(url, NOBODY)

    assert owners() == ["marta", "marta"]


def test_history_says_who_had_a_contact_whose_owner_was_deleted_another_way(marta):
    marta.delete()

    assert owners() == ["None", "None"]
    entries = ModelLogEntry.objects.filter(action="visit_alerts.assign")
    assert [entry.data for entry in entries] == [{"from": "Marta Kowalska", "to": ""}] * 2


def test_question_leads_nowhere_else(admin, marta, jan):
    response = admin.post(f"{TAKEOVER}?user={marta.pk}&next=https://evil.example/", to(jan))

    assert response.url == LISTING


def test_question_names_what_else_hangs_on_the_user(admin, marta, jan):
    site = Site.objects.get()
    DefaultOwner.objects.create(site=site, owner=marta)
    ReaderPreferences.objects.create(user=jan, deputy=marta)
    AlertFactory(name="Marta's price list", contacts_of=marta)

    text = text_of(admin.get(user_url("delete", marta), follow=True))

    assert f"New contacts get the same owner from: {site}" in text
    assert "Is the deputy of: Jan Maj." in text
    assert "Marta's price list" in text


def test_colleague_takes_over_as_default_owner_too(admin, marta, jan):
    DefaultOwner.objects.create(site=Site.objects.get(), owner=marta)

    admin.post(admin.get(user_url("delete", marta)).url, to(jan))

    assert DefaultOwner.objects.get().owner == jan


def test_what_waits_to_be_sent_goes_to_the_new_owner(admin, marta, jan):
    alert = MonitoredPageFactory().alert
    DeliveryFactory(
        notification__match__alert=alert,
        notification__match__page_view__visitor__contact=Contact.objects.filter(owner=marta).first(),
    )
    mail.outbox.clear()

    admin.post(admin.get(user_url("delete", marta)).url, to(jan))
    sending.deliver_due(now=lambda: timezone.now() + timedelta(minutes=1))

    assert [message.recipients() for message in mail.outbox] == [[jan.email]]


@pytest.mark.parametrize("count", [3, 30])
def test_question_and_answer_cost_the_same_however_many_contacts_there_are(admin, marta, jan, count):
    ContactFactory.create_batch(count, owner=marta)
    asked = admin.get(user_url("delete", marta)).url
    admin.get(asked)

    with counted_queries() as seen:
        admin.get(asked)
    with counted_queries() as answered:
        admin.post(asked, to(jan))

    assert len(seen) <= 25
    assert len(answered) <= 25
