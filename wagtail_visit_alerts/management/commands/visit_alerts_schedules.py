"""Makes the app's schedules where ``migrate`` could not, and moves them where ``QUEUE_NAME`` has changed."""

from typing import Any

from django.core.management import BaseCommand
from django.db import router

from wagtail_visit_alerts.models import Delivery
from wagtail_visit_alerts.scheduling import SCHEDULES, ensure_schedules


class Command(BaseCommand):
    help = "Makes the app's schedules in django-q2, those that are not there, for the cluster that QUEUE_NAME says."

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_schedules(using=router.db_for_write(Delivery))
        self.stdout.write(f"{', '.join(SCHEDULES)}: {'made or moved' if made else 'nothing to do'}.")
