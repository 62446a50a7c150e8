"""The step "Pages": exceptions, paths in any form, many rows, when the time is up, and which contacts."""

import json

import pytest
from bs4 import BeautifulSoup
from django.test import override_settings
from wagtail.models import Site

from wagtail_visit_alerts.models import Alert, Contact, MonitoredPage

from ..factories import AlertFactory, ContactFactory, MonitoredPageFactory, UserFactory
from ..query_counting import counted_queries
from ..testapp.models import ContentPage
from .walking import NAME, Walk, page_row, pages, url_row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def walk(walk):
    walk.press("name", NAME)
    return walk


def saved(walk, rows=None, **more):
    walk.walk_to_summary(rows={**(rows or pages(url_row())), **more}).save()
    return Alert.objects.get()


def contact_with_tag(*tags, **fields):
    contact = ContactFactory(**fields)
    contact.tags.add(*tags)
    contact.save()
    return contact


# Exceptions


def test_row_can_be_an_exception(walk, price_list):
    alert = saved(walk, pages(url_row("**"), page_row(price_list, role="except", include_subpages="on")))

    watched, exception = alert.monitored_pages.all()
    assert (watched.is_exception, exception.is_exception) == (False, True)
    assert (exception.page_id, exception.include_subpages) == (price_list.pk, True)


def test_minutes_of_an_exception_do_not_count(walk):
    alert = saved(walk, pages(url_row(), url_row("/blog/", role="except", minimum_minutes="soon")))

    assert alert.monitored_pages.all()[1].minimum_minutes is None


def test_exceptions_alone_are_an_error_of_the_step(walk):
    response = walk.press("pages", pages(url_row(role="except")))

    assert "an exception alone raises no alert" in response.content.decode()


def test_exception_is_there_again_when_the_alert_is_edited(editor):
    alert = AlertFactory(author=editor)
    MonitoredPageFactory(alert=alert, sort_order=0)
    MonitoredPageFactory(alert=alert, path="/pricing/old/", is_exception=True, sort_order=1)

    walk = Walk(editor, alert=alert)
    walk.press("name", {"name": "Renamed"})
    walk.save()

    assert [row.is_exception for row in alert.monitored_pages.all()] == [False, True]


# Paths in any form


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("pricing", "/pricing"),
        ("/pricing", "/pricing"),
        ("  /pricing/ ", "/pricing/"),
        ("http://localhost/pricing/?utm_source=x#top", "/pricing/?utm_source=x"),
        ("localhost/pricing/", "/pricing/"),
        ("LOCALHOST:80/pricing/", "/pricing/"),
        ("//localhost/pricing/", "/pricing/"),
        ("localhost", "/"),
        ("index.html", "/index.html"),
    ],
)
def test_path_is_understood_in_any_form(walk, typed, path):
    row = saved(walk, pages(url_row(typed))).monitored_pages.get()

    assert row.path == path
    assert (row.site is not None) is ("localhost" in typed.lower())


@pytest.mark.parametrize("typed", ["https://elsewhere.example/pricing/", "www.elsewhere.example/pricing/"])
def test_host_that_is_no_site_is_refused_by_its_name(walk, typed):
    assert "elsewhere.example is no site of this installation" in str(
        walk.errors("pages", pages(url_row(typed)))["path"]
    )


# Many rows


def short_rows(count, **more):
    """What the script posts: nothing that the server takes for granted."""
    posted = {"pages-TOTAL_FORMS": count, "pages-INITIAL_FORMS": 0}
    for number in range(count):
        posted |= {f"pages-{number}-kind": "url", f"pages-{number}-path": f"/p{number}/"}
    return {**posted, **more}


def test_200_rows_are_saved(walk):
    assert saved(walk, short_rows(200)).monitored_pages.count() == 200


def test_row_201_ends_in_a_clear_message_and_stays_typed(walk):
    response = walk.press("pages", short_rows(201))

    assert "An alert has at most 200 rows" in response.content.decode()
    assert 'value="/p200/"' in response.content.decode()


def test_what_is_not_posted_of_a_row_has_its_default(walk, price_list):
    row = saved(
        walk, {"pages-TOTAL_FORMS": 1, "pages-INITIAL_FORMS": 0, "pages-0-page": price_list.pk}
    ).monitored_pages.get()

    assert (row.kind, row.page_id, row.is_exception, row.minimum_minutes) == (
        "page",
        price_list.pk,
        False,
        None,
    )


def test_row_of_which_only_its_removal_is_posted_is_ignored(walk):
    rows = {"pages-TOTAL_FORMS": 2, "pages-INITIAL_FORMS": 0, "pages-0-DELETE": "1"}
    alert = saved(walk, {**rows, "pages-1-kind": "url", "pages-1-path": "/kept/"})

    assert [row.path for row in alert.monitored_pages.all()] == ["/kept/"]


def test_removed_row_with_an_error_keeps_nobody(walk):
    rows = pages(url_row("", DELETE="1"), url_row("/kept/"))

    assert [row.path for row in saved(walk, rows).monitored_pages.all()] == ["/kept/"]


def test_many_rows_cost_no_more_queries_than_one(walk, home):
    chosen = [home.add_child(instance=ContentPage(title=f"P{n}", slug=f"p{n}")) for n in range(30)]

    def queries(rows):
        walk.press("pages", rows, go="name")
        with counted_queries() as made:
            walk.see("pages")
        return len(made)

    queries(pages(page_row(chosen[0])))  # what a process reads once
    assert queries(pages(*map(page_row, chosen))) == queries(pages(page_row(chosen[0]))) <= 25


# When is the time up


def test_time_is_up_when_the_contact_moves_on_unless_chosen_otherwise(walk):
    assert saved(walk).clock == "moved_on"


def test_time_can_be_up_as_soon_as_the_page_has_been_in_view_that_long(walk):
    assert saved(walk, pages(url_row(minimum_minutes="2")), clock="in_view").clock == "in_view"


def test_consequences_of_the_clocks_stand_beside_them(walk):
    text = " ".join(BeautifulSoup(walk.see("pages").content, "html.parser").get_text().split())

    assert "A page closed earlier raises no alert" in text
    assert "A new tab or another host is not moving on." in text


def test_unknown_clock_is_refused(walk):
    assert walk.press("pages", {**pages(url_row()), "clock": "sand"}).context["form"].clock.errors["clock"]


# Which contacts


def test_alert_is_about_all_contacts_unless_chosen_otherwise(walk):
    alert = saved(walk)

    assert (alert.only_tags, alert.not_tags, alert.contacts_of, alert.field_name) == ([], [], None, "")


def test_contacts_can_be_limited_by_tags_owner_and_a_field(walk):
    owner = contact_with_tag("VIP", "Key, account", company="Acme").owner

    alert = saved(
        walk,
        only_tags='vip, "Key, account"',
        not_tags="VIP",
        contacts_of=str(owner.pk),
        field_name="company",
        field_value=" acme ",
    )

    assert (alert.only_tags, alert.not_tags) == (["VIP", "Key, account"], ["VIP"])
    assert (alert.contacts_of, alert.field_name, alert.field_value) == (owner, "company", "acme")


def test_limits_are_there_again_when_the_alert_is_edited(editor):
    owner = contact_with_tag("VIP", "Key, account").owner
    limits = {
        "only_tags": ["VIP", "Key, account"],
        "contacts_of": owner,
        "field_name": "city",
        "field_value": "Gdynia",
    }
    alert = AlertFactory(author=editor, clock="in_view", **limits)
    MonitoredPageFactory(alert=alert)

    walk = Walk(editor, alert=alert)
    walk.press("name", {"name": "Renamed"})
    walk.save()

    alert = Alert.objects.get()
    assert (alert.name, alert.clock) == ("Renamed", "in_view")
    assert {name: getattr(alert, name) for name in limits} == limits


def test_tag_that_does_not_exist_is_refused_by_its_name(walk):
    form = walk.press("pages", {**pages(url_row()), "only_tags": "VIP, vpi"}).context["form"]

    assert "There is no tag “VIP”, “vpi”" in str(form.contacts.errors["only_tags"]).replace("&quot;", '"')


def test_owners_of_contacts_can_be_chosen_and_nobody_else(walk):
    owner, nobody = ContactFactory().owner, UserFactory()

    offered = dict(walk.see("pages").context["form"].contacts.fields["contacts_of"].choices)

    assert str(owner.pk) in offered
    assert str(nobody.pk) not in offered


def test_owner_without_contacts_by_now_can_stay(editor):
    alert = AlertFactory(author=editor, contacts_of=UserFactory())
    MonitoredPageFactory(alert=alert)

    assert Walk(editor, alert=alert).see("summary").status_code == 200


@pytest.mark.parametrize(
    ("answers", "field", "error"),
    [
        ({"field_name": "company"}, "field_value", "Enter the value that the field must have."),
        ({"field_value": "Acme"}, "field_name", "Choose the field that must have this value."),
        ({"field_name": "shoe size", "field_value": "44"}, "field_name", "No contact has this field any more"),
    ],
)
def test_field_and_value_belong_together(walk, answers, field, error):
    form = walk.press("pages", {**pages(url_row()), **answers}).context["form"]

    assert error in str(form.contacts.errors[field])


def test_further_fields_of_contacts_can_be_chosen(walk):
    ContactFactory(extra={"industry": "Steel"})

    assert saved(walk, field_name="industry", field_value="steel").field_name == "industry"


@pytest.fixture
def branches(settings):
    settings.WAGTAIL_VISIT_ALERTS = {
        "CONSENT": "not_required",
        "CONTACT_FIELDS": [
            {
                "name": "branch",
                "label": "Branch",
                "type": "choice",
                "choices": [("food", "Food"), ("st", "Steel")],
            }
        ],
    }


def test_declared_fields_can_be_chosen_by_their_labels(walk, branches):
    offered = dict(walk.see("pages").context["form"].contacts.fields["field_name"].choices)

    assert offered["branch"] == "Branch"


def test_value_of_a_declared_field_is_kept_as_contacts_have_it(walk, branches):
    ContactFactory(name="Anna", extra={"branch": "st"})
    alert = saved(walk, field_name="branch", field_value=" steel")

    assert alert.field_value == "st"
    assert [contact.name for contact in Contact.objects.in_scope_of(alert)] == ["Anna"]


def test_value_that_a_declared_field_can_not_have_is_refused(walk, branches):
    answers = {"field_name": "branch", "field_value": "wood"}
    form = walk.press("pages", {**pages(url_row()), **answers}).context["form"]

    assert "none of the choices: Food, Steel" in str(form.contacts.errors["field_value"])


@pytest.mark.parametrize(("answers", "is_open"), [({}, False), ({"field_value": "x"}, True)])
def test_limits_are_folded_until_something_is_chosen(walk, answers, is_open):
    walk.press("pages", {**pages(url_row()), **answers}, go="name")

    details = BeautifulSoup(walk.see("pages").content, "html.parser").select_one("details")

    assert details.has_attr("open") is is_open


@override_settings(LANGUAGE_CODE="pl")
def test_step_is_shown_in_another_language(walk):
    assert walk.see("pages").status_code == 200


def test_row_with_a_page_that_is_no_number_is_an_error_of_the_row(walk):
    rows = {"kind": "page", "page": json.dumps({"id": 1})}

    assert "no longer exists" in str(walk.errors("pages", pages(rows))["page"])


def test_rows_keep_their_keys_when_an_exception_is_added(editor):
    alert = AlertFactory(author=editor)
    row = MonitoredPageFactory(alert=alert, site=Site.objects.get())
    walk = Walk(editor, alert=alert)

    walk.press(
        "pages", pages(url_row(site=row.site_id), url_row(site=row.site_id, role="except", path="/pricing/x/"))
    )
    walk.save()

    assert MonitoredPage.objects.filter(pk=row.pk, is_exception=False).exists()
