"""Contacts by the API: listed, found, made, changed, erased; as the admin would, and in the history as there."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry, Site

from wagtail_visit_alerts.models import Contact, DefaultOwner, PageView
from wagtail_visit_alerts.privacy import begin_erasure

from ..beside import Beside, needs_two_connections
from ..factories import ContactFactory, PageViewFactory, UserFactory, VisitorFactory
from ..query_counting import counted_queries
from .conftest import errors_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

FIELDS = [
    {"name": "budget", "label": "Yearly budget", "type": "number"},
    {"name": "since", "label": "Customer since", "type": "date"},
    {"name": "note", "label": "Note", "type": "text"},
]


@pytest.fixture
def fields(settings):
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "CONTACT_FIELDS": FIELDS}


def history(contact):
    """Who did what with a contact, the first first."""
    entries = ModelLogEntry.objects.filter(object_id=str(contact.pk)).order_by("pk")
    return [(entry.action, entry.user.get_username(), entry.label) for entry in entries]


def emails_in(response):
    assert response.status_code == 200, response.content
    return [contact["email"] for contact in response.json()["results"]]


class TestReading:
    def test_contact_is_shown_with_all_that_is_known(self, crm, anna):
        anna.tags.add("vip", "Export")
        anna.extra = {"budget": 5}
        anna.save()

        shown = crm.get("contact", pk=anna.pk).json()

        assert shown.pop("admin_url").endswith(f"/inspect/{anna.pk}/")
        assert shown.pop("created_at") <= shown.pop("updated_at")
        assert shown == {
            "id": anna.pk,
            "email": "anna.nowak@example.org",
            "name": "Anna Nowak",
            "phone": "+48 600 100 200",
            "company": "",
            "position": "",
            "city": "",
            "country": "",
            "language": "",
            "tags": ["Export", "vip"],
            "extra": {"budget": 5},
            "owner": "tomasz",
            "given_by_form": [],
            "is_recorded": True,
            "last_seen_at": None,
        }

    def test_list_goes_on_behind_the_last_id_until_there_is_no_more(self, crm):
        contacts = [ContactFactory() for _number in range(5)]
        seen, after = [], 0

        while after is not None:
            answer = crm.get("contacts", limit=2, after=after)
            seen.append(emails_in(answer))
            after = answer.json()["next"]

        assert [len(page) for page in seen] == [2, 2, 1]
        assert [email for page in seen for email in page] == [contact.email for contact in contacts]

    @pytest.mark.parametrize(
        "query",
        [
            {"email": " ANNA.Nowak@Example.org"},
            {"tag": "VIP"},
            {"owner": "tomasz"},
            {"owner": "Tomasz@example.com"},
            {"seen_since": "2026-03-01T12:00:00+01:00"},
            {"email": "anna.nowak@example.org", "tag": "vip", "owner": "tomasz"},
        ],
        ids=str,
    )
    def test_filter_finds_those_who_fit_it(self, crm, anna, query):
        anna.tags.add("vip")
        anna.last_seen_at = "2026-03-01T11:00:00Z"
        anna.save()
        ContactFactory(last_seen_at="2026-03-01T10:59:59Z").tags.add("other")

        assert emails_in(crm.get("contacts", **query)) == ["anna.nowak@example.org"]
        assert emails_in(crm.ask("POST", "contacts_search", query)) == ["anna.nowak@example.org"]

    def test_contacts_of_nobody_are_found_by_an_empty_owner(self, crm, anna):
        nobodys = ContactFactory(owner=None)

        assert emails_in(crm.get("contacts", owner="")) == [nobodys.email]

    def test_those_changed_since_are_found_by_the_time_that_was_shown(self, crm, anna):
        shown = crm.get("contact", pk=anna.pk).json()["updated_at"]
        Contact.objects.filter(pk=ContactFactory().pk).update(updated_at=timezone.now() - timedelta(days=1))

        assert emails_in(crm.get("contacts", updated_since=shown)) == [anna.email]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"updated_since": "2026-03-01T12:00:00"}, "Give a time with its zone"),
            ({"seen_since": "0001-01-01T00:00:00+14:00"}, "Give a time with its zone"),
            ({"email": "nobody"}, "is no e-mail address"),
            ({"limit": "501"}, "Give a whole number from 1 to 500."),
            ({"after": "-1"}, "Give a whole number from 0 to"),
            ({"after": "9" * 5000}, "Give a whole number from 0 to"),
            ({"ownr": "marta"}, "Use one of: after, email, limit, owner"),
        ],
        ids=str,
    )
    def test_filter_that_cannot_be_read_is_named(self, crm, query, said):
        response = crm.get("contacts", **query)

        assert response.status_code == 400
        assert said in errors_in(response)[next(iter(query))]

    def test_contact_who_is_being_erased_is_not_there(self, crm, anna):
        begin_erasure(anna, now=timezone.now())

        assert emails_in(crm.get("contacts")) == []
        assert crm.get("contact", pk=anna.pk).status_code == 404

    def test_list_costs_the_same_however_many_there_are(self, crm):
        def queries():
            with counted_queries() as queries:
                crm.get("contacts")
            return len(queries)

        ContactFactory().tags.add("a")
        queries()
        few = queries()
        for _number in range(20):
            ContactFactory().tags.add("a", "b")

        assert queries() == few
        assert few <= 7


class TestSaving:
    def test_new_contact_is_made_with_every_field(self, crm, fields):
        UserFactory(username="marta")

        response = crm.put(
            {
                "email": "Jan.Maj@example.com",
                "name": " Jan\n Maj ",
                "phone": "+48 601",
                "company": "Acme",
                "position": "Buyer",
                "city": "Łódź",
                "country": "PL",
                "language": "pl",
                "tags": ["fair", "vip"],
                "owner": "marta@example.com",
                "extra": {"budget": "12 000,50", "since": "2026-03-01", "note": None},
            }
        )

        contact = Contact.objects.get()
        assert response.status_code == 201
        assert response["Location"] == f"http://testserver/visit-alerts-api/v1/contacts/{contact.pk}/"
        assert (contact.email, contact.name, contact.city) == ("Jan.Maj@example.com", "Jan Maj", "Łódź")
        assert sorted(contact.tags.names()) == ["fair", "vip"]
        assert contact.owner.username == "marta"
        assert contact.extra == {"budget": 12000.5, "since": "2026-03-01"}
        assert history(contact) == [("wagtail.create", "crm", f"#{contact.pk}")]

    def test_twice_is_as_once(self, crm, fields):
        given = {"email": "jan@example.com", "name": "Jan", "tags": ["vip"], "extra": {"budget": "5"}}
        crm.put(given)
        before = Contact.objects.get().updated_at

        response = crm.put({**given, "email": "JAN@example.com", "tags": ["VIP"]})

        contact = Contact.objects.get()
        assert response.status_code == 200
        assert (contact.email, contact.updated_at) == ("jan@example.com", before)
        assert [action for action, _by, _label in history(contact)] == ["wagtail.create"]

    def test_contact_who_is_there_keeps_what_is_not_given(self, crm, anna):
        anna.tags.add("vip")
        anna.save()

        response = crm.put({"email": "ANNA.NOWAK@example.org", "company": "Acme"})

        anna = Contact.objects.get()
        assert response.status_code == 200
        assert (anna.email, anna.name, anna.company) == ("anna.nowak@example.org", "Anna Nowak", "Acme")
        assert list(anna.tags.names()) == ["vip"]
        assert history(anna) == [("wagtail.edit", "crm", f"#{anna.pk}")]

    def test_what_was_shown_can_be_sent_back(self, crm, anna):
        anna.extra = {"from the site's code": {"any": ["thing"]}}
        anna.owner.is_active = False
        anna.owner.save()
        anna.tags.add("vip")
        anna.save()
        shown = crm.get("contact", pk=anna.pk).json()

        response = crm.put(shown)

        assert response.status_code == 200, response.content
        assert response.json() == shown
        assert history(anna) == []

    def test_what_is_given_is_not_a_forms_any_more(self, crm, anna):
        anna.fields_given_by_form = ["company", "city"]
        anna.save()

        crm.patch(anna, company="Acme")

        assert crm.get("contact", pk=anna.pk).json()["given_by_form"] == ["city"]

    def test_null_and_empty_take_away(self, crm, anna, fields):
        anna.extra = {"budget": 5}
        anna.tags.add("vip")
        anna.save()

        shown = crm.patch(anna, phone=None, name="", owner=None, tags=[], extra={"budget": None}).json()

        assert (shown["phone"], shown["name"], shown["owner"], shown["tags"]) == ("", "", None, [])
        assert shown["extra"]["budget"] is None
        anna.refresh_from_db()
        assert anna.owner is None
        assert not anna.tags.exists()

    def test_address_is_changed_unless_somebody_else_has_it(self, crm, anna):
        ContactFactory(email="jan@example.org")

        taken = crm.patch(anna, email="JAN@example.org", name="Not to be kept")
        free = crm.patch(anna, email="anna@example.org")

        assert taken.status_code == 409
        assert errors_in(taken) == {"email": "Another contact has this e-mail address already."}
        assert free.json()["email"] == "anna@example.org"
        assert free.json()["name"] == "Anna Nowak"
        assert Contact.objects.with_email("anna@example.org").get() == anna

    def test_tag_is_the_one_that_there_is_whatever_its_case(self, crm, anna):
        ContactFactory().tags.add("VIP")

        crm.patch(anna, tags=["vip", "Vip", "fair, export"])

        assert sorted(anna.tags.names()) == ["VIP", "export", "fair"]

    @pytest.mark.parametrize(
        ("given", "field", "said"),
        [
            ({"email": "anna"}, "email", "is no e-mail address: correct it."),
            ({"email": 7}, "email", "Give a text, in quotation marks."),
            ({"email": "a@erased.invalid"}, "email", "is no e-mail address: correct it."),
            ({"name": "x" * 256}, "name", "longer than 255 characters"),
            ({"phone": 48600}, "phone", "Give a text, in quotation marks."),
            ({"language": "x" * 17}, "language", "longer than 16 characters"),
            ({"owner": "nobody-here"}, "owner", "There is no user “nobody-here”"),
            ({"owner": "gone"}, "owner", "is switched off: name another owner"),
            ({"tags": "vip"}, "tags", "Give a list of texts, in square brackets."),
            ({"tags": ["x" * 101]}, "tags", "is longer than 100 characters"),
            ({"tags": [f"tag {n}" for n in range(101)]}, "tags", "Give at most 100 tags."),
            ({"extra": []}, "extra", "Give an object with the further fields, in braces."),
            ({"extra": {"budget": "much"}}, "extra.budget", "“much” is no number."),
            ({"extra": {"since": "soon"}}, "extra.since", "is no date"),
            ({"extra": {"note": ["a"]}}, "extra.note", "Give one value"),
            ({"extra": {"weather": 1}}, "extra.weather", "The site declares no such field"),
            ({"nmae": "Anna"}, "nmae", "There is no such field: leave it out."),
        ],
        ids=str,
    )
    def test_field_that_cannot_be_taken_is_named_and_nothing_is_saved(
        self, crm, anna, fields, given, field, said
    ):
        UserFactory(username="gone", is_active=False)

        changed = crm.patch(anna, company="Acme", **given)
        made = crm.put({"email": "new@example.org", "company": "Acme", **given})

        for response in (changed, made):
            assert response.status_code == 400
            assert said in errors_in(response)[field]
            assert response.json()["message"] == "Nothing was done: correct the fields that are named."
        assert list(Contact.objects.values_list("company", flat=True)) == [""]

    def test_all_fields_that_are_wrong_are_named_at_once(self, crm, anna, fields):
        response = crm.patch(anna, name=1, owner="x", extra={"budget": "a", "since": "b"})

        assert errors_in(response).keys() == {"name", "owner", "extra.budget", "extra.since"}

    def test_new_contact_without_address_is_refused(self, crm):
        assert errors_in(crm.put({"name": "Anna"})) == {"email": "The e-mail address is missing."}

    def test_errors_are_in_the_language_of_the_site(self, crm, settings):
        settings.LANGUAGE_CODE = "pl"

        assert errors_in(crm.put({"name": "Anna"})) == {"email": "Brakuje adresu e-mail."}

    def test_new_contact_gets_the_default_owner_of_the_site(self, crm):
        owner = UserFactory(username="marta")
        DefaultOwner.objects.create(site=Site.objects.get(), owner=owner)

        assert crm.put({"email": "jan@example.org"}).json()["owner"] == "marta"
        assert crm.put({"email": "ola@example.org", "owner": None}).json()["owner"] is None

    def test_saving_costs_few_queries_and_saving_the_same_again_fewer(self, crm, anna, fields):
        given = {"email": anna.email, "tags": ["a", "b"], "owner": "crm", "extra": {"budget": 1}}
        crm.put({"email": "warm@example.org"})

        with counted_queries() as first:
            crm.put(given)
        with counted_queries() as again:
            crm.put(given)

        assert len(first) <= 36
        assert len(again) <= 9


class TestPrivacy:
    def test_contact_is_erased_as_in_the_admin(self, crm, anna):
        PageViewFactory(visitor=VisitorFactory(contact=anna))
        contact_id = anna.pk

        response = crm.delete(anna)

        assert (response.status_code, response.content) == (204, b"")
        assert not Contact.objects.exists()
        assert not PageView.objects.exists()
        entry = ModelLogEntry.objects.get()
        assert (entry.action, entry.label, entry.user) == (
            "visit_alerts.erase",
            f"#{contact_id}",
            crm.user,
        )
        assert crm.delete(anna).status_code == 404

    def test_everything_that_is_kept_is_the_file_of_the_admin(self, crm, anna):
        PageViewFactory(visitor=VisitorFactory(contact=anna))

        response = crm.get("contact_data", pk=anna.pk)

        told = json.loads(b"".join(response.streaming_content))
        assert response["Content-Type"] == "application/json"
        assert told["format"] == "wagtail_visit_alerts.contact"
        assert told["contact"][0]["email"] == anna.email
        assert len(told["page_views"]) == 1
        assert history(anna) == [("visit_alerts.export_data", "crm", f"#{anna.pk}")]

    def test_recording_is_stopped_and_gone_on_with_once_each(self, crm, anna):
        for name, is_recorded in (("stop_recording", False), ("resume_recording", True)):
            for _time in range(2):
                assert crm.ask("POST", name, pk=anna.pk).json()["is_recorded"] is is_recorded

        assert history(anna) == [
            ("visit_alerts.stop_recording", "crm", f"#{anna.pk}"),
            ("visit_alerts.resume_recording", "crm", f"#{anna.pk}"),
        ]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
@needs_two_connections
def test_contact_whom_somebody_else_is_making_at_this_moment_is_changed(crm):
    with transaction.atomic():
        Contact.objects.create(email="anna@example.org", name="Anna")
        beside = Beside(lambda: crm.put({"email": "anna@example.org", "company": "Acme"}))
        assert beside.waits()

    assert beside.result().status_code == 200
    assert Contact.objects.values_list("name", "company").get() == ("Anna", "Acme")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
@needs_two_connections
def test_address_that_somebody_else_is_taking_at_this_moment_is_taken(crm):
    ben = ContactFactory(email="ben@example.org")
    with transaction.atomic():
        ContactFactory(email="anna@example.org")
        beside = Beside(lambda: crm.patch(ben, email="anna@example.org"))
        assert beside.waits()

    assert beside.result().status_code == 409
