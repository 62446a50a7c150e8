"""What the pages below a contact's page have in common: the contact, the way back, and for whom they are."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.views.contacts import OnlyViewable
from wagtail_visit_alerts.models import Contact


class ContactSubpage(WagtailAdminTemplateMixin, OnlyViewable, PermissionCheckedMixin, TemplateView):
    """A page about the contact in its address, for whoever may view them."""

    model: type[Contact] | None = None
    #: Of the contact's page, to which it leads back.
    anchor = ""

    object: Contact

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        contacts = Contact.objects.select_related("owner", "user")
        self.object = get_object_or_404(contacts, pk=unquote(str(kwargs["pk"])))

    def url_of(self, name: str, *further: Any) -> str:
        """The address of a view of this contact."""
        return reverse(f"{CONTACTS}:{name}", args=[quote(self.object.pk), *further])

    @cached_property
    def contact_url(self) -> str:
        """The way back."""
        return f"{self.url_of('inspect')}{self.anchor}"

    def back_to_contact(self) -> HttpResponse:
        """Go back to the contact's page."""
        return redirect(self.contact_url)

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {
            "url": reverse(f"{CONTACTS}:list"),
            "label": capfirst(Contact._meta.verbose_name_plural),
        }
        contact = {"url": self.url_of("inspect"), "label": str(self.object)}
        here = {"url": "", "label": self.page_title, "sublabel": str(self.object)}
        return [*self.breadcrumbs_items, contacts, contact, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"contact": self.object, "contact_url": self.contact_url}
