"""What the alerts that are tried make of a page, by the same functions that judge a real page view.

Takes the alerts, the contact and a page of a test visit with how long it lasted so far; gives a result for each alert
that has something to say, and the times in view that the browser has to report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from wagtail_visit_alerts import matching
from wagtail_visit_alerts.explaining.verdicts import Stay, Verdict, judge
from wagtail_visit_alerts.matching import Rule
from wagtail_visit_alerts.models import Alert, Clock, Contact, Ending
from wagtail_visit_alerts.models.scope import Scope
from wagtail_visit_alerts.raising import MOST_TIMES
from wagtail_visit_alerts.trying.findings import Mail, PageSeen, Result

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Trial:
    """The alerts that a test visit tries as a contact; all have ids. ``is_one``: that of a wizard, on or off."""

    alerts: Sequence[Alert]
    contact: Contact
    is_one: bool

    @cached_property
    def rules(self) -> matching.Rules:
        """The rows of these alerts."""
        return matching.compile_rules(self.alerts)

    @cached_property
    def _fitting(self) -> set[int]:
        """The alerts that are about the contact."""
        scopes = {alert.pk: scope for alert in self.alerts if (scope := Scope.of(alert)) is not None}
        unlimited = {alert.pk for alert in self.alerts} - scopes.keys()
        return unlimited | Contact.objects.filter(pk=self.contact.pk).scopes_met(scopes)

    def judge(self, page: PageSeen, *, has_left_site: bool = False) -> None:
        """Bring the results of a page up to date with how long it lasted; what was raised on it stays raised."""
        watching = self.rules.watching(url=page.url, page_id=page.page_id)
        results = [
            self._judge_alert(
                alert, page, [rule for rule in watching if rule.alert_id == alert.pk], has_left_site
            )
            for alert in self.alerts
        ]
        page.results = [result for result in results if result is not None]
        if not page.results:
            page.results = [Result(Verdict.NO_ROW)]

    def _judge_alert(
        self, alert: Alert, page: PageSeen, watching: Sequence[Rule], has_left_site: bool
    ) -> Result | None:
        before = page.result_of(alert.pk)
        if before is not None and before.code == Verdict.RAISED:
            return before
        if not watching and not self.is_one:
            return None
        stay = _stay(page, has_left_site=has_left_site)
        judged = judge(watching, stay, is_about_contact=alert.pk in self._fitting)
        return Result(
            judged.verdict,
            alert.pk,
            alert.name,
            row=None if judged.rule is None else judged.rule.row_number,
            minimum_ms=None if judged.rule is None else judged.rule.minimum_dwell // MILLISECOND,
            stayed_ms=None if judged.stayed is None else judged.stayed // MILLISECOND,
            mail=Mail.WAITING if judged.verdict == Verdict.RAISED else None,
        )

    def times_to_report(self, page: PageSeen) -> tuple[int, ...]:
        """After how many seconds in view the browser must report that; whole ones, sorted, a handful."""
        so_far = (page.engaged_ms or 0) * MILLISECOND
        rules = self.rules.matching(url=page.url, page_id=page.page_id)
        waiting = {
            -(-rule.minimum_dwell // timedelta(seconds=1))
            for rule in rules
            if rule.clock == Clock.IN_VIEW and rule.minimum_dwell > so_far and rule.alert_id in self._fitting
        }
        return tuple(sorted(waiting)[:MOST_TIMES])


def _stay(page: PageSeen, *, has_left_site: bool) -> Stay:
    """How long a page has lasted by now; it counts as open until another one follows."""
    ending = Ending.OPEN if page.followed_by is None else Ending.MOVED_ON
    if has_left_site:
        ending = Ending.LEFT
    return Stay(ending=ending, dwell=_length(page.dwell_ms), in_view=_length(page.engaged_ms))


def _length(milliseconds: int | None) -> timedelta | None:
    return None if milliseconds is None else milliseconds * MILLISECOND
