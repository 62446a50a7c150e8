"""Who may do what with contacts: the permission "view own contact" opens the doors, but only to one's own."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.contact import VIEW_OWN

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


class ContactPermissionPolicy(ModelPermissionPolicy):
    """Wagtail's permissions by model, and for a single contact besides: the user must be one who may view it."""

    def user_has_permission(self, user: "AbstractUser", action: str) -> bool:
        """Whether the user may do this with some contact."""
        return super().user_has_permission(user, action) or (action == "view" and user.has_perm(VIEW_OWN))

    def user_has_permission_for_instance(self, user: "AbstractUser", action: str, instance: Contact) -> bool:
        """Whether the user may do this with this contact."""
        return self.user_has_permission(user, action) and instance.may_be_viewed_by(user)

    def instances_user_has_any_permission_for(
        self, user: "AbstractUser", actions: Iterable[str]
    ) -> QuerySet[Contact]:
        """The contacts with which the user may do any of these."""
        contacts = Contact.objects.viewable_by(user)
        return contacts if self.user_has_any_permission(user, actions) else contacts.none()

    def _get_permission_codenames(self, actions: Iterable[str]) -> set[str]:
        codenames: set[str] = super()._get_permission_codenames(actions)
        return codenames | {VIEW_OWN.partition(".")[2]} if "view" in actions else codenames


def register_policies() -> None:
    """Tell Wagtail whom to ask about contacts; must run before anything asks. Wagtail 7.4 asks the viewset."""
    if WAGTAIL_VERSION >= (8, 0):
        from wagtail.permissions import register_permission_policy

        register_permission_policy(Contact, ContactPermissionPolicy(Contact))


def policy_of_viewset(viewset: Any) -> ContactPermissionPolicy:
    """What Wagtail 7.4 finds at a viewset as ``permission_policy``."""
    return ContactPermissionPolicy(viewset.model)
