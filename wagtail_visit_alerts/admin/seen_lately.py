"""What a list of contacts shows of their activity: the page seen last, and how many visits there were lately.

Takes the contacts of one page of a listing, or of a part of an export. Three queries, however many there are.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.seen_pages import SeenPage, seen_page
from wagtail_visit_alerts.models import Contact, DailyActivity, PageView

#: Days whose visits are counted, today among them.
DAYS = 30


def visits_of(contacts: Collection[int], *, now: datetime) -> dict[int, int]:
    """How many visits of each of these contacts began lately. One query."""
    today: date = timezone.localtime(now, settings.cap_time_zone).date()
    days = DailyActivity.objects.filter(
        contact__in=contacts, day__gt=today - timedelta(days=DAYS), day__lte=today
    )
    return dict(days.values("contact").annotate(sum=Sum("visits")).values_list("contact", "sum"))


def last_pages_of(contacts: Sequence[Contact]) -> dict[int, SeenPage]:
    """The page that each of these contacts has seen last, as far as there is one. Two queries."""
    latest = PageView.objects.filter(contact=OuterRef("pk"), is_confirmed=True).order_by("-entered_at", "-pk")
    some = Contact.objects.filter(pk__in=[contact.pk for contact in contacts]).order_by()
    keys = some.annotate(latest=Subquery(latest.values("pk")[:1])).values_list("latest", flat=True)
    page_views = PageView.objects.filter(pk__in=[key for key in keys if key is not None])
    return {
        page_view.contact_id: seen_page(page_view, is_occasion=False)
        for page_view in page_views.select_related("address", "page")
        if page_view.contact_id is not None
    }
