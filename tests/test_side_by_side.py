"""What people do in the admin, and what is done once a minute, beside a message that is being recorded just then."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models.signals import pre_save
from django.utils import timezone
from taggit.models import Tag

from wagtail_visit_alerts import identifying, importing, merging, pipeline, privacy, reporting, signals
from wagtail_visit_alerts.api import erase_contact, save_contact
from wagtail_visit_alerts.models import (
    Contact,
    ContactImport,
    DailyTotal,
    Delivery,
    Match,
    Method,
    Notification,
    Outcome,
    PageView,
    SignedLink,
    Slot,
    Visitor,
)

from .beside import Beside, halted, held, needs_two_connections
from .browsing import VirtualBrowser
from .factories import (
    AlertFactory,
    ContactFactory,
    MatchFactory,
    MonitoredPageFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
    needs_two_connections,
]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def anna():
    return ContactFactory()


@pytest.fixture
def private():
    """The same person under another address."""
    return ContactFactory()


def browser_of(contact):
    browser = VirtualBrowser()
    browser.open("/", contact=contact)
    assert Visitor.objects.get().contact == contact
    return browser


def merge(kept, other):
    return merging.merge(kept.pk, other.pk, take=(), by=None, now=timezone.now())


class TestMerging:
    def test_message_that_is_being_recorded_becomes_the_ones_who_stays(self, anna, private):
        MonitoredPageFactory(path="/pricing/")
        browser = browser_of(private)

        with halted(signals.alert_raised) as wait_until_raised:
            message = Beside(lambda: browser.open("/pricing/", after_ms=100))
            wait_until_raised()
            merged = Beside(lambda: merge(anna, private))
            assert merged.waits()

        assert message.result().status_code == 200
        merged.result()
        assert set(PageView.objects.values_list("contact", flat=True)) == {anna.pk}
        assert Notification.objects.get().contact == Slot.objects.get().contact == anna
        assert Delivery.objects.count() == 1

    def test_message_that_comes_meanwhile_is_the_ones_who_stays(self, anna, private):
        browser = browser_of(private)
        match = MatchFactory(contact=private, page_view__visitor=Visitor.objects.get())
        slot = Slot.objects.create(
            alert=match.alert, contact=private, period="2026-11", number=1, match=match, taken_at=NOON
        )

        with held(Slot.objects.filter(pk=slot.pk)):
            merged = Beside(lambda: merge(anna, private))
            assert merged.waits()
            message = Beside(lambda: browser.open("/pricing/", after_ms=100))
            assert message.waits()

        merged.result()
        assert message.result().status_code == 200
        assert set(PageView.objects.values_list("contact", flat=True)) == {anna.pk}

    def test_link_that_is_opened_meanwhile_is_waited_for_by_neither(self, anna, private):
        token = identifying.link_token(private)
        browser = VirtualBrowser()
        browser.open("/", token=token, sign="pointermove")
        match = MatchFactory(contact=private, page_view__visitor=Visitor.objects.get())
        slot = Slot.objects.create(
            alert=match.alert, contact=private, period="2026-11", number=1, match=match, taken_at=NOON
        )

        with held(Slot.objects.filter(pk=slot.pk)):
            merged = Beside(lambda: merge(anna, private))
            assert merged.waits()
            message = Beside(lambda: browser.open("/pricing/", after_ms=100, token=token, sign="pointermove"))
            assert message.waits()

        merged.result()
        assert message.result().status_code == 200
        assert Visitor.objects.get(retired_at=None).contact == anna
        assert SignedLink.objects.get().contact == anna

    def test_figures_that_are_counted_meanwhile_are_added_up_afterwards(self, anna, private):
        alert = AlertFactory()
        for contact, number in ((anna, 2), (private, 3)):
            for _number in range(number):
                page_view = PageViewFactory(visitor=VisitorFactory(contact=contact), entered_at=NOON)
                MatchFactory(page_view=page_view, alert=alert, happened_at=NOON, outcome=Outcome.CAPPED)
        day = date(2026, 11, 24)
        outdated = DailyTotal.objects.create(alert=alert, contact=anna, day=day, matched=1)
        DailyTotal.objects.create(alert=alert, contact=private, day=day, matched=3)

        with held(DailyTotal.objects.filter(pk=outdated.pk)):
            counted = Beside(lambda: reporting.catch_up(now=NOON))
            assert counted.waits()
            merged = Beside(lambda: merge(anna, private))
            assert merged.waits()

        counted.result()
        merged.result()
        assert DailyTotal.objects.get(contact=anna).matched == 5


class TestErasing:
    def test_message_that_is_being_recorded_goes_too(self, anna):
        MonitoredPageFactory(path="/pricing/")
        browser = browser_of(anna)

        with halted(signals.alert_raised) as wait_until_raised:
            message = Beside(lambda: browser.open("/pricing/", after_ms=100))
            wait_until_raised()
            erased = Beside(lambda: erase_contact(anna, now=timezone.now))
            assert erased.waits()

        assert message.result().status_code == 200
        erased.result()
        left = [model for model in (Contact, Visitor, PageView, Match, Delivery) if model.objects.exists()]
        assert left == []

    def test_browser_that_is_being_recognised_goes_too(self, anna):
        browser = VirtualBrowser()

        with halted(signals.contact_identified) as wait_until_identified:
            message = Beside(lambda: browser.open("/pricing/", contact=anna))
            wait_until_identified()
            erased = Beside(lambda: erase_contact(anna, now=timezone.now))
            assert erased.waits()

        assert message.result().status_code == 200
        erased.result()
        assert [model for model in (Contact, Visitor, PageView) if model.objects.exists()] == []

    def test_what_the_sweep_judges_of_a_browser_of_before_goes_too(self, anna):
        MonitoredPageFactory(path="/pricing/")
        now = timezone.now()
        visitor = VisitorFactory(contact=anna, retired_at=now)
        PageViewFactory(
            visitor=visitor, is_confirmed=False, beacon_id=None, source=1, anchored_at=now, sweep_at=now
        )

        with halted(signals.alert_raised) as wait_until_raised:
            swept = Beside(lambda: pipeline.sweep(now=now))
            wait_until_raised()
            erased = Beside(lambda: erase_contact(anna, now=timezone.now))
            assert erased.waits()

        swept.result()
        erased.result()
        left = [model for model in (Contact, Visitor, PageView, Match, Delivery) if model.objects.exists()]
        assert left == []

    def test_totals_that_are_counted_at_that_moment_are_of_nobody_afterwards(self, anna):
        alert = AlertFactory()
        for _number in range(2):
            page_view = PageViewFactory(visitor=VisitorFactory(contact=anna), entered_at=NOON)
            MatchFactory(page_view=page_view, alert=alert, happened_at=NOON, outcome=Outcome.CAPPED)
        outdated = DailyTotal.objects.create(alert=alert, contact=anna, day=date(2026, 11, 24), matched=1)

        with held(DailyTotal.objects.filter(pk=outdated.pk)):
            counted = Beside(lambda: reporting.catch_up(now=NOON))
            assert counted.waits()
            erased = Beside(lambda: erase_contact(anna, now=timezone.now))
            assert erased.waits()

        counted.result()
        erased.result()
        total = DailyTotal.objects.get()
        assert (total.contact, total.matched) == (None, 2)
        assert not Contact.objects.exists()

    def test_what_the_site_saves_of_them_at_that_moment_brings_nothing_back(self, anna):
        with halted(pre_save) as wait_until_saving:
            saved = Beside(lambda: save_contact(anna.email, company="Acme"))
            wait_until_saving()
            erased = Beside(lambda: erase_contact(anna, now=timezone.now))
            assert erased.waits()

        saved.result()
        erased.result()
        assert not Contact.objects.exists()

    def test_file_that_is_being_imported_is_waited_for(self):
        first, anna = ContactFactory(email="a@example.org"), ContactFactory(email="b@example.org")
        content = b"email,name\na@example.org,First\nb@example.org,Second\n"
        upload = importing.keep_upload(
            content, file_name="c.csv", options=importing.Options(), author=UserFactory(), now=NOON
        )
        superuser = UserFactory(is_superuser=True)

        def go_on():
            return importing.go_on(ContactImport.objects.get(pk=upload.pk), author=superuser, now=timezone.now)

        go_on()
        importing.begin_import(upload.pk)

        with held(Contact.objects.filter(pk=first.pk)):
            imported = Beside(go_on)
            assert imported.waits()
            erased = Beside(lambda: erase_contact(anna, now=timezone.now))
            assert erased.waits()

        assert imported.result().changed == 2
        erased.result()
        assert Contact.objects.get() == first
        assert not ContactImport.objects.filter(content__contains="b@example.org").exists()


class TestPurging:
    def test_browser_that_comes_back_at_that_moment_stays(self, anna):
        browser = VirtualBrowser()
        browser.open("/")
        PageView.objects.all().delete()
        Visitor.objects.update(last_seen_at=timezone.now() - timedelta(days=31))

        with halted(signals.contact_identified) as wait_until_identified:
            message = Beside(lambda: browser.open("/pricing/", contact=anna))
            wait_until_identified()
            purged = Beside(lambda: privacy.purge(now=timezone.now))
            assert purged.waits()

        assert message.result().status_code == 200
        purged.result()
        assert PageView.objects.get().visitor == Visitor.objects.get()
        assert Visitor.objects.get().identified_by == Method.LINK


def test_contacts_whom_somebody_else_makes_in_another_order_are_waited_for():
    importer = importing.Importer(
        importing.read_table("email,name\nb@example.org,Ben\na@example.org,Anna\n"), options=importing.Options()
    )
    [batch] = importer.batches()

    with transaction.atomic():
        ContactFactory(email="a@example.org", name="", owner=None)
        imported = Beside(lambda: importer.write(batch, now=NOON))
        assert imported.waits()
        ContactFactory(email="b@example.org", name="", owner=None)

    assert imported.result().changed == 2
    assert set(Contact.objects.values_list("name", flat=True)) == {"Anna", "Ben"}


def test_tag_that_somebody_else_makes_while_a_file_is_imported_is_the_files_too():
    table = importing.read_table("email,tags\na@example.org,food\nb@example.org,vip\n")
    importer = importing.Importer(table, options=importing.Options())
    [batch] = importer.batches()

    with transaction.atomic():
        Tag.objects.create(name="vip")
        imported = Beside(lambda: importer.write(batch, now=NOON))
        assert imported.waits()

    assert imported.result().created == 2
    tags = Contact.objects.order_by("email").values_list("email", "tags__name")
    assert list(tags) == [("a@example.org", "food"), ("b@example.org", "vip")]


def test_when_contacts_were_seen_is_noted_in_the_order_in_which_others_lock_them():
    first, second = ContactFactory(), ContactFactory()
    Contact.objects.filter(pk=first.pk).update(
        last_seen_at=NOON - timedelta(days=1)
    )  # its row stands behind the other one now
    for contact in (first, second):
        PageViewFactory(visitor=VisitorFactory(contact=contact), entered_at=NOON)

    with held(Contact.objects.filter(pk=first.pk)):
        noted = Beside(lambda: reporting.catch_up(now=NOON))
        assert noted.waits()
        with held(Contact.objects.filter(pk=second.pk)):
            pass

    noted.result()
    assert set(Contact.objects.values_list("last_seen_at", flat=True)) == {NOON}
