"""Openings of signed links: what comes of each, and which earlier ones it shows to be somebody else's.

Takes a token, the visitor that has opened it, its network and sign of life; gives the outcome and the visitors that
were bound by mistake. Guarantees that the openings of one contact's links are judged one after the other, whatever
comes at once: ``lock_link`` takes their rows before any visitor's is taken, so that no two transactions wait for
each other.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import Q

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.identifying.binding import strength_of
from wagtail_visit_alerts.identifying.link_tokens import contact_of_token, link_key_in
from wagtail_visit_alerts.models import LinkOutcome, LinkUse, Method, Sign, SignedLink, Visitor
from wagtail_visit_alerts.models.primary import atomic

#: Two networks that open one token within this time are told apart by the sign of life (design 3.1).
SAME_TIME = timedelta(seconds=30)
#: So many pages in so many browsers within this time are a mail scanner, which opens all links of a message at once,
#: each in a fresh browser. Two would catch a person whose mail program gives each link a browser of its own; three,
#: each with a sign of life, take a person longer than ten seconds. The tabs of one browser are one browser.
BURST_WITHIN = timedelta(seconds=10)
BURST_SIZE = 3


@dataclass(frozen=True)
class Opening:
    """What comes of an opening: its row and outcome, and the visitors that links had bound and should not have."""

    use: LinkUse
    outcome: LinkOutcome
    #: The visitors with what each has lost the contact to.
    misled: Mapping[int, LinkOutcome] = field(default_factory=dict)


def opened_link(token: str, *, now: datetime) -> SignedLink | None:
    """The row of a token, written at its first opening; None where it is forged, expired or revoked.

    To be called before the transaction that judges the opening: what is committed is seen, and locked, by whatever
    opens another link of the contact at the same time.
    """
    link_key = link_key_in(token)
    if link_key is None:
        return None
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    known = SignedLink.objects.filter(token_hash=token_hash).select_related("contact").first()
    if known is not None:
        return known if known.contact.link_key == link_key else None
    contact = contact_of_token(token)
    if contact is None:
        return None
    try:
        with atomic():
            return SignedLink.objects.create(token_hash=token_hash, contact=contact, first_opened_at=now)
    except IntegrityError:  # opened elsewhere at this moment, or the contact was deleted
        return SignedLink.objects.filter(token_hash=token_hash).select_related("contact").first()


def lock_link(link: SignedLink, *, now: datetime) -> SignedLink | None:
    """Lock a link with all others of its contact that are still valid, in one order.

    None where it is gone meanwhile, or has become another contact's, with whom its own was merged: such a link
    recognises nobody. To be called first in a transaction, before a visitor is locked.
    """
    oldest = now - timedelta(days=settings.LINK_MAX_AGE_DAYS)
    of_contact = Q(contact=link.contact_id, first_opened_at__gte=oldest) | Q(pk=link.pk)
    link_ids = list(SignedLink.objects.filter(of_contact).values_list("pk", flat=True))
    # By the primary key alone: MariaDB locks in the order of the index it reads, not in the one asked for.
    locked = SignedLink.objects.filter(pk__in=link_ids).order_by("pk").select_for_update()
    own = {one.pk: one for one in locked}.get(link.pk)
    if own is None or own.contact_id != link.contact_id:
        return None
    own.contact = link.contact  # read a moment ago
    return own


def open_link(
    link: SignedLink, *, visitor: Visitor, address_id: int, network: str, sign: Sign, now: datetime
) -> Opening:
    """Write that a visitor has opened a locked link, and judge it. Binds nobody: that is the caller's.

    A visitor who has been bound by the contact's links within the last half minute and loses that is among the
    ``misled``, the opening visitor too.
    """
    LinkUse.objects.filter(link__contact=link.contact_id).forget_networks(now)
    others = LinkUse.objects.filter(link__contact=link.contact_id, opened_at__gte=now - SAME_TIME)
    use = LinkUse(
        link=link,
        visitor=visitor,
        address_id=address_id,
        network_hash=network,
        sign=sign,
        opened_at=now,
        outcome=LinkOutcome.IDENTIFIED,
    )
    uses = [*others.exclude(visitor=None), use]
    losers = {**_losers_of_networks(use, uses), **_openers_of_burst(use, uses)}
    misled = [one for one in uses[:-1] if _is_misled(one, use, losers)]
    for one in misled:
        one.outcome = losers[one.visitor_id or 0]
        one.save(update_fields=["outcome"])
    bound_by_mistake = {visitor_id: losers[visitor_id] for visitor_id in _visitors(misled)}
    is_shared = _is_shared(link, visitor, losers=losers, now=now)
    if visitor.contact_id == link.contact_id and visitor.pk not in bound_by_mistake:
        use.outcome = LinkOutcome.KNOWN
    elif visitor.contact_id not in (None, link.contact_id) and strength_of(visitor) > Method.LINK:
        use.outcome = LinkOutcome.WEAKER
    elif is_shared:
        use.outcome = LinkOutcome.SHARED
    else:
        use.outcome = losers.get(visitor.pk, LinkOutcome.IDENTIFIED)
    use.save()
    return Opening(use, LinkOutcome(use.outcome), bound_by_mistake)


def note_opening_by_colleague(link: SignedLink, *, sign: Sign, now: datetime) -> None:
    """Write that a colleague has opened a link: it is nobody's rival, and who it was is not kept."""
    LinkUse.objects.create(link=link, sign=sign, outcome=LinkOutcome.STAFF, opened_at=now)


def _losers_of_networks(use: LinkUse, uses: Iterable[LinkUse]) -> dict[int, LinkOutcome]:
    """Who loses where two networks open one token at a time: whoever gave no sign by hand, or else both."""
    of_link = [one for one in uses if one.link_id == use.link_id]
    by_hand = _visitors(one for one in of_link if Sign(one.sign).is_by_hand)
    rivals = _visitors(one for one in of_link if _is_elsewhere(one, use)) - _visitors([use])
    is_by_hand = bool(_visitors([use]) & by_hand)
    losers = {rival for rival in rivals if is_by_hand or rival not in by_hand}
    if rivals and (not is_by_hand or rivals & by_hand):
        losers |= _visitors([use])
    return dict.fromkeys(losers, LinkOutcome.OTHER_NETWORK)


def _is_misled(one: LinkUse, use: LinkUse, losers: Mapping[int, LinkOutcome]) -> bool:
    """Whether an opening has bound a visitor that loses the contact by another opening."""
    lost_by = losers.get(one.visitor_id or 0)
    if lost_by is None or one.outcome != LinkOutcome.IDENTIFIED:
        return False
    return one.link_id == use.link_id or lost_by == LinkOutcome.BURST


def _is_elsewhere(one: LinkUse, other: LinkUse) -> bool:
    """Whether two openings come from two networks; one whose network is not known is nobody's rival."""
    return bool(one.network_hash and other.network_hash) and one.network_hash != other.network_hash


def _visitors(uses: Iterable[LinkUse]) -> set[int]:
    return {use.visitor_id for use in uses if use.visitor_id is not None}


def _openers_of_burst(use: LinkUse, uses: Iterable[LinkUse]) -> dict[int, LinkOutcome]:
    """Who has opened several pages of the contact's links in as many browsers within seconds, if that is so."""
    burst = [one for one in uses if use.opened_at - one.opened_at <= BURST_WITHIN]
    visitors, pages = _visitors(burst), {one.address_id for one in burst}
    is_burst = len(visitors) >= BURST_SIZE and len(pages) >= BURST_SIZE
    return dict.fromkeys(visitors, LinkOutcome.BURST) if is_burst else {}


def _is_shared(link: SignedLink, visitor: Visitor, *, losers: dict[int, LinkOutcome], now: datetime) -> bool:
    """Whether more browsers than the setting allows have opened a link, scanners left out; marks it once."""
    if link.shared_at is not None:
        return True
    people = LinkUse.objects.filter(link=link).exclude(visitor=None).exclude(outcome=LinkOutcome.BURST)
    browsers = set(people.values_list("visitor", flat=True).distinct())
    if losers.get(visitor.pk) != LinkOutcome.BURST:
        browsers.add(visitor.pk)
    if len(browsers) <= settings.LINK_MAX_BROWSERS:
        return False
    link.shared_at = now
    link.save(update_fields=["shared_at"])
    return True
