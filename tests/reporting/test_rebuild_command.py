"""``visit_alerts_rebuild_totals``: the figures of the sweep, made again."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from wagtail_visit_alerts import privacy, reporting
from wagtail_visit_alerts.models import DailyActivity, DailyTotal, Match, Outcome, Progress

from ..factories import AlertFactory, ContactFactory, MatchFactory, PageViewFactory, VisitorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def matches():
    """A match on each of three days, counted by nobody yet."""
    alert = AlertFactory()
    return [
        MatchFactory(
            alert=alert,
            outcome=Outcome.CAPPED,
            happened_at=NOON - timedelta(days=days),
            page_view__entered_at=NOON - timedelta(days=days),
        )
        for days in (2, 1, 0)
    ]


def days(model=DailyTotal):
    return [day.day for day in model.objects.values_list("day", flat=True).order_by("day")]


def rebuild(capsys, *options):
    """What the command says to people, and to programs."""
    call_command("visit_alerts_rebuild_totals", *options)
    said = capsys.readouterr()
    return said.err.split(), said.out.strip()


def test_all_days_are_made_by_default_and_told(matches, capsys):
    told, summary = rebuild(capsys)

    assert days() == days(DailyActivity) == [22, 23, 24]
    assert told == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert summary == "9 rows were written."


def test_day_that_retention_reaches_meanwhile_stays_as_it_was_counted(clock, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"KEEP_NOTIFICATIONS_DAYS": 10, "KEEP_PAGE_VIEWS_DAYS": 0}
    evening = datetime(2026, 11, 24, 22, 50, tzinfo=UTC)  # ten minutes before midnight in Warsaw
    alert, contact = AlertFactory(), ContactFactory()
    oldest = evening - timedelta(days=10) + timedelta(minutes=20)
    for at in (evening - timedelta(days=20), oldest, oldest + timedelta(hours=2)):
        page_view = PageViewFactory(visitor=VisitorFactory(contact=contact), entered_at=at)
        MatchFactory(alert=alert, page_view=page_view, happened_at=at, outcome=Outcome.CAPPED)
    clock.move_to(oldest)
    reporting.rebuild(now=oldest)
    assert DailyTotal.objects.get(day=date(2026, 11, 15)).matched == 2
    clock.move_to(evening)

    def purge_after_midnight(day):
        clock.move_to(evening + timedelta(minutes=30))
        privacy.purge(now=timezone.now)

    reporting.rebuild(now=evening, progress=purge_after_midnight)

    assert Match.objects.filter(happened_at__gte=oldest).count() == 1
    assert DailyTotal.objects.get(day=date(2026, 11, 15)).matched == 2


def test_only_the_days_that_are_asked_for_are_made(matches, capsys):
    told, _ = rebuild(capsys, "--since", "2026-11-23", "--until", "2026-11-23")

    assert days() == [23]
    assert told == ["2026-11-23"]


def test_second_time_writes_nothing(matches, capsys):
    rebuild(capsys)

    assert rebuild(capsys)[1] == "0 rows were written."


def test_figures_that_are_wrong_are_put_right(matches, capsys):
    rebuild(capsys)
    DailyTotal.objects.update(matched=7, sent=3)
    matches[0].delete()
    DailyActivity.objects.filter(day="2026-11-23").delete()

    rebuild(capsys, "--since", "2026-11-22")

    assert list(DailyTotal.objects.order_by("day").values_list("matched", "sent")) == [(1, 0), (1, 0)]
    assert days(DailyActivity) == [22, 23, 24]


def test_nothing_recorded_is_nothing_to_do(capsys):
    assert rebuild(capsys) == ([], "0 rows were written.")


def test_sweep_goes_on_from_where_all_was_made_again(matches, capsys, monkeypatch):
    monkeypatch.setattr("wagtail_visit_alerts.reporting.lately_written.ROWS_AT_ONCE", 1)

    rebuild(capsys)

    settled = Progress.objects.get(name="reporting.matches")
    assert settled.last_id == matches[-1].pk - 1
    assert reporting.catch_up(now=NOON) == 0


@pytest.mark.parametrize(
    "options", [("--since", "yesterday"), ("--since", "2026-11-24", "--until", "2026-11-23")], ids=str
)
def test_days_that_make_no_sense_are_refused(matches, options):
    with pytest.raises(CommandError):
        call_command("visit_alerts_rebuild_totals", *options)

    assert not days()
