"""Two processes that count at the same time, as where the sweep runs in a cluster and from cron."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection, connections

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.models import DailyActivity, DailyTotal, Outcome

from ..factories import AlertFactory, ContactFactory, MatchFactory, PageViewFactory, VisitorFactory

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.database
def test_two_who_count_at_once_do_no_harm():
    alert = AlertFactory()
    for _ in range(20):
        visitor = VisitorFactory(contact=ContactFactory())
        for days in range(3):
            at = NOON - timedelta(days=days)
            page_view = PageViewFactory(visitor=visitor, entered_at=at)
            MatchFactory(page_view=page_view, alert=alert, happened_at=at, outcome=Outcome.CAPPED)
    failed: list[BaseException] = []
    start = threading.Barrier(3)

    def run() -> None:
        try:
            start.wait()
            reporting.catch_up(now=NOON)
            reporting.rebuild(now=NOON)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    if connection.vendor == "sqlite":  # an in-memory database is one connection's own
        for _ in range(3):
            reporting.catch_up(now=NOON)
            reporting.rebuild(now=NOON)
    else:
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert failed == []
    assert list(DailyTotal.objects.values_list("matched", flat=True)) == [1] * 60
    assert list(DailyActivity.objects.values_list("page_views", flat=True)) == [1] * 60


@pytest.fixture
def file_of_sqlite(tmp_path, monkeypatch):
    """The database of the test as a file: a connection that is opened from now on uses it, and hardly waits."""
    if connection.vendor != "sqlite":
        pytest.skip("the others have a queue of those who wait")
    name = tmp_path / "site.sqlite3"

    def copy():
        with closing(sqlite3.connect(name)) as file:
            connection.connection.backup(file)
        monkeypatch.setitem(connection.settings_dict, "NAME", str(name))
        options = {**connection.settings_dict["OPTIONS"], "timeout": 0.5}
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
        return name

    return copy


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_rebuilding_goes_on_after_somebody_has_written_for_longer_than_it_waits(file_of_sqlite):
    MatchFactory(page_view__entered_at=NOON, happened_at=NOON, outcome=Outcome.CAPPED)
    name = file_of_sqlite()
    refused, failed = threading.Event(), []

    def note_refusal(execute, sql, *args):
        try:
            return execute(sql, *args)
        except OperationalError:
            refused.set()
            raise

    def run() -> None:
        try:
            with connections["default"].execute_wrapper(note_refusal):
                reporting.rebuild(now=NOON)
        except BaseException as error:
            failed.append(error)
        finally:
            refused.set()
            connections.close_all()

    with closing(sqlite3.connect(name, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        rebuilding = threading.Thread(target=run)
        rebuilding.start()
        assert refused.wait(timeout=60)
        other.execute("ROLLBACK")
        rebuilding.join()
        counted = other.execute("SELECT matched FROM wagtail_visit_alerts_dailytotal").fetchall()

    assert failed == []
    assert counted == [(1,)]
