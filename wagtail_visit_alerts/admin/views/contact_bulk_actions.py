"""What is done with several contacts at once: assign, tag, export; each judged by itself."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_list_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from taggit.forms import TagField
from wagtail.admin.widgets import AdminTagWidget
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from wagtail_visit_alerts.admin.assigning import assign
from wagtail_visit_alerts.admin.contact_export import ContactSheet
from wagtail_visit_alerts.admin.contact_filters import ContactFilterSet, contacts_found_by
from wagtail_visit_alerts.admin.contact_history import log_each
from wagtail_visit_alerts.admin.log_actions import EXPORT_IN_LIST
from wagtail_visit_alerts.admin.preferences_forms import UserChoiceField, possible_deputies
from wagtail_visit_alerts.admin.row_keys import keys_in
from wagtail_visit_alerts.admin.tagging import change_tags
from wagtail_visit_alerts.admin.views.contact_listing import ExportsContacts
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.policies import ContactPermissionPolicy

#: Chosen contacts that are named; the others are counted.
MOST_NAMED = 20
#: Contacts that are changed at once.
BATCH = 500


class OfChosenContacts:
    """Acts on those of the chosen contacts with which the user may do this; knows none that they can't view."""

    #: What the user must be allowed to do with each contact.
    permission = "change"

    @classmethod
    def get_queryset(cls, model: type[Contact], object_ids: Any) -> list[Contact]:
        """The contacts with these keys. Raises ``Http404`` where there are none."""
        if isinstance(object_ids, list):
            object_ids = keys_in(model, object_ids)
        return get_list_or_404(cls.read(), pk__in=object_ids)

    @classmethod
    def read(cls) -> QuerySet[Contact]:
        """The contacts, with what the action needs of them."""
        return Contact.objects.all()

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """What "Select all contacts in listing" means: those that its search and filters leave."""
        request = self.request  # type: ignore[attr-defined]
        contacts = Contact.objects.viewable_by(request.user).order_by()
        filters = ContactFilterSet(request.GET, contacts, request=request)
        contacts = filters.qs if filters.is_valid() else contacts
        return contacts_found_by(request.GET.get("q", ""), contacts).values("pk")

    @cached_property
    def _policy(self) -> ContactPermissionPolicy:
        return ContactPermissionPolicy(Contact)

    def check_perm(self, contact: Contact) -> bool:
        """Whether the user may do this with this contact; Wagtail 7.4 asks about contacts in general only."""
        user = self.request.user  # type: ignore[attr-defined]
        return self._policy.user_has_permission_for_instance(user, self.permission, contact)

    def get_actionable_objects(self) -> tuple[list[Contact], dict[str, list[Contact]]]:
        objects, others = super().get_actionable_objects()  # type: ignore[misc]  # a mixin: the action follows
        user = self.request.user  # type: ignore[attr-defined]
        shown = [contact for contact in others["items_with_no_access"] if contact.may_be_viewed_by(user)]
        return objects, {"items_with_no_access": shown}


class ContactBulkAction(OfChosenContacts, SnippetBulkAction):
    """An action with a form of its own, below the names of the first contacts and the number of the others."""

    models = [Contact]
    template_name = "wagtail_visit_alerts/admin/bulk_actions/contacts.html"

    @classmethod
    def read(cls) -> QuerySet[Contact]:
        return Contact.objects.only("pk", "name", "email", "owner")

    @cached_property
    def _actionable(self) -> tuple[list[Contact], dict[str, list[Contact]]]:
        return super().get_actionable_objects()

    def get_actionable_objects(self) -> tuple[list[Contact], dict[str, list[Contact]]]:
        return self._actionable

    def object_context(self, contact: Contact) -> dict[str, Any]:
        return {"item": contact}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        others = context["items_with_no_access"]
        return context | {
            "title": self.display_name,
            "button": self.button,
            "number": len(context["items"]),
            "items": context["items"][:MOST_NAMED],
            "more": max(len(context["items"]) - MOST_NAMED, 0),
            "items_with_no_access": others[:MOST_NAMED],
            "number_with_no_access": len(others),
        }

    #: What the button says.
    button: Any

    @classmethod
    def execute_action(cls, objects: Sequence[Contact], **kwargs: Any) -> tuple[int, int]:
        """Do it; gives how many contacts have changed."""
        return kwargs["self"].change(objects), 0

    def change(self, contacts: Sequence[Contact]) -> int:
        """Change the contacts; gives how many have changed. Writes."""
        raise NotImplementedError


class AssignForm(forms.Form):
    """Who is to be the owner."""

    owner = UserChoiceField(
        label=gettext_lazy("New owner"),
        queryset=get_user_model()._default_manager.none(),
        required=False,
        empty_label=pgettext_lazy("owner of a contact", "Nobody"),
        help_text=gettext_lazy("Only people are offered who work with contacts and have an e-mail address."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users = possible_deputies().order_by(get_user_model().USERNAME_FIELD)
        self.fields["owner"].queryset = users  # type: ignore[attr-defined]


class AssignBulkAction(ContactBulkAction):
    """Gives the chosen contacts to another owner."""

    display_name = gettext_lazy("Assign")
    aria_label = gettext_lazy("Assign the selected contacts to an owner")
    action_type = "assign"
    action_priority = 10
    form_class = AssignForm
    button = gettext_lazy("Assign the contacts")

    def change(self, contacts: Sequence[Contact]) -> int:
        owner, now, changed = self.cleaned_form.cleaned_data["owner"], timezone.now(), 0
        for start in range(0, len(contacts), BATCH):
            keys = [contact.pk for contact in contacts[start : start + BATCH]]
            changed += assign(Contact.objects.filter(pk__in=keys), to=owner, by=self.request.user, now=now)
        return changed

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        if not num_parent_objects:
            return _("Nothing had to be changed: the contacts have this owner already.")
        text = ngettext("%(count)d contact assigned.", "%(count)d contacts assigned.", num_parent_objects)
        return text % {"count": num_parent_objects}


class TagsForm(forms.Form):
    """Tags to give, and tags to take."""

    add = TagField(
        label=gettext_lazy("Add these tags"),
        required=False,
        widget=AdminTagWidget(),
        help_text=gettext_lazy("Separated by commas."),
    )
    remove = TagField(
        label=gettext_lazy("Remove these tags"),
        required=False,
        widget=AdminTagWidget(),
        help_text=gettext_lazy("Separated by commas."),
    )

    class Media:
        js = ["wagtail_visit_alerts/admin/tag-labels.js"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        add, remove = ({name.casefold() for name in cleaned.get(key) or ()} for key in ("add", "remove"))
        if not self.errors and not (add or remove):
            raise forms.ValidationError(_("Enter at least one tag to add or to remove."))
        if add & remove:
            self.add_error("remove", _("A tag can't be added and removed at once."))
        return cleaned


class TagsBulkAction(ContactBulkAction):
    """Gives tags to the chosen contacts, or takes tags from them."""

    display_name = gettext_lazy("Change tags")
    aria_label = gettext_lazy("Change tags: add them to the selected contacts, or remove them")
    action_type = "change_tags"
    action_priority = 20
    form_class = TagsForm
    button = gettext_lazy("Change the tags")

    def change(self, contacts: Sequence[Contact]) -> int:
        chosen = self.cleaned_form.cleaned_data
        return change_tags(
            contacts, add=chosen["add"], remove=chosen["remove"], by=self.request.user, now=timezone.now()
        )

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        if not num_parent_objects:
            return _("Nothing had to be changed: the contacts have these tags already.")
        text = ngettext(
            "The tags of %(count)d contact were changed.",
            "The tags of %(count)d contacts were changed.",
            num_parent_objects,
        )
        return text % {"count": num_parent_objects}


class ExportForm(forms.Form):
    """In which format."""

    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("csv", "CSV"), ("xlsx", "XLSX (Excel)")],
        initial="csv",
        widget=forms.RadioSelect,
    )


class ExportBulkAction(ExportsContacts, ContactBulkAction):
    """Writes the chosen contacts into a spreadsheet, as the listing does all of it."""

    display_name = pgettext_lazy("contacts", "Export")
    aria_label = gettext_lazy("Export the selected contacts as a spreadsheet")
    action_type = "export"
    action_priority = 25
    form_class = ExportForm
    permission = "view"
    button = gettext_lazy("Download the file")

    def prepare_action(self, objects: Sequence[Contact], objects_without_access: Any) -> HttpResponse:
        """Answer with the file, in place of an action."""
        now, user = timezone.now(), self.request.user
        self.use_sheet(ContactSheet(user, now=now))
        log_each(((contact, {}) for contact in objects), action=EXPORT_IN_LIST, by=user, now=now)
        keys = [contact.pk for contact in objects]
        response: HttpResponse = self.as_spreadsheet(
            Contact.objects.filter(pk__in=keys), self.cleaned_form.cleaned_data["file_format"]
        )
        return response
