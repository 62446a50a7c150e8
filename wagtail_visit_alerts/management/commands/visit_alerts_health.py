"""Says whether alerts are delivered, for monitoring and for what starts a stuck cluster again: by its exit code."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.delivering.health import FOR_MONITORING, Health, Limits, Part, look
from wagtail_visit_alerts.explaining.naming import moment

#: Exit code where something is a problem, and where it can't be known: the database does not answer.
PROBLEM = 1


class Command(BaseCommand):
    help = (
        "Says when the sweep last ran, what is due, what failed within the last hour and whether the clocks agree. "
        "Exits with 0 where all is well, with 1 where something is a problem."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON instead of sentences.")
        parser.add_argument(
            "--only",
            action="append",
            choices=[part.value for part in Part],
            help="Look for this kind of problem only; may be repeated. A restart mends “sweep” and perhaps “due”.",
        )
        for name, default, what in _durations():
            parser.add_argument(
                f"--{name}-within",
                type=_seconds,
                default=default,
                metavar="SECONDS",
                help=f"{what} (default: {default.total_seconds():.0f}).",
            )
        parser.add_argument(
            "--most-failed",
            type=int,
            metavar="NUMBER",
            help="How many deliveries may fail for good within an hour (default: any number).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            found = look(now=now, limits=_limits(options))
        except DatabaseError as error:
            text = _("The database does not answer, so nothing is known: %(error)s.")
            raise CommandError(text % {"error": type(error).__name__}, returncode=PROBLEM) from error
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json()))
        else:
            for line in _lines(found, now=now):
                self.stdout.write(line)
            for problem in found.problems:
                self.stdout.write(problem, self.style.ERROR)
            if not found.found:
                self.stdout.write(_("All is well."), self.style.SUCCESS)
        if found.found:
            sys.exit(PROBLEM)


def _durations() -> Iterator[tuple[str, timedelta, str]]:
    """The options that are durations: name, default, what they are the limit of."""
    limits = {
        "sweep": "How long ago the last sweep may have ended, in seconds",
        "due": "For how many seconds a delivery may be due",
        "clock": "By how many seconds the clocks of database, cluster and this machine may differ",
    }
    for name, what in limits.items():
        yield name, getattr(FOR_MONITORING, name), what


def _seconds(text: str) -> timedelta:
    """Read the value of an option. Raises ``ValueError``, which argparse reports."""
    return timedelta(seconds=float(text))


def _limits(options: dict[str, Any]) -> Limits:
    limits = Limits(
        sweep=options["sweep_within"],
        due=options["due_within"],
        clock=options["clock_within"],
        failed=options["most_failed"],
    )
    if not options["only"]:
        return limits
    return replace(limits, **{part.value: None for part in Part if part.value not in options["only"]})


def _lines(found: Health, *, now: datetime) -> Iterator[str]:
    """What was found, in sentences."""
    if found.last_sweep_at is None:
        yield _("Last sweep: never")
    else:
        yield _("Last sweep: %(moment)s") % {"moment": moment(found.last_sweep_at)}
    if found.oldest_due_at is None:
        yield _("Due: nothing")
    else:
        text = ngettext(
            "Due: %(count)d delivery, since %(duration)s",
            "Due: %(count)d deliveries, the oldest since %(duration)s",
            found.waiting,
        )
        yield text % {"count": found.waiting, "duration": wording.duration(now - found.oldest_due_at)}
    yield _("Failed within the last hour: %(count)d") % {"count": found.failed_last_hour}
    if found.clock_skew is not None:
        yield _("The database's clock is ahead of this machine's by: %(seconds).1f s") % {
            "seconds": found.clock_skew.total_seconds()
        }
