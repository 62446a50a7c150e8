"""django-q2's entry points: each reads the clock and calls one stage. Their dotted paths are public.

Tasks carry no state: what is to be done stands in the database, so that a task which is lost, repeated or run by an
older cluster does no harm.
"""

from typing import Any

from django.utils import timezone

from wagtail_visit_alerts import pipeline
from wagtail_visit_alerts.delivering import sending


def deliver(**kwargs: Any) -> str:
    """Send what is due; gives the counts for django-q2's own list of tasks."""
    return str(sending.deliver_due(now=timezone.now))


def sweep(**kwargs: Any) -> str:
    """Once a minute: judge and close page views, then send what no wake-up has sent."""
    looked_at = pipeline.sweep(now=timezone.now())
    return f"{looked_at} page views, {deliver()}"
