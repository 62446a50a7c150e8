import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import Contact, PageView
from wagtail_visit_alerts.privacy import granting

from ..admin.walking import CONTACTS, browser_of, user_who_may
from ..factories import AlertFactory, ContactFactory, DeliveryFactory, PageViewFactory, VisitorFactory
from ..query_counting import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    """A browser of somebody who may do everything with any contact, and view alerts."""
    return browser_of(user_who_may("view_contact", "change_contact", "delete_contact", "view_alert"))


@pytest.fixture
def reader():
    """A browser of somebody who may view any contact, and no more."""
    return browser_of(user_who_may("view_contact"))


def url_of(contact, view):
    return reverse(f"{CONTACTS}:{view}", args=[contact.pk])


def bulk_url(*contacts):
    ids = "&".join(f"id={contact.pk}" for contact in contacts)
    url = reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", "contact", "delete"])
    return f"{url}?{ids}&next={reverse(f'{CONTACTS}:list')}"


def text_of(response):
    return " ".join(response.content.decode().split())


class TestErasing:
    def test_question_says_what_goes_and_what_stays(self, keeper, anna):
        visitor = VisitorFactory(contact=anna)
        for _number in range(3):
            PageViewFactory(visitor=visitor)

        shown = text_of(keeper.get(url_of(anna, "delete")))

        assert "Erase Anna Nowak for good?" in shown
        assert "3 page views, their browsers, forms" in shown
        assert "0 alerts about them" in shown
        assert "E-mails, attachments and exports that have left already" in shown
        assert Contact.objects.exists()

    def test_question_names_alerts_that_have_the_address_in_their_settings(self, keeper, anna):
        AlertFactory(name="Only for Anna", field_value="ANNA.nowak@example.org")
        AlertFactory(name="Price list")

        shown = text_of(keeper.get(url_of(anna, "delete")))

        assert "Only for Anna" in shown
        assert "Price list" not in shown

    def test_answer_erases_and_the_history_says_who_did_it(self, keeper, anna):
        contact_id = anna.pk
        PageViewFactory(visitor=VisitorFactory(contact=anna))

        response = keeper.post(url_of(anna, "delete"), follow=True)

        assert "The contact was erased." in text_of(response)
        assert "Anna" not in text_of(response)
        assert not Contact.objects.exists()
        assert not PageView.objects.exists()
        entry = ModelLogEntry.objects.get()
        assert (entry.label, entry.action) == (f"#{contact_id}", "visit_alerts.erase")
        assert entry.message.startswith("Erased, with the number ")
        assert entry.user == response.wsgi_request.user

    def test_what_takes_long_is_left_to_the_task(self, keeper, anna, monkeypatch, take_queued):
        monkeypatch.setattr(granting, "LASTS", granting.timedelta(0))
        PageViewFactory(visitor=VisitorFactory(contact=anna))

        response = keeper.post(url_of(anna, "delete"), follow=True)

        assert "Nothing names the contact any more." in text_of(response)
        assert not Contact.objects.filter(name="Anna Nowak").exists()
        assert PageView.objects.exists()

    def test_several_are_erased_at_once(self, keeper, anna):
        other, third = ContactFactory(), ContactFactory()

        question = text_of(keeper.get(bulk_url(anna, other)))
        response = keeper.post(bulk_url(anna, other), follow=True)

        assert "Erase these contacts for good?" in question
        assert "What goes" in question
        assert "2 contacts were erased." in text_of(response)
        assert Contact.objects.get() == third

    def test_who_may_only_view_erases_nobody(self, reader, anna):
        reader.post(url_of(anna, "delete"))
        reader.post(bulk_url(anna))

        assert Contact.objects.get() == anna

    def test_contact_of_another_owner_is_as_one_that_does_not_exist(self, anna):
        salesperson = browser_of(user_who_may("view_own_contact", "delete_contact"))

        response = salesperson.post(url_of(anna, "delete"))
        missing = salesperson.post(reverse(f"{CONTACTS}:delete", args=[anna.pk + 1]))

        assert Contact.objects.get() == anna
        assert (response.status_code, response.headers.get("Location")) == (
            missing.status_code,
            missing.headers.get("Location"),
        )

    def test_question_costs_the_same_however_much_there_is(self, keeper, anna):
        keeper.get(url_of(anna, "delete"))
        with counted_queries() as before:
            keeper.get(url_of(anna, "delete"))
        for _number in range(5):
            DeliveryFactory(notification__match__page_view__visitor__contact=anna)

        with counted_queries() as after:
            keeper.get(url_of(anna, "delete"))

        assert len(after) == len(before) <= 25


class TestRecording:
    def test_page_of_the_contact_leads_there(self, keeper, reader, anna):
        url = url_of(anna, "personal_data")

        assert url in text_of(keeper.get(url_of(anna, "inspect")))
        assert url not in text_of(reader.get(url_of(anna, "inspect")))

    def test_button_stops_it_and_the_history_says_so(self, keeper, anna):
        assert "Stop recording" in text_of(keeper.get(url_of(anna, "personal_data")))

        response = keeper.post(url_of(anna, "personal_data"), {"stop": "1"}, follow=True)

        anna.refresh_from_db()
        assert anna.recording_stopped_at is not None
        assert "Anna Nowak is not recorded any more." in text_of(response)
        assert ModelLogEntry.objects.get().message == "Recording stopped"

    def test_button_goes_on_with_it(self, keeper, anna):
        keeper.post(url_of(anna, "personal_data"), {"stop": "1"})
        assert "Record them again" in text_of(keeper.get(url_of(anna, "personal_data")))

        keeper.post(url_of(anna, "personal_data"), {"resume": "1"})

        anna.refresh_from_db()
        assert anna.recording_stopped_at is None

    def test_pressing_twice_stops_once(self, keeper, anna):
        keeper.post(url_of(anna, "personal_data"), {"stop": "1"})
        anna.refresh_from_db()
        first = anna.recording_stopped_at

        keeper.post(url_of(anna, "personal_data"), {"stop": "1"})

        anna.refresh_from_db()
        assert anna.recording_stopped_at == first

    def test_who_may_only_view_stops_nothing(self, reader, anna):
        reader.post(url_of(anna, "personal_data"), {"stop": "1"})

        anna.refresh_from_db()
        assert anna.recording_stopped_at is None
