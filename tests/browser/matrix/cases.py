"""All cases, in the order in which the modules declare them."""

from . import clocks, going_on, leaving, messages, out_of_sight, servers, single_page, tabs
from .case import CASES, Case

#: In the order of the table, each with the heading that its cases name.
GROUPS = [
    module.GROUP for module in (going_on, tabs, leaving, out_of_sight, single_page, messages, clocks, servers)
]


def all_cases() -> list[Case]:
    """The cases by their groups."""
    return sorted(CASES, key=lambda case: GROUPS.index(case.group))
