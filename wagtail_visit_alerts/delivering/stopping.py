"""Stopping: lets a process that is asked to end finish what it has in hand first.

Guarantees that the request is not lost: once the block is left, the process gets the signal again, as it would have
got it before.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_requests(*signals: signal.Signals) -> Iterator[Callable[[], bool]]:
    """Give a function that says whether the process was asked to end since the block was entered.

    Without signals it is SIGTERM alone. Outside of the main thread no signal arrives: there it never says so.
    """
    requested: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        requested.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {each: signal.signal(each, note) for each in signals or (signal.SIGTERM,)}
    try:
        yield lambda: bool(requested)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler if handler is not None else signal.SIG_DFL)
        if requested:
            os.kill(os.getpid(), requested[0])
