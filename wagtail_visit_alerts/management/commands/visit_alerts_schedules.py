"""Makes the schedule of the sweep where ``migrate`` could not, and moves it where ``QUEUE_NAME`` has changed."""

from typing import Any

from django.core.management import BaseCommand
from django.db import router

from wagtail_visit_alerts.models import Delivery
from wagtail_visit_alerts.scheduling import SWEEP_NAME, ensure_schedules


class Command(BaseCommand):
    help = (
        "Makes the django-q2 schedule of the sweep, if it is not there, for the cluster that QUEUE_NAME says."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_schedules(using=router.db_for_write(Delivery))
        self.stdout.write(f"{SWEEP_NAME}: {'made or moved' if made else 'nothing to do'}.")
