"""How many messages one browser may send: a token bucket a key, per process, bounded in memory."""

import time

from wagtail_visit_alerts.models.process_memory import ProcessMemory

#: A person who opens many tabs at once sends two messages each; a loop sends thousands.
BURST = 120
PER_SECOND = 2.0

_buckets: ProcessMemory[str, tuple[float, float]] = ProcessMemory(limit=20_000)


def is_allowed(key: str) -> bool:
    """Take one message out of the key's bucket; False where it is empty."""
    now = time.monotonic()
    left, seen = _buckets.get(key) or (float(BURST), now)
    left = min(BURST, left + (now - seen) * PER_SECOND)
    if left < 1:
        return False
    _buckets.remember(key, (left - 1, now))
    return True
