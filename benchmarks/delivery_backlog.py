"""How many e-mails a second leave when many wait, and how many would a bare loop send?

5,000 e-mails, or as many as ``delivery_backlog=300`` says, each to one of many owners about a contact with three
page views. First a loop in one process reads, writes and sends each over one connection by ``smtplib``, and records
nothing; then a cluster with two workers delivers the same ones. Both send to a sink in a process of its own, which is
faster than either. On the database's own broker, or on Redis where ``REDIS_URL`` is set.
"""

import os
import smtplib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: How many deliveries one owner has: fewer than the ceiling of an hour.
OF_ONE_OWNER = 10


def measure(size: int = 5000) -> Iterator[str]:
    """Yield a line for the loop and one for the cluster."""
    from benchmarks.delivery_stage import performed

    broker = "redis" if os.environ.get("REDIS_URL") else "orm"
    yield from performed("benchmarks.delivery_backlog", size, broker=broker)


def perform(size: int) -> None:
    """Send so many e-mails in both ways, and print both rates."""
    from django.db import connection

    from benchmarks.delivery_stage import cluster, times, wait_until_accepted
    from wagtail_visit_alerts.delivering import outbox
    from wagtail_visit_alerts.models import Delivery, Status

    make_deliveries(size)
    loop = send_in_a_loop()
    sink = Path(os.environ["BENCH_DIR"], "sink.times")
    sink.write_text("")
    with cluster():
        begun = time.time()
        outbox.wake_up()
        outbox.wake_up()
        wait_until_accepted(size, at_most_seconds=600)
    accepted = [moments["accepted"] for moments in times().values() if "accepted" in moments]
    delivered = size / (max(accepted) - begun)
    unsent = Delivery.objects.exclude(status=Status.SENT).count()
    where = f"{connection.display_name}, {os.environ['BENCH_BROKER']} broker"
    print(f"{size} e-mails ({where}):")
    print(f"  {'a bare smtplib loop, one process':<56} {loop:>9.1f} a second")
    print(f"  {'a cluster with two workers':<56} {delivered:>9.1f} a second ({delivered / loop:.2f} times)")
    print(f"  {'sent twice, not sent':<56} {sink.read_text().count('accepted') - size:>9} {unsent}")


def send_in_a_loop() -> float:
    """Read, write and send every e-mail over one connection; return how many a second."""
    from django.conf import settings

    from wagtail_visit_alerts.delivering import message
    from wagtail_visit_alerts.models import Delivery

    delivery_ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    begun = time.time()
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as connection:
        for delivery_id in delivery_ids:
            deliveries = list(Delivery.objects.with_what_is_told().filter(pk=delivery_id))
            email = message.build(deliveries)
            connection.sendmail(email.from_email, email.to, email.message().as_bytes(linesep="\r\n"))
    return len(delivery_ids) / (time.time() - begun)


def make_deliveries(number: int) -> None:
    """Write so many deliveries that are due, and all that they tell of."""
    from django.utils import timezone

    from tests.factories import AlertFactory
    from wagtail_visit_alerts.models import Address, Delivery, Match, Notification, Outcome, Role

    now = timezone.now()
    url = "http://testserver/pricing/"
    address, _made = Address.objects.get_or_create(text_hash=Address.hash_of(url), defaults={"text": url})
    alerts = [AlertFactory() for _alert in range(5)]
    contacts = make_contacts(number)
    page_views = make_page_views(contacts, address=address, now=now)
    matches = Match.objects.bulk_create(
        Match(
            page_view=page_view,
            alert=alerts[index % 5],
            contact=page_view.contact,
            outcome=Outcome.RAISED,
            happened_at=now,
        )
        for index, page_view in enumerate(page_views)
    )
    notifications = Notification.objects.bulk_create(
        Notification(
            match=match, alert=match.alert, alert_name=match.alert.name, contact=match.contact, raised_at=now
        )
        for match in matches
    )
    Delivery.objects.bulk_create(
        Delivery(
            notification=notification,
            role=Role.OWNER,
            user=notification.contact.owner,
            email=notification.contact.owner.email,
            email_key=notification.contact.owner.email,
            due_at=now,
        )
        for notification in notifications
    )


def make_contacts(number: int) -> list:
    """Write so many contacts with their owners."""
    from tests.factories import UserFactory
    from wagtail_visit_alerts.models import Contact

    owners = [UserFactory() for _owner in range(-(-number // OF_ONE_OWNER))]
    rows = [
        Contact(
            email=f"contact{index}@example.org",
            email_key=f"contact{index}@example.org",
            name=f"Anna Nowak {index}",
            company="Example Ltd",
            phone="+48 600 100 200",
            owner=owners[index // OF_ONE_OWNER],
        )
        for index in range(number)
    ]
    return Contact.objects.bulk_create(rows)


def make_page_views(contacts: list, *, address, now) -> list:
    """Write three page views of each contact; return the latest of each."""
    import uuid
    from datetime import timedelta

    from wagtail_visit_alerts.models import Method, PageView, Source, Visitor

    visitors = Visitor.objects.bulk_create(
        Visitor(key_hash=f"{index:064x}", last_seen_at=now, identified_by=Method.LINK, contact=contact)
        for index, contact in enumerate(contacts)
    )
    views = [
        PageView(
            visitor=visitor,
            contact=visitor.contact,
            address=address,
            source=Source.BEACON,
            beacon_id=uuid.uuid4(),
            entered_at=now - timedelta(minutes=2 - minutes),
        )
        for minutes in range(3)
        for visitor in visitors
    ]
    return PageView.objects.bulk_create(views)[-len(visitors) :]


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    Path(os.environ["BENCH_DIR"], "sink.times").touch()
    perform(int(sys.argv[1]))
