"""Recognition: which visitor a browser is, and whose; what logins, forms and signed links change about it.

Takes what the front doors have read of a browser, gives the locked visitor that records from now on, or what to
answer instead. Guarantees that a retired key records nothing, and that what a signed link has bound by mistake is
undone whole: visitor, page views and what they have raised.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wagtail_visit_alerts import identifying, raising, recording
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.identifying import Login
from wagtail_visit_alerts.models import (
    Contact,
    LinkOutcome,
    LinkUse,
    Method,
    PageView,
    Sign,
    SignedLink,
    SubmittedForm,
    UserAgent,
    Visitor,
)
from wagtail_visit_alerts.models.primary import atomic

#: A key that the database does not know may be this old: the browser has just got it (design 3.1).
NEW_KEY_AGE = timedelta(minutes=10)


@dataclass(frozen=True)
class Browser:
    """What a request says of its browser: the key in its cookie, and who is logged in, asked only when needed.

    ``network`` is the keyed hash of its network, empty where that is unknown. ``consents`` is what the site's
    consent setting says of it; None where the site does not ask.
    """

    key: str
    key_age: timedelta
    session_hash: str
    user_agent: str
    user: Callable[[], Any]
    network: str = ""
    consents: bool | None = None


@dataclass(frozen=True)
class Answer:
    """What the browser is told: the key to keep, whether to repeat the message, whether it is not recorded.

    ``off``: not for a day. ``out``: not until it opts in, as it is a contact's whose recording was stopped. ``drop``:
    it keeps no cookie of ours, because it does not consent. ``at`` names after how many seconds in view it
    must report that; for a contact whom such an alert is about.
    """

    key: str
    again: bool = False
    off: bool = False
    out: bool = False
    drop: bool = False
    at: tuple[int, ...] = ()


@dataclass(frozen=True)
class Known:
    """A visitor, locked, and the key in its browser's cookie."""

    visitor: Visitor
    key: str


@dataclass(frozen=True)
class Opened:
    """A signed link, locked, that a message says was opened; with which sign of life, in which network."""

    link: SignedLink
    sign: Sign
    network: str


def recognize(browser: Browser, *, opened: Opened | None, now: datetime) -> Known | Answer:
    """Say which visitor a message is of, bound to whoever is logged in by now; or what to answer instead.

    Session and user are read only where the session cookie is another than at the visitor's last message.
    """
    key_hash = identifying.hash_of_key(browser.key)
    visitor = recording.lock_visitor(key_hash, by_beacon=True, now=now)
    if visitor is None and _was_of_stopped(key_hash):
        return Answer(key=browser.key, out=True)
    if visitor is None and (follower := identifying.key_in_use(browser.key)) != browser.key:
        return Answer(key=follower, again=True)
    if visitor is None and browser.key_age > NEW_KEY_AGE:
        return Answer(key=identifying.new_key(), again=True)
    login = _login_since(visitor, browser)
    if _is_not_recorded(login):
        if opened is not None:
            identifying.note_opening_by_colleague(opened.link, sign=opened.sign, now=now)
        return Answer(key=browser.key, off=True)
    if login.is_stopped:
        return Answer(key=browser.key, out=True)
    if visitor is None:
        if not (settings.RECORD_ANONYMOUS or login.contact_id or opened):
            return Answer(key=browser.key)
        visitor = _new_visitor(browser, key_hash=key_hash, now=now)
    return _bind_by_login(Known(visitor, browser.key), login, browser=browser, now=now)


def take_link(
    known: Known, opened: Opened, *, page_view_id: UUID, address_id: int, now: datetime
) -> Known | Answer:
    """Judge that a visitor has opened a signed link: bind it if that identifies, undo what it shows to be wrong.

    ``page_view_id`` is the beacon's: a message that comes twice is one opening. Gives what records from now on, or
    the answer to a browser that is a colleague's.
    """
    visitor, link = known.visitor, opened.link
    if PageView.objects.filter(visitor=visitor, beacon_id=page_view_id).exists():
        return known
    contact = link.contact
    if identifying.is_colleague(contact) and _may_become(visitor, contact, method=Method.LINK):
        identifying.note_opening_by_colleague(link, sign=opened.sign, now=now)
        return Answer(key=known.key, off=True)
    if _is_stopped(contact) and _may_become(visitor, contact, method=Method.LINK):
        return Answer(key=_part(known, now=now).key, out=True)
    opening = identifying.open_link(
        link, visitor=visitor, address_id=address_id, network=opened.network, sign=opened.sign, now=now
    )
    for visitor_id, outcome in opening.misled.items():
        _undo(visitor_id, link=link, outcome=outcome, now=now)
    if visitor.pk in opening.misled:
        known = _part(known, now=now)
    if opening.outcome == LinkOutcome.IDENTIFIED:
        known = _identify(known, contact=contact, method=Method.LINK, now=now)
    if known.visitor is not visitor:  # so that the one which is bound is found, if that turns out to be wrong
        LinkUse.objects.filter(pk=opening.use.pk).update(visitor=known.visitor)
    return known


def identify_browser(
    browser: Browser, *, contact: Contact, method: Method, now: datetime, form: SubmittedForm | None = None
) -> Answer:
    """Bind the browser of a request to a contact, making its visitor where it has none; gives what to answer.

    The ``form`` that says so, not saved yet, becomes part of the contact's history.
    A contact with an address of the staff's own domains is a colleague: then the browser is to be switched off.
    That of a contact whose recording was stopped is to be opted out.
    """
    if browser.consents is False:
        return withdraw_consent(browser, now=now)
    with atomic():
        key = identifying.key_in_use(browser.key)
        key_hash = identifying.hash_of_key(key)
        visitor = recording.lock_visitor(key_hash, by_beacon=False, now=now)
        login = _login_since(visitor, browser)
        if _is_not_recorded(login) or (visitor is None and identifying.is_colleague(contact)):
            return Answer(key=key, off=True)
        if login.is_stopped or (visitor is None and _is_stopped(contact)):
            return Answer(key=key, out=True)
        if visitor is None:
            visitor = _new_visitor(browser, key_hash=key_hash, now=now)
        known = _bind_by_login(Known(visitor, key), login, browser=browser, now=now)
        login_is_over = known.visitor.identified_by == Method.LOGIN and browser.user() is None
        is_stopped = _is_stopped(contact)
        if (is_stopped or identifying.is_colleague(contact)) and _may_become(
            known.visitor, contact, method=method, login_is_over=login_is_over
        ):
            return Answer(key=_part(known, now=now).key, off=not is_stopped, out=is_stopped)
        known = _identify(known, contact=contact, method=method, login_is_over=login_is_over, now=now)
        if form is not None and not is_stopped:
            form.contact = contact
            form.save()
        return Answer(key=known.key)


def note_form(browser: Browser, *, form: SubmittedForm) -> None:
    """Make a form that names nobody part of the history of the contact whose browser submits it, if it is one's."""
    key_hash = identifying.hash_of_key(identifying.key_in_use(browser.key))
    visitor = Visitor.objects.with_key(key_hash).in_use().first()
    if visitor is not None and visitor.contact_id is not None and browser.consents is not False:
        form.contact_id = visitor.contact_id
        form.save()


def log_in(browser: Browser, *, user: Any, now: datetime) -> None:
    """A user has logged in: bind the browser to their contact, or part it from somebody else's.

    A browser that is not a visitor yet stays none: its next message says who is logged in.
    """
    with atomic():
        key = identifying.key_in_use(browser.key)
        visitor = recording.lock_visitor(identifying.hash_of_key(key), by_beacon=False, now=now)
        if visitor is not None:
            _bind_by_login(Known(visitor, key), identifying.login_of(user), browser=None, now=now)


def log_out(browser: Browser, *, now: datetime) -> None:
    """A user has logged out: what their login had bound is parted from the browser."""
    with atomic():
        key = identifying.key_in_use(browser.key)
        visitor = recording.lock_visitor(identifying.hash_of_key(key), by_beacon=False, now=now)
        if visitor is not None and visitor.identified_by == Method.LOGIN:
            identifying.retire(visitor, key=key, now=now)


def withdraw_consent(browser: Browser, *, now: datetime) -> Answer:
    """A browser does not consent, or no longer: its key records nothing from this moment on, and it drops the cookie.

    What was recorded before stays until it is erased. Two queries.
    """
    with atomic():
        key_hash = identifying.hash_of_key(identifying.key_in_use(browser.key))
        Visitor.objects.with_key(key_hash).in_use().update(retired_at=now, consents=False)
    return Answer(key=browser.key, drop=True)


def _new_visitor(browser: Browser, *, key_hash: str, now: datetime) -> Visitor:
    agent_id = UserAgent.id_of(browser.user_agent) if browser.user_agent else None
    Visitor.objects.get_or_create(
        key_hash=key_hash,
        defaults={
            "last_seen_at": now,
            "beacon_seen_at": now,
            "session_hash": browser.session_hash,
            "consents": browser.consents,
            "user_agent_id": agent_id,
        },
    )
    return recording.with_rules_version(Visitor.objects.select_for_update().with_key(key_hash)).get()


def _login_since(visitor: Visitor | None, browser: Browser) -> Login:
    """Who has logged in since the visitor's last message: read only where the session cookie has changed."""
    if browser.session_hash == (visitor.session_hash if visitor else ""):
        return Login()
    user = browser.user()
    return Login() if user is None else identifying.login_of(user)


def _note_browser(visitor: Visitor, browser: Browser) -> list[str]:
    """Note what the message says of the browser; gives the fields in which that is another than at the last one."""
    said = {"session_hash": browser.session_hash, "consents": browser.consents}
    changed = [name for name, value in said.items() if getattr(visitor, name) != value]
    for name in changed:
        setattr(visitor, name, said[name])
    return changed


def _is_not_recorded(login: Login) -> bool:
    return login.is_staff and not settings.RECORD_STAFF


def _is_stopped(contact: Contact) -> bool:
    return contact.recording_stopped_at is not None


def _was_of_stopped(key_hash: str) -> bool:
    """Whether a key that records nothing any more was a contact's whose recording is stopped."""
    return Visitor.objects.with_key(key_hash).filter(contact__recording_stopped_at__isnull=False).exists()


def _bind_by_login(known: Known, login: Login, *, browser: Browser | None, now: datetime) -> Known:
    """Bind a visitor to the contact of whoever has logged in, and part it from anybody else's before.

    At the login itself (no ``browser``) from anybody; by a message, which can't tell a login from a session that got
    another cookie, from whom a login had bound. Also keeps what the message says of its browser.
    """
    visitor = known.visitor
    changed = _note_browser(visitor, browser) if browser is not None else []
    if login.is_user and not _is_no_news(login, visitor):
        wanted = None if _is_not_recorded(login) or login.is_stopped else login.contact_id
        contact = Contact.objects.filter(pk=wanted).first() if wanted else None
        is_another = contact is None or contact.pk != visitor.contact_id
        if is_another and (browser is None or visitor.identified_by == Method.LOGIN):
            known = _part(known, now=now)
        if contact is not None:
            known = _identify(known, contact=contact, method=login.method, now=now)
    if changed and known.visitor is visitor:
        visitor.save(update_fields=changed)
    return known


def _is_no_news(login: Login, visitor: Visitor) -> bool:
    return (
        visitor.contact_id is not None
        and login.contact_id == visitor.contact_id
        and login.method <= visitor.identified_by
    )


def _part(known: Known, *, now: datetime) -> Known:
    """Part the browser from whomever it is known as: the visitor's key is retired, and its follower is nobody's."""
    if known.visitor.contact_id is None:
        return known
    return _following(known, identifying.retire(known.visitor, key=known.key, now=now))


def _identify(
    known: Known, *, contact: Contact, method: Method, now: datetime, login_is_over: bool = False
) -> Known:
    """Bind a locked visitor to a contact; gives the visitor and the key that record from now on."""
    bound = identifying.identify(
        known.visitor, contact=contact, method=method, key=known.key, login_is_over=login_is_over, now=now
    )
    return known if bound is known.visitor else _following(known, bound)


def _following(known: Known, follower: Visitor) -> Known:
    recording.keep_rules_version(follower, known.visitor)
    return Known(follower, identifying.following_key(known.key))


def _may_become(visitor: Visitor, contact: Contact, *, method: Method, login_is_over: bool = False) -> bool:
    """Whether a visitor who is named as a contact in this way is theirs from then on."""
    if visitor.contact_id in (None, contact.pk):
        return True
    return method >= identifying.strength_of(visitor, login_is_over=login_is_over)


def _undo(visitor_id: int, *, link: SignedLink, outcome: LinkOutcome, now: datetime) -> None:
    """Part a visitor from the contact of a link that had bound it by mistake, and take back what that has raised."""
    page_view_ids = identifying.part(visitor_id, contact_id=link.contact_id, now=now)
    raising.take_back(page_view_ids, outcome=outcome)
    if not settings.RECORD_ANONYMOUS:
        PageView.objects.filter(pk__in=page_view_ids).delete()
