"""How long does it take from a contact's page view to the mail server's acceptance of the alert?

One alert a second, 200 of them or as many as ``delivery_latency=60`` says: on the database's own broker, and on
Redis where ``REDIS_URL`` is set. A page view is an entry message of the beacon, through the site's middleware; the
e-mail is sent by a cluster with two workers. The parts of one e-mail's time add up; their medians need not.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: The parts, each with what ends it.
PARTS = {
    "recorded, raised and queued": "queued",
    "waiting for a worker": "started",
    "claimed": "claimed",
    "written": "written",
    "sent and accepted": "accepted",
}


def measure(size: int = 200) -> Iterator[str]:
    """Yield a table for each broker."""
    from benchmarks.delivery_stage import performed

    for broker in ["orm", *(["redis"] if os.environ.get("REDIS_URL") else [])]:
        yield from performed("benchmarks.delivery_latency", size, broker=broker)


def perform(size: int) -> None:
    """Raise so many alerts, one a second, and print how long each part took."""
    from benchmarks.delivery_stage import cluster, times, wait_until_accepted
    from wagtail_visit_alerts.models import Delivery

    browsers = list(_browsers(size))
    noted: dict[int, tuple[float, float]] = {}
    with cluster():
        begun = time.time()
        for number, (contact_id, browser) in enumerate(browsers):
            time.sleep(max(begun + number - time.time(), 0))
            received = time.time()
            browser.open("/pricing/", after_ms=1000)
            noted[contact_id] = received, time.time()
        wait_until_accepted(size, at_most_seconds=90)
    of_email = times()
    rows = Delivery.objects.values_list("notification__contact", "email_id")
    measured = [
        {"received": noted[contact_id][0], "queued": noted[contact_id][1], **of_email[email_id.hex]}
        for contact_id, email_id in rows
        if contact_id in noted
    ]
    _print(measured, broker=os.environ["BENCH_BROKER"])


def _browsers(number: int) -> Iterator[tuple[int, object]]:
    """Browsers of so many contacts, each recognised already; every ten contacts have one owner."""
    from django.test import Client

    from tests.browsing import VirtualBrowser
    from tests.factories import ContactFactory, MonitoredPageFactory, UserFactory

    MonitoredPageFactory(path="/pricing/")
    owner = None
    for index in range(number):
        owner = UserFactory() if index % 10 == 0 else owner
        contact = ContactFactory(owner=owner)
        browser = VirtualBrowser(Client(REMOTE_ADDR=f"192.0.{index // 250}.{index % 250 + 1}"))
        browser.open("/", contact=contact)
        yield contact.pk, browser


def _print(measured: list[dict[str, float]], *, broker: str) -> None:
    from django.db import connection

    where = f"{connection.display_name}, {'Redis' if broker == 'redis' else 'database'} as broker"
    target = "target: 0.2 s" if broker == "redis" else "target: 0.5 s, 1 in 20 over 1 s"
    print(
        _line(
            f"page view to acceptance, {len(measured)} alerts ({where}; {target})",
            measured,
            "received",
            "accepted",
        )
    )
    previous = "received"
    for part, end in PARTS.items():
        print(_line(f"  {part}", measured, previous, end))
        previous = end


def _line(what: str, measured: list[dict[str, float]], start: str, end: str) -> str:
    # A worker may begin before the view has returned: a part is never less than nothing.
    took = [max(moments[end] - moments[start], 0) * 1000 for moments in measured]
    return f"{what:<58} {statistics.median(took):>9.1f} {statistics.quantiles(took, n=20)[-1]:>12.1f}"


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    Path(os.environ["BENCH_DIR"], "sink.times").touch()
    perform(int(sys.argv[1]))
