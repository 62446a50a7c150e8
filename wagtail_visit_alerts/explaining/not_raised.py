"""What alerts that were not raised make of a page view as they stand now, in words; each begins with the alert."""

from datetime import datetime, timedelta

from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining.facts import Judged
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.explaining.verdicts import Judgement, Verdict
from wagtail_visit_alerts.models import Alert, Clock, PageView, Source
from wagtail_visit_alerts.raising import RAISED_WITHIN


def judged_in_words(judged: Judged, page_view: PageView, *, alert: Alert, alert_name: str) -> str:
    """The sentence about one alert that has written nothing."""
    judgement = judged.judgement
    if judgement.verdict == Verdict.RAISED:
        sentence = _missed(judged, page_view, alert=alert)
    else:
        sentence = _short(judgement, page_view)
    minimum = timedelta(0) if judgement.rule is None else judgement.rule.minimum_dwell
    return sentence % {
        "alert": alert_name,
        "minimum": wording.duration(minimum),
        "stayed": wording.duration(judgement.stayed or timedelta(0)),
        "changed_at": moment(alert.updated_at),
        "late": wording.duration(RAISED_WITHIN),
    }


def _missed(judged: Judged, page_view: PageView, *, alert: Alert) -> str:
    """Why an alert was not raised that the page view satisfies as the alert stands now; the surest reason first."""
    counted_at = _counted_at(judged.judgement, page_view)
    identified_at = page_view.visitor.identified_at
    if not judged.is_on:
        return gettext("%(alert)s would have been raised, but it is off.")
    if identified_at is not None and counted_at < identified_at:
        return gettext(
            "%(alert)s would have been raised, but the contact was recognised in this browser only later: what was "
            "seen before is history."
        )
    if alert.updated_at > counted_at:
        return gettext(
            "%(alert)s would be raised now, but it was made, changed or switched on only on %(changed_at)s."
        )
    if _is_surely_late(page_view):
        return gettext(
            "%(alert)s would have been raised, but the browser reported the page view more than %(late)s late."
        )
    if judged.scope is not None and page_view.contact and page_view.contact.updated_at > counted_at:
        return gettext(
            "%(alert)s would be raised now, but the contact's data has changed since, and it is about some contacts "
            "only."
        )
    return gettext(
        "%(alert)s would be raised now; most likely it was not because the page view was known more than %(late)s "
        "late."
    )


def _counted_at(judgement: Judgement, page_view: PageView) -> datetime:
    """The moment at which the row that a page view satisfies came true."""
    rule = judgement.rule
    if rule is None or not rule.minimum_dwell:
        return max(page_view.entered_at, page_view.anchored_at or page_view.entered_at)
    is_in_view = rule.clock == Clock.IN_VIEW
    return page_view.entered_at + (rule.minimum_dwell if is_in_view else judgement.stayed or timedelta(0))


def _is_surely_late(page_view: PageView) -> bool:
    """Whether the row itself says that its entry was reported too late to raise anything."""
    anchored_at = page_view.anchored_at
    return anchored_at is None or anchored_at - page_view.entered_at > RAISED_WITHIN


def _short(judgement: Judgement, page_view: PageView) -> str:
    """Why the page view does not satisfy the alert."""
    if judgement.verdict == Verdict.STAY_IN_VIEW and judgement.stayed is None:
        return gettext("%(alert)s asks for %(minimum)s in view, and the page is still open.")
    if judgement.verdict == Verdict.TIME_IN_VIEW_UNKNOWN and page_view.source == Source.HOOK:
        return gettext(
            "%(alert)s asks for %(minimum)s in view, which only a browser can tell: the page view was seen by the "
            "server only."
        )
    sentences = {
        Verdict.EXCEPTION: gettext("%(alert)s makes an exception of this page."),
        Verdict.ANOTHER_CONTACT: gettext("%(alert)s watches this page, but is not about this contact."),
        Verdict.MOVE_ON_LATER: gettext(
            "%(alert)s asks for %(minimum)s and then another page of the site; this page is still open."
        ),
        Verdict.NO_PAGE_FOLLOWED_YET: gettext(
            "%(alert)s asks for %(minimum)s and then another page of the site; this page was left, and no other has "
            "followed yet."
        ),
        Verdict.MOVED_ON_EARLY: gettext(
            "%(alert)s asks for %(minimum)s, and the contact moved on after %(stayed)s."
        ),
        Verdict.TIME_UNKNOWN: gettext(
            "%(alert)s asks for %(minimum)s, and how long the contact stayed is not known: the browser gave no time "
            "that can be true."
        ),
        Verdict.LEFT_THE_SITE: gettext(
            "%(alert)s asks for %(minimum)s and then another page of the site; the contact left the site, and came "
            "back after more than 30 seconds."
        ),
        Verdict.CLOSED: gettext(
            "%(alert)s asks for %(minimum)s and then another page of the site; the page was closed, and no other "
            "followed."
        ),
        Verdict.STAY_IN_VIEW: gettext(
            "%(alert)s asks for %(minimum)s in view; the page is still open, and was in view for %(stayed)s when the "
            "browser last said so."
        ),
        Verdict.NOT_LONG_IN_VIEW: gettext(
            "%(alert)s asks for %(minimum)s in view, and the page was in view for %(stayed)s."
        ),
        Verdict.TIME_IN_VIEW_UNKNOWN: gettext(
            "%(alert)s asks for %(minimum)s in view, and how long the page was in view is not known: the browser did "
            "not say."
        ),
    }
    return sentences[judgement.verdict]
