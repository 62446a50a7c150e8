"""The notifications of the API: which alerts were raised, about whom, on which page. To read only."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining.naming import Reader
from wagtail_visit_alerts.models import Delivery, Notification, PageView
from wagtail_visit_alerts.policies import alerts_for, may_see_log, notifications_viewable_by
from wagtail_visit_alerts.rest.asking import page_of, read_asked, read_id, read_moment
from wagtail_visit_alerts.rest.contact_json import as_utc
from wagtail_visit_alerts.rest.json_view import JsonView
from wagtail_visit_alerts.rest.refusals import not_allowed

FILTERS = {"alert": read_id, "contact": read_id, "since": read_moment}


class NotificationsEndpoint(JsonView):
    """The list, for those who may see the delivery log in the admin."""

    def get(self, request: Request) -> Response:
        """The notifications about contacts whom the user may view, as far as the query asks for them."""
        if not may_see_log(request.user):
            raise not_allowed()
        asked = read_asked(request.query_params.items(), readers=FILTERS)
        notifications = notifications_viewable_by(request.user)
        if "alert" in asked:
            notifications = notifications.filter(
                alert__in=alerts_for(request.user).filter(pk=asked["alert"]).order_by()
            )
        if "contact" in asked:
            notifications = notifications.filter(contact=asked["contact"])
        if "since" in asked:
            notifications = notifications.filter(raised_at__gte=asked["since"])
        to_reader = Delivery.objects.filter(user=request.user.pk).order_by("pk")
        notifications = notifications.select_related(
            "alert", "contact", "match__page_view__address", "match__page_view__page"
        ).prefetch_related(Prefetch("deliveries", queryset=to_reader))
        reader = Reader(request.user)

        def as_json(page: Sequence[Notification]) -> list[dict[str, Any]]:
            return [_as_json(notification, reader=reader) for notification in page]

        return Response(page_of(notifications, asked=asked, as_json=as_json))


def _as_json(notification: Notification, *, reader: Reader) -> dict[str, Any]:
    contact, page_view = notification.contact, notification.match.page_view
    return {
        "id": notification.pk,
        "raised_at": as_utc(notification.raised_at),
        "alert": _alert(notification, reader=reader),
        "contact": {"id": contact.pk, "email": contact.email, "name": contact.name},
        "page_view": None if page_view is None else _page_view(page_view),
    }


def _alert(notification: Notification, *, reader: Reader) -> dict[str, Any] | None:
    """The alert, also one that is gone, if the reader may know it."""
    alert = notification.alert
    if not (reader.may_see(alert) or reader.is_told_by(list(notification.deliveries.all()))):
        return None
    return {
        "id": alert.pk if alert else None,
        "name": alert.name if alert else notification.alert_name,
    }


def _page_view(page_view: PageView) -> dict[str, Any]:
    return {
        "title": page_view.title,
        "url": wording.web_link(page_view.address.text),
        "entered_at": as_utc(page_view.entered_at),
    }
