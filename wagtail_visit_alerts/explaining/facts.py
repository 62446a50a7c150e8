"""What is known of page views and alerts, read in a number of queries that does not grow with the page views.

Takes page views; gives for each what was written of it (matches, deliveries) and what the alerts that wrote nothing
make of it as they stand now, on or off.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from django.db.models import prefetch_related_objects

from wagtail_visit_alerts import capping, matching
from wagtail_visit_alerts.explaining.verdicts import Judgement, Stay, Verdict, judge
from wagtail_visit_alerts.matching import Rules
from wagtail_visit_alerts.models import (
    Alert,
    Contact,
    Delivery,
    Ending,
    LinkOutcome,
    LinkUse,
    Match,
    Mute,
    Outcome,
    PageView,
    Purpose,
    RulesVersion,
    Slot,
)
from wagtail_visit_alerts.models.process_memory import ProcessMemory
from wagtail_visit_alerts.models.scope import Scope
from wagtail_visit_alerts.models.visit import LONGEST_BREAK

#: Alerts that are judged to the end for one page view: those that are nearest to being raised.
MOST_JUDGED = 20
#: What may have made a visitor known, and so explains nothing about one who is not.
RECOGNIZED = (LinkOutcome.IDENTIFIED, LinkOutcome.KNOWN)

_switched_off: ProcessMemory[int, Rules] = ProcessMemory(limit=1)


@dataclass(frozen=True)
class Judged:
    """What an alert that has written nothing makes of a page view, as the alert stands now."""

    alert_id: int
    is_on: bool
    judgement: Judgement

    @property
    def scope(self) -> Scope | None:
        """The contacts that the alert is about; None: all."""
        return None if self.judgement.rule is None else self.judgement.rule.scope

    @property
    def rank(self) -> tuple[int, int]:
        """By how near the alert is to being raised, the nearest first."""
        if self.judgement.verdict == Verdict.RAISED:
            return (0 if self.is_on else 1), self.alert_id
        last = {Verdict.EXCEPTION: 3, Verdict.ANOTHER_CONTACT: 4}
        return last.get(self.judgement.verdict, 2), self.alert_id


class Facts:
    """Everything that the answers about some page views need; each part is read when it is first asked for."""

    def __init__(self, page_views: Sequence[PageView]) -> None:
        prefetch_related_objects(page_views, "visitor", "address")
        self._page_views = page_views
        self._ids = [page_view.pk for page_view in page_views]

    @cached_property
    def matches(self) -> dict[int | None, list[Match]]:
        """What each page view has matched, by its id; in the order of the alerts."""
        found: dict[int | None, list[Match]] = defaultdict(list)
        matches = Match.objects.filter(page_view__in=self._ids).select_related("alert", "notification")
        for match in matches.order_by("alert_id", "pk"):
            found[match.page_view_id].append(match)
        return found

    @cached_property
    def deliveries(self) -> dict[int, list[Delivery]]:
        """The deliveries of each match that was raised, by its id."""
        found: dict[int, list[Delivery]] = defaultdict(list)
        # Of the alert itself, not of what its readers are told of it later.
        deliveries = Delivery.objects.filter(
            notification__match__page_view__in=self._ids, purpose=Purpose.ALERT
        )
        for delivery in deliveries.select_related("user", "destination", "notification").order_by("pk"):
            found[delivery.notification.match_id].append(delivery)
        return found

    def is_muted(self, match: Match) -> bool:
        """Whether somebody had muted the alert of a match about its contact, and still does."""
        return (match.alert_id, None) in self._mutes or (match.alert_id, match.contact_id) in self._mutes

    @cached_property
    def _mutes(self) -> set[tuple[int, int | None]]:
        """What is muted of those alerts that had nobody to tell: the alert with a contact, or with any."""
        untold = [
            match for matches in self.matches.values() for match in matches if match.outcome == Outcome.NOBODY
        ]
        if not untold:
            return set()
        latest = max(match.happened_at for match in untold)
        mutes = Mute.objects.filter(alert__in={match.alert_id for match in untold}, made_at__lte=latest)
        return set(mutes.values_list("alert_id", "contact_id"))

    def last_raised_before(self, match: Match) -> datetime | None:
        """When the alert of a match that was held back had last been raised about the contact in that period."""
        if match.alert is None:
            return None
        start, _end = capping.period_bounds(match.happened_at, match.alert.cap_period)
        taken = self._slots[match.alert_id, match.contact_id]
        return max((at for at in taken if start <= at <= match.happened_at), default=None)

    @cached_property
    def _slots(self) -> dict[tuple[int | None, int], list[datetime]]:
        found: dict[tuple[int | None, int], list[datetime]] = defaultdict(list)
        capped = [
            match
            for matches in self.matches.values()
            for match in matches
            if match.outcome == Outcome.CAPPED and match.alert is not None
        ]
        if not capped:
            return found
        bounds = [
            capping.period_bounds(match.happened_at, match.alert.cap_period)
            for match in capped
            if match.alert is not None
        ]
        slots = Slot.objects.filter(
            alert__in={match.alert_id for match in capped},
            contact__in={match.contact_id for match in capped},
            taken_at__gte=min(start for start, _end in bounds),
            taken_at__lt=max(end for _start, end in bounds),
        )
        for alert_id, contact_id, taken_at in slots.values_list("alert_id", "contact_id", "taken_at"):
            found[alert_id, contact_id].append(taken_at)
        return found

    @cached_property
    def judged(self) -> dict[int, list[Judged]]:
        """What alerts that have written nothing make of each page view of a contact; the nearest first."""
        on, off = _rules()
        page_ids = {view.page_id for view in self._page_views if view.page_id is not None}
        on.meet_pages(page_ids)
        off.meet_pages(page_ids)
        found = {view.pk: self._judge(view, on=on, off=off) for view in self._page_views if view.contact_id}
        return self._judge_contacts(found)

    def _judge(self, page_view: PageView, *, on: Rules, off: Rules) -> list[Judged]:
        """Judged whomever the alerts are about."""
        matched = {match.alert_id for match in self.matches[page_view.pk]}
        stay = stay_of(page_view)
        found = []
        for rules in (on, off):
            watching = rules.watching(url=page_view.address.text, page_id=page_view.page_id)
            for alert_id, of_alert in groupby(watching, key=lambda rule: rule.alert_id):
                judged = Judged(alert_id, rules is on, judge(list(of_alert), stay))
                # What is off and would raise nothing anyway is no answer.
                if alert_id not in matched and (judged.is_on or judged.judgement.verdict == Verdict.RAISED):
                    found.append(judged)
        return sorted(found, key=lambda judged: judged.rank)[:MOST_JUDGED]

    def _judge_contacts(self, found: dict[int, list[Judged]]) -> dict[int, list[Judged]]:
        """The same, with those alerts that are about other contacts judged so."""
        scopes = {scope: scope for of_view in found.values() for one in of_view if (scope := one.scope)}
        contact_ids = {view.contact_id for view in self._page_views if view.contact_id}
        met = Contact.objects.filter(pk__in=contact_ids).scopes_met_by_each(scopes) if scopes else {}
        contact_of = {view.pk: view.contact_id for view in self._page_views if view.contact_id}
        return {
            page_view_id: sorted(_about(of_view, met.get(contact_of[page_view_id], set())), key=_rank)
            for page_view_id, of_view in found.items()
        }

    @cached_property
    def alerts(self) -> dict[int, Alert]:
        """The alerts that are judged, by their ids."""
        ids = {one.alert_id for of_view in self.judged.values() for one in of_view}
        return Alert.objects.in_bulk(ids)

    @cached_property
    def failed_openings(self) -> dict[int, LinkUse]:
        """The signed link that was opened nearest to each page view of nobody, by its visitor, to no effect."""
        unknown = [view for view in self._page_views if view.contact_id is None]
        if not unknown:
            return {}
        first, last = (pick(view.entered_at for view in unknown) for pick in (min, max))
        uses = LinkUse.objects.filter(
            visitor__in={view.visitor_id for view in unknown},
            opened_at__range=(first - LONGEST_BREAK, last + LONGEST_BREAK),
        ).exclude(outcome__in=RECOGNIZED)
        by_visitor = defaultdict(list)
        for use in uses:
            by_visitor[use.visitor_id].append(use)
        found = {}
        for view in unknown:
            nearest = min(by_visitor[view.visitor_id], key=lambda use: _apart(use, view), default=None)
            if nearest is not None and _apart(nearest, view) <= LONGEST_BREAK:
                found[view.pk] = nearest
        return found


def stay_of(page_view: PageView) -> Stay:
    """How long a page view lasted, as it was recorded."""
    return Stay(
        ending=Ending(page_view.ending),
        is_left=page_view.ended_at is not None,
        dwell=_length(page_view.dwell_ms),
        in_view=_length(page_view.engaged_ms),
    )


def _length(milliseconds: int | None) -> timedelta | None:
    return None if milliseconds is None else timedelta(milliseconds=milliseconds)


def _apart(use: LinkUse, page_view: PageView) -> timedelta:
    return abs(use.opened_at - page_view.entered_at)


def _rank(judged: Judged) -> tuple[int, int]:
    return judged.rank


def _about(of_view: Iterable[Judged], met: set[Scope]) -> Iterable[Judged]:
    """What alerts make of a page view of a contact who fits some scopes; one that is off says nothing of others."""
    for one in of_view:
        if one.scope is None or one.scope in met:
            yield one
        elif one.is_on:
            yield Judged(one.alert_id, True, Judgement(Verdict.ANOTHER_CONTACT, one.judgement.rule))


def _rules() -> tuple[Rules, Rules]:
    """The rows of the alerts that are on, and of those that are off, as they stand now."""
    version = RulesVersion.current()
    off = _switched_off.get(version)
    if off is None:
        alerts = Alert.objects.filter(is_on=False).prefetch_related("monitored_pages__page")
        off = matching.compile_rules(alerts.order_by("pk"), version=version)
        _switched_off.remember(version, off)
    return matching.rules_of_version(version), off
