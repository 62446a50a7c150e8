"""Does matching a page view cost more, the more alerts there are?

It must not: the cost grows with the length of the path. Compiling the rules, once a process and change, does.
"""

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.figures import Figure, figure
from tests.factories import UserFactory
from wagtail_visit_alerts.matching import forget_rules, rules_of_version
from wagtail_visit_alerts.models import Alert, MonitoredPage, RulesVersion

URL = "http://testserver/products/area-7/product-7/"


def measure() -> Iterator[Figure]:
    """Yield a figure for each number of alerts."""
    author = UserFactory()
    for number in (10, 10_000):
        make_alerts(number - Alert.objects.count(), author=author)
        forget_rules()
        version = RulesVersion.current()
        begun = time.perf_counter()
        rules = rules_of_version(version)
        taken = (time.perf_counter() - begun) * 1000
        yield Figure(f"compiling the rules of {number:,} alerts, once", taken, taken, 0)
        find = partial(rules.matching, url=URL, page_id=None)
        yield figure(f"matching a page view with {number:,} alerts", find)


def make_alerts(number: int, *, author) -> None:
    """Alerts of three kinds of pattern, of which one in a hundred or so matches the page view."""
    first = Alert.objects.count()
    alerts = [Alert(name=f"Alert {first + n}", author=author, is_on=True) for n in range(number)]
    Alert.objects.bulk_create(alerts)
    patterns = ("/products/area-{0}/**", "/products/area-{0}/product-{1}/", "/*/area-{0}/*/")
    MonitoredPage.objects.bulk_create(
        MonitoredPage(
            alert=alert,
            kind=MonitoredPage.Kind.URL,
            path=patterns[n % 3].format((first + n) % 997, (first + n) % 991),
        )
        for n, alert in enumerate(alerts)
    )
