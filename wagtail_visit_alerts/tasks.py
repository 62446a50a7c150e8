"""django-q2's entry points: each reads the clock and calls one stage. Their dotted paths are public.

Tasks carry no state: what is to be done stands in the database, so that a task which is lost, repeated or run by an
older cluster does no harm.
"""

from typing import Any
from uuid import UUID

from django.utils import timezone

from wagtail_visit_alerts import pipeline, privacy, trying
from wagtail_visit_alerts.delivering import sending
from wagtail_visit_alerts.delivering.stopping import stop_requests


def deliver(**kwargs: Any) -> str:
    """Send what is due; gives the counts for django-q2's own list of tasks."""
    with stop_requests() as is_stopping:
        return str(sending.deliver_due(now=timezone.now, is_stopping=is_stopping))


def deliver_test(*, test_visit: str, page_view: str, **kwargs: Any) -> str:
    """Send a tester the e-mail about one page of their test visit; both by id."""
    return trying.deliver(test_visit_id=UUID(test_visit), page_view_id=UUID(page_view), now=timezone.now())


def purge(**kwargs: Any) -> str:
    """Every ten minutes, and when a contact is erased: finish erasures, delete what is older than it may be."""
    with stop_requests() as is_stopping:
        return str(privacy.purge(now=timezone.now, is_stopping=is_stopping))


def sweep(**kwargs: Any) -> str:
    """Once a minute: judge and close page views, send what no wake-up has sent, tell what alerts have lost."""
    with stop_requests() as is_stopping:
        swept = pipeline.sweep_all(now=timezone.now, is_stopping=is_stopping)
    if swept.error is not None:
        raise swept.error  # so that django-q2 lists the task among those that failed
    return str(swept)
