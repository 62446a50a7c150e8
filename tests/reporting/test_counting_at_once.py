"""Two processes that count at the same time, as where the sweep runs in a cluster and from cron."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

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
