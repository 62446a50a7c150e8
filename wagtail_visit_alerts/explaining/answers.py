"""The answer for a page view: its sentences in their order, the surest and most telling ones first."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.delivering.health import OVERDUE
from wagtail_visit_alerts.explaining.facts import Facts, Judged
from wagtail_visit_alerts.explaining.naming import Reader, moment, name_of_alert
from wagtail_visit_alerts.explaining.not_raised import judged_in_words
from wagtail_visit_alerts.explaining.outcomes import outcome_in_words
from wagtail_visit_alerts.models import Outcome, PageView

#: Alerts that one answer tells of; the others are counted.
MOST_ALERTS = 4

#: A time in English ends with a full stop of its own, at the end of a sentence too.
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")
#: Strongest first.
ORDER = [Outcome.RAISED, Outcome.CAPPED, Outcome.NOBODY]


def explain(page_views: Sequence[PageView], *, now: datetime, reader: Any = None) -> dict[int, str]:
    """Say of each page view, by its id, why alerts were or weren't raised by it; in the language that is active.

    ``reader`` is the user of the admin who asks: alerts and addresses in CC that they may not see stay unnamed, and
    without one all is named. Whether they may view the contacts is the caller's to check. A fixed number of queries,
    about a dozen, however many page views there are.
    """
    answers = explain_in_sentences(page_views, now=now, reader=reader)
    return {page_view_id: " ".join(sentences) for page_view_id, sentences in answers.items()}


def explain_in_sentences(
    page_views: Sequence[PageView], *, now: datetime, reader: Any = None
) -> dict[int, list[str]]:
    """The same answers, sentence by sentence: one for each alert that is concerned, and what holds of all."""
    facts, asking = Facts(page_views), Reader(reader)
    return {
        page_view.pk: [
            _TWO_STOPS.sub(".", sentence)
            for sentence in _sentences(page_view, facts=facts, reader=asking, now=now)
        ]
        for page_view in page_views
    }


def _sentences(page_view: PageView, *, facts: Facts, reader: Reader, now: datetime) -> list[str]:
    matches = sorted(facts.matches[page_view.pk], key=lambda match: ORDER.index(Outcome(match.outcome)))
    told = [outcome_in_words(match, facts=facts, reader=reader, now=now) for match in matches[:MOST_ALERTS]]
    if page_view.contact_id is None:
        return [*_of_nobody(page_view, facts=facts), *told]
    if not page_view.is_confirmed:
        return [_not_judged_yet(page_view, now=now)]
    judged = [one for one in facts.judged[page_view.pk] if one.alert_id in facts.alerts]
    told += _judged(judged[: MOST_ALERTS - len(told)], page_view, facts=facts, reader=reader)
    if (more := len(matches) + len(judged) - MOST_ALERTS) > 0:
        told.append(
            ngettext("%(count)d more alert watches this page.", "%(count)d more alerts watch this page.", more)
            % {"count": more}
        )
    return told or [gettext("Not matched: no alert that is on watches this page.")]


def _judged(judged: Sequence[Judged], page_view: PageView, *, facts: Facts, reader: Reader) -> list[str]:
    """What alerts that have written nothing make of a page view; and that they may have been others then."""
    told = []
    for one in judged:
        alert = facts.alerts[one.alert_id]
        name = name_of_alert(alert, reader=reader)
        told.append(judged_in_words(one, page_view, alert=alert, alert_name=name))
    return [*told, gettext("(Judged by the alerts as they stand now.)")] if told else []


def _not_judged_yet(page_view: PageView, *, now: datetime) -> str:
    if now - page_view.entered_at > OVERDUE:
        return gettext(
            "Not judged yet: only the server has seen this page view, and the sweep that decides about it is "
            "overdue. Is the cluster running?"
        )
    return gettext(
        "Not judged yet: only the server has seen this page view. The browser may still confirm it; else the sweep "
        "decides, a minute after the entry."
    )


def _of_nobody(page_view: PageView, *, facts: Facts) -> list[str]:
    """The answer for a page view of a visitor who is nobody's; a link that was opened in vain explains it."""
    told = [gettext("Nobody knows who it was: alerts are about contacts.")]
    if (use := facts.failed_openings.get(page_view.pk)) is not None:
        sentence = gettext(
            "A signed link was opened in this browser on %(opened_at)s, but it recognised nobody: %(reason)s."
        )
        told.append(sentence % {"opened_at": moment(use.opened_at), "reason": use.get_outcome_display()})
    return told
