"""Forgetting: a contact goes, and what they were counted for stays, of nobody."""

import secrets

from wagtail_visit_alerts.models import Contact, DailyLatency, DailyPageTotal, DailyTotal
from wagtail_visit_alerts.reporting.counting_turn import counting_turn


def forget_contact(contact: Contact) -> None:
    """Put one random number in the contact's place in all their totals.

    Call it first in the transaction that erases them, or marks them as being erased: nobody else counts until that
    has ended, and afterwards what is left of them is not counted.
    """
    stand_in = secrets.randbits(63)
    with counting_turn():
        DailyTotal.objects.filter(contact=contact).update(contact=None, stand_in=stand_in)
        DailyPageTotal.objects.filter(contact=contact).update(contact=None)
        DailyLatency.objects.filter(contact=contact).update(contact=None)
