"""What came of each page of a test visit: kept as codes and numbers, said in words in the language of who asks.

A page of the visit is a dictionary in ``TestVisit.findings`` (``PageSeen``), with a result for each alert that has
something to say of it.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from django.utils.translation import gettext

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining.verdicts import Verdict
from wagtail_visit_alerts.models import TestVisit

#: Pages of a test visit that are kept.
MOST_PAGES_SEEN = 20


class Mail(StrEnum):
    """Where the e-mail of an alert that was raised stands."""

    WAITING = "waiting"
    BEING_SENT = "being_sent"
    SENT = "sent"
    FAILED = "failed"


@dataclass
class Result:
    """What one alert makes of a page; ``alert_id`` as the rules have it, rows counted from 0."""

    code: Verdict
    alert_id: int | None = None
    alert: str = ""
    row: int | None = None
    minimum_ms: int | None = None
    stayed_ms: int | None = None
    mail: Mail | None = None
    fault: str = ""

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The result that was stored."""
        mail = stored.get("mail")
        return cls(**{**stored, "code": Verdict(stored["code"]), "mail": None if mail is None else Mail(mail)})


@dataclass
class PageSeen:
    """One page of a test visit; ``id`` is the beacon's own of the page view."""

    id: str
    entered_at: str
    url: str
    title: str
    page_id: int | None
    dwell_ms: int | None = None
    engaged_ms: int | None = None
    #: The page that followed in the same tab.
    followed_by: str | None = None
    results: list[Result] = field(default_factory=list)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The page that was stored."""
        return cls(**{**stored, "results": [Result.from_json(result) for result in stored["results"]]})

    def result_of(self, alert_id: int) -> Result | None:
        """What the page's results say of an alert so far."""
        return next((result for result in self.results if result.alert_id == alert_id), None)


def pages_seen(test_visit: TestVisit) -> list[PageSeen]:
    """The pages of a test visit that are kept, in their order."""
    return [PageSeen.from_json(stored) for stored in test_visit.findings]


def keep(test_visit: TestVisit, pages: list[PageSeen]) -> None:
    """Keep the latest of these pages. Writes the row."""
    test_visit.findings = [asdict(page) for page in pages[-MOST_PAGES_SEEN:]]
    test_visit.save(update_fields=["findings"])


@dataclass(frozen=True)
class Finding:
    """One page of a test visit, for a person: a sentence for each alert, or one that none is concerned."""

    happened_at: datetime
    url: str
    title: str
    sentences: tuple[str, ...]
    is_raised: bool

    @property
    def sentence(self) -> str:
        """All of it."""
        return " ".join(self.sentences)


def findings_in_words(test_visit: TestVisit) -> list[Finding]:
    """What came of the pages of a test visit, the latest last, in the language that is active."""
    return [
        Finding(
            happened_at=datetime.fromisoformat(page.entered_at),
            url=page.url,
            title=page.title,
            sentences=tuple(_in_words(result) for result in page.results),
            is_raised=any(result.code == Verdict.RAISED for result in page.results),
        )
        for page in pages_seen(test_visit)
    ]


def _in_words(result: Result) -> str:
    if result.code == Verdict.NO_ROW:
        if result.alert_id is None:
            return gettext("No alert that is on, and that you may see, watches this page.")
        return gettext("No row of the alert watches this page.")
    sentence = _raised(result) if result.code == Verdict.RAISED else _not_raised(result.code)
    return sentence % {
        "row": (result.row or 0) + 1,
        "alert": result.alert,
        "minimum": _duration(result.minimum_ms),
        "stayed": _duration(result.stayed_ms),
        "fault": result.fault,
    }


def _raised(result: Result) -> str:
    sentences = {
        Mail.WAITING: gettext(
            "Row %(row)d raises the alert “%(alert)s”. The e-mail to you waits: is the cluster running?"
        ),
        Mail.BEING_SENT: gettext("Row %(row)d raises the alert “%(alert)s”. The e-mail to you is being sent."),
        Mail.SENT: gettext("Row %(row)d raises the alert “%(alert)s”. The e-mail was sent to you."),
        Mail.FAILED: gettext(
            "Row %(row)d raises the alert “%(alert)s”, but the e-mail could not be sent to you: %(fault)s"
        ),
    }
    return sentences[result.mail or Mail.WAITING]


def _not_raised(code: Verdict) -> str:
    sentences = {
        Verdict.EXCEPTION: gettext(
            "Row %(row)d leaves this page out: the alert “%(alert)s” is not raised on it."
        ),
        Verdict.ANOTHER_CONTACT: gettext(
            "The contact is not one of those whom the alert “%(alert)s” is about."
        ),
        Verdict.MOVE_ON_LATER: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for %(minimum)s: stay that long, then move on to another "
            "page of the site."
        ),
        Verdict.STAY_IN_VIEW: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for %(minimum)s in view: keep the page open that long."
        ),
        Verdict.MOVED_ON_EARLY: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for %(minimum)s, and you moved on after %(stayed)s."
        ),
        Verdict.TIME_UNKNOWN: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for %(minimum)s, and the browser gave no time that can be "
            "true."
        ),
        Verdict.LEFT_THE_SITE: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for moving on to another page of the site, and you left the "
            "site for more than 30 seconds."
        ),
        Verdict.NOT_LONG_IN_VIEW: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for %(minimum)s in view, and the page was in view for "
            "%(stayed)s."
        ),
        Verdict.TIME_IN_VIEW_UNKNOWN: gettext(
            "Row %(row)d of the alert “%(alert)s” asks for %(minimum)s in view, and the browser did not say how long "
            "the page was."
        ),
    }
    return sentences[code]


def _duration(milliseconds: int | None) -> str:
    return wording.duration(timedelta(milliseconds=milliseconds or 0))
