"""The listings and Wagtail's other views of alerts and contacts: what they show, to whom, at what cost."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.urls import reverse
from wagtail import hooks
from wagtail.models import ModelLogEntry, ReferenceIndex

from wagtail_visit_alerts.models import Alert, Contact

from ..factories import AlertFactory, ContactFactory, MonitoredPageFactory, UserFactory
from .walking import ALERTS, CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db
#: Design section 6.
MOST_QUERIES = 25


@pytest.fixture
def browser(editor):
    return browser_of(editor)


def listed(response, attribute="name"):
    return [getattr(item, attribute) for item in response.context["object_list"]]


def get(browser, url_name, *args, **params):
    return browser.get(reverse(url_name, args=args), params)


def test_menu_has_the_group_with_alerts_and_contacts(browser):
    html = browser.get(reverse("wagtailadmin_home")).content.decode()

    assert "Visit alerts" in html
    assert reverse(f"{ALERTS}:list") in html
    assert reverse(f"{CONTACTS}:list") in html


def test_menu_hides_what_a_user_may_not_see(db):
    html = browser_of(user_who_may("view_alert")).get(reverse("wagtailadmin_home")).content.decode()

    assert reverse(f"{ALERTS}:list") in html
    assert reverse(f"{CONTACTS}:list") not in html


def test_viewing_alone_lets_nobody_change(db):
    alert = AlertFactory()
    browser = browser_of(user_who_may("view_alert"))

    answers = {
        name: get(browser, f"{ALERTS}:{name}", *args).status_code
        for name, args in [
            ("list", []),
            ("inspect", [alert.pk]),
            ("add", []),
            ("edit", [alert.pk]),
            ("delete", [alert.pk]),
            ("history", [alert.pk]),
            ("usage", [alert.pk]),
        ]
    }

    assert [name for name, status in answers.items() if status == 200] == ["list", "inspect"]
    assert set(answers.values()) == {200, 302}


def test_deleting_an_alert_is_written_to_the_history(browser):
    alert = AlertFactory()

    browser.post(reverse(f"{ALERTS}:delete", args=[alert.pk]))

    assert not Alert.objects.exists()
    assert ModelLogEntry.objects.get(object_id=str(alert.pk)).action == "wagtail.delete"


@pytest.mark.parametrize("view", ["history", "usage"])
def test_wagtails_own_views_of_an_alert_work(browser, view):
    assert get(browser, f"{ALERTS}:{view}", AlertFactory().pk).status_code == 200


def test_usage_of_a_page_names_the_alert_that_watches_it(editor, price_list):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list)

    references = list(ReferenceIndex.get_references_to(price_list))

    assert [reference.object_id for reference in references] == [str(alert.pk)]


def test_permission_to_view_own_contacts_can_be_given_to_groups(db):
    offered = Permission.objects.none()
    for hook in hooks.get_hooks("register_permissions"):
        offered |= hook()

    assert offered.filter(codename="view_own_contact").exists()


@pytest.fixture
def salesperson(db):
    """A user who may view only their own contacts, and change and delete contacts at all."""
    return user_who_may("view_own_contact", "change_contact", "delete_contact")


@pytest.fixture
def own(salesperson):
    return ContactFactory(name="Mine", owner=salesperson)


@pytest.fixture
def other(db):
    return ContactFactory(name="Theirs", email="theirs@example.org")


def test_salesperson_sees_only_their_own_contacts_in_the_listing(salesperson, own, other):
    response = get(browser_of(salesperson), f"{CONTACTS}:list")

    assert listed(response) == ["Mine"]
    assert "Theirs" not in response.content.decode()


def test_permission_to_view_own_contacts_alone_opens_listing_and_inspect(db):
    user = user_who_may("view_own_contact")
    contact = ContactFactory(owner=user)
    browser = browser_of(user)

    assert get(browser, f"{CONTACTS}:list").status_code == 200
    assert get(browser, f"{CONTACTS}:inspect", contact.pk).status_code == 200
    assert get(browser, f"{CONTACTS}:edit", contact.pk).status_code == 302


@pytest.mark.parametrize("view", ["inspect", "edit", "delete", "history", "usage"])
def test_contact_of_another_owner_is_denied_like_one_that_does_not_exist(salesperson, own, other, view):
    browser = browser_of(salesperson)

    theirs, missing = (get(browser, f"{CONTACTS}:{view}", pk) for pk in (other.pk, 999999))

    assert get(browser, f"{CONTACTS}:{view}", own.pk).status_code == 200
    assert theirs.url == missing.url == reverse("wagtailadmin_home")


def test_bulk_delete_neither_deletes_nor_names_another_owners_contact(salesperson, own, other):
    browser = browser_of(salesperson)
    url = reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", "contact", "delete"])
    url += f"?id={own.pk}&id={other.pk}"

    html = browser.get(url).content.decode()
    browser.post(url)

    assert "Mine" in html
    assert "Theirs" not in html
    assert list(Contact.objects.all()) == [other]


def test_chooser_offers_only_contacts_that_the_user_may_view(salesperson, own, other):
    chooser = "wagtailsnippetchoosers_wagtail_visit_alerts_contact"
    browser = browser_of(salesperson)

    offered = (
        get(browser, f"{chooser}:choose").content.decode()
        + get(browser, f"{chooser}:choose_results").content.decode()
    )
    several = get(browser, f"{chooser}:chosen_multiple", id=[own.pk, other.pk]).content.decode()

    assert "Mine" in offered
    assert "Theirs" not in offered + several
    assert get(browser, f"{chooser}:chosen", own.pk).status_code == 200
    assert get(browser, f"{chooser}:chosen", other.pk).status_code == 404


def test_owner_filter_names_only_owners_of_contacts_that_the_user_may_view(salesperson, own, other):
    owners = get(browser_of(salesperson), f"{CONTACTS}:list").context["filters"].form.fields["owner"].queryset

    assert list(owners) == [salesperson]


@pytest.fixture
def keeper(db):
    """A browser of somebody who keeps the contacts."""
    return browser_of(user_who_may("view_contact", "add_contact", "change_contact"))


def contact_form(**answers):
    names = ("name", "phone", "company", "position", "city", "country", "language", "tags", "owner", "user")
    return {**dict.fromkeys(names, ""), **answers}


def test_adding_a_contact_keeps_what_was_entered(keeper):
    owner = UserFactory()

    keeper.post(
        reverse(f"{CONTACTS}:add"),
        contact_form(
            email="anna@example.org", name="Anna Nowak", company="Acme", tags="vip, trade fair", owner=owner.pk
        ),
    )

    contact = Contact.objects.get()
    assert (contact.email, contact.name, contact.company, contact.owner) == (
        "anna@example.org",
        "Anna Nowak",
        "Acme",
        owner,
    )
    assert set(contact.tags.names()) == {"vip", "trade fair"}


@pytest.mark.parametrize("spelling", ["anna@example.org", "Anna@Example.ORG"])
def test_address_that_another_contact_has_is_refused_at_the_field(keeper, spelling):
    ContactFactory(email="anna@example.org")

    response = keeper.post(reverse(f"{CONTACTS}:add"), contact_form(email=spelling))

    assert "Another contact has this e-mail address already." in response.context["form"].errors["email"]
    assert Contact.objects.count() == 1


def test_contact_may_keep_its_own_address(keeper):
    contact = ContactFactory(email="anna@example.org")

    keeper.post(
        reverse(f"{CONTACTS}:edit", args=[contact.pk]), contact_form(email="Anna@example.org", name="Anna")
    )

    contact.refresh_from_db()
    assert (contact.email, contact.name) == ("Anna@example.org", "Anna")


def test_inspecting_a_contact_shows_what_is_known(keeper):
    owner = UserFactory(first_name="Marta", last_name="Kowalska")
    contact = ContactFactory(name="Anna Nowak", phone="+48 600 100 200", company="Acme", owner=owner)

    html = get(keeper, f"{CONTACTS}:inspect", contact.pk).content.decode()

    assert all(
        text in html for text in ("Anna Nowak", "+48 600 100 200", "Acme", "Marta Kowalska", contact.email)
    )
    assert "None" not in [tag.get_text(strip=True) for tag in BeautifulSoup(html, "html.parser").find_all("dd")]
