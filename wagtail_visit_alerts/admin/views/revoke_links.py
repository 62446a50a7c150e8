"""Revoking all signed links of a contact, after a question."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.log_actions import log

from wagtail_visit_alerts.admin.log_actions import REVOKE_LINKS
from wagtail_visit_alerts.admin.views.contact_subpage import ContactSubpage
from wagtail_visit_alerts.identifying import revoke_links
from wagtail_visit_alerts.models.primary import atomic


class RevokeLinksView(ContactSubpage):
    """Ask, and let what was sent to the contact so far recognise nobody. For whoever may change the contact."""

    permission_required = "change"
    template_name = "wagtail_visit_alerts/admin/contacts/revoke_links.html"
    page_title = gettext_lazy("Revoke links")
    header_icon = "link"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with atomic():
            revoke_links(self.object)
            log(instance=self.object, action=REVOKE_LINKS, user=request.user)
        text = _("Links that were sent to %(name)s before now recognise nobody.")
        messages.success(request, text % {"name": self.object})
        return self.back_to_contact()
