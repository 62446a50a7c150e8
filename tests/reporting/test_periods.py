"""Periods: their days, what they are compared with, and their parts."""

from datetime import UTC, date, datetime

import pytest
from django.test import override_settings

from wagtail_visit_alerts.reporting.periods import Choice, Span, Step, span_of, today, usual_step

ON = date(2026, 3, 30)


@pytest.mark.parametrize(
    ("choice", "first", "last"),
    [
        (Choice.DAYS_7, date(2026, 3, 24), ON),
        (Choice.DAYS_30, date(2026, 3, 1), ON),
        (Choice.DAYS_90, date(2025, 12, 31), ON),
        (Choice.MONTH, date(2026, 3, 1), ON),
        (Choice.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (Choice.YEAR, date(2026, 1, 1), ON),
    ],
)
def test_chosen_period_ends_today_or_with_its_month(choice, first, last):
    assert span_of(choice, on=ON) == Span(first, last)


def test_period_of_ones_own_has_no_days_before_somebody_gives_them():
    with pytest.raises(ValueError, match="dates"):
        span_of(Choice.OWN, on=ON)


@pytest.mark.parametrize(
    ("span", "before"),
    [
        (Span(date(2026, 3, 24), ON), Span(date(2026, 3, 17), date(2026, 3, 23))),
        (Span(ON, ON), Span(date(2026, 3, 29), date(2026, 3, 29))),
        (Span(date(2026, 3, 1), date(2026, 3, 31)), Span(date(2026, 2, 1), date(2026, 2, 28))),
        (Span(date(2026, 1, 1), date(2026, 1, 31)), Span(date(2025, 12, 1), date(2025, 12, 31))),
    ],
)
def test_period_is_compared_with_as_many_days_or_the_month_before(span, before):
    assert span.before == before


def test_weeks_begin_on_monday_and_the_outer_ones_may_be_incomplete():
    # 30 March 2026 is a Monday.
    parts = Span(date(2026, 3, 28), date(2026, 4, 6)).parts(Step.WEEK)

    assert parts == [
        Span(date(2026, 3, 28), date(2026, 3, 29)),
        Span(ON, date(2026, 4, 5)),
        Span(date(2026, 4, 6), date(2026, 4, 6)),
    ]


@pytest.mark.parametrize("step", Step)
def test_parts_are_the_period_without_gap_or_overlap(step):
    span = Span(date(2025, 12, 17), date(2026, 12, 17))

    parts = span.parts(step)

    assert sum(part.days for part in parts) == span.days
    assert (parts[0].first, parts[-1].last) == (span.first, span.last)


@pytest.mark.parametrize(("days", "step"), [(92, Step.DAY), (93, Step.MONTH)])
def test_long_period_is_shown_by_month(days, step):
    assert usual_step(Span(ON, date.fromordinal(ON.toordinal() + days - 1))) == step


@override_settings(WAGTAIL_VISIT_ALERTS={"TIME_ZONE": "Europe/Warsaw"})
def test_today_is_that_of_the_zone_of_the_totals():
    # In Warsaw, clocks have been put forward the day before: midnight is at 22 hours UTC.
    assert today(now=datetime(2026, 3, 29, 22, 30, tzinfo=UTC)) == ON
    assert today(now=datetime(2026, 3, 29, 21, 30, tzinfo=UTC)) == date(2026, 3, 29)
