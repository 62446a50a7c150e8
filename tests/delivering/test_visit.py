from datetime import UTC, datetime, timedelta

import pytest

from wagtail_visit_alerts.models.visit import group_into_visits

from ..factories import PageViewFactory, VisitorFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def minutes(number):
    return timedelta(minutes=number)


def test_page_views_less_than_half_an_hour_apart_are_one_visit():
    visitor = VisitorFactory()
    first = PageViewFactory(visitor=visitor, entered_at=NOON, ended_at=NOON + minutes(5))
    second = PageViewFactory(visitor=visitor, entered_at=NOON + minutes(34))

    [visit] = group_into_visits([second, first])

    assert visit.page_views == (first, second)
    assert (visit.started_at, visit.ended_at) == (NOON, NOON + minutes(34))


def test_half_an_hour_between_end_and_entry_begins_another_visit():
    visitor = VisitorFactory()
    first = PageViewFactory(visitor=visitor, entered_at=NOON, ended_at=NOON + minutes(5))
    second = PageViewFactory(visitor=visitor, entered_at=NOON + minutes(35))

    later, earlier = group_into_visits([first, second])

    assert (later.page_views, earlier.page_views) == ((second,), (first,))


def test_a_page_that_stays_open_in_one_tab_holds_the_visit_together():
    visitor = VisitorFactory()
    long_one = PageViewFactory(visitor=visitor, entered_at=NOON, ended_at=NOON + minutes(50))
    short_one = PageViewFactory(visitor=visitor, entered_at=NOON + minutes(1), ended_at=NOON + minutes(2))
    last = PageViewFactory(visitor=visitor, entered_at=NOON + minutes(60))

    assert len(group_into_visits([long_one, short_one, last])) == 1


def test_two_visitors_at_the_same_time_are_two_visits():
    one = PageViewFactory(entered_at=NOON)
    other = PageViewFactory(entered_at=NOON + minutes(1))

    assert [visit.page_views for visit in group_into_visits([one, other])] == [(other,), (one,)]


def test_no_page_views_are_no_visits():
    assert group_into_visits([]) == []
