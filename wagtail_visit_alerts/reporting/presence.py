"""Presence: which contacts are on the site now, on which page, and who has just left.

Takes contacts and the clock; reads only, in one or two queries. A browser reports that a page was entered and that
it was left, and hardly anything between: what is not known is said to be so, and no row promises more than was
reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from wagtail_visit_alerts.models import Contact, Ending, PageView, Visitor
from wagtail_visit_alerts.models.contact import ContactQuerySet
from wagtail_visit_alerts.models.process_memory import ProcessMemory

#: A page that was left counts as open for so long: the next page of the site may be on its way (design 3.2).
MOVES_ON_WITHIN = timedelta(seconds=30)
#: After so long without a message from the browser it is doubtful whether anybody is there.
DOUBTFUL_AFTER = timedelta(minutes=10)
#: After so long the contact is gone from the list: the visit is over (design section 1).
GONE_AFTER = timedelta(minutes=30)
#: For so long it is shown that somebody has left.
LEFT_SHOWN_FOR = timedelta(minutes=5)
#: A page that was entered earlier is not looked at, however long it has been in view.
LOOKED_BACK = timedelta(hours=4)
#: How far back the beginning of a visit is looked for.
LONGEST_VISIT = timedelta(hours=24)
#: Page views that are read at most; there are more only on a site with hundreds of contacts on it at once.
MOST_READ = 1000

#: When the visit of a page view began: that does not change any more, and is asked for every few seconds.
_began_at: ProcessMemory[int, datetime] = ProcessMemory(limit=5000)


class State(IntEnum):
    """What is known of somebody's being there, the surest first."""

    HERE = 1
    DOUBTFUL = 2
    LEFT = 3


@dataclass(frozen=True)
class Present:
    """A contact who is on the site, or has just left it: one, in however many tabs and browsers."""

    contact: Contact
    #: The page that they entered last of those still open; of one who has left, the page that they left last.
    page_view: PageView
    state: State
    on_site_since: datetime
    #: When the browser last said anything.
    last_sign_at: datetime
    #: When they left; None while they are there.
    left_at: datetime | None = None

    @property
    def on_page_since(self) -> datetime:
        """When the page was entered."""
        return self.page_view.entered_at


def present(
    contacts: ContactQuerySet, *, now: datetime, first_of: Any = None, with_beginning: bool = True
) -> list[Present]:
    """Those of the contacts who are on the site, then those who have just left, the latest first.

    One query, and another one for what is new since the process has looked; without ``with_beginning``, which leaves
    ``on_site_since`` at the page's own time, only the first.

    With ``first_of``, a user, the contacts whom that user owns come before the others, in either part. A contact
    whose recording was stopped is never among them. Owner, page, address and visitor are read along.
    """
    by_contact: dict[int, list[PageView]] = {}
    for page_view in _page_views(contacts, now=now, first_of=first_of)[:MOST_READ]:
        assert page_view.contact_id is not None  # what the contact is among has one
        by_contact.setdefault(page_view.contact_id, []).append(page_view)
    found = [_judge(rows, now=now) for rows in by_contact.values()]
    if with_beginning:
        began_at = _beginnings([one.page_view for one in found], now=now)
        found = [replace(one, on_site_since=began_at[one.page_view.pk]) for one in found]
    owner_id = None if first_of is None else first_of.pk
    return sorted(
        found,
        key=lambda one: (
            one.state == State.LEFT,
            owner_id is not None and one.contact.owner_id != owner_id,
            one.state,
            -(one.left_at or one.on_page_since).timestamp(),
            one.contact.pk,
        ),
    )


def _judge(page_views: list[PageView], *, now: datetime) -> Present:
    """What these page views of one contact, the latest first, come to."""
    open_now = [one for one in page_views if one.ended_at is None or one.ended_at > now - MOVES_ON_WITHIN]
    if open_now:
        current = open_now[0]
        sign = max(current.entered_at, current.visitor.last_seen_at)
        state = State.HERE if sign > now - DOUBTFUL_AFTER else State.DOUBTFUL
        return _present(current, state=state, last_sign_at=sign)
    ended = [(one.ended_at, one) for one in page_views if one.ended_at is not None]
    left_at, last = max(ended, key=lambda pair: pair[0])
    return _present(last, state=State.LEFT, last_sign_at=left_at, left_at=left_at)


def _present(page_view: PageView, **fields: Any) -> Present:
    assert page_view.contact is not None
    return Present(contact=page_view.contact, page_view=page_view, on_site_since=page_view.entered_at, **fields)


def _page_views(contacts: ContactQuerySet, *, now: datetime, first_of: Any) -> QuerySet[PageView]:
    """The page views that are open, with a sign of the last half hour, or were left in the last minutes."""
    of_contacts = contacts.order_by().filter(pk=OuterRef("contact_id"), recording_stopped_at=None)
    rows = PageView.objects.filter(
        Exists(of_contacts),
        contact__isnull=False,
        is_confirmed=True,
        entered_at__gt=now - LOOKED_BACK,
        entered_at__lte=now + MOVES_ON_WITHIN,  # another server's clock may be a little ahead
    )
    recently_left = Q(ended_at__gt=now - LEFT_SHOWN_FOR)
    rows = rows.filter(
        Q(ending=Ending.OPEN, ended_at=None) & _shows_life(since=now - GONE_AFTER)
        | Q(ending__in=(Ending.OPEN, Ending.LEFT, Ending.CLOSED)) & recently_left
    )
    order = [F("entered_at").desc(), F("pk").desc()]
    if first_of is not None:
        is_own = Exists(of_contacts.filter(owner=first_of.pk))
        order.insert(0, Case(When(is_own, then=Value(0)), default=Value(1)).asc())
    return rows.select_related("contact__owner", "visitor", "address", "page").order_by(*order)


def _shows_life(*, since: datetime) -> Q:
    """Entered since then; or the latest page view of a browser that has sent something since then.

    Of an older tab beside another one nobody knows whether it is looked at, or was closed without a word.
    """
    heard_of = Exists(Visitor.objects.filter(pk=OuterRef("visitor_id"), last_seen_at__gt=since))
    later = Exists(
        PageView.objects.filter(
            visitor_id=OuterRef("visitor_id"), entered_at__gt=OuterRef("entered_at"), is_confirmed=True
        )
    )
    return Q(entered_at__gt=since) | (Q(heard_of) & ~Q(later))


def _beginnings(page_views: Iterable[PageView], *, now: datetime) -> dict[int, datetime]:
    """When the visits that these page views belong to began, by the page view's id. One query for all that are new.

    A visit goes back from a page view to each one that was entered or left within half an hour before it.
    """
    unknown = [page_view for page_view in page_views if _began_at.get(page_view.pk) is None]
    earlier: dict[int | None, list[tuple[datetime, datetime | None]]] = {}
    if unknown:
        rows = PageView.objects.filter(
            contact_id__in={page_view.contact_id for page_view in unknown},
            is_confirmed=True,
            entered_at__gt=now - LONGEST_VISIT,
        )
        of_contacts = rows.order_by("-entered_at").values_list("contact_id", "entered_at", "ended_at")
        for contact_id, entered_at, ended_at in of_contacts:
            earlier.setdefault(contact_id, []).append((entered_at, ended_at))
    for page_view in unknown:
        began_at = page_view.entered_at
        for entered_at, ended_at in earlier.get(page_view.contact_id, []):
            if entered_at < began_at < max(entered_at, ended_at or entered_at) + GONE_AFTER:
                began_at = entered_at
        _began_at.remember(page_view.pk, began_at)
    return {each.pk: _began_at.get(each.pk) or each.entered_at for each in page_views}
