"""Drawing lots: choices in which some come up far more often than others, as people and pages do."""

import bisect
import itertools
import random
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Lots(Generic[T]):
    """The first of the things is drawn most often: the n-th with a weight of 1 / n ** ``slope`` (Zipf's law)."""

    def __init__(self, things: Sequence[T], *, slope: float) -> None:
        self._things = things
        weights = (1 / number**slope for number in range(1, len(things) + 1))
        self._up_to = list(itertools.accumulate(weights))

    def draw(self, rng: random.Random) -> T:
        """Draw one; it may be drawn again."""
        return self._things[
            bisect.bisect(self._up_to, rng.random() * self._up_to[-1], hi=len(self._things) - 1)
        ]
