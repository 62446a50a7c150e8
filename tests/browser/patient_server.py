"""gunicorn's settings for the sites of these tests, which share a machine with much else: it gives up on nothing.

What a page's writing does where the database is busy has tests of its own; these are about what is recorded.
"""

from typing import Any

#: Seconds without a sign of life after which a worker is killed.
timeout = 300
LOCK_TIMEOUT_MS = 20_000
#: What an attachment may take for its preview.
WALL_SECONDS = 120.0


def post_worker_init(worker: Any) -> None:
    """Let what is written after a response wait for its lock; gunicorn calls it once the site is loaded."""
    from wagtail_visit_alerts.delivering.attachments import pdf, sandbox
    from wagtail_visit_alerts.visits import after_response

    sandbox.WALL_SECONDS = pdf.WALL_SECONDS = WALL_SECONDS
    read, write, _milliseconds = after_response.LOCK_TIMEOUTS["sqlite"]
    after_response.LOCK_TIMEOUTS["sqlite"] = (read, write, LOCK_TIMEOUT_MS)
    after_response.LOCK_TIMEOUT_MS = LOCK_TIMEOUT_MS
