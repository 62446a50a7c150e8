"""Views of contacts: Wagtail's own, each closed for contacts that the user may not view."""

import re
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, pgettext
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views import chooser, snippets

from wagtail_visit_alerts.admin.choosers import OneChosen, SeveralChosen, WithoutAdding
from wagtail_visit_alerts.admin.contact_form import ADDRESS_IS_TAKEN, ContactForm
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.primary import atomic


class OnlyViewable:
    """Denies a contact that the user may not view exactly as one that does not exist for them."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        viewable = Contact.objects.viewable_by(request.user)
        if not request.user.is_superuser and not viewable.filter(pk=unquote(str(kwargs["pk"]))).exists():
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows


class AddressOnce:
    """Says in the form what only the database has noticed: somebody else has saved the same address meanwhile."""

    def form_valid(self, form: ContactForm) -> HttpResponse:
        try:
            with atomic():
                return super().form_valid(form)  # type: ignore[misc]  # a mixin: the view follows
        except IntegrityError as error:
            if "email_key" not in str(error):
                raise
        form.add_error("email", ADDRESS_IS_TAKEN)
        self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
        return self.form_invalid(form)  # type: ignore[attr-defined]


class ContactCreateView(AddressOnce, snippets.CreateView):
    pass


class ContactEditView(OnlyViewable, AddressOnce, snippets.EditView):
    pass


class ContactUsageView(OnlyViewable, snippets.UsageView):
    pass


class ContactHistoryView(OnlyViewable, snippets.HistoryView):
    @property
    def no_results_message(self) -> str:
        """Wagtail's own puts a plural into a place where other languages inflect it."""
        if self.is_searching or self.is_filtering:
            return gettext("Nothing of this kind was done with the contact.")
        return gettext("Nobody has changed the contact in the admin yet.")


class ViewableWithAddresses:
    """Lists the contacts that the user may view, with what tells two of the same name apart."""

    request: HttpRequest

    def get_object_list(self) -> QuerySet[Contact]:
        contacts = super().get_object_list()  # type: ignore[misc]  # a mixin: the view follows
        return contacts.viewable_by(self.request.user)

    @property
    def columns(self) -> list[Column]:
        """Wagtail's own, and two of ours."""
        name, *others = super().columns  # type: ignore[misc]  # a mixin: the view follows
        name.label = pgettext("of a contact", "Name")
        address = Column("email", label=gettext("E-mail"), accessor=_breakable_address)
        return [name, address, Column("company", label=gettext("Company")), *others]


def _breakable_address(contact: Contact) -> SafeString:
    """The address, which a phone may break: the chooser stands on pages of others, without a style sheet of ours."""
    parts = re.split(r"(?=[.@_])", contact.email)
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts))


class ContactChooseView(ViewableWithAddresses, chooser.ChooseView):
    page_subtitle = ""  # the title says it


class ContactChooseResultsView(ViewableWithAddresses, chooser.ChooseResultsView):
    pass


class ContactChosenView(OneChosen):
    def choosable(self) -> QuerySet[Contact]:
        return Contact.objects.viewable_by(self.request.user)


class ContactChosenMultipleView(SeveralChosen):
    def get_objects(self, pks: list[str]) -> QuerySet[Contact]:
        return super().get_objects(pks).viewable_by(self.request.user)


class ContactChooserViewSet(WithoutAdding, chooser.SnippetChooserViewSet):
    """The chooser of contacts: shows those that the user may view."""

    # Wagtail's own is put together of two pieces, which not all of its languages have.
    page_title = gettext_lazy("Choose a contact")
    choose_view_class = ContactChooseView
    choose_results_view_class = ContactChooseResultsView
    chosen_view_class = ContactChosenView
    chosen_multiple_view_class = ContactChosenMultipleView
