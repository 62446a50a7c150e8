"""Deletes all that is older than the settings let it be, at once."""

import signal
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.delivering.stopping import stop_requests


class Command(BaseCommand):
    help = (
        "Deletes page views, alerts and what belongs to them that are older than KEEP_PAGE_VIEWS_DAYS, "
        "KEEP_UNIDENTIFIED_DAYS and KEEP_NOTIFICATIONS_DAYS, and finishes erasures of contacts. The cluster, or "
        "visit_alerts_deliver, does it a little at a time; this command goes on until all is done."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with stop_requests(signal.SIGTERM, signal.SIGINT) as is_stopping:
            purged = privacy.purge(now=timezone.now, lasts=None, is_stopping=is_stopping)
        self.stdout.write(str(purged))
