"""Near misses: page views of contacts that ended before an alert's minimum time had counted, kept for analytics.

Takes the page views that recording has marked when they ended; writes an ``UnmetMinimum`` for each alert that is on,
about that contact, and would have been raised by a longer stay. Nothing of it is done in a request.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from wagtail_visit_alerts import matching
from wagtail_visit_alerts.explaining.verdicts import Stay, Verdict, judge
from wagtail_visit_alerts.matching import Rules
from wagtail_visit_alerts.models import Alert, Contact, Ending, Match, PageView, RulesVersion, UnmetMinimum
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.models.scope import Scope

#: Page views that are judged in one transaction, and that one sweep looks at.
BATCH = 500
MOST_AT_ONCE = 5000

#: An alert that a page view has missed, each with how it ended.
Missed = tuple[PageView, int, UnmetMinimum.Kind]


def note_near_misses(*, now: datetime) -> int:
    """Judge page views that have ended, and take the mark from them; gives how many near misses were written."""
    written = 0
    for _ in range(0, MOST_AT_ONCE, BATCH):
        with atomic():
            ended = list(PageView.objects.ended_for_sweep(now).select_related("address", "visitor")[:BATCH])
            written += _note(ended)
        if len(ended) < BATCH:
            break
    return written


def _note(ended: Sequence[PageView]) -> int:
    """Write the near misses of these page views in place of what was written of them before: they may go on."""
    if not ended:
        return 0
    ids = [page_view.pk for page_view in ended]
    missed = _still_missed(_missed_by_time(ended))
    UnmetMinimum.objects.filter(page_view__in=ids).delete()
    UnmetMinimum.objects.bulk_create(
        [
            UnmetMinimum(
                page_view=page_view,
                alert_id=alert_id,
                contact_id=page_view.contact_id,
                kind=kind,
                happened_at=page_view.entered_at,
            )
            for page_view, alert_id, kind in missed
            if page_view.contact_id is not None
        ],
        ignore_conflicts=True,  # another sweep has written the same
    )
    PageView.objects.filter(pk__in=ids).exclude(ending=Ending.OPEN).update(sweep_at=None)
    return len(missed)


def _missed_by_time(ended: Sequence[PageView]) -> list[Missed]:
    rules = matching.rules_of_version(RulesVersion.current())
    rules.meet_pages({page_view.page_id for page_view in ended if page_view.page_id is not None})
    return [one for page_view in ended if _counts(page_view) for one in _missed_by(page_view, rules)]


def _counts(page_view: PageView) -> bool:
    """Whether it was the contact's, and really shown, when it ended: what was left before is history."""
    ended_at, identified_at = page_view.ended_at, page_view.visitor.identified_at
    is_history = ended_at is not None and identified_at is not None and ended_at < identified_at
    return page_view.contact_id is not None and page_view.is_confirmed and not is_history


def _missed_by(page_view: PageView, rules: Rules) -> Iterator[Missed]:
    stay = Stay(
        ending=Ending(page_view.ending),
        is_left=True,
        dwell=_milliseconds(page_view.dwell_ms),
        in_view=_milliseconds(page_view.engaged_ms),
    )
    too_short = UnmetMinimum.Kind.TOO_SHORT
    ended_as = too_short if stay.ending == Ending.MOVED_ON else UnmetMinimum.Kind.CLOSED
    kinds = {
        Verdict.MOVED_ON_EARLY: too_short,
        Verdict.LEFT_THE_SITE: UnmetMinimum.Kind.CLOSED,
        Verdict.CLOSED: UnmetMinimum.Kind.CLOSED,
        Verdict.NOT_LONG_IN_VIEW: ended_as,
    }
    watching = rules.matching(url=page_view.address.text, page_id=page_view.page_id)
    for alert_id, of_alert in groupby(watching, key=attrgetter("alert_id")):
        kind = kinds.get(judge(list(of_alert), stay).verdict)
        if kind is not None:
            yield page_view, alert_id, kind


def _still_missed(missed: Sequence[Missed]) -> list[Missed]:
    """Leave out what was matched all the same, is of an alert that is off or newer, or not about the contact."""
    if not missed:
        return []
    alert_ids = {alert_id for _page_view, alert_id, _kind in missed}
    alerts = {alert.pk: alert for alert in Alert.objects.switched_on().filter(pk__in=alert_ids)}
    matched = set(
        Match.objects.filter(
            page_view__in={page_view.pk for page_view, *_ in missed}, alert__in=alert_ids
        ).values_list("page_view_id", "alert_id")
    )
    scopes = {pk: scope for pk, alert in alerts.items() if (scope := Scope.of(alert)) is not None}
    contacts = Contact.objects.filter(pk__in={page_view.contact_id for page_view, *_ in missed})
    met = contacts.scopes_met_by_each(scopes)
    return [
        (page_view, alert_id, kind)
        for page_view, alert_id, kind in missed
        if alert_id in alerts
        and alerts[alert_id].created_at <= (page_view.ended_at or page_view.entered_at)
        and (page_view.pk, alert_id) not in matched
        and (alert_id not in scopes or alert_id in met.get(page_view.contact_id or 0, set()))
    ]


def _milliseconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(milliseconds=value)
