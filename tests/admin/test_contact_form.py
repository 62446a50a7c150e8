"""The form of a contact: the fields that the site declares, and two people who add the same address at once."""

import pytest
from bs4 import BeautifulSoup
from django.db.models.signals import pre_save
from django.test import override_settings
from django.urls import reverse

from wagtail_visit_alerts.models import Contact

from ..factories import ContactFactory, UserFactory
from .test_viewsets import contact_form
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
FIELDS = [
    {"name": "customer_number", "label": "Customer number", "type": "text"},
    {"name": "employees", "label": "Employees", "type": "number"},
    {"name": "since", "label": "Customer since", "type": "date"},
    {"name": "is_partner", "label": "Partner", "type": "yes_no"},
    {"name": "website", "label": "Website", "type": "url"},
    {"name": "branch", "label": "Branch", "type": "choice", "choices": [("food", "Food"), ("steel", "Steel")]},
]
GIVEN = {
    "extra_customer_number": "007",
    "extra_employees": "12.5",
    "extra_since": "2026-01-31",
    "extra_is_partner": "no",
    "extra_website": "https://example.com/",
    "extra_branch": "food",
}
KEPT = {
    "customer_number": "007",
    "employees": 12.5,
    "since": "2026-01-31",
    "is_partner": False,
    "website": "https://example.com/",
    "branch": "food",
}


@pytest.fixture(autouse=True)
def declared():
    with override_settings(WAGTAIL_VISIT_ALERTS={"CONSENT": "not_required", "CONTACT_FIELDS": FIELDS}):
        yield


@pytest.fixture
def keeper(db):
    """A browser of somebody who keeps the contacts."""
    return browser_of(user_who_may("view_contact", "add_contact", "change_contact"))


def add(browser, **answers):
    return browser.post(reverse(f"{CONTACTS}:add"), contact_form(email="anna@example.org", **answers))


def edit(browser, contact, **answers):
    url = reverse(f"{CONTACTS}:edit", args=[contact.pk])
    response = browser.post(url, contact_form(email=contact.email, name=contact.name, **answers))
    contact.refresh_from_db()
    return response


def test_declared_fields_are_kept_by_their_types(keeper):
    add(keeper, **GIVEN)

    assert Contact.objects.get().extra == KEPT


def test_all_of_them_may_stay_empty(keeper):
    add(keeper)

    assert Contact.objects.get().extra == {}


def test_form_shows_what_is_kept_and_leaves_it(keeper):
    contact = ContactFactory(extra={**KEPT, "hobby": "chess"}, fields_given_by_form=["employees"])

    form = BeautifulSoup(keeper.get(reverse(f"{CONTACTS}:edit", args=[contact.pk])).content, "html.parser")
    shown = {
        **{field["name"]: field.get("value", "") for field in form.select('input[name^="extra_"]')},
        **{
            field["name"]: field.select_one("option[selected]")["value"]
            for field in form.select('select[name^="extra_"]')
        },
    }
    edit(keeper, contact, **shown)

    assert len(form.select('[name^="extra_"]')) == len(GIVEN)
    assert shown == GIVEN
    assert contact.extra == {**KEPT, "hobby": "chess"}
    assert contact.fields_given_by_form == ["employees"]


def test_emptied_field_is_forgotten(keeper):
    contact = ContactFactory(extra=KEPT)

    edit(keeper, contact)

    assert contact.extra == {}


def test_what_a_person_has_changed_is_not_as_given_in_a_form_any_more(keeper):
    contact = ContactFactory(
        extra={"branch": "food"}, fields_given_by_form=["branch", "name", "phone"], phone="1"
    )

    edit(keeper, contact, extra_branch="steel", phone="1")

    assert contact.fields_given_by_form == ["name", "phone"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("employees", "many"), ("since", "soon"), ("website", "javascript:x"), ("branch", "wood")],
)
def test_value_that_a_field_can_not_hold_is_refused_at_the_field(keeper, name, value):
    response = add(keeper, **{f"extra_{name}": value})

    assert list(response.context["form"].errors) == [f"extra_{name}"]
    assert not Contact.objects.exists()


def test_value_of_another_type_is_shown_and_kept_until_somebody_changes_it(keeper):
    contact = ContactFactory(extra={"employees": "many", "branch": "wood"})

    html = keeper.get(reverse(f"{CONTACTS}:edit", args=[contact.pk])).content.decode()
    edit(keeper, contact, extra_employees="many", extra_branch="wood")

    assert 'value="many"' in html
    assert 'value="wood"' in html
    assert contact.extra == {"employees": "many", "branch": "wood"}

    edit(keeper, contact, extra_employees="12", extra_branch="steel")

    assert contact.extra == {"employees": 12, "branch": "steel"}


def test_form_without_declared_fields_has_no_panel_for_them(keeper):
    with override_settings(WAGTAIL_VISIT_ALERTS={"CONSENT": "not_required"}):
        html = keeper.get(reverse(f"{CONTACTS}:add")).content.decode()

    assert "Further fields" not in html
    assert "Further fields" in keeper.get(reverse(f"{CONTACTS}:add")).content.decode()


@pytest.fixture
def somebody_else_is_faster():
    """The same address is saved by somebody else once the form was found to be valid."""

    def save_first(sender, instance, **kwargs):
        Contact.objects.bulk_create([Contact(email="Anna@example.org", email_key="anna@example.org")])

    pre_save.connect(save_first, sender=Contact)
    yield
    pre_save.disconnect(save_first, sender=Contact)


@pytest.mark.parametrize("is_new", [True, False])
def test_same_address_saved_by_somebody_else_meanwhile_is_an_error_in_the_form(keeper, is_new, request):
    contact = None if is_new else ContactFactory(email="ben@example.org", name="Ben")
    request.getfixturevalue("somebody_else_is_faster")
    url = reverse(f"{CONTACTS}:add") if is_new else reverse(f"{CONTACTS}:edit", args=[contact.pk])

    response = keeper.post(url, contact_form(email="anna@example.org", name="Typed"))

    assert "Another contact has this e-mail address already." in response.context["form"].errors["email"]
    assert 'value="Typed"' in response.content.decode()


def test_contacts_page_shows_declared_fields_in_words_also_those_that_no_email_has(keeper):
    fields = [*FIELDS, {"name": "credit", "label": "Credit limit", "type": "number", "in_email": False}]
    contact = ContactFactory(extra={"branch": "food", "credit": 5000, "hobby": "chess"})

    with override_settings(WAGTAIL_VISIT_ALERTS={"CONSENT": "not_required", "CONTACT_FIELDS": fields}):
        html = keeper.get(reverse(f"{CONTACTS}:inspect", args=[contact.pk])).content.decode()

    assert all(text in html for text in ("Branch", "Food", "Credit limit", "5000", "hobby", "chess"))


def owners_offered(browser, contact):
    page = browser.get(reverse(f"{CONTACTS}:edit", args=[contact.pk])).content
    options = BeautifulSoup(page, "html.parser").select("select[name=owner] option[value]:not([value=''])")
    return [option.get_text() for option in options]


def test_owners_are_offered_by_their_names_and_without_those_who_have_left(keeper):
    owner = UserFactory(username="m.kowalska", first_name="Marta", last_name="Kowalska")
    UserFactory(username="left", first_name="Jan", last_name="Maj", is_active=False)

    offered = owners_offered(keeper, ContactFactory(owner=owner))

    assert "Marta Kowalska" in offered
    assert "Jan Maj" not in offered


def test_owner_who_has_left_stays_until_another_is_chosen(keeper):
    gone = UserFactory(first_name="Jan", last_name="Maj", is_active=False)

    assert "Jan Maj" in owners_offered(keeper, ContactFactory(owner=gone))
