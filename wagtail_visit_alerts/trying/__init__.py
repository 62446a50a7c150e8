"""Trying: a test visit, in which a user of the admin walks about the site as a contact would; only they are told.

``visiting`` begins a test visit, takes the messages of its browser tab and sends its e-mails, ``judging`` says of
each page of it what the alerts make of that, with the functions that judge a real page view, and ``findings`` says
it in words. Guarantees that nothing of a test visit is recorded, takes a slot, or reaches anybody but the tester.
"""

from wagtail_visit_alerts.trying.findings import Finding, findings_in_words
from wagtail_visit_alerts.trying.visiting import (
    TOKEN_PREFIX,
    begin,
    deliver,
    is_test_token,
    link,
    receive,
    token_id,
)

__all__ = [
    "TOKEN_PREFIX",
    "Finding",
    "begin",
    "deliver",
    "findings_in_words",
    "is_test_token",
    "link",
    "receive",
    "token_id",
]
