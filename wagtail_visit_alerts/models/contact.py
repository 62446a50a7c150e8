"""Contact: a known person, and who may view them."""

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from taggit.models import TaggedItemBase
from wagtail.search import index

from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH, address_of, email_key
from wagtail_visit_alerts.models.primary import PrimaryManager

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

VIEW_ANY = "wagtail_visit_alerts.view_contact"
VIEW_OWN = "wagtail_visit_alerts.view_own_contact"


def new_link_key() -> str:
    """Return 128 random bits as text: what a signed link says of its contact."""
    return secrets.token_urlsafe(16)


class ContactQuerySet(models.QuerySet["Contact"]):
    def with_email(self, address: str) -> "ContactQuerySet":
        """The contact that has this address, whatever its spelling."""
        return self.filter(email_key=email_key(address))

    def viewable_by(self, user: Any) -> "ContactQuerySet":
        """The contacts that a user may view: any, their own, or none."""
        if user.has_perm(VIEW_ANY):
            return self
        return self.filter(owner=user) if user.has_perm(VIEW_OWN) else self.none()


ContactManager = PrimaryManager.from_queryset(ContactQuerySet)


class Contact(index.Indexed, ClusterableModel):
    """A known person with an owner: the salesperson who is told about them."""

    email = models.EmailField(_("e-mail"), max_length=MAX_EMAIL_LENGTH)
    email_key = models.CharField(max_length=MAX_EMAIL_LENGTH, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=255, blank=True)
    phone = models.CharField(_("phone"), max_length=64, blank=True)
    company = models.CharField(_("company"), max_length=255, blank=True)
    position = models.CharField(_("position"), max_length=255, blank=True)
    city = models.CharField(_("city"), max_length=128, blank=True)
    country = models.CharField(_("country"), max_length=128, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    tags = ClusterTaggableManager(through="wagtail_visit_alerts.ContactTag", blank=True, verbose_name=_("tags"))
    extra = models.JSONField(_("further fields"), default=dict, blank=True)
    fields_given_by_form = models.JSONField(default=list, editable=False)
    owner = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_contacts",
        help_text=_("The salesperson this contact is assigned to: alerts about the contact go to them."),
    )
    user = models.OneToOneField(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("login"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="visit_alerts_contact",
        help_text=_("The account with which this contact logs in to the site, if they have one."),
    )
    link_key = models.CharField(max_length=32, unique=True, default=new_link_key, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: "ContactManager[Contact]" = ContactManager()

    search_fields = [
        index.SearchField("name"),
        index.SearchField("email"),
        index.SearchField("company"),
        index.AutocompleteField("name"),
        index.AutocompleteField("email"),
        index.AutocompleteField("company"),
        index.FilterField("owner_id"),
    ]

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name", "email_key"]
        permissions = [("view_own_contact", _("Can view contacts they own"))]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email_key = email_key(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email_key = email_key(self.email)
        if (fields := kwargs.get("update_fields")) is not None and "email" in fields:
            kwargs["update_fields"] = {*fields, "email_key"}
        super().save(*args, **kwargs)

    @property
    def key_of_email(self) -> str:
        """The form of the address that is unique for a mailbox."""
        return email_key(self.email)

    def may_be_viewed_by(self, user: "AbstractUser") -> bool:
        """Whether a user may see this contact's data, in the admin and in an alert."""
        return user.has_perm(VIEW_ANY) or (self.owner_id == user.pk and user.has_perm(VIEW_OWN))

    @cached_property
    def active_owner(self) -> "AbstractUser | None":
        """The owner, unless their account is switched off or has no address."""
        owner = self.owner
        return owner if owner is not None and owner.is_active and address_of(owner) else None


class ContactTag(TaggedItemBase):
    content_object = ParentalKey(Contact, on_delete=models.CASCADE, related_name="tagged_items")

    objects: "PrimaryManager[ContactTag]" = PrimaryManager()

    class Meta:
        base_manager_name = "objects"
