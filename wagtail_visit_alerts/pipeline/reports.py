"""Reports: what a browser and the server tell of page views goes through all stages, in one transaction each."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F

from wagtail_visit_alerts import identifying, matching, raising, recording
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Address, LinkUse, PageView, Sign, Visitor
from wagtail_visit_alerts.models.canonical_url import canonical_url
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.pipeline import recognition
from wagtail_visit_alerts.pipeline.recognition import Answer, Browser, Opened
from wagtail_visit_alerts.recording import End, Entry, InView, Recorded, Served

#: Page views that one sweep looks at in one go.
SWEEP_BATCH = 500


def receive_entry(
    entry: Entry, *, token: str | None, sign: Sign | None, browser: Browser, now: datetime
) -> Answer:
    """Take an entry message of the beacon through all stages; writes everything or nothing.

    ``token`` is that of a signed link which a person has opened, ``sign`` the sign of life that they gave. The row of
    an opened link is written before, and locked first (``identifying.link_openings`` says why).
    """
    if browser.consents is False:
        return recognition.withdraw_consent(browser, now=now)
    link = identifying.opened_link(token, now=now) if token and sign else None
    with atomic():
        link = identifying.lock_link(link, now=now) if link is not None else None
        opened = Opened(link, sign, network=browser.network) if link is not None and sign is not None else None
        known = recognition.recognize(browser, opened=opened, now=now)
        if isinstance(known, Answer):
            return known
        rules = matching.rules_of_version(_version(known.visitor))
        kept = [*settings.KEPT_QUERY_PARAMETERS, *rules.named_parameters]
        entries = [
            replace(one, url=canonical_url(one.url, kept_parameters=kept)) for one in (*entry.unsent, entry)
        ]
        entry = replace(entries[-1], unsent=tuple(entries[:-1]))
        address_ids = _address_ids(entries)
        if opened is not None:
            known = recognition.take_link(
                known, opened, page_view_id=entry.id, address_id=address_ids[entry.url], now=now
            )
            if isinstance(known, Answer):
                return known
        visitor = known.visitor
        if visitor.contact_id is None and not settings.RECORD_ANONYMOUS:
            return Answer(key=known.key)
        recorded = recording.record_entry(
            visitor,
            entry,
            address_ids=address_ids,
            page_ids={one.page_id for one in entries if one.page_id and rules.knows_page(one.page_id)},
            now=now,
        )
        _raise(visitor, recorded, now=now)
        return Answer(key=known.key, at=raising.times_to_report(recorded.here, version=_version(visitor)))


def _address_ids(entries: Iterable[Entry]) -> dict[str, int]:
    return {entry.url: Address.id_of(entry.url) for entry in entries}


def receive_end(end: End, *, browser: Browser, now: datetime) -> Answer:
    """Take the message that a page was left, and raise what the time it was in view satisfies."""
    if browser.consents is False:
        return recognition.withdraw_consent(browser, now=now)
    with atomic():
        visitor = recording.lock_visitor(identifying.hash_of_key(browser.key), by_beacon=True, now=now)
        if visitor is not None:
            _raise(visitor, recording.record_end(visitor, end, now=now), now=now)
    return Answer(key=browser.key)


def receive_in_view(report: InView, *, browser: Browser, now: datetime) -> Answer:
    """Take the message that a page has been in view for a time, and raise what that satisfies."""
    if browser.consents is False:
        return recognition.withdraw_consent(browser, now=now)
    with atomic():
        visitor = recording.lock_visitor(identifying.hash_of_key(browser.key), by_beacon=True, now=now)
        if visitor is None:
            return Answer(key=browser.key)
        recorded = recording.record_in_view(visitor, report, now=now)
        _raise(visitor, recorded, now=now)
        times = raising.times_to_report(
            recorded.here, version=_version(visitor), reported=timedelta(milliseconds=report.engaged_ms)
        )
    return Answer(key=browser.key, at=times)


def note_served(served: Served, *, key: str, must_consent: bool = False, now: datetime) -> None:
    """Write what the page-serve hook has captured, for a visitor already known as a contact. Two queries.

    ``must_consent``: only where their last message came with a consent, as the request itself can't tell.
    """
    with atomic():
        visitors = Visitor.objects.with_key(identifying.hash_of_key(key)).in_use().exclude(contact=None)
        visitors = visitors.filter(consents=True) if must_consent else visitors.exclude(consents=False)
        visitor = recording.with_rules_version(visitors).first()
        if visitor is None:
            return
        rules = matching.rules_of_version(_version(visitor))
        kept = [*settings.KEPT_QUERY_PARAMETERS, *rules.named_parameters]
        came_from = canonical_url(served.came_from, kept_parameters=kept) if served.came_from else None
        recording.record_served(
            visitor,
            served,
            address_id=Address.id_of(canonical_url(served.url, kept_parameters=kept)),
            came_from_id=Address.id_of(came_from) if came_from else None,
        )


def sweep(*, now: datetime) -> int:
    """Judge what only the server saw and close what nothing followed; gives the number of page views looked at.

    Also empties the networks of signed links that were opened more than a minute ago.
    """
    LinkUse.objects.forget_networks(now)
    due = PageView.objects.due_for_sweep(now).values_list("pk", "visitor__key_hash")[:SWEEP_BATCH]
    for page_view_id, key_hash in list(due):
        with atomic():
            # Writes nothing new: as in every recording transaction, it takes the visitor's turn.
            Visitor.objects.with_key(key_hash).update(last_seen_at=F("last_seen_at"))
            visitor = recording.with_rules_version(Visitor.objects.with_key(key_hash)).get()
            page_view = (
                PageView.objects.due_for_sweep(now).select_related("visitor", "address").filter(pk=page_view_id)
            ).first()
            if page_view is None:
                continue
            recorded = recording.sweep_page_view(page_view, now=now)
            _raise(visitor, recorded, now=now)
    return len(due)


def _raise(visitor: Visitor, recorded: Recorded, *, now: datetime) -> None:
    """Raise the alerts that recorded page views satisfy."""
    raising.judge(recorded, identified_at=visitor.identified_at, version=_version(visitor), now=now)


def _version(visitor: Visitor) -> int:
    return getattr(visitor, "rules_version", None) or 0
