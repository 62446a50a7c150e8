"""The contact's page: who they are, what they did, and what was made of it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.widgets import Button
from wagtail.snippets.views import snippets

from wagtail_visit_alerts.admin.contact_card import Browsers, ContactCard, browsers_of
from wagtail_visit_alerts.admin.contact_figures import PERIOD, ContactFigures
from wagtail_visit_alerts.admin.contact_panels import LinkOpenings
from wagtail_visit_alerts.admin.contact_presence import ContactPresence
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.views.contacts import OnlyViewable
from wagtail_visit_alerts.admin.views.merging_contacts import may_merge
from wagtail_visit_alerts.admin.views.personal_data import personal_data_button
from wagtail_visit_alerts.admin.views.timeline import panel_of, timeline_of
from wagtail_visit_alerts.admin.views.visit_as import may_visit_as_contacts
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.policies import ContactPermissionPolicy


class ContactInspectView(OnlyViewable, snippets.InspectView):
    """Who they are, how active they were, their timeline, and what came of the signed links sent to them."""

    page_title = gettext_lazy("Contact")

    @property
    def header_more_buttons(self) -> list[Button]:
        """Wagtail's own, and those of ``MORE_BUTTONS``."""
        buttons: list[Button] = super().header_more_buttons
        more = (button for maker in MORE_BUTTONS for button in maker(self))
        return [*buttons, *more, *personal_data_button(self)]

    def may(self, action: str) -> bool:
        """Whether the user may do this with the contact."""
        policy = ContactPermissionPolicy(Contact)
        return policy.user_has_permission_for_instance(self.request.user, action, self.object)

    def url_of(self, url_name: str) -> str:
        """The address of another view of this contact."""
        return reverse(url_name, args=[quote(self.object.pk)])

    def get_object(self, queryset: QuerySet[Contact] | None = None) -> Contact:
        return get_object_or_404(Contact.objects.select_related("owner", "user"), pk=unquote(str(self.pk)))

    def get_fields_context(self) -> list[dict[str, Any]]:
        """None of Wagtail's own: the card shows them."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        contact, user, now = self.object, self.request.user, timezone.now()
        browsers = browsers_of(contact)
        return context | {
            "card": ContactCard(contact, browsers=browsers, actions=list(visit_as_button(self))),
            "browsers": Browsers(browsers),
            "presence": ContactPresence(contact, reader=user, now=now),
            "figures": ContactFigures(
                contact, browsers=browsers, period=self.request.GET.get(PERIOD, ""), now=now
            ),
            "timeline": panel_of(timeline_of(contact, user=user), user=user),
            "links": LinkOpenings(contact),
        }


def revoke_links_button(view: ContactInspectView) -> Iterator[Button]:
    """Leads to the question whether the contact's links are revoked."""
    if view.may("change"):
        url = view.url_of(f"{CONTACTS}:revoke_links")
        yield Button(gettext("Revoke links"), url=url, icon_name="link", priority=30)


def visit_as_button(view: ContactInspectView) -> Iterator[Button]:
    """Leads to a test visit as this contact."""
    if may_visit_as_contacts(view.request.user):
        url = view.url_of(f"{CONTACTS}:visit_as")
        yield Button(gettext("Visit as this contact"), url=url, icon_name="view", priority=15)


def merge_button(view: ContactInspectView) -> Iterator[Button]:
    """Leads to where the contact is merged with another one."""
    if may_merge(view.request.user, view.object):
        url = view.url_of(f"{CONTACTS}:merge")
        yield Button(gettext("Merge with another contact…"), url=url, icon_name="resubmit", priority=40)


#: What the menu of the page's header has besides Wagtail's own: each gives buttons, or none where the user may not.
MORE_BUTTONS: list[Callable[[ContactInspectView], Iterator[Button]]] = [
    visit_as_button,
    revoke_links_button,
    merge_button,
]
