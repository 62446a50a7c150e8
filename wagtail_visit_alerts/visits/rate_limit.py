"""How many messages one browser, and one address, may send: token buckets, per process, bounded in memory."""

import time
from threading import Lock

from wagtail_visit_alerts.models.process_memory import ProcessMemory

#: A person who opens many tabs at once sends two messages each; a loop sends thousands.
BURST = 120
PER_SECOND = 2.0
#: An office, a school or a provider's customers behind one address. Thirty a second are nine hundred people who each
#: open a page a minute; the burst is an audience of 750 that opens a link at once. A flood is many times that.
ADDRESS_BURST = 1500
ADDRESS_PER_SECOND = 30.0
#: Buckets that a process keeps of each kind; a few megabytes.
MOST_BUCKETS = 20_000


class _Buckets(ProcessMemory[str, tuple[float, float]]):
    """What is left in each bucket, and when that was; the one longest unused makes room for a new one.

    So nobody empties the buckets of others by coming from many addresses or with many keys.
    """

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=limit)
        self._lock = Lock()

    def take_from(self, key: str, *, burst: int, per_second: float) -> bool:
        """Take one message out of a bucket; False where it is empty."""
        now = time.monotonic()
        with self._lock:
            left, seen = self._known.pop(key, (float(burst), now))
            left = min(burst, left + (now - seen) * per_second)
            if len(self._known) >= self._limit:
                del self._known[next(iter(self._known))]
            self._known[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1


_browsers = _Buckets(limit=MOST_BUCKETS)
_addresses = _Buckets(limit=MOST_BUCKETS)


def is_allowed(key: str) -> bool:
    """Take one message out of a browser's bucket; False where it is empty."""
    return _browsers.take_from(key, burst=BURST, per_second=PER_SECOND)


def is_address_allowed(sender: str) -> bool:
    """Take one message out of the bucket of an address, given by its hash; an unknown one has no limit."""
    return not sender or _addresses.take_from(sender, burst=ADDRESS_BURST, per_second=ADDRESS_PER_SECOND)
