"""Durations in classes: how coarse they are, and how near the median is that is read from them."""

from itertools import pairwise
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_visit_alerts.reporting.latency_classes import CLASS_SECONDS, class_of, median_seconds

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

durations = st.floats(min_value=0, max_value=6 * 24 * 3600)


def in_classes(seconds):
    counts: dict[int, int] = {}
    for one in seconds:
        counts[class_of(one)] = counts.get(class_of(one), 0) + 1
    return counts


def test_each_class_is_a_second_or_at_most_a_fifth_of_its_beginning():
    assert all(upper - lower <= max(1, lower / 5) for lower, upper in pairwise(CLASS_SECONDS))


@given(durations)
def test_duration_is_in_the_class_that_begins_below_it(seconds):
    lower = class_of(seconds)

    assert lower <= seconds < CLASS_SECONDS[CLASS_SECONDS.index(lower) + 1]


def test_email_that_was_sent_before_it_was_raised_by_clocks_that_differ_took_no_time():
    assert class_of(-3) == 0


def test_what_takes_weeks_is_in_the_last_class():
    assert class_of(1e9) == CLASS_SECONDS[-1]


@given(st.lists(durations, min_size=1))
def test_median_is_off_by_a_class_at_most(seconds):
    lower = class_of(median_low(seconds))

    assert lower <= median_seconds(in_classes(seconds)) <= CLASS_SECONDS[CLASS_SECONDS.index(lower) + 1]


@pytest.mark.parametrize("counts", [{}, {5: 0}])
def test_median_of_nothing_is_none(counts):
    assert median_seconds(counts) is None
