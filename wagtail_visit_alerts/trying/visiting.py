"""A test visit from its beginning to its e-mails.

``begin`` and ``link`` are the admin's, ``receive`` takes the messages of the tab that the link has opened, and
``deliver`` is the queue's. Guarantees that a message changes nothing but the findings of its own test visit, and only
while the hour lasts, the tester is active and may view the contact.
"""

import json
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.utils import translation
from django.utils.translation import gettext

from wagtail_visit_alerts import identifying, previewing
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.delivering.waking import queue_on_commit
from wagtail_visit_alerts.explaining.verdicts import Verdict
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import Alert, Contact, TestVisit
from wagtail_visit_alerts.models.canonical_url import canonical_url
from wagtail_visit_alerts.models.preferred_language import preferred_language
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.models.test_visit import MAX_AGE
from wagtail_visit_alerts.previewing import MADE_UP_ID, Sample
from wagtail_visit_alerts.recording import (
    LONGEST_DWELL,
    LONGEST_GAP,
    End,
    Entry,
    InView,
    Measured,
    Previous,
    entered_at,
)
from wagtail_visit_alerts.trying.findings import Mail, PageSeen, Result, keep, pages_seen
from wagtail_visit_alerts.trying.judging import MILLISECOND, Trial

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

#: What a test visit's token begins with, and no contact's: theirs has two dots, none of them there.
TOKEN_PREFIX = "test."  # noqa: S105  # no password
SALT = "wagtail_visit_alerts.test_visit"
TASK = "wagtail_visit_alerts.tasks.deliver_test"
#: How long the row of a test visit is kept, for its findings.
KEPT_FOR = timedelta(days=1)


def begin(alert: Alert | None, *, contact: Contact, tester: "AbstractUser", now: datetime) -> TestVisit:
    """Begin a test visit as a contact: of an alert as it is in memory, on or off, or of all alerts that are on.

    Of these the tester tries those that they may see.

    Writes a row, and deletes those of a day ago. Raises ``ContactNotViewable``.
    """
    previewing.require_viewable(contact, tester)
    TestVisit.objects.filter(started_at__lt=now - KEPT_FOR).delete()
    data = None if alert is None else json.loads(alert.to_json())
    user: Any = tester  # whatever the site's user model is
    return TestVisit.objects.create(tester=user, contact=contact, alert_data=data, started_at=now)


def link(test_visit: TestVisit, *, url: str) -> str:
    """The URL, absolute or a path of the site, with which a browser tab enters the test visit."""
    return identifying.with_token(url, TOKEN_PREFIX + _signer().sign(test_visit.token.hex))


def is_test_token(token: str) -> bool:
    """Whether a token says of itself that it is a test visit's and no contact's."""
    return token.startswith(TOKEN_PREFIX)


def token_id(token: str) -> uuid.UUID | None:
    """The id of the test visit that a token was made for; None for a forged one. No query."""
    try:
        return uuid.UUID(_signer().unsign(token.removeprefix(TOKEN_PREFIX)))
    except (signing.BadSignature, ValueError):
        return None


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)


def receive(
    message: Entry | InView | End, *, test_visit_id: uuid.UUID, now: datetime
) -> tuple[int, ...] | None:
    """Take a message of a test visit's tab; gives after how many seconds in view the browser must report that.

    None where the test visit is over: then the message is an ordinary one. Writes the findings, and queues the e-mail
    to the tester on commit.
    """
    with atomic():
        test_visit = _going_on(test_visit_id, now=now)
        if test_visit is None:
            return None
        pages, trial = pages_seen(test_visit), _trial(test_visit)
        if isinstance(message, Entry):
            changed = _enter(message, pages, trial=trial, now=now)
        else:
            changed = _measure(message, pages)
            for page in changed:
                trial.judge(page)
        keep(test_visit, pages)
        for page in changed:
            if any(result.mail == Mail.WAITING for result in page.results):
                queue_on_commit(TASK, test_visit=str(test_visit.token), page_view=page.id)
        return trial.times_to_report(changed[-1]) if changed and not isinstance(message, End) else ()


def _going_on(test_visit_id: uuid.UUID, *, now: datetime) -> TestVisit | None:
    """The test visit, locked, while its hour lasts and the tester may still do this."""
    going_on = TestVisit.objects.select_for_update().filter(started_at__gt=now - MAX_AGE, started_at__lte=now)
    test_visit = going_on.filter(pk=test_visit_id).first()
    if test_visit is None or not test_visit.tester.is_active:
        return None
    return test_visit if test_visit.contact.may_be_viewed_by(test_visit.tester) else None


def _trial(test_visit: TestVisit, *, to_be_told: bool = False) -> Trial:
    """What the test visit tries.

    What an alert refers to may be gone since. A row then matches nothing; ``to_be_told`` looks for all of it.
    """
    if test_visit.alert_data is None:
        viewable = Alert.objects.switched_on().viewable_by(test_visit.tester)
        alerts = list(viewable.prefetch_related("monitored_pages"))
        return Trial(alerts, test_visit.contact, is_one=False)
    alert = Alert.from_serializable_data(test_visit.alert_data, check_fks=to_be_told)
    alert.pk = alert.pk or MADE_UP_ID
    return Trial([alert], test_visit.contact, is_one=True)


def _enter(entry: Entry, pages: list[PageSeen], *, trial: Trial, now: datetime) -> list[PageSeen]:
    """A page was entered, and with that the one before it in the tab was left; gives both, that one first."""
    changed = []
    if entry.previous is not None and entry.previous.id != entry.id:
        changed = _leave(entry.previous, pages, trial=trial, following=str(entry.id))
    page = _page_with(entry.id, pages)
    if page is None:
        page = _page_seen(entry, trial=trial, now=now)
        pages.append(page)
    trial.judge(page)
    return [*changed, page]


def _leave(previous: Previous, pages: list[PageSeen], *, trial: Trial, following: str) -> list[PageSeen]:
    """The page before it was moved on from, or the site was left in between."""
    changed = _measure(previous, pages)
    has_left_site = previous.gap_ms * MILLISECOND > LONGEST_GAP
    for page in changed:
        if not has_left_site:
            page.dwell_ms, page.followed_by = _least_ms(previous.wall_ms, previous.monotonic_ms), following
        trial.judge(page, has_left_site=has_left_site)
    return changed


def _measure(measured: Measured, pages: list[PageSeen]) -> list[PageSeen]:
    """Note how long a page has been in view; gives it, or nothing for one that is not of this test visit."""
    page = _page_with(measured.id, pages)
    if page is None:
        return []
    engaged_ms = _least_ms(measured.wall_ms, measured.monotonic_ms, measured.engaged_ms)
    page.engaged_ms = max(engaged_ms or 0, page.engaged_ms or 0)
    return [page]


def _least_ms(*clocks: int) -> int | None:
    """The least time that the clocks of a browser say, one that went backwards left out; None beyond a day."""
    least = min((clock for clock in clocks if clock >= 0), default=None)
    return None if least is None or least * MILLISECOND > LONGEST_DWELL else least


def _page_with(page_view_id: uuid.UUID, pages: list[PageSeen]) -> PageSeen | None:
    return next((page for page in pages if page.id == str(page_view_id)), None)


def _page_seen(entry: Entry, *, trial: Trial, now: datetime) -> PageSeen:
    kept = [*settings.KEPT_QUERY_PARAMETERS, *trial.rules.named_parameters]
    url = canonical_url(entry.url, kept_parameters=kept)
    page = page_model().objects.filter(pk=entry.page_id).first() if entry.page_id else None
    title = url.removeprefix("https://").removeprefix("http://") if page is None else page.title
    return PageSeen(
        id=str(entry.id),
        entered_at=entered_at(entry, now=now).isoformat(),
        url=url,
        title=title,
        page_id=None if page is None else page.pk,
    )


def deliver(*, test_visit_id: uuid.UUID, page_view_id: uuid.UUID, now: datetime) -> str:
    """Send the tester the e-mail about one page of a test visit, and note in its findings what came of that.

    Gives what happened, for the queue's own list of tasks. It is tried once: the finding says what went wrong.
    """
    with atomic():
        test_visit = _going_on(test_visit_id, now=now)
        claimed = _waiting(test_visit, page_view_id)
        if test_visit is None or not claimed:
            return "nothing to send"
        sample = _sample(test_visit, page_view_id)
        _note_mail(test_visit, page_view_id, claimed, mail=Mail.BEING_SENT)
    alerts = [alert for alert in _trial(test_visit, to_be_told=True).alerts if alert.pk in claimed]
    with translation.override(preferred_language(test_visit.tester)):
        if alerts:
            fault = previewing.send(alerts, sample, tester=test_visit.tester, now=now)
        else:
            fault = Fault(Kind.PERMANENT, gettext("The alert was switched off or deleted in the meantime."))
    with atomic():
        test_visit = TestVisit.objects.select_for_update().filter(pk=test_visit_id).first()
        if test_visit is not None:
            mail, reason = (Mail.SENT, "") if fault is None else (Mail.FAILED, fault.reason)
            _note_mail(test_visit, page_view_id, claimed, mail=mail, fault=reason)
    return "sent" if fault is None else "not sent"


def _waiting(test_visit: TestVisit | None, page_view_id: uuid.UUID) -> set[int | None]:
    """The alerts that a page has raised and whose e-mail nobody sends yet."""
    page = None if test_visit is None else _page_with(page_view_id, pages_seen(test_visit))
    results = [] if page is None else page.results
    return {result.alert_id for result in results if _is_waiting(result)}


def _is_waiting(result: Result) -> bool:
    return result.code == Verdict.RAISED and result.mail == Mail.WAITING


def _note_mail(
    test_visit: TestVisit, page_view_id: uuid.UUID, alert_ids: set[int | None], *, mail: Mail, fault: str = ""
) -> None:
    pages = pages_seen(test_visit)
    page = _page_with(page_view_id, pages)
    for result in [] if page is None else page.results:
        if result.alert_id in alert_ids:
            result.mail, result.fault = mail, fault
    keep(test_visit, pages)


def _sample(test_visit: TestVisit, page_view_id: uuid.UUID) -> Sample:
    """The page of the test visit, as the e-mail is to tell of it."""
    pages = pages_seen(test_visit)
    page = _page_with(page_view_id, pages)
    assert page is not None
    following = next((later for later in pages if later.id == page.followed_by), None)
    wagtail_pages = page_model().objects.in_bulk(
        [one.page_id for one in (page, following) if one and one.page_id]
    )
    return Sample(
        test_visit.contact,
        page.url,
        wagtail_pages.get(page.page_id),
        dwell=None if page.dwell_ms is None else page.dwell_ms * MILLISECOND,
        in_view=None if page.engaged_ms is None else page.engaged_ms * MILLISECOND,
        following=None if following is None else (following.url, wagtail_pages.get(following.page_id)),
    )
