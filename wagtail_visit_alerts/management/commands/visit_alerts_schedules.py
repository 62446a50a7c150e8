"""Makes the schedule of the sweep, for sites where ``migrate`` could not."""

from typing import Any

from django.core.management import BaseCommand
from django.db import router

from wagtail_visit_alerts.models import Delivery
from wagtail_visit_alerts.scheduling import SWEEP_NAME, ensure_schedules


class Command(BaseCommand):
    help = "Makes the django-q2 schedule of the sweep, if it is not there."

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_schedules(using=router.db_for_write(Delivery))
        self.stdout.write(f"{SWEEP_NAME}: {'made' if made else 'nothing to do'}.")
