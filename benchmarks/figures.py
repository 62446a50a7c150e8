"""Figures: how long something takes, again and again, and how many queries it makes."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.query_counting import counted_queries


@dataclass(frozen=True)
class Figure:
    """What one thing costs; times in milliseconds."""

    what: str
    median: float
    slowest_of_twenty: float
    queries: int

    def __str__(self) -> str:
        return f"{self.what:<58} {self.median:>9.3f} {self.slowest_of_twenty:>12.3f} {self.queries:>8}"


HEADINGS = f"{'':<58} {'median ms':>9} {'1 in 20 over':>12} {'queries':>8}"


def figure(what: str, act: Callable[[], object], *, times: int = 300) -> Figure:
    """Do something so many times, after a few that warm up."""
    for _time in range(5):
        act()
    with counted_queries() as queries:
        act()
    taken = []
    for _time in range(times):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return of_times(what, taken, queries=len(queries))


def of_times(what: str, taken_ms: list[float], *, queries: int = 0) -> Figure:
    """What was measured elsewhere, in milliseconds."""
    return Figure(what, statistics.median(taken_ms), statistics.quantiles(taken_ms, n=20)[-1], queries)
