"""What a person may ask for, on one page about the contact: their data, no more recording, to be erased."""

import io
import tempfile
from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets import Button
from wagtail.log_actions import log

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.log_actions import EXPORT_DATA, RESUME_RECORDING, STOP_RECORDING
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
            log(instance=self.object, action=EXPORT_DATA, user=request.user)
            return _download(self.object, as_html=request.POST["download"] == "html")
        return self._switch_recording(request)

    def _switch_recording(self, request: HttpRequest) -> HttpResponse:
        if "stop" in request.POST:
            privacy.stop_recording(self.object, now=timezone.now())
            log(instance=self.object, action=STOP_RECORDING, user=request.user)
            text = _("%(name)s is not recorded any more.")
        else:
            privacy.resume_recording(self.object, now=timezone.now())
            log(instance=self.object, action=RESUME_RECORDING, user=request.user)
            text = _("%(name)s is recorded again.")
        messages.success(request, text % {"name": self.object})
        return self.back_to_contact()


def _download(contact: Contact, *, as_html: bool) -> FileResponse:
    """All that is kept of a contact, as a file that is written to disk first: in the language of this request."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    text = io.TextIOWrapper(file, encoding="utf-8")
    privacy.export_contact(contact, text, as_html=as_html, now=timezone.now())
    text.flush()
    text.detach()
    file.seek(0)
    name = f"contact-{contact.pk}.{'html' if as_html else 'json'}"
    return FileResponse(file, as_attachment=True, filename=name)  # which Wagtail's admin lets nobody keep


def personal_data_button(view: Any) -> Iterator[Button]:
    """Leads there from the contact's page."""
    if view.may("change"):
        url = view.url_of(f"{CONTACTS}:personal_data")
        yield Button(_("Personal data"), url=url, icon_name="lock", priority=35)
