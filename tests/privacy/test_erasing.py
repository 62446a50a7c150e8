import logging
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_q.models import Failure
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts import delivering, identifying, privacy
from wagtail_visit_alerts.api import erase_contact
from wagtail_visit_alerts.delivering import outbox, sending
from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    DailyActivity,
    DailyTotal,
    Delivery,
    LinkUse,
    Match,
    Mute,
    Notification,
    PageView,
    SignedLink,
    Slot,
    Status,
    SubmittedForm,
    TestVisit,
    UnmetMinimum,
    Visitor,
    WizardRun,
)
from wagtail_visit_alerts.tasks import purge

from ..factories import (
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)

pytestmark = pytest.mark.django_db
NAMES = ("Anna Nowak", "Nowak", "anna.nowak", "601 202 303", "Krakowska Fabryka")
#: All that is a contact's own.
OWN = (
    Contact, Visitor, PageView, Match, Notification, Delivery, Slot, UnmetMinimum, Mute, TestVisit, SignedLink,
    LinkUse, SubmittedForm, ContactNote, DailyActivity,
)  # fmt: skip


def erase(contact):
    return erase_contact(contact, now=timezone.now)


def texts_of_database():
    """Every value of every table, as text, by the table's name; the search index's own tables too."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                for value in row:
                    text = (
                        value.decode("utf-8", "replace")
                        if isinstance(value, (bytes, memoryview))
                        else str(value)
                    )
                    yield table, text


def tables_that_name_anna():
    found = set()
    for table, text in texts_of_database():
        read = {text, text.encode().decode("unicode_escape", "ignore")}  # JSON as SQLite keeps it
        if any(name.casefold() in one.casefold() for one in read for name in NAMES):
            found.add(table)
    return found


def test_no_table_of_the_database_names_the_person_afterwards(known_everywhere):
    assert len(tables_that_name_anna()) >= 7  # and more on SQLite, whose search has tables of its own

    erase(known_everywhere)

    assert tables_that_name_anna() == set()


def test_everything_of_the_contact_goes(known_everywhere):
    assert {model.__name__ for model in OWN if not model.objects.exists()} == set()

    erase(known_everywhere)

    assert {model.__name__ for model in OWN if model.objects.exists()} == set()


def test_failed_task_whose_error_repeats_the_address_goes(known_everywhere):
    assert Failure.objects.exists()  # its result is stored in a way in which no text can be searched

    erase(known_everywhere)

    assert not Failure.objects.exists()


def test_what_is_somebody_elses_stays(known_everywhere):
    other = DeliveryFactory()
    SubmittedForm.objects.create(contact=other.notification.contact, submitted_at=timezone.now())

    erase(known_everywhere)

    assert [model.objects.count() for model in (Contact, Visitor, PageView, Notification, Delivery)] == [1] * 5
    assert WizardRun.objects.get().steps == {"name": {"name": ["For (erased) only"]}}
    entry = ModelLogEntry.objects.exclude(data={}).get()
    assert entry.data == {"about": ["(erased)", 7], "name": "(erased)"}


def test_daily_totals_stay_under_one_random_number(anna):
    alert = AlertFactory()
    for days in (1, 2):
        day = (timezone.now() - timedelta(days=days)).date()
        DailyTotal.objects.create(day=day, alert=alert, contact=anna, matched=3, raised=1)

    erase(anna)

    totals = DailyTotal.objects.values_list("contact", "matched", "raised")
    assert set(totals) == {(None, 3, 1)}
    assert len(set(DailyTotal.objects.values_list("stand_in", flat=True)) - {None}) == 1


def test_history_says_who_and_when_but_not_about_whom(anna, caplog):
    log(instance=anna, action="wagtail.create")
    contact_id = anna.pk

    with caplog.at_level(logging.INFO):
        number = erase(anna)

    entry = ModelLogEntry.objects.get()
    assert (entry.label, entry.data) == (f"#{contact_id}", {})
    assert number in [getattr(record, "number", None) for record in caplog.records]
    assert "anna" not in caplog.text.casefold()


class TestWhatIsUnderWay:
    def test_browser_of_the_contact_is_a_new_unknown_one(self, anna, browser):
        browser.open("/", contact=anna)

        erase(anna)
        browser.open("/pricing/", after_ms=100)

        assert not PageView.objects.exclude(contact=None).exists()
        assert not Visitor.objects.exclude(contact=None).exists()

    def test_link_that_was_sent_recognises_nobody(self, anna):
        token = identifying.link_token(anna)
        privacy.begin_erasure(anna, now=timezone.now())

        assert identifying.contact_of_token(token) is None

    def test_what_waits_is_not_sent(self, anna, mailoutbox):
        DeliveryFactory(notification__match__page_view__visitor__contact=anna)

        privacy.begin_erasure(anna, now=timezone.now())
        sending.deliver_due(now=timezone.now)

        assert mailoutbox == []
        assert not Delivery.objects.exists()

    def test_what_a_worker_holds_ends_without_a_fault(self, anna, mailoutbox):
        DeliveryFactory(notification__match__page_view__visitor__contact=anna)
        [claimed] = outbox.claim(now=timezone.now(), limit=1)
        held = claimed.deliveries()

        erase(anna)
        outbox.record_sent(held, now=timezone.now())

        assert sending.deliver_due(now=timezone.now).sent == 0
        assert mailoutbox == []

    def test_failure_of_what_a_worker_holds_does_not_keep_the_others_of_its_digest(self, anna):
        reader = UserFactory()
        email_id = uuid.uuid4()
        of_anna = DeliveryFactory(
            notification__match__page_view__visitor__contact=anna, user=reader, email_id=email_id
        )
        other = DeliveryFactory(user=reader, email_id=email_id)
        [claimed] = outbox.claim(now=timezone.now(), limit=1)
        held = claimed.deliveries()

        erase(anna)
        outbox.record_failure(held, reason="greylisted", may_pass=True, now=timezone.now())

        other.refresh_from_db()
        assert other.status == Status.WAITING
        assert not Delivery.objects.filter(pk=of_anna.pk).exists()

    def test_giving_up_what_a_worker_holds_tells_only_of_others(self, anna):
        of_anna = DeliveryFactory(notification__match__page_view__visitor__contact=anna)
        other = DeliveryFactory(email_id=of_anna.email_id)
        [claimed] = outbox.claim(now=timezone.now(), limit=1)
        held = claimed.deliveries()

        erase(anna)
        outbox.record_failure(held, reason="no such user", may_pass=False, now=timezone.now())
        delivering.giving_up.tell(held, now=timezone.now())

        assert set(Delivery.objects.values_list("notification", flat=True)) == {other.notification_id}


class TestInterrupted:
    def test_name_is_gone_before_the_page_views_are(self, known_everywhere):
        privacy.begin_erasure(known_everywhere, now=timezone.now())

        assert PageView.objects.exists()
        # SQLite's search forgets its deleted words when it is done.
        assert {table for table in tables_that_name_anna() if not table.endswith("_fts_data")} == set()

    def test_task_finishes_it(self, known_everywhere):
        privacy.begin_erasure(known_everywhere, now=timezone.now())

        purge()

        assert not Contact.objects.exists()
        assert not PageView.objects.exists()

    def test_what_fits_in_the_time_is_deleted_and_the_rest_the_next_time(self, anna):
        visitor = VisitorFactory(contact=anna)
        for _number in range(3):
            PageViewFactory(visitor=visitor)
        privacy.begin_erasure(anna, now=timezone.now())

        stopped = privacy.Budget(now=timezone.now, lasts=timedelta(0))
        assert privacy.finish_erasures(budget=stopped) == 0
        assert privacy.finish_erasures(budget=privacy.Budget(now=timezone.now)) == 1

    def test_beginning_twice_is_beginning_once(self, anna):
        first = privacy.begin_erasure(anna, now=timezone.now())

        assert privacy.begin_erasure(Contact.objects.get(), now=timezone.now()) == first

    def test_contact_who_is_gone_meanwhile_is_no_fault(self, anna):
        copy = Contact.objects.get()
        erase(anna)

        assert privacy.begin_erasure(copy, now=timezone.now()) == ""

    def test_contact_with_such_an_address_is_left_alone(self):
        ContactFactory(email="somebody@erased.invalid")

        purge()

        assert Contact.objects.exists()


class TestCommand:
    def test_it_erases_without_a_question_where_told_so(self, anna, capsys):
        call_command("visit_alerts_erase_contact", "ANNA.nowak@example.org", "--yes")

        assert not Contact.objects.exists()
        out = capsys.readouterr().out
        assert "Erased." in out
        assert "anna" not in out.casefold()

    def test_it_asks_first(self, anna, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda _question: "no")

        with pytest.raises(CommandError, match="Nothing was erased"):
            call_command("visit_alerts_erase_contact", anna.email)

        assert Contact.objects.exists()

    def test_unknown_address_is_said(self):
        with pytest.raises(CommandError, match="nothing was erased"):
            call_command("visit_alerts_erase_contact", "nobody@example.org", "--yes")
