"""What one alert makes of a page view, by its rows and by how long the page view lasted.

Takes the rows of one alert that watch the page, as matching has found them, and what is known of the time; gives a
verdict with the row that it is about. For page views that were recorded and for the pages of a test visit alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from wagtail_visit_alerts import matching
from wagtail_visit_alerts.matching import Rule
from wagtail_visit_alerts.models import Clock, Ending


class Verdict(StrEnum):
    """What an alert makes of a page; the values are stored with test visits."""

    RAISED = "raised"
    NO_ROW = "no_row"
    EXCEPTION = "exception"
    ANOTHER_CONTACT = "another_contact"
    #: A row asks for minutes until the next page of the site.
    MOVE_ON_LATER = "move_on_later"
    NO_PAGE_FOLLOWED_YET = "no_page_followed_yet"
    MOVED_ON_EARLY = "moved_on_early"
    TIME_UNKNOWN = "time_unknown"
    LEFT_THE_SITE = "left_the_site"
    CLOSED = "closed"
    #: A row asks for minutes in view.
    STAY_IN_VIEW = "stay_in_view"
    NOT_LONG_IN_VIEW = "not_long_in_view"
    TIME_IN_VIEW_UNKNOWN = "time_in_view_unknown"


@dataclass(frozen=True)
class Stay:
    """How long a page view lasted, as far as that is known by now, and what became of it."""

    ending: Ending = Ending.OPEN
    #: The page was left, whether or not it is known yet what became of it.
    is_left: bool = False
    dwell: timedelta | None = None
    in_view: timedelta | None = None


@dataclass(frozen=True)
class Judgement:
    """A verdict, and the row that it is about: none where no row watches the page."""

    verdict: Verdict
    rule: Rule | None = None
    #: How long the contact stayed, by the clock that the alert has chosen; where the verdict is about time.
    stayed: timedelta | None = None


def judge(watching: Sequence[Rule], stay: Stay, *, is_about_contact: bool = True) -> Judgement:
    """Judge the rows of one alert that watch a page, exceptions among them, by how long the page view lasted."""
    if not watching:
        return Judgement(Verdict.NO_ROW)
    if not is_about_contact:
        return Judgement(Verdict.ANOTHER_CONTACT, watching[0])
    for rule in watching:
        if rule.is_exception:
            return Judgement(Verdict.EXCEPTION, rule)
    if (met := _satisfied(watching, stay)) is not None:
        return Judgement(Verdict.RAISED, met, stay.in_view if met.clock == Clock.IN_VIEW else stay.dwell)
    nearest = min(watching, key=lambda rule: rule.minimum_dwell)
    if nearest.clock == Clock.IN_VIEW:
        return Judgement(_too_short_in_view(stay), nearest, stay.in_view)
    return Judgement(_not_moved_on(stay), nearest, stay.dwell)


def _satisfied(watching: Sequence[Rule], stay: Stay) -> Rule | None:
    """The row that is satisfied: by the entry, or by a time that is known by now."""
    by_entry = matching.satisfied(watching)
    nothing = timedelta(0)
    by_time = matching.satisfied(watching, dwell=stay.dwell or nothing, in_view=stay.in_view or nothing)
    return next(iter([*by_entry.values(), *by_time.values()]), None)


def _too_short_in_view(stay: Stay) -> Verdict:
    if stay.ending == Ending.OPEN and not stay.is_left:
        return Verdict.STAY_IN_VIEW
    return Verdict.TIME_IN_VIEW_UNKNOWN if stay.in_view is None else Verdict.NOT_LONG_IN_VIEW


def _not_moved_on(stay: Stay) -> Verdict:
    if stay.ending == Ending.MOVED_ON:
        return Verdict.TIME_UNKNOWN if stay.dwell is None else Verdict.MOVED_ON_EARLY
    if stay.ending == Ending.OPEN:
        return Verdict.NO_PAGE_FOLLOWED_YET if stay.is_left else Verdict.MOVE_ON_LATER
    return Verdict.LEFT_THE_SITE if stay.ending == Ending.LEFT else Verdict.CLOSED
