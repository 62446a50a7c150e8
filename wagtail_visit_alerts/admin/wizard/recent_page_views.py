"""What contacts looked at in the last 30 days: which of it an alert in memory would have matched.

Takes compiled rows and limits of contacts, gives numbers of page views and contacts. Whether a page view matches
depends on its address and page alone, so each pair of them is judged once. The cost is bounded: of a busier site the
latest ``MAX_PAGE_VIEWS`` page views count, and the ``MAX_ADDRESSES`` addresses seen most often.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_visit_alerts.matching import Rules
from wagtail_visit_alerts.models import Address, PageView
from wagtail_visit_alerts.policies import known_to

PERIOD = timedelta(days=30)
MAX_PAGE_VIEWS = 50_000
MAX_ADDRESSES = 5_000
#: Rows that are read at a time.
CHUNK = 5_000
#: Contacts are counted exactly up to here.
MAX_CONTACTS = 1_000
#: Page views that are looked through for addresses to offer, and addresses that are offered.
MAX_LATEST, MAX_OFFERED = 500, 20


@dataclass(frozen=True)
class Seen:
    """An address and the page that was seen there, with the number of page views."""

    address_id: int
    url: str
    page_id: int | None
    page_views: int


@dataclass(frozen=True)
class MatchingPageViews:
    """How many page views and contacts match."""

    page_views: int = 0
    contacts: int = 0
    #: Whether there was more than was looked at.
    is_capped: bool = False

    @property
    def has_many_contacts(self) -> bool:
        """Whether there are more contacts than are counted exactly."""
        return self.contacts > MAX_CONTACTS

    def __str__(self) -> str:
        if not self.page_views:
            return _("No page view would have matched.")
        page_views = ngettext("%(count)d page view", "%(count)d page views", self.page_views)
        contacts = ngettext("%(count)d contact", "%(count)d contacts", self.contacts)
        if self.has_many_contacts:
            contacts = _("%(count)d+ contacts")
        return _("%(page_views)s of %(contacts)s would have matched.") % {
            "page_views": page_views % {"count": self.page_views},
            "contacts": contacts % {"count": min(self.contacts, MAX_CONTACTS)},
        }

    @property
    def cap_in_words(self) -> str:
        """What was looked at, where that was not everything."""
        return _("Counted in the latest %(count)d page views, at the addresses seen most often.") % {
            "count": MAX_PAGE_VIEWS
        }


class RecentPageViews:
    """The page views of contacts in the 30 days before ``now``; read at the first use."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    @cached_property
    def _edge(self) -> datetime | None:
        """The time of the latest page view that is one too many, if there are so many."""
        return (
            self._of_contacts.filter(entered_at__gt=self.now - PERIOD)
            .order_by("-entered_at")
            .values_list("entered_at", flat=True)[MAX_PAGE_VIEWS : MAX_PAGE_VIEWS + 1]
            .first()
        )

    @property
    def _of_contacts(self) -> QuerySet[PageView]:
        return PageView.objects.filter(contact__isnull=False)

    @property
    def _counted(self) -> QuerySet[PageView]:
        return self._of_contacts.filter(entered_at__gt=self._edge or self.now - PERIOD)

    @cached_property
    def _seen(self) -> list[Seen]:
        # Counted here, from one stretch of an index: left to group them, SQLite would read the rows of all time.
        pairs = self._counted.values_list("address_id", "page_id").iterator(chunk_size=CHUNK)
        often = Counter(pairs).most_common(MAX_ADDRESSES + 1)
        ids = {address_id for (address_id, _page), _count in often}
        texts = dict(Address.objects.filter(pk__in=ids).values_list("pk", "text"))
        return [
            Seen(address_id, texts[address_id], page_id, page_views)
            for (address_id, page_id), page_views in often
        ]

    @property
    def seen(self) -> Sequence[Seen]:
        """What was seen, the most often seen first."""
        return self._seen[:MAX_ADDRESSES]

    @property
    def is_capped(self) -> bool:
        """Whether there is more than was looked at."""
        return self._edge is not None or len(self._seen) > MAX_ADDRESSES

    def matching(self, rules: Rules, *, contacts: QuerySet[Any] | None) -> MatchingPageViews:
        """How many page views, and of how many of these contacts (None: all), the compiled rows match.

        Let the rules meet the pages that were seen before, or each costs a query.
        """
        matched = [seen for seen in self.seen if rules.matching(url=seen.url, page_id=seen.page_id)]
        if not matched:
            return MatchingPageViews(is_capped=self.is_capped)
        # The address as no index knows it, or SQLite would read the page views of all time by it.
        page_views = self._counted.annotate(place=F("address_id") + 0).filter(self._any_of(matched))
        if contacts is not None:
            page_views = page_views.filter(contact__in=contacts)
        counts = page_views.aggregate(page_views=Count("pk"), contacts=Count("contact", distinct=True))
        return MatchingPageViews(**counts, is_capped=self.is_capped)

    def _any_of(self, matched: Sequence[Seen]) -> Q:
        if len(matched) == len(self._seen):
            return Q()
        # One address may have shown several pages over time.
        missed = {seen.address_id for seen in set(self._seen).difference(matched)}
        condition = Q(place__in={seen.address_id for seen in matched} - missed)
        for seen in matched:
            if seen.address_id in missed:
                page = Q(page=None) if seen.page_id is None else Q(page=seen.page_id)
                condition |= Q(place=seen.address_id) & page
        return condition


def latest_urls(user: Any) -> list[str]:
    """Addresses of the latest page views that the user may know of, to choose one to try. One query."""
    known = known_to(user, PageView.objects.order_by("-entered_at")[:MAX_LATEST])
    return list(dict.fromkeys(url for _title, url, _page in known))[:MAX_OFFERED]
