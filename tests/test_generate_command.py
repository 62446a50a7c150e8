"""``manage.py visit_alerts_generate``: where it refuses, and that what it writes hangs together as real data does."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count
from wagtail.models import Page, Site

from wagtail_visit_alerts import matching
from wagtail_visit_alerts.delivering import outbox
from wagtail_visit_alerts.models import (
    Alert,
    Contact,
    Delivery,
    Ending,
    Match,
    MonitoredPage,
    Notification,
    Outcome,
    PageView,
    RulesVersion,
    Slot,
    UnmetMinimum,
    Visitor,
)

from .factories import ContactFactory
from .testapp.models import ContentPage

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

NOW = datetime(2026, 11, 30, 14, tzinfo=UTC)
TINY = ("--page-views=1500", "--contacts=40", "--alerts=20", "--notifications=150", "--days=45")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def pages():
    home = Site.objects.get(is_default_site=True).root_page
    return [
        home.add_child(instance=ContentPage(title=f"Page {number}", slug=f"page-{number}"))
        for number in range(12)
    ]


def generate(*options):
    call_command("visit_alerts_generate", *TINY, *options, stdout=(out := StringIO()))
    return out.getvalue()


def everything():
    """What was generated, but for ids of other tables and passwords, which are of no login."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list(*columns))
        for model, columns in (
            (get_user_model(), ("username", "email")),
            (Contact, ("email", "name", "extra", "link_key", "last_seen_at")),
            (Visitor, ("key_hash", "identified_by", "last_seen_at")),
            (Alert, ("name", "is_on", "cap_times", "cap_period")),
            (PageView, ("beacon_id", "entered_at", "ending", "dwell_ms", "address__text", "contact__email")),
            (Match, ("outcome", "happened_at", "alert__name", "contact__email")),
            (Delivery, ("email_id", "email", "status", "sent_at")),
        )
    }


def generated_and_undone(*options):
    with transaction.atomic():
        generate("--yes", *options)
        found = everything()
        transaction.set_rollback(True)
    return found


def test_command_generates_as_much_as_it_is_asked_for():
    text = generate("--yes")

    assert "40 contacts, 1500 page views" in text
    assert (Contact.objects.count(), PageView.objects.count(), Alert.objects.count()) == (40, 1500, 20)
    assert Notification.objects.count() == pytest.approx(150, rel=0.15)


def test_same_seed_gives_the_same_data():
    assert generated_and_undone("--seed=7") == generated_and_undone("--seed=7")


def test_another_seed_gives_other_data():
    one, other = generated_and_undone("--seed=7"), generated_and_undone("--seed=8")

    assert not {row[0] for row in one["Contact"]} & {row[0] for row in other["Contact"]}


def test_command_refuses_where_debug_is_off():
    with pytest.raises(CommandError, match="DEBUG is off"):
        generate()

    assert not Contact.objects.exists()


def test_command_refuses_where_there_are_contacts(settings):
    settings.DEBUG = True
    ContactFactory()

    with pytest.raises(CommandError, match="has 1 contacts already"):
        generate()


def test_command_runs_without_yes_on_an_empty_database_of_a_developer(settings):
    settings.DEBUG = True

    assert "Generated" in generate()


def test_seed_that_was_used_is_refused_and_another_one_is_not():
    generate("--yes")

    with pytest.raises(CommandError, match="seed 1 already"):
        generate("--yes")
    generate("--yes", "--seed=2")

    assert Contact.objects.count() == 80


def test_number_below_one_is_refused():
    with pytest.raises(CommandError, match="--alerts must be at least 1"):
        generate("--yes", "--alerts=0")


def test_nothing_generated_is_ever_sent(clock):
    generate("--yes")

    for later in (timedelta(0), timedelta(days=365)):
        clock.move_to(NOW + later)
        assert outbox.claim(now=NOW + later, limit=10) == []
    assert Delivery.objects.filter(status="waiting").exists()
    assert mail.outbox == []


def test_addresses_can_not_exist():
    generate("--yes")

    addresses = [
        *Contact.objects.values_list("email", flat=True),
        *Delivery.objects.values_list("email", flat=True),
    ]
    assert all(address.endswith(".example") for address in addresses)


def test_matches_are_those_that_the_rules_find():
    generate("--yes")
    rules = matching.rules_of_version(RulesVersion.current())

    matched = Match.objects.select_related("page_view__address")
    for match in matched:
        found = rules.matching(url=match.page_view.address.text, page_id=match.page_view.page_id)
        assert (match.alert_id, match.monitored_page_id) in {
            (rule.alert_id, rule.monitored_page_id) for rule in found
        }
    assert {match.outcome for match in matched} == set(Outcome.values)
    assert MonitoredPage.objects.filter(page__isnull=False).exists()


def test_minimum_time_is_kept_by_each_match_and_by_no_unmet_one():
    generate("--yes")

    moved_on = Match.objects.filter(alert__clock="moved_on", monitored_page__minimum_minutes__gt=0)
    for match in moved_on.select_related("page_view", "monitored_page"):
        assert match.page_view.dwell_ms >= match.monitored_page.minimum_minutes * 60_000
    assert moved_on.exists()
    assert {unmet.kind for unmet in UnmetMinimum.objects.all()} == set(UnmetMinimum.Kind.values)


def test_cap_is_kept():
    generate("--yes")

    for slot in Slot.objects.select_related("alert"):
        assert slot.number <= slot.alert.cap_times
    raised = Notification.objects.values("alert", "contact").annotate(number=Count("pk"))
    assert max(row["number"] for row in raised) > 1
    assert (
        Slot.objects.count() == Notification.objects.count() == Match.objects.filter(outcome="raised").count()
    )


def test_some_contacts_are_on_the_site_now():
    generate("--yes")

    open_now = PageView.objects.filter(ending=Ending.OPEN)
    assert open_now.count() == 3
    assert all(NOW - timedelta(minutes=30) < view.entered_at <= NOW for view in open_now)
    assert not PageView.objects.filter(entered_at__gt=NOW).exists()


def test_contact_was_last_seen_at_their_latest_page_view():
    generate("--yes")

    contact = Contact.objects.exclude(last_seen_at=None).order_by("-last_seen_at").first()

    assert contact.last_seen_at == contact.page_views.latest("entered_at").entered_at


def test_some_contacts_come_far_more_often_than_others():
    generate("--yes")

    visits = sorted(
        PageView.objects.exclude(contact=None).values("contact").annotate(n=Count("pk")).values_list("n")
    )

    assert visits[-1][0] > 3 * visits[len(visits) // 2][0]


def test_rows_written_afterwards_have_ids_of_their_own():
    generate("--yes")
    latest = Contact.objects.latest("pk").pk

    assert ContactFactory().pk > latest


def test_site_without_a_site_is_told_what_to_do():
    Site.objects.all().delete()

    with pytest.raises(CommandError, match="no site"):
        generate("--yes")
    assert Page.objects.exists()
