"""Monthly totals: they say what the daily ones do, whatever happens to these."""

from datetime import UTC, date, datetime
from random import Random

import pytest

from wagtail_visit_alerts.models import DailyTotal, MonthlyTotal, Outcome
from wagtail_visit_alerts.reporting import add_up_months, alert_figures, long_periods, rebuild
from wagtail_visit_alerts.reporting.alert_figures import NAMES, added_up
from wagtail_visit_alerts.reporting.daily_totals import recount_totals
from wagtail_visit_alerts.reporting.periods import Span, Step

from ..admin.walking import user_who_may
from ..factories import AlertFactory, ContactFactory, DailyTotalFactory, MatchFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SPANS = [
    Span(date(2026, 1, 1), date(2026, 11, 24)),
    Span(date(2025, 11, 24), date(2026, 11, 24)),
    Span(date(2026, 2, 10), date(2026, 5, 20)),
    Span(date(2026, 9, 1), date(2026, 9, 30)),
    Span(date(2026, 11, 1), date(2026, 11, 24)),
]


@pytest.fixture
def totals():
    """Two hundred totals of two years, the same at each run; of erased contacts and deleted alerts too."""
    lot, first = Random(7), date(2025, 1, 1).toordinal()
    alerts = [*AlertFactory.create_batch(4), None]
    contacts = [*ContactFactory.create_batch(5), None]
    for _number in range(200):
        contact = lot.choice(contacts)
        figures = {name: lot.randrange(9) for name in NAMES}
        day = date.fromordinal(first + lot.randrange(690))
        of_day = {"day": day, "alert": lot.choice(alerts), "contact": contact}
        if contact is None or not DailyTotal.objects.filter(**of_day).exists():
            DailyTotalFactory(**of_day, stand_in=None if contact else 7, **figures)
    return DailyTotal.objects.order_by()


def add_up_all():
    while add_up_months(now=NOW):
        pass


def by_id(found):
    return sorted(found, key=lambda one: one.alert_id or 0)


@pytest.mark.parametrize("span", SPANS)
def test_long_period_has_the_figures_of_its_days(totals, span):
    add_up_all()
    sums = MonthlyTotal.objects.order_by()

    days = alert_figures.by_day(totals, span)
    mixed = long_periods.by_day_or_month(totals, sums, span)

    assert added_up(mixed, span) == added_up(days, span)
    assert [added_up(mixed, part) for part in span.parts(Step.MONTH)] == [
        added_up(days, part) for part in span.parts(Step.MONTH)
    ]
    assert by_id(long_periods.by_alert(totals, sums, span)) == by_id(alert_figures.by_alert(totals, span))
    assert long_periods.people_in(totals, span) == alert_figures.people_in(totals, span)


def test_month_that_goes_on_has_no_sums(totals):
    DailyTotalFactory(day=date(2026, 11, 23))
    add_up_all()

    assert not MonthlyTotal.objects.filter(month__gte=date(2026, 11, 1)).exists()
    assert MonthlyTotal.objects.filter(month=date(2026, 10, 1)).exists()


def test_adding_up_twice_is_adding_up_once(totals):
    add_up_all()
    before = MonthlyTotal.objects.count()

    assert add_up_months(now=NOW) == 0
    assert MonthlyTotal.objects.count() == before


def test_nothing_is_added_up_where_there_is_nothing(db):
    assert add_up_months(now=NOW) == 0


def test_sums_of_a_month_are_dropped_when_a_day_of_it_changes():
    old = datetime(2026, 9, 3, 10, tzinfo=UTC)
    match = MatchFactory(happened_at=old, outcome=Outcome.CAPPED)
    DailyTotalFactory(day=date(2026, 8, 3), alert=match.alert, contact=match.contact, matched=1)
    recount_totals(old.date(), [match.contact_id], now=NOW)
    add_up_all()

    late = MatchFactory(happened_at=old, alert=match.alert, outcome=Outcome.CAPPED)
    recount_totals(old.date(), [late.contact_id], now=NOW)

    assert set(MonthlyTotal.objects.values_list("month", flat=True)) == {date(2026, 8, 1)}
    span = Span(date(2026, 8, 1), date(2026, 9, 30))
    sums, totals = MonthlyTotal.objects.order_by(), DailyTotal.objects.order_by()
    assert added_up(long_periods.by_day_or_month(totals, sums, span), span).matched == 3
    add_up_all()
    assert MonthlyTotal.objects.get(month=date(2026, 9, 1)).matched == 2


def test_counting_again_without_a_change_leaves_the_sums():
    old = datetime(2026, 9, 3, 10, tzinfo=UTC)
    match = MatchFactory(happened_at=old, outcome=Outcome.CAPPED)
    recount_totals(old.date(), [match.contact_id], now=NOW)
    add_up_all()

    recount_totals(old.date(), [match.contact_id], now=NOW)

    assert MonthlyTotal.objects.count() == 1


def test_rebuilding_adds_the_months_up():
    MatchFactory(happened_at=datetime(2026, 9, 3, 10, tzinfo=UTC), outcome=Outcome.CAPPED)

    rebuild(now=NOW)

    assert MonthlyTotal.objects.get().matched == 1


def test_deleted_alert_stays_in_the_sums_of_all(totals):
    span = Span(date(2025, 11, 24), date(2026, 11, 24))
    add_up_all()
    before = added_up(alert_figures.by_day(totals, span), span)

    totals.exclude(alert=None).first().alert.delete()

    sums = MonthlyTotal.objects.order_by()
    assert added_up(long_periods.by_day_or_month(totals, sums, span), span) == before
    assert by_id(long_periods.by_alert(totals, sums, span)) == by_id(alert_figures.by_alert(totals, span))


def test_salesperson_of_own_contacts_is_never_shown_the_sums_of_all(totals):
    add_up_all()

    assert not long_periods.sums_viewable_by(user_who_may("view_alert", "view_own_contact")).exists()
    assert long_periods.sums_viewable_by(user_who_may("view_alert", "view_contact")).exists()


def test_year_costs_the_same_queries_however_many_days_it_has(totals):
    add_up_all()
    sums = MonthlyTotal.objects.order_by()

    with counted_queries() as queries:
        long_periods.by_alert(totals, sums, Span(date(2025, 11, 24), date(2026, 11, 24)))

    assert len(queries) == 4
