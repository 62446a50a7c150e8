"""Revoking all signed links of a contact, after a question."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.log_actions import log

from wagtail_visit_alerts.admin.log_actions import REVOKE_LINKS
from wagtail_visit_alerts.admin.views.contacts import OnlyViewable
from wagtail_visit_alerts.identifying import revoke_links
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.primary import atomic


class RevokeLinksView(WagtailAdminTemplateMixin, OnlyViewable, PermissionCheckedMixin, TemplateView):
    """Ask, and let what was sent to the contact so far recognise nobody. For whoever may change the contact."""

    model: type[Contact] | None = None
    index_url_name: str = ""
    inspect_url_name: str = ""
    permission_required = "change"
    template_name = "wagtail_visit_alerts/admin/contacts/revoke_links.html"
    page_title = gettext_lazy("Revoke links")
    header_icon = "link"

    object: Contact

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(Contact, pk=unquote(str(kwargs["pk"])))

    @property
    def contact_url(self) -> str:
        """The contact's page."""
        return reverse(self.inspect_url_name, args=[quote(self.object.pk)])

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {"url": reverse(self.index_url_name), "label": capfirst(Contact._meta.verbose_name_plural)}
        contact = {"url": self.contact_url, "label": str(self.object)}
        here = {"url": "", "label": self.page_title, "sublabel": str(self.object)}
        return [*self.breadcrumbs_items, contacts, contact, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"contact": self.object, "contact_url": self.contact_url}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with atomic():
            revoke_links(self.object)
            log(instance=self.object, action=REVOKE_LINKS, user=request.user)
        messages.success(
            request, _("Links that were sent to %(name)s before now recognise nobody.") % {"name": self.object}
        )
        return redirect(self.contact_url)
