"""One run: make the site, let contacts visit it while things break, wait for quiet, balance the books."""

import argparse
import logging
import os
import random
import time
from pathlib import Path

import django

django.setup()
logging.getLogger("django-q").setLevel(logging.WARNING)  # it tells of each task

from django.db import OperationalError, connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from wagtail.models import Locale, Page, Site  # noqa: E402

from tests.chaos.mail_server import MailServer  # noqa: E402
from tests.chaos.programs import Supervisor, cluster, stop_together, web_server  # noqa: E402
from tests.chaos.reconciling import Books, Owed, reconcile  # noqa: E402
from tests.chaos.troubles import Troubles  # noqa: E402
from tests.chaos.visitors import Browser, Crowd  # noqa: E402
from tests.factories import AlertFactory, ContactFactory, MonitoredPageFactory, UserFactory  # noqa: E402
from tests.free_ports import free_port  # noqa: E402
from wagtail_visit_alerts.api import signed_link  # noqa: E402
from wagtail_visit_alerts.delivering.outbox import wake_up  # noqa: E402
from wagtail_visit_alerts.models import Delivery, Heartbeat, Notification, Period, Purpose, Status  # noqa: E402

REFUSED = "gone@refused.example"
ALERTS, CAP = 5, 2
#: So many visits of a page more than the cap allows.
BEYOND = 1
BROWSERS_OF_A_CONTACT = 2
CLUSTERS, THREADS = 2, 8
#: Seconds within which all is quiet at the end.
PATIENCE = 120


class Run:
    """What one run consists of."""

    def __init__(
        self, options: argparse.Namespace, *, folder: Path, disk: Path | None, mail_server: MailServer
    ) -> None:
        self.options, self.mail_server = options, mail_server
        self.began = time.monotonic()
        self._database = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        os.environ["CHAOS_DATABASE_IS_MADE"] = "1"
        self.expected, tokens = make_site(options.notifications)
        port = free_port()
        self.crowd = Crowd(
            list(browsers(port, tokens)), threads=THREADS, seconds=options.seconds, seed=options.seed
        )
        clusters = [cluster(number, log=folder) for number in range(1, CLUSTERS + 1)]
        self.supervisor = Supervisor(web_server(port, log=folder), clusters, tell=self.tell)
        self.troubles = Troubles(
            seed=options.seed,
            supervisor=self.supervisor,
            mail_server=mail_server,
            crowd=self.crowd,
            tell=self.tell,
            redis_url=os.environ.get("REDIS_URL", ""),
            restart_database=options.restart_database,
            disk=disk,
        )

    def hold(self) -> int:
        """Run, print the table and give the exit code."""
        try:
            self.supervisor.start()
            self.crowd.start()
            self.break_things()
            self.come_to_rest()
            books = self.balance()
        finally:
            self.supervisor.end()
            for program in (self.supervisor.web, *self.supervisor.clusters):
                program.kill()
            connection.creation.destroy_test_db(self._database, verbosity=0)
        print(self.table(books))
        return 1 if books.wrong else 0

    def tell(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def break_things(self) -> None:
        """Break one thing after the other while contacts visit; each kind at least once."""
        drawn = random.Random(self.options.seed)
        connection.close()
        self.mail_server.has_taken.wait()  # all programs are at work
        self.tell("the first e-mail has arrived")
        ends_at = time.monotonic() + self.options.seconds
        for trouble in self.troubles.sequence():
            if time.monotonic() > ends_at and len(self.troubles.done) == len(self.troubles.kinds()):
                break
            time.sleep(self.options.every * drawn.uniform(0.5, 1.5))
            self.troubles.happen(trouble)
        self.tell("only the mail server misbehaves any more")
        self.crowd.wait()
        self.tell("all pages are visited")
        ends_at = time.monotonic() + PATIENCE
        while Delivery.objects.due(timezone.now()).exists() and time.monotonic() < ends_at:
            time.sleep(1)  # a cluster that stands still is for the supervisor to find

    def come_to_rest(self) -> None:
        """Stop and start everything, let the time pass for which deliveries wait, until none does."""
        self.tell("all is well; an hour passes for what waits")
        self.mail_server.is_calm = True
        self.supervisor.end()
        stop_together(self.supervisor.clusters)
        # No process is left that holds anything: five minutes pass, and with them each lease.
        Delivery.objects.filter(status=Status.CLAIMED).update(claimed_until=timezone.now())
        for program in self.supervisor.clusters:
            program.start()
        ends_at = time.monotonic() + PATIENCE
        waiting = Delivery.objects.filter(status=Status.WAITING)
        unfinished = Delivery.objects.filter(status__in=[Status.WAITING, Status.CLAIMED])
        while unfinished.exists() and time.monotonic() < ends_at:
            try:
                waiting.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
            except OperationalError as error:
                self.tell(f"the database: {error}")
            wake_up()
            time.sleep(2)
        stop_together(self.supervisor.clusters)

    def balance(self) -> Books:
        deliveries = Delivery.objects.filter(purpose=Purpose.ALERT)
        owed = [
            Owed(
                notification=delivery.notification_id,
                message_id=f"<{delivery.email_id.hex}@chaos.example>",
                recipient=delivery.email,
                status=delivery.status,
                reason=delivery.reason,
            )
            for delivery in deliveries
        ]
        others = set(Delivery.objects.exclude(purpose=Purpose.ALERT).values_list("email_id", flat=True))
        told = {f"<{email_id.hex}@chaos.example>" for email_id in others}
        return reconcile(
            owed,
            [one for one in self.mail_server.mailbox if one.message_id not in told],
            raised=Notification.objects.values_list("alert_id", "contact_id"),
            cap=CAP,
            expected=self.expected,
            refused={REFUSED},
            database_away=self.troubles.database_away,
        )

    def table(self, books: Books) -> str:
        """What the run came to, in Markdown."""
        broker = "Redis" if os.environ.get("REDIS_URL") else "database broker"
        happened = [*self.troubles.done.items(), *sorted(self.mail_server.done.items())]
        rows = [
            ("seed", self.options.seed),
            ("page views", sum(len(browser.urls) for browser in self.crowd.browsers)),
            (
                "messages that failed, and were repeated",
                sum(browser.failures for browser in self.crowd.browsers),
            ),
            ("notifications committed", f"{books.notifications} of {books.expected}"),
            ("deliveries to addresses that exist", books.deliveries),
            ("delivered", books.delivered),
            ("**lost**", f"**{books.lost}**"),
            ("refused for good, with reason", books.refused),
            ("notifications over the cap", books.over_the_cap),
            *((f"sent twice, same Message-ID: {cause}", number) for cause, number in books.duplicates.items()),
            ("sent twice for no reason", books.unexplained),
            ("clusters and web servers started again, since they ended", self.supervisor.restarts_by_exit),
            ("clusters started again, since the health command failed", self.supervisor.restarts_by_health),
            *happened,
        ]
        lines = [f"| {connection.display_name}, {broker} | |", "| --- | --- |"]
        lines += [f"| {what} | {number} |" for what, number in rows]
        verdict = books.wrong or ["All is as it must be."]
        return "\n".join(["", *lines, "", *verdict, f"{time.monotonic() - self.began:.0f} s"])


def make_site(notifications: int) -> tuple[int, list[str]]:
    """Make alerts, and contacts enough to raise at least so many; gives how many, and a token for each contact."""
    Locale.objects.get_or_create(language_code="en")
    root = Page.add_root(instance=Page(title="Root", slug="root"))
    Site.objects.create(hostname="localhost", root_page=root, is_default_site=True)
    for number in range(ALERTS):
        alert = AlertFactory(
            name=f"Alert {number}",
            cap_times=CAP,
            cap_period=Period.MONTH,  # a run must not see two periods
            cc=REFUSED if number == 0 else f"cc-{number}@example.com",
        )
        MonitoredPageFactory(alert=alert, path=f"/page-{number}/")
    Heartbeat.beat(Heartbeat.SWEEP, now=timezone.now())  # a site that was at work until now
    owners = [UserFactory() for _number in range(5)]
    contacts = -(-notifications // (ALERTS * CAP))
    tokens = [
        signed_link(ContactFactory(owner=owners[number % len(owners)]), "/").partition("va=")[2]
        for number in range(contacts)
    ]
    return contacts * ALERTS * CAP, tokens


def browsers(port: int, tokens: list[str]):
    """Two browsers of each contact, which visit the same pages at the same time."""
    urls = [f"/page-{number}/" for number in range(ALERTS)]
    visits = [url for url in urls for _time in range(CAP + BEYOND)]
    for token in tokens:
        for number in range(BROWSERS_OF_A_CONTACT):
            yield Browser(port, token, visits[number::BROWSERS_OF_A_CONTACT])
