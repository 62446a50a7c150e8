"""The pipeline: identify, record, match, cap, hand over to deliver, in one transaction.

The only module that knows the order of the stages. It takes what the front doors have read from a request, a task
or the site's own code, and gives back what the front door must answer.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from wagtail_visit_alerts import capping, identifying, matching, recording, signals
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import outbox, recipients
from wagtail_visit_alerts.identifying import Login
from wagtail_visit_alerts.models import (
    Address,
    Alert,
    Contact,
    Match,
    Method,
    Notification,
    Outcome,
    PageView,
    UserAgent,
    Visitor,
)
from wagtail_visit_alerts.models.canonical_url import canonical_url
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.recording import End, Entry, Recorded, Served

logger = logging.getLogger(__name__)

#: A key that the database does not know may be this old: the browser has just got it (design 3.1).
NEW_KEY_AGE = timedelta(minutes=10)
#: A healed or late entry raises its entry alerts within this time (design 3.2).
RAISED_WITHIN = timedelta(minutes=10)
#: Page views that one sweep looks at in one go.
SWEEP_BATCH = 500


@dataclass(frozen=True)
class Browser:
    """What a request says of its browser: the key in its cookie, and who is logged in, asked only when needed."""

    key: str
    key_age: timedelta
    session_hash: str
    user_agent: str
    user: Callable[[], Any]


@dataclass(frozen=True)
class Answer:
    """What the browser is told: the key to keep, whether to repeat the message, whether it is not recorded."""

    key: str
    again: bool = False
    off: bool = False


def receive_entry(entry: Entry, *, token: str | None, browser: Browser, now: datetime) -> Answer:
    """Take an entry message of the beacon through all stages; writes everything or nothing.

    ``token`` is that of a signed link which a person has opened.
    """
    with atomic():
        linked = identifying.contact_of_token(token) if token else None
        visitor, answer, login = _visitor_of_message(browser, linked=linked, now=now)
        if visitor is None:
            return answer
        visitor, key = _identify_by_message(visitor, answer.key, login=login, linked=linked, now=now)
        if visitor.contact_id is None and not settings.RECORD_ANONYMOUS:
            return Answer(key=key)
        rules = matching.rules_of_version(_version(visitor))
        kept = [*settings.KEPT_QUERY_PARAMETERS, *rules.named_parameters]
        entries = [
            replace(one, url=canonical_url(one.url, kept_parameters=kept)) for one in (*entry.unsent, entry)
        ]
        entry = replace(entries[-1], unsent=tuple(entries[:-1]))
        recorded = recording.record_entry(
            visitor,
            entry,
            address_ids={one.url: Address.id_of(one.url) for one in entries},
            page_ids={one.page_id for one in entries if one.page_id and rules.knows_page(one.page_id)},
            now=now,
        )
        urls = {one.id: one.url for one in entries}
        _judge(visitor, recorded, urls=urls, now=now)
        return Answer(key=key)


def receive_end(end: End, *, browser: Browser, now: datetime) -> Answer:
    """Take the message that a page was left."""
    with atomic():
        visitor = recording.lock_visitor(identifying.hash_of_key(browser.key), by_beacon=True, now=now)
        if visitor is not None:
            recording.record_end(visitor, end, now=now)
    return Answer(key=browser.key)


def _visitor_of_message(
    browser: Browser, *, linked: Contact | None, now: datetime
) -> tuple[Visitor | None, Answer, Login]:
    """The visitor whose key came with a message, locked; or None and what to answer instead."""
    key_hash = identifying.hash_of_key(browser.key)
    nobody = Login()
    visitor = recording.lock_visitor(key_hash, by_beacon=True, now=now)
    if visitor is None and (follower := _key_in_use(browser.key)) != browser.key:
        return None, Answer(key=follower, again=True), nobody
    if visitor is None and browser.key_age > NEW_KEY_AGE:
        return None, Answer(key=identifying.new_key(), again=True), nobody
    login = nobody
    if browser.session_hash != (visitor.session_hash if visitor else ""):
        user = browser.user()
        login = identifying.login_of(user) if user is not None else nobody
        if login.is_staff and not settings.RECORD_STAFF:
            return None, Answer(key=browser.key, off=True), login
    if visitor is None:
        if not (settings.RECORD_ANONYMOUS or login.contact_id or linked):
            return None, Answer(key=browser.key), login
        visitor = _new_visitor(browser, key_hash=key_hash, now=now)
    elif browser.session_hash != visitor.session_hash:
        Visitor.objects.filter(pk=visitor.pk).update(session_hash=browser.session_hash)
        visitor.session_hash = browser.session_hash
    return visitor, Answer(key=browser.key), login


def _key_in_use(key: str) -> str:
    """The key that a browser should have: its own, or where that is retired the one that follows."""
    if not Visitor.objects.with_key(identifying.hash_of_key(key)).exclude(retired_at=None).exists():
        return key
    hashes = {identifying.hash_of_key(later): later for later in identifying.successors(key)}
    living = Visitor.objects.in_use().filter(key_hash__in=hashes).values_list("key_hash", flat=True).first()
    return hashes[living] if living else identifying.new_key()


def _new_visitor(browser: Browser, *, key_hash: str, now: datetime) -> Visitor:
    agent_id = UserAgent.id_of(browser.user_agent) if browser.user_agent else None
    Visitor.objects.get_or_create(
        key_hash=key_hash,
        defaults={
            "last_seen_at": now,
            "beacon_seen_at": now,
            "session_hash": browser.session_hash,
            "user_agent_id": agent_id,
        },
    )
    return recording.with_rules_version(Visitor.objects.select_for_update().with_key(key_hash)).get()


def _identify_by_message(
    visitor: Visitor, key: str, *, login: Login, linked: Contact | None, now: datetime
) -> tuple[Visitor, str]:
    """Bind the visitor by the login and the signed link that came with a message; its key may be another then."""
    is_news = login.contact_id != visitor.contact_id or login.method > visitor.identified_by
    if login.contact_id is not None and is_news:
        contact = Contact.objects.filter(pk=login.contact_id).first()
        if contact is not None:
            visitor, key = identify(visitor, contact=contact, method=login.method, key=key, now=now)
    if linked is not None:
        visitor, key = identify(visitor, contact=linked, method=Method.LINK, key=key, now=now)
    return visitor, key


def identify(
    visitor: Visitor, *, contact: Contact, method: Method, key: str, now: datetime
) -> tuple[Visitor, str]:
    """Bind a locked visitor to a contact; gives the visitor and the key that record from now on."""
    bound = identifying.identify(visitor, contact=contact, method=method, key=key, now=now)
    if bound.pk == visitor.pk:
        return visitor, key
    return recording.with_rules_version(Visitor.objects).get(pk=bound.pk), identifying.following_key(key)


def identify_browser(browser: Browser, *, contact: Contact, method: Method, now: datetime) -> str:
    """Bind the browser of a request to a contact, making its visitor where it has none; gives the key to keep."""
    with atomic():
        key = _key_in_use(browser.key)
        key_hash = identifying.hash_of_key(key)
        visitor = recording.lock_visitor(key_hash, by_beacon=False, now=now)
        if visitor is None:
            visitor = _new_visitor(browser, key_hash=key_hash, now=now)
        return identify(visitor, contact=contact, method=method, key=key, now=now)[1]


def log_in(browser: Browser, *, user: Any, now: datetime) -> str:
    """A user has logged in: bind the browser to their contact, or part it from somebody else's.

    Gives the key to keep. A browser that is not a visitor yet stays none: its next message says who is logged in.
    """
    with atomic():
        key = _key_in_use(browser.key)
        visitor = recording.lock_visitor(identifying.hash_of_key(key), by_beacon=False, now=now)
        if visitor is None:
            return key
        login = identifying.login_of(user)
        contact = Contact.objects.filter(pk=login.contact_id).first() if login.contact_id else None
        if contact is not None:
            return identify(visitor, contact=contact, method=login.method, key=key, now=now)[1]
        if visitor.contact_id is not None:
            identifying.retire(visitor, key=key, now=now)
            return identifying.following_key(key)
        return key


def log_out(browser: Browser, *, now: datetime) -> str:
    """A user has logged out: what their login had bound is parted from the browser. Gives the key to keep."""
    with atomic():
        key = _key_in_use(browser.key)
        visitor = recording.lock_visitor(identifying.hash_of_key(key), by_beacon=False, now=now)
        if visitor is None or visitor.identified_by != Method.LOGIN:
            return key
        identifying.retire(visitor, key=key, now=now)
        return identifying.following_key(key)


def note_served(served: Served, *, key: str, now: datetime) -> None:
    """Write what the page-serve hook has captured, for a visitor already known as a contact. Two queries."""
    with atomic():
        visitors = Visitor.objects.with_key(identifying.hash_of_key(key)).in_use().exclude(contact=None)
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
    """Judge what only the server saw and close what nothing followed; gives the number of page views looked at."""
    due = PageView.objects.due_for_sweep(now).values_list("pk", "visitor__key_hash")[:SWEEP_BATCH]
    for page_view_id, key_hash in list(due):
        with atomic():
            Visitor.objects.with_key(key_hash).update(last_seen_at=now)
            visitor = recording.with_rules_version(Visitor.objects.with_key(key_hash)).get()
            page_view = (
                PageView.objects.due_for_sweep(now).select_related("visitor", "address").filter(pk=page_view_id)
            ).first()
            if page_view is None:
                continue
            recorded = recording.sweep_page_view(page_view, now=now)
            _judge(visitor, recorded, urls={}, now=now)
    return len(due)


def _judge(visitor: Visitor, recorded: Recorded, *, urls: dict[Any, str], now: datetime) -> None:
    """Raise the alerts that entered and moved-on page views satisfy; ``urls`` spares reading them again."""
    moments: list[tuple[PageView, timedelta | None, datetime]] = []
    for page_view in recorded.moved_on:
        dwell = timedelta(milliseconds=page_view.dwell_ms or 0)
        moments.append((page_view, dwell, page_view.entered_at + dwell))
    moments += [
        (page_view, None, max(page_view.entered_at, visitor.identified_at or now))
        for page_view in recorded.entered
        if now - page_view.entered_at <= RAISED_WITHIN
    ]
    raised = False
    for page_view, time_on_page, moment in moments:
        if page_view.contact_id is not None:
            url = urls.get(page_view.beacon_id) or page_view.address.text
            raised |= _raise_alerts(
                page_view, url=url, dwell=time_on_page, moment=moment, version=_version(visitor), now=now
            )
    if raised:
        outbox.wake_up()


def _version(visitor: Visitor) -> int:
    return getattr(visitor, "rules_version", None) or 0


def _raise_alerts(
    page_view: PageView, *, url: str, dwell: timedelta | None, moment: datetime, version: int, now: datetime
) -> bool:
    """Match, cap and write what a page view raises at a moment; gives whether anything is to be delivered."""
    chosen = _satisfied(page_view, url=url, dwell=dwell, version=version)
    if not chosen:
        return False
    matched = set(
        Match.objects.filter(page_view=page_view, alert_id__in=chosen).values_list("alert_id", flat=True)
    )
    alerts = list(Alert.objects.switched_on().filter(pk__in=chosen.keys() - matched).order_by("pk"))
    if any(alert.version != chosen[alert.pk].alert_version for alert in alerts):
        # Somebody has saved an alert since the rules were compiled: judged by the rules as they are now.
        matching.forget_rules()
        chosen = _satisfied(page_view, url=url, dwell=dwell, version=version)
        alerts = [alert for alert in alerts if alert.pk in chosen]
    contact = page_view.contact
    assert contact is not None
    raised = []
    for alert in alerts:
        match = Match.objects.create(
            page_view=page_view,
            alert=alert,
            monitored_page_id=chosen[alert.pk].monitored_page_id,
            contact=contact,
            outcome=Outcome.RAISED,
            happened_at=moment,
        )
        told = recipients.addressees(alert, contact)
        if (notification := _raise(match, alert=alert, anybody_to_tell=bool(told), moment=moment)) is not None:
            raised.append((notification, told))
    outbox.write(raised, now=now)
    return bool(raised)


def _satisfied(
    page_view: PageView, *, url: str, dwell: timedelta | None, version: int
) -> dict[int, matching.Rule]:
    rules = matching.rules_of_version(version)
    return matching.satisfied(rules.matching(url=url, page_id=page_view.page_id), dwell=dwell)


def _raise(match: Match, *, alert: Alert, anybody_to_tell: bool, moment: datetime) -> Notification | None:
    """Raise the notification of a match, unless nobody is left to tell or the cap holds it back."""
    if not anybody_to_tell:
        match.outcome = Outcome.NOBODY
    elif capping.take_slot(match, alert=alert, now=moment) is None:
        match.outcome = Outcome.CAPPED
    else:
        notification = Notification.objects.create(
            match=match, alert=alert, alert_name=alert.name, contact=match.contact, raised_at=moment
        )
        signals.alert_raised.send(sender=Notification, notification=notification)
        return notification
    match.save(update_fields=["outcome"])
    return None
