"""Classes of durations: how long e-mails took is kept as counts in classes, from which the median is read."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise

#: Each class is at most so much longer than the one before it; below ten seconds each second is one.
_GROWTH = 1.2
#: A week: what takes longer is in the last class.
_LONGEST_SECONDS = 7 * 24 * 3600


def _lower_ends() -> list[int]:
    ends = [0]
    while ends[-1] < _LONGEST_SECONDS:
        ends.append(min(max(ends[-1] + 1, int(ends[-1] * _GROWTH)), _LONGEST_SECONDS))
    return ends


#: The lower end of each class, in seconds; it goes up to the next one.
CLASS_SECONDS = tuple(_lower_ends())
_UPPER_ENDS = dict(pairwise(CLASS_SECONDS))


def class_of(seconds: float) -> int:
    """The lower end of the class that a duration is in; one below zero, by clocks that differ, counts as none."""
    return CLASS_SECONDS[bisect_right(CLASS_SECONDS, max(seconds, 0)) - 1]


def median_seconds(emails: Mapping[int, int]) -> float | None:
    """The median of durations from the number in each class, by its lower end; None where there are none.

    Within the class that holds it they are taken to lie evenly: it is off by less than a class, a fifth.
    """
    half, below = sum(emails.values()) / 2, 0
    for lower in sorted(emails):
        number = emails[lower]
        if number and below + number >= half:
            upper = _UPPER_ENDS.get(lower, lower)
            return lower + (upper - lower) * (half - below) / number
        below += number
    return None
