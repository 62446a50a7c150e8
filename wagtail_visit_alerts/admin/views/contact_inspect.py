"""The contact's page: who they are, what they did, and what was made of it."""

from datetime import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from wagtail.admin.widgets import Button
from wagtail.snippets.views import snippets

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.contact_panels import LatestAlerts, LatestPageViews, LinkOpenings
from wagtail_visit_alerts.admin.delivery_rows import LOG
from wagtail_visit_alerts.admin.policies import ContactPermissionPolicy
from wagtail_visit_alerts.admin.views.contacts import OnlyViewable
from wagtail_visit_alerts.admin.views.delivery_log import may_see_log
from wagtail_visit_alerts.models import Contact


class ContactInspectView(OnlyViewable, snippets.InspectView):
    """The contact's data, their latest page views, and what came of the signed links that were sent to them."""

    page_views_url_name = ""
    revoke_links_url_name = ""

    @property
    def header_more_buttons(self) -> list[Button]:
        """Wagtail's own, and the way to revoke the contact's links."""
        buttons: list[Button] = super().header_more_buttons
        if ContactPermissionPolicy(Contact).user_has_permission_for_instance(
            self.request.user, "change", self.object
        ):
            url = reverse(self.revoke_links_url_name, args=[quote(self.object.pk)])
            buttons.append(Button(gettext("Revoke links"), url=url, icon_name="link", priority=30))
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        all_url = reverse(self.page_views_url_name, args=[self.object.pk])
        page_views = LatestPageViews(self.object, reader=self.request.user, all_url=all_url, now=timezone.now())
        log_url = (
            f"{reverse(f'{LOG}:index')}?contact={self.object.pk}" if may_see_log(self.request.user) else ""
        )
        alerts = LatestAlerts(self.object, reader=self.request.user, log_url=log_url)
        return context | {"panels": [alerts, page_views, LinkOpenings(self.object)]}

    def get_owner_display_value(self) -> str:
        return name_of(self.object.owner)

    def get_user_display_value(self) -> str:
        return name_of(self.object.user)

    def get_updated_at_display_value(self) -> datetime:
        return timezone.localtime(self.object.updated_at)  # Wagtail's template shows what it gets: UTC

    def get_field_label(self, field_name: str, field: Any) -> str:
        if field_name == "updated_at":
            return pgettext("of a contact", "Updated")
        return super().get_field_label(field_name, field)

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        return super().get_field_display_value(field_name, field) or "-"
