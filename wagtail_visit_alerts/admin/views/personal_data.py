"""What a person may ask for, on one page about the contact: their data, no more recording, to be erased."""

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets import Button

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.views.contact_subpage import ContactSubpage
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.policies import ContactPermissionPolicy


class PersonalDataView(ContactSubpage):
    """The page, and the answer to its buttons. For whoever may change the contact."""

    permission_required = "change"
    template_name = "wagtail_visit_alerts/admin/contacts/personal_data.html"
    page_title = gettext_lazy("Personal data")
    header_icon = "lock"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user  # whatever the site's user model is
        policy = ContactPermissionPolicy(Contact)
        may_erase = policy.user_has_permission_for_instance(user, "delete", self.object)
        return super().get_context_data(**kwargs) | {"erase_url": self.url_of("delete") if may_erase else ""}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do what the button says, whose second press does no harm."""
        if "download" in request.POST:
            return _download(self.object, by=request.user, as_html=request.POST["download"] == "html")
        return self._switch_recording(request)

    def _switch_recording(self, request: HttpRequest) -> HttpResponse:
        if "stop" in request.POST:
            privacy.stop(self.object, by=request.user, now=timezone.now())
            text = _("%(name)s is not recorded any more.")
        elif "resume" in request.POST:
            privacy.resume(self.object, by=request.user, now=timezone.now())
            text = _("%(name)s is recorded again.")
        else:  # whoever has objected is not recorded again by mistake
            return self.back_to_contact()
        messages.success(request, text % {"name": self.object})
        return self.back_to_contact()


def _download(contact: Contact, *, by: Any, as_html: bool) -> FileResponse:
    """All that is kept of a contact, as a file: in the language of this request."""
    file = privacy.hand_over(contact, by=by, as_html=as_html, now=timezone.now())
    name = f"contact-{contact.pk}.{'html' if as_html else 'json'}"
    return FileResponse(file, as_attachment=True, filename=name)  # which Wagtail's admin lets nobody keep


def personal_data_button(view: Any) -> Iterator[Button]:
    """Leads there from the contact's page."""
    if view.may("change"):
        url = view.url_of(f"{CONTACTS}:personal_data")
        yield Button(_("Personal data"), url=url, icon_name="lock", priority=35)
