"""Figures kept up to date minute by minute are those that are made again: on days that lots were drawn for.

Contacts enter, stay, move on and close pages in their browsers; alerts are raised, capped, muted, switched off, sent,
refused by the mail server, tried again and taken on. All of it goes the public way, over days on which the clock is
changed. ``VISIT_ALERTS_EXAMPLES=20`` tries twenty times as many days.
"""

import os
import random
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend

from wagtail_visit_alerts import reporting
from wagtail_visit_alerts.delivering import resending, taking_contacts
from wagtail_visit_alerts.models import (
    Alert,
    Clock,
    Contact,
    DailyActivity,
    DailyLatency,
    DailyPageTotal,
    DailyTotal,
    Delivery,
    Match,
    Mute,
    Progress,
    Purpose,
    Status,
    UnmetMinimum,
)
from wagtail_visit_alerts.tasks import sweep

from ..browsing import VirtualBrowser
from ..factories import AlertFactory, ContactFactory, MonitoredPageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

SEEDS = range(3 * int(os.environ.get("VISIT_ALERTS_EXAMPLES", "1")))
#: Late in the evening before the clock is changed in Warsaw, and so over two midnights.
STARTS = ("2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z", "2026-11-24T20:00:00Z")
STEPS = 90
PATHS = ("/", "/pricing/", "/products/porter/", "/about/")


def figures():
    """All totals, without the ids of their rows."""
    return {
        model.__name__: sorted(
            tuple(sorted((name, str(value)) for name, value in row.items() if name != "id"))
            for row in model.objects.values()
        )
        for model in (DailyTotal, DailyPageTotal, DailyLatency, DailyActivity)
    }


class Life:
    """What people do, drawn by lot."""

    def __init__(self, lots: random.Random, clock) -> None:
        self.lots, self.clock = lots, clock
        self.contacts = [ContactFactory(owner__email=f"sales{number}@example.com") for number in range(4)]
        self.browsers = [VirtualBrowser() for _ in range(6)]
        for number, watched in enumerate(PATHS[1:]):
            alert = AlertFactory(cap_times=2, clock=lots.choice(Clock.values), cc=f"cc{number}@example.com")
            MonitoredPageFactory(alert=alert, path=watched, minimum_minutes=lots.choice([None, 1, 3]))
        MonitoredPageFactory(path="/**")
        MonitoredPageFactory(path="/about/", alert__send_to_owner=False)
        for browser in self.browsers[2:]:
            browser.open("/", contact=lots.choice(self.contacts))

    def step(self) -> None:
        what = self.lots.choices(
            (self.browse, self.close, self.look_into_the_mail, self.try_again, self.change), (24, 6, 4, 2, 1)
        )[0]
        what()
        self.clock.shift(timedelta(seconds=self.lots.choice((1, 20, 70, 200, 900, 2400))))

    def browse(self) -> None:
        browser = self.lots.choice(self.browsers)
        stayed = self.lots.choice((5, 50, 100, 200, 400)) * 1000
        contact = self.lots.choice(self.contacts) if self.lots.random() < 0.15 else None
        gap_ms = self.lots.choice((100, 100, 100, 40_000))
        if browser.here is not None:
            self.clock.shift(timedelta(milliseconds=stayed + gap_ms))
        browser.open(self.lots.choice(PATHS), after_ms=stayed, gap_ms=gap_ms, contact=contact)

    def close(self) -> None:
        browser = self.lots.choice(self.browsers)
        if browser.here is not None:
            browser.close(engaged_ms=self.lots.choice((1000, 70_000, 300_000)))

    def look_into_the_mail(self) -> None:
        read = Delivery.objects.filter(status=Status.SENT, purpose=Purpose.ALERT).order_by("pk")
        if read:
            taking_contacts.take(self.lots.choice(list(read)), now=datetime.now(tz=UTC))

    def try_again(self) -> None:
        resending.retry(Delivery.objects.filter(status=Status.FAILED), now=datetime.now(tz=UTC))

    def change(self) -> None:
        alert = self.lots.choice(list(Alert.objects.order_by("pk")))
        if self.lots.random() < 0.5:
            muted = {"alert": alert, "email": alert.cc, "email_key": alert.cc}
            Mute.objects.get_or_create(**muted, defaults={"made_at": datetime.now(tz=UTC)})
        else:
            alert.is_on = not alert.is_on
            alert.save()


@pytest.fixture
def refusing_mail_server(request, monkeypatch):
    """A mail server that refuses one address for good, and others at some times, by lots of its own."""
    lots = random.Random(request.node.callspec.params["seed"])
    send = EmailBackend.send_messages

    def send_or_refuse(self, messages):
        if messages[0].to == ["sales1@example.com"] or lots.random() < 0.2:
            raise SMTPRecipientsRefused(dict.fromkeys(messages[0].to, (550, b"no such mailbox")))
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_or_refuse)


@pytest.mark.usefixtures("refusing_mail_server")
@pytest.mark.parametrize("seed", SEEDS)
def test_totals_kept_up_by_sweeps_are_those_that_are_made_again(seed):
    lots = random.Random(seed)
    with time_machine.travel(STARTS[seed % len(STARTS)], tick=False) as clock:
        life = Life(lots, clock)
        for _ in range(STEPS):
            life.step()
            if lots.random() < 0.5:
                sweep()
        for minutes in (1, 40, 24 * 60, 24 * 60):
            clock.shift(timedelta(minutes=minutes))
            sweep()
        kept = figures()
        now = datetime.now(tz=UTC)

        assert reporting.rebuild(now=now) == 0
        for model in (DailyTotal, DailyPageTotal, DailyLatency, DailyActivity, Progress):
            model.objects.all().delete()
        reporting.rebuild(now=now)

    assert figures() == kept
    assert_something_happened()


def assert_something_happened():
    """A day on which nothing happens shows nothing."""
    assert Contact.objects.exclude(last_seen_at=None).exists()
    assert {"raised", "capped"} <= set(Match.objects.values_list("outcome", flat=True))
    assert UnmetMinimum.objects.exists()
    totals = DailyTotal.objects.values_list("sent", "failed", "taken")
    assert all(map(any, zip(*totals, strict=True)))
