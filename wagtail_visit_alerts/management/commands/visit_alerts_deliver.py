"""Does one sweep and sends what is due, from cron, for hosting without a process that runs all the time."""

import logging
import signal
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_visit_alerts import pipeline, privacy, queued_tasks
from wagtail_visit_alerts.delivering.stopping import stop_requests

logger = logging.getLogger(__name__)

#: Exit codes: something of the sweep has failed; a channel takes nothing at present.
SWEEP_FAILED = 1
CHANNEL_CLOSED = 2


class Command(BaseCommand):
    help = (
        "Does what the django-q2 cluster does: judges page views, sends the alerts that are due, and every ten "
        "minutes deletes what is too old. Call it once a minute, from cron, where no cluster runs. Exit code 1: a "
        "part of it failed; 2: the mail server, or another channel, takes nothing at present."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with stop_requests(signal.SIGTERM, signal.SIGINT) as is_stopping:
            queued_tasks.work_off(now=timezone.now())
            swept = pipeline.sweep_all(now=timezone.now, is_stopping=is_stopping)
            self.stdout.write(str(swept))
            try:
                purged = privacy.purge_if_due(now=timezone.now, is_stopping=is_stopping)
                self.stdout.write("" if purged is None else str(purged))
            except Exception as error:  # the alerts have left: that is said all the same
                logger.exception("purge.failed")
                swept.error = swept.error or error
        if swept.error is not None:
            message = gettext("A part of the sweep failed (%(error)s): see the log.")
            raise CommandError(
                message % {"error": type(swept.error).__name__}, returncode=SWEEP_FAILED
            ) from swept.error
        if swept.deliveries.closed:
            message = gettext(
                "Nothing is sent at present by: %(channels)s. See the log, or the alert's deliveries."
            )
            raise CommandError(
                message % {"channels": ", ".join(swept.deliveries.closed)}, returncode=CHANNEL_CLOSED
            )
