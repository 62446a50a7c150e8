"""Presence: which contacts are on the site now, on which page, and who has just left.

Takes contacts and the clock; reads only, in one query. A browser reports that a page was entered and that it was
left, and hardly anything between: what is not known is said to be so, and no row promises more than was reported.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from wagtail_visit_alerts.models import Contact, Ending, PageView, Visitor
from wagtail_visit_alerts.models.contact import ContactQuerySet

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
    """Those of the contacts who are on the site, then those who have just left, the latest first. One query.

    With ``first_of``, a user, the contacts whom that user owns come before the others, in either part. A contact
    whose recording was stopped is never among them. Owner, page, address and visitor are read along.
    """
    by_contact: dict[int, list[PageView]] = {}
    page_views = _page_views(contacts, now=now, first_of=first_of, with_beginning=with_beginning)
    for page_view in page_views[:MOST_READ]:
        assert page_view.contact_id is not None  # what the contact is among has one
        by_contact.setdefault(page_view.contact_id, []).append(page_view)
    found = [one for rows in by_contact.values() if (one := _judge(rows, now=now)) is not None]
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


def _judge(page_views: list[PageView], *, now: datetime) -> Present | None:
    """What these page views of one contact, the latest first, come to; None where they are gone."""
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
    began_at = getattr(page_view, "began_at", None)
    return Present(
        contact=page_view.contact,
        page_view=page_view,
        on_site_since=min(began_at or page_view.entered_at, page_view.entered_at),
        **fields,
    )


def _page_views(
    contacts: ContactQuerySet, *, now: datetime, first_of: Any, with_beginning: bool
) -> QuerySet[PageView]:
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
    if with_beginning:
        rows = rows.annotate(began_at=_beginning(now=now))
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


def _beginning(*, now: datetime) -> Subquery:
    """When the contact's visit began: the latest of their page views without one in the half hour before it."""
    of_contact = PageView.objects.filter(
        contact_id=OuterRef("contact_id"), is_confirmed=True, entered_at__gt=now - LONGEST_VISIT
    )
    half_hour_before = ExpressionWrapper(OuterRef("entered_at") - GONE_AFTER, DateTimeField())
    before = of_contact.filter(entered_at__lt=OuterRef("entered_at")).filter(
        Q(entered_at__gt=half_hour_before) | Q(ended_at__gt=half_hour_before)
    )
    first = of_contact.filter(~Exists(before), entered_at__lte=OuterRef("entered_at"))
    return Subquery(first.order_by("-entered_at").values("entered_at")[:1])
