"""Erasing contacts in the admin, one or several, after saying what goes and what stays: in place of deleting."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.views import snippets

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.admin.views.contact_bulk_actions import MOST_NAMED, OfChosenContacts
from wagtail_visit_alerts.admin.views.contacts import OnlyViewable
from wagtail_visit_alerts.models import Alert, Contact, Notification, PageView
from wagtail_visit_alerts.policies import alerts_for

#: Alerts that are listed which name a contact.
MOST_ALERTS = 20


def alerts_naming(contact: Contact, *, user: Any) -> QuerySet[Alert]:
    """The alerts that the user may view and in whose own settings the contact's address stands."""
    named = Q()
    for field in ("name", "description", "cc", "field_value", "attachment_body"):
        named |= Q(**{f"{field}__icontains": contact.email})
    return alerts_for(user).filter(named).order_by("name", "pk")


class ContactDeleteView(OnlyViewable, snippets.DeleteView):
    """Says what goes and what stays, and erases."""

    page_title = gettext_lazy("Erase")
    header_icon = "bin"

    all_is_deleted = True

    def delete_action(self) -> None:
        """Erase the contact, and log it."""
        _begun, self.all_is_deleted = privacy.erase([self.object], by=self.request.user, now=timezone.now)

    def get_success_message(self) -> str:
        if self.all_is_deleted:
            return _("The contact was erased.")
        return _(
            "Nothing names the contact any more. What they did on the site is being deleted; that takes some minutes."
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        contact, user = self.object, self.request.user
        return context | {
            "contact": contact,
            "page_views": PageView.objects.filter(contact=contact).count(),
            "alerts": Notification.objects.filter(contact=contact).count(),
            "naming": list(alerts_naming(contact, user=user)[:MOST_ALERTS]),
        }


class ContactDeleteBulkAction(OfChosenContacts, DeleteBulkAction):
    """Says what goes and what stays, and erases those that were chosen."""

    models = [Contact]
    permission = "delete"
    display_name = gettext_lazy("Erase")
    aria_label = gettext_lazy("Erase the selected contacts")
    template_name = "wagtail_visit_alerts/admin/contacts/erase_several.html"

    all_is_deleted = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        others = context["items_with_no_access"]
        return context | {
            "number": len(context["items"]),
            "items": context["items"][:MOST_NAMED],
            "more": max(len(context["items"]) - MOST_NAMED, 0),
            "items_with_no_access": others[:MOST_NAMED],
            "number_with_no_access": len(others),
        }

    @classmethod
    def execute_action(cls, objects: Sequence[Contact], user: Any = None, **kwargs: Any) -> tuple[int, int]:
        view = kwargs["self"]
        begun, view.all_is_deleted = privacy.erase(objects, by=view.request.user, now=timezone.now)
        return begun, 0

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        left = len(self.actionable_objects) - num_parent_objects
        texts = [
            ngettext("%(count)d contact was erased.", "%(count)d contacts were erased.", num_parent_objects)
            % {"count": num_parent_objects}
        ]
        if not self.all_is_deleted:
            texts.append(_("What they did on the site is being deleted; that takes some minutes."))
        if left:
            texts.append(
                ngettext(
                    "%(count)d is left: choose them again.", "%(count)d are left: choose them again.", left
                )
                % {"count": left}
            )
        return " ".join(texts)
