"""Merging two contacts: what becomes of everything that is kept of them, whose values stay, and who may."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from wagtail_visit_alerts import capping, merging, reporting
from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    ContactTag,
    DailyActivity,
    DailyLatency,
    DailyPageTotal,
    DailyTotal,
    MonthlyTotal,
    Mute,
    Notification,
    PageView,
    SignedLink,
    Slot,
    SubmittedForm,
    TestVisit,
    UnmetMinimum,
    Visitor,
)
from wagtail_visit_alerts.privacy.erasing import begin_erasure

from ..factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MatchFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .walking import CONTACTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def manager():
    return user_who_may("view_contact", "change_contact", "delete_contact")


@pytest.fixture
def anna():
    return ContactFactory(name="Anna Nowak", email="anna@example.org", company="Acme", phone="", owner=None)


@pytest.fixture
def private():
    """The same person under another address."""
    return ContactFactory(name="A. Nowak", email="anna@private.example", company="Acme Ltd", phone="600100200")


def url_of(contact, other=None):
    url = reverse(f"{CONTACTS}:merge", args=[contact.pk])
    return url if other is None else f"{url}?other={other.pk}"


def merge(contact, other, *, take=(), by=None):
    return merging.merge(contact.pk, other.pk, take=take, by=by or UserFactory(), now=NOW)


def everything_of(contact):
    """A row of each model that refers to a contact."""
    visitor = VisitorFactory(contact=contact)
    page_view = PageViewFactory(visitor=visitor, contact=contact)
    match = MatchFactory(page_view=page_view, contact=contact)
    alert, day = match.alert, date(2026, 11, 24)
    DeliveryFactory(notification__match=match, notification__contact=contact, user=UserFactory())
    Slot.objects.create(alert=alert, contact=contact, period="2026-11-24", number=1, match=match, taken_at=NOW)
    SubmittedForm.objects.create(contact=contact, name="Ask", submitted_at=NOW)
    ContactNote.objects.create(contact=contact, text="Called", written_at=NOW)
    SignedLink.objects.create(contact=contact, token_hash=str(contact.pk), first_opened_at=NOW)
    Mute.objects.create(
        alert=alert, contact=contact, email="m@example.com", email_key="m@example.com", made_at=NOW
    )
    UnmetMinimum.objects.create(
        page_view=page_view, alert=alert, contact=contact, kind="short", happened_at=NOW
    )
    TestVisit.objects.create(tester=UserFactory(), contact=contact, started_at=NOW)
    DailyTotal.objects.create(alert=alert, contact=contact, day=day, matched=1)
    DailyPageTotal.objects.create(alert=alert, contact=contact, day=day, address=page_view.address, matched=1)
    DailyLatency.objects.create(alert=alert, contact=contact, day=day, seconds=5, emails=1)
    DailyActivity.objects.create(contact=contact, day=day, visits=1, page_views=1)
    contact.tags.add("vip")
    contact.save()


def test_nothing_that_refers_to_the_other_is_lost(anna, private):
    everything_of(private)
    related = [
        relation for relation in Contact._meta.related_objects if relation.related_model is not ContactNote
    ]
    before = {
        relation.related_model: relation.related_model._base_manager.filter(
            **{relation.field.name: private}
        ).count()
        for relation in related
    }
    assert all(before.values()), "everything_of() lacks a model"

    merge(anna, private)

    after = {
        relation.related_model: relation.related_model._base_manager.filter(
            **{relation.field.name: anna}
        ).count()
        for relation in related
    }
    assert after == before
    assert not Contact.objects.filter(pk=private.pk).exists()
    assert Notification.objects.get().deliveries.count() == 1


def test_figures_of_the_same_day_are_added_up(anna, private):
    alert, address, day = AlertFactory(), AddressFactory(), date(2026, 11, 24)
    for contact in (anna, private):
        DailyTotal.objects.create(alert=alert, contact=contact, day=day, matched=2, raised=1)
        DailyPageTotal.objects.create(alert=alert, contact=contact, day=day, address=address, matched=2)
        DailyLatency.objects.create(alert=alert, contact=contact, day=day, seconds=5, emails=1)
        DailyActivity.objects.create(contact=contact, day=day, visits=1, page_views=3, engaged_seconds=60)
    DailyActivity.objects.create(contact=private, day=day - timedelta(days=1), visits=1)

    merge(anna, private)

    total = DailyTotal.objects.get()
    assert (total.contact, total.matched, total.raised) == (anna, 4, 2)
    assert DailyPageTotal.objects.get().matched == 4
    assert DailyLatency.objects.get().emails == 2
    assert list(
        DailyActivity.objects.order_by("day").values_list("contact", "visits", "page_views", "engaged_seconds")
    ) == [(anna.pk, 1, 0, 0), (anna.pk, 2, 6, 120)]


def test_month_says_how_much_one_contact_has_raised_in_a_day_of_both(anna, private):
    alert = AlertFactory()
    for contact in (anna, private):
        DailyTotal.objects.create(alert=alert, contact=contact, day=date(2026, 10, 20), matched=2, raised=2)
    reporting.add_up_months(now=NOW)

    merge(anna, private)
    reporting.add_up_months(now=NOW)

    assert MonthlyTotal.objects.get().most_in_a_day == 4


def test_what_was_raised_about_either_counts_for_the_cap(anna, private):
    alert = AlertFactory(cap_times=3, cap_period="day")
    for contact in (anna, private):
        match = MatchFactory(alert=alert, contact=contact, page_view__contact=contact)
        assert capping.take_slot(match, alert=alert, now=NOW)

    merge(anna, private)

    assert sorted(Slot.objects.filter(contact=anna).values_list("number", flat=True)) == [1, 2]
    again = [
        capping.take_slot(
            MatchFactory(alert=alert, contact=anna, page_view__contact=anna), alert=alert, now=NOW
        )
        for _ in range(2)
    ]
    assert [slot is not None for slot in again] == [True, False]


def test_of_two_mutes_the_longer_one_stays(anna, private):
    alert = AlertFactory()
    for contact, until in ((anna, NOW), (private, None)):
        Mute.objects.create(
            alert=alert,
            contact=contact,
            email="m@example.com",
            email_key="m@example.com",
            until=until,
            made_at=NOW,
        )

    merge(anna, private)

    assert [(mute.contact, mute.until) for mute in Mute.objects.all()] == [(anna, None)]


def test_tags_are_put_together(anna, private):
    for contact, tags in ((anna, ("vip", "food")), (private, ("vip", "ports"))):
        contact.tags.add(*tags)
        contact.save()

    merge(anna, private)

    assert sorted(ContactTag.objects.values_list("tag__name", flat=True)) == ["food", "ports", "vip"]


def test_browser_of_the_other_is_the_ones_who_stays_from_then_on(anna, private):
    visitor = VisitorFactory(contact=private)
    page_view = PageViewFactory(visitor=visitor, contact=private)

    merge(anna, private)

    assert Visitor.objects.get().contact == anna
    assert PageView.objects.get(pk=page_view.pk).contact == anna


def test_what_one_lacks_is_taken_and_what_both_have_as_is_said(anna, private):
    owner = private.owner
    private.fields_given_by_form = ["company", "phone"]
    private.extra = {"budget": 5}
    private.save()

    kept = merge(anna, private, take={"email", "company"})

    kept.refresh_from_db()
    assert (kept.pk, kept.email, kept.name, kept.company, kept.phone, kept.owner, kept.extra) == (
        anna.pk,
        "anna@private.example",
        "Anna Nowak",
        "Acme Ltd",
        "600100200",
        owner,
        {"budget": 5},
    )
    assert kept.fields_given_by_form == ["company", "phone"]


def test_login_of_the_other_logs_in_as_the_one_who_stays(anna, private):
    private.user = UserFactory()
    private.save()

    assert merge(anna, private).user == private.user


def test_whoever_was_not_to_be_recorded_is_not_after(anna, private):
    private.recording_stopped_at = NOW
    private.last_seen_at = NOW
    private.save()

    kept = merge(anna, private)

    assert (kept.recording_stopped_at, kept.last_seen_at) == (NOW, NOW)


def test_contact_who_is_gone_meanwhile_changes_nothing(anna, private):
    gone = private.pk
    private.delete()

    with pytest.raises(merging.NotTwoContacts):
        merging.merge(anna.pk, gone, take=(), by=None, now=NOW)
    with pytest.raises(merging.NotTwoContacts):
        merge(anna, anna)


def test_contact_who_is_being_erased_is_merged_with_nobody(anna, private):
    begin_erasure(private, now=NOW)

    with pytest.raises(merging.NotTwoContacts):
        merge(anna, private)


def test_cost_does_not_grow_with_page_views(anna, private):
    visitor = VisitorFactory(contact=private)
    PageViewFactory.create_batch(60, visitor=visitor, contact=private)

    with counted_queries() as queries:
        merge(anna, private)

    assert len(queries) < 90


class TestPage:
    """The way there, the question, and what is said."""

    def test_contacts_page_leads_there_for_those_who_may(self, manager, anna):
        inspect = reverse(f"{CONTACTS}:inspect", args=[anna.pk])

        assert url_of(anna) in browser_of(manager).get(inspect).content.decode()
        for may in (["view_contact", "change_contact"], ["view_contact", "delete_contact"]):
            reader = browser_of(user_who_may(*may))
            assert url_of(anna) not in reader.get(inspect).content.decode()
            assert reader.get(url_of(anna)).status_code == 302

    def test_both_are_shown_side_by_side_and_nothing_is_merged_yet(self, manager, anna, private):
        html = browser_of(manager).get(url_of(anna, private)).content.decode()

        assert "Everything of A. Nowak becomes part of Anna Nowak" in html
        assert 'name="take-company" value="other"' in html
        assert "Acme Ltd" in html
        # There is nothing to choose where only one has a value.
        assert "take-phone" not in html
        assert "take-owner" not in html
        assert url_of(private, anna) in html
        assert Contact.objects.count() == 2

    def test_button_merges_says_so_and_leaves_a_note(self, manager, anna, private):
        browser = browser_of(manager)

        response = browser.post(
            url_of(anna), {"other": private.pk, "take-company": "other", "take-name": "kept"}, follow=True
        )

        contact = Contact.objects.get()
        assert (contact.pk, contact.name, contact.company) == (anna.pk, "Anna Nowak", "Acme Ltd")
        assert "A. Nowak is now part of Anna Nowak." in response.content.decode()
        note = ContactNote.objects.get()
        assert (note.text, note.author) == ("Merged with A. Nowak, anna@private.example.", manager)
        assert [entry.message for entry in registry.get_logs_for_instance(contact)] == [
            "Merged with another contact"
        ]
        assert ModelLogEntry.objects.get(object_id=str(private.pk)).action == "wagtail.delete"

    def test_second_click_says_that_the_other_is_gone(self, manager, anna, private):
        browser = browser_of(manager)
        browser.post(url_of(anna), {"other": private.pk})

        html = browser.post(url_of(anna), {"other": private.pk}).content.decode()

        assert "Choose another contact, one that you may view." in html

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_other_of_somebody_else_is_as_one_that_does_not_exist(self, method, private):
        salesperson = user_who_may("view_own_contact", "change_contact", "delete_contact")
        own = ContactFactory(owner=salesperson)
        browser = browser_of(salesperson)

        html = getattr(browser, method)(url_of(own), {"other": private.pk}).content.decode()

        assert "Choose another contact, one that you may view." in html
        assert "A. Nowak" not in html
        assert Contact.objects.count() == 2
        assert browser.get(url_of(private, own)).status_code == 302

    def test_values_are_escaped(self, manager, anna):
        other = ContactFactory(name="<b>x</b>", company="<i>y</i>", extra={"<u>key</u>": "<s>value</s>"})

        html = browser_of(manager).get(url_of(anna, other)).content.decode()

        assert not [tag for tag in ("<b>x", "<i>y", "<u>key", "<s>value") if tag in html]

    def test_page_costs_a_fixed_number_of_queries(self, manager, anna, private):
        PageViewFactory.create_batch(30, visitor=VisitorFactory(contact=private), contact=private)
        browser = browser_of(manager)
        browser.get(url_of(anna, private))

        with counted_queries() as queries:
            browser.get(url_of(anna, private))

        assert len(queries) <= 25


CHOOSER = "wagtailsnippetchoosers_wagtail_visit_alerts_contact"


@pytest.mark.any_wagtail
@pytest.mark.parametrize("view", ["choose", "choose_results"])
def test_two_of_the_same_name_are_told_apart_where_the_other_is_chosen(manager, view):
    for address, company in (("anna@example.org", "Acme"), ("a.nowak@example.com", "Nordkaj")):
        ContactFactory(name="Anna Nowak", email=address, company=company)

    page = browser_of(manager).get(reverse(f"{CHOOSER}:{view}"))
    offered = page.json()["html"] if view == "choose" else page.content.decode()
    offered = offered.replace("<wbr>", "")

    assert all(word in offered for word in ("anna@example.org", "Acme", "a.nowak@example.com", "Nordkaj"))


def test_other_is_chosen_in_the_language_of_the_reader(manager, anna):
    UserProfile.objects.create(user=manager, preferred_language="pl")

    browser = browser_of(manager)
    page = browser.get(reverse(f"{CONTACTS}:merge", args=[anna.pk])).content.decode()
    chooser = browser.get(reverse(f"{CHOOSER}:choose")).json()["html"]

    assert "Wybierz kontakt" in page
    assert "Wybierz kontakt" in chooser
    assert "Choose" not in chooser
    assert "Choose contact" not in page
