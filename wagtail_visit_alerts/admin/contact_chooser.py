"""The field in which a contact is chosen: Wagtail's own chooser, for the contacts that the user may view."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.widgets import AdminSnippetChooser

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.contact import ContactQuerySet


class ContactChooser(AdminSnippetChooser):
    """Offers and shows those contacts that the user may view."""

    icon = "user"
    show_edit_link = False
    show_clear_link = False
    #: The contacts that it may show, set by the form.
    viewable: ContactQuerySet = Contact.objects.none()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(model=Contact, **kwargs)
        # Wagtail's are put together when the form's module is imported: in the site's language, not the reader's.
        self.choose_one_text = _("Choose a contact")
        self.choose_another_text = _("Choose another contact")

    def get_instance(self, value: Any) -> Contact | None:
        """The contact to show: Wagtail's own would show any whose id stands in the address."""
        return self.viewable.filter(pk=value).first() if str(value).isdecimal() else None
