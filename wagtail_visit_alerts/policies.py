"""Who may do what with alerts and contacts: one's own where the permission reaches no further, any where it does."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_permission_codename, get_user_model
from django.db.models import Q, QuerySet
from wagtail import VERSION as WAGTAIL_VERSION
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_visit_alerts.models import Alert, Contact, Notification, PageView
from wagtail_visit_alerts.models.contact import VIEW_ANY, VIEW_OWN

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


class AlertPermissionPolicy(ModelPermissionPolicy):
    """As Wagtail's policy of ownership: whoever may add alerts does with their own what others need more for.

    "Change" and "delete" reach every alert, and so does "view"; whoever may change or delete any may view any.
    """

    #: The permissions of which one is enough to do it with any alert.
    FOR_ANY = {
        "add": ("add",),
        "change": ("change",),
        "delete": ("delete",),
        "view": ("view", "change", "delete"),
    }
    #: What an author may do with their own alerts, as long as they may add alerts.
    FOR_OWN = frozenset({"change", "delete", "view"})

    def user_has_permission(self, user: "AbstractUser", action: str) -> bool:
        """Whether the user may do this with some alert."""
        return self._may_with_any(user, action) or (action in self.FOR_OWN and self._may_with_own(user))

    def user_has_permission_for_instance(self, user: "AbstractUser", action: str, instance: Alert) -> bool:
        """Whether the user may do this with this alert."""
        if self._may_with_any(user, action):
            return True
        is_own = instance.author_id is not None and instance.author_id == user.pk
        return action in self.FOR_OWN and is_own and self._may_with_own(user)

    def user_has_any_permission_for_instance(
        self, user: "AbstractUser", actions: Iterable[str], instance: Alert
    ) -> bool:
        """Whether the user may do any of these with this alert."""
        return any(self.user_has_permission_for_instance(user, action, instance) for action in actions)

    def instances_user_has_any_permission_for(
        self, user: "AbstractUser", actions: Iterable[str]
    ) -> QuerySet[Alert]:
        """The alerts with which the user may do any of these."""
        actions = set(actions)
        if any(self._may_with_any(user, action) for action in actions):
            return Alert.objects.all()
        if actions & self.FOR_OWN and self._may_with_own(user):
            return Alert.objects.filter(author=user.pk)
        return Alert.objects.none()

    def _may_with_any(self, user: "AbstractUser", action: str) -> bool:
        return any(
            super(AlertPermissionPolicy, self).user_has_permission(user, enough) for enough in self._any(action)
        )

    def _may_with_own(self, user: "AbstractUser") -> bool:
        return bool(super().user_has_permission(user, "add"))

    def _any(self, action: str) -> tuple[str, ...]:
        return self.FOR_ANY.get(action, (action,))

    def _get_permission_codenames(self, actions: Iterable[str]) -> set[str]:
        """Of whom Wagtail asks which users may do any of these: with some alert."""
        enough = {name for action in actions for name in self._any(action)}
        if set(actions) & self.FOR_OWN:
            enough.add("add")
        codenames: set[str] = super()._get_permission_codenames(enough)
        return codenames

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Alert
    ) -> "QuerySet[AbstractUser]":
        """The users who may do any of these with this alert."""
        enough = {name for action in actions for name in self._any(action)}
        condition = self._get_users_with_any_permission_codenames_filter(
            {get_permission_codename(name, Alert._meta) for name in enough}
        )
        if set(actions) & self.FOR_OWN and instance.author_id is not None:
            may_add = self._get_users_with_any_permission_codenames_filter(
                {get_permission_codename("add", Alert._meta)}
            )
            condition |= Q(pk=instance.author_id) & may_add
        return get_user_model()._default_manager.filter(condition).distinct()


POLICIES: dict[type[Any], type[ModelPermissionPolicy]] = {
    Alert: AlertPermissionPolicy,
    Contact: ContactPermissionPolicy,
}


def alerts_for(user: "AbstractUser", action: str = "view") -> QuerySet[Alert]:
    """The alerts with which a user may do this."""
    return AlertPermissionPolicy(Alert).instances_user_has_any_permission_for(user, [action])


def may(user: "AbstractUser", action: str, alert: Alert) -> bool:
    """Whether a user may do this with an alert."""
    return AlertPermissionPolicy(Alert).user_has_permission_for_instance(user, action, alert)


def known_to(user: Any, page_views: QuerySet[PageView]) -> Iterator[tuple[str | None, str, int | None]]:
    """Title, address and id of the pages of those page views that a user may learn of; with None for a user, of all.

    These are nobody's, and those of contacts whom they may view. Of the latest few: which they are is judged here,
    since a database asked for those of some contacts would look through all that there ever were.
    """
    is_free = user is None or user.has_perm(VIEW_ANY)
    own = user.pk if not is_free and user.has_perm(VIEW_OWN) else None
    rows = page_views.values_list("page__title", "address__text", "page_id", "contact", "contact__owner")
    for title, url, page_id, contact, owner in rows:
        if is_free or contact is None or (own is not None and owner == own):
            yield title, url, page_id


def may_change_any_contact(user: Any) -> bool:
    """Whether a user may change every contact there is; they also say who is away, and who takes contacts over."""
    return bool(user.has_perm(VIEW_ANY)) and ContactPermissionPolicy(Contact).user_has_permission(
        user, "change"
    )


def may_see_log(user: Any) -> bool:
    """Whether a user may see what was raised: who may view their own contacts, or any contact and some alert."""
    if user.has_perm(VIEW_OWN):
        return True
    return user.has_perm(VIEW_ANY) and AlertPermissionPolicy(Alert).user_has_permission(user, "view")


def notifications_viewable_by(user: Any) -> QuerySet[Notification]:
    """The notifications about contacts whom a user may view."""
    if user.has_perm(VIEW_ANY):
        return Notification.objects.all()
    return Notification.objects.filter(contact__in=Contact.objects.viewable_by(user).order_by())


def register_policies() -> None:
    """Tell Wagtail whom to ask about our models; must run before anything asks. Wagtail 7.4 asks the viewset."""
    if WAGTAIL_VERSION >= (8, 0):
        from wagtail.permissions import register_permission_policy

        for model, policy in POLICIES.items():
            register_permission_policy(model, policy(model))


def policy_of_viewset(viewset: Any) -> ModelPermissionPolicy:
    """What Wagtail 7.4 finds at a viewset as ``permission_policy``."""
    return POLICIES[viewset.model](viewset.model)
