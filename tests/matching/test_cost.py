"""Ten thousand alerts cost a page view what a few do: counted, not timed."""

import pytest
import time_machine
from django.db import transaction

from wagtail_visit_alerts.matching import forget_rules, patterns, rules_of_version
from wagtail_visit_alerts.models import Alert, MonitoredPage, RulesVersion

from ..browsing import VirtualBrowser
from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

FEW, MANY = 12, 10_000
PATH = "/products/area-7/product-7/"
EXACT = "/products/area-{0}/product-{0}/"
STARRED = ("/products/area-{0}/**", "/products/area-{0}/product-*/", "/*/area-{0}/*/")


@pytest.fixture
def steps(monkeypatch):
    """How many nodes of the rules' tree were looked at, each for one character of a path."""
    counted = []
    after = patterns._Node.after

    def counting(node, character):
        counted.append(character)
        return after(node, character)

    monkeypatch.setattr(patterns._Node, "after", counting)
    return counted


def write_alerts(number, *shapes):
    """Alerts on paths of each shape; one of each shape is on ``PATH``, and no other one."""
    author = UserFactory()
    alerts = Alert.objects.bulk_create(Alert(name=f"{n}", author=author, is_on=True) for n in range(number))
    MonitoredPage.objects.bulk_create(
        MonitoredPage(
            alert=alert, kind=MonitoredPage.Kind.URL, path=shapes[n % len(shapes)].format(n // len(shapes) + 5)
        )
        for n, alert in enumerate(alerts)
    )
    RulesVersion.bump()
    forget_rules()
    return rules_of_version(RulesVersion.current())


@pytest.mark.parametrize("number", [FEW, MANY])
def test_paths_without_a_star_are_found_in_as_many_steps_as_the_path_is_long(steps, number):
    rules = write_alerts(number, EXACT)

    found = rules.matching(url=f"http://testserver{PATH}", page_id=None)

    assert len(found) == 1
    assert len(steps) <= len(PATH)


def test_paths_with_stars_cost_as_many_steps_with_ten_thousand_alerts_as_with_few(steps):
    taken = []
    for number in (FEW, MANY):
        with transaction.atomic():
            rules = write_alerts(number, EXACT, *STARRED)
            steps.clear()
            found = rules.matching(url=f"http://testserver{PATH}", page_id=None)
            taken.append((len(found), len(steps)))
            transaction.set_rollback(True)

    assert taken[0] == taken[1]
    assert taken[0][0] == 4


def test_entry_message_costs_the_same_queries_with_ten_thousand_alerts_as_with_few():
    browser, costs = VirtualBrowser(), []
    for number in (FEW, MANY):
        with transaction.atomic(), time_machine.travel("2026-11-24T10:00:00Z", tick=False):
            write_alerts(number, EXACT, *STARRED)
            browser.open("/", contact=ContactFactory())
            browser.open("/products/", after_ms=100)
            with counted_queries() as queries:
                browser.open("/products/", after_ms=100)
            costs.append(len(queries))
            transaction.set_rollback(True)

    assert costs[0] == costs[1]
    assert 0 < costs[0] <= 9
