"""Two alerts: one switched on, that the tour of ``make demo`` sees at work, and one to switch on oneself."""

from decimal import Decimal

from django.contrib.auth.models import User
from wagtail.log_actions import log

from example_site.company.models import PriceListPage, SectionPage
from wagtail_visit_alerts.models import Alert, MonitoredPage, Period


def create_alerts(*, author: User) -> None:
    """Create both alerts with the rows of pages that they watch."""
    price_list = Alert.objects.create(
        name="Price list visited",
        author=author,
        is_on=True,
        cap_times=1,
        cap_period=Period.DAY,
        send_to_owner=True,
        description="Sent when a contact opens the price list. Call while it is still in front of them.",
    )
    MonitoredPage.objects.create(
        alert=price_list, kind=MonitoredPage.Kind.PAGE, page=PriceListPage.objects.get().page_ptr
    )
    long_look = Alert.objects.create(
        name="Long look at a product",
        author=author,
        is_on=False,
        cap_times=1,
        cap_period=Period.WEEK,
        send_to_owner=True,
        description="Sent when a contact has spent two minutes or more on a product and then moved on.",
    )
    MonitoredPage.objects.create(
        alert=long_look,
        kind=MonitoredPage.Kind.PAGE,
        page=SectionPage.objects.get(slug="products").page_ptr,
        include_subpages=True,
        minimum_minutes=Decimal(2),
    )
    for alert in (price_list, long_look):
        log(instance=alert, action="wagtail.create", user=author, content_changed=True)
