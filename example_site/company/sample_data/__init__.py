"""What the example site begins with: pages, people, alerts and some history.

:func:`load` writes all of it or nothing, and does nothing where it is loaded already: what somebody has
changed or deleted since stays so.
"""

from datetime import datetime

from django.db import transaction

from example_site.company.models import HomePage
from example_site.company.sample_data import alerts, history, pages, people
from wagtail_visit_alerts import reporting


def is_loaded() -> bool:
    """Whether the company's front page exists."""
    return HomePage.objects.exists()


@transaction.atomic
def load(*, now: datetime, port: int) -> bool:
    """Write the sample data with a history that ends before ``now``; False where it is loaded already."""
    if is_loaded():
        return False
    site = pages.create_site(port=port)
    users = people.create_users()
    contacts = people.create_contacts(users)
    alerts.create_alerts(author=users["editor"])
    history.create_page_views(contacts, site=site, now=now)
    reporting.rebuild(now=now)  # what a sweep counts lately has not been written lately
    return True
