"""Contact: a known person, and who may view them."""

import secrets
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings as django_settings
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from taggit.models import TaggedItemBase
from wagtail.search import index

from wagtail_visit_alerts.models.declared_fields import declared_fields
from wagtail_visit_alerts.models.email_address import MAX_EMAIL_LENGTH, address_of, email_key
from wagtail_visit_alerts.models.primary import PrimaryManager
from wagtail_visit_alerts.models.scope import STANDARD_FIELDS, Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

    from wagtail_visit_alerts.models.alert import Alert

K = TypeVar("K")

VIEW_ANY = "wagtail_visit_alerts.view_contact"
VIEW_OWN = "wagtail_visit_alerts.view_own_contact"
#: Where this one alone decides what users may, a query can ask for many.
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Contacts whose further fields are read to find out which there are: JSON has no list of its keys that all
#: databases could give, and a field that none of the latest contacts has is hardly one to choose.
CONTACTS_READ_FOR_FIELDS = 2000
#: The longest name of a further field that an alert can ask for: as much as its column holds.
MAX_FIELD_NAME_LENGTH = 100
#: Limits of alerts that one query judges: databases bound the columns of a result.
SCOPES_PER_QUERY = 100
#: Where the address of a contact is who is being erased, until nothing is left of them: RFC 2606 keeps it free.
ERASED_DOMAIN = "erased.invalid"


def new_link_key() -> str:
    """Return 128 random bits as text, which no spreadsheet takes for a formula: what a link says of its contact."""
    return secrets.token_hex(16)


def works_with_contacts(user: Any) -> bool:
    """Whether a user may view contacts, be it their own alone, or owns some. At most one query beside permissions."""
    may_view = user.has_perm(VIEW_ANY) or user.has_perm(VIEW_OWN)
    return may_view or Contact.objects.filter(owner=user.pk).exists()


class ContactQuerySet(models.QuerySet["Contact"]):
    def with_email(self, address: str) -> "ContactQuerySet":
        """The contact that has this address, whatever its spelling."""
        return self.filter(email_key=email_key(address))

    def not_being_erased(self) -> "ContactQuerySet":
        """The contacts of whom not only what they have done is left, which is being deleted."""
        return self.exclude(email_key__endswith=f"@{ERASED_DOMAIN}")

    def viewable_by(self, user: Any) -> "ContactQuerySet":
        """The contacts that a user may view: any, their own, or none."""
        if user.has_perm(VIEW_ANY):
            return self
        return self.filter(owner=user) if user.has_perm(VIEW_OWN) else self.none()

    def in_scope_of(self, alert: "Alert") -> "ContactQuerySet":
        """The contacts that an alert, saved or not, is about: all, or those that its limits fit."""
        scope = Scope.of(alert)
        return self.all() if scope is None else self.filter(scope.condition)

    def scopes_met(self, scopes: Mapping[K, Scope]) -> set[K]:
        """The keys of those scopes that the one contact in this query set fits. One query for a hundred of them."""
        return next(iter(self.scopes_met_by_each(scopes).values()), set())

    def scopes_met_by_each(self, scopes: Mapping[K, Scope]) -> dict[int, set[K]]:
        """The keys of those scopes that each contact in this query set fits, by its id. As many queries."""
        met: dict[int, set[K]] = defaultdict(set)
        keys = list(scopes)
        for start in range(0, len(keys), SCOPES_PER_QUERY):
            some = keys[start : start + SCOPES_PER_QUERY]
            conditions = {
                f"scope_{number}": ExpressionWrapper(scopes[key].condition, output_field=BooleanField())
                for number, key in enumerate(some)
            }
            for contact_id, *row in self.annotate(**conditions).order_by().values_list("pk", *conditions):
                met[contact_id] |= {key for key, fits in zip(some, row, strict=True) if fits}
        return met

    def field_choices(self) -> list[tuple[str, str]]:
        """Name and label of the fields that an alert can ask for: standard ones, declared ones, further ones in use.

        The last are those of the latest two thousand contacts, without names that begin with a hyphen:
        MariaDB does not find these (seen in 10.11).
        """
        standard = [
            (name, capfirst(str(Contact._meta.get_field(name).verbose_name))) for name in STANDARD_FIELDS
        ]
        latest = self.order_by("-pk").values_list("extra", flat=True)[:CONTACTS_READ_FOR_FIELDS]
        in_use = {key for extra in latest if isinstance(extra, dict) for key in extra}
        further = {
            key
            for key in in_use
            if key.strip() and not key.startswith("-") and len(key) <= MAX_FIELD_NAME_LENGTH
        }
        known = standard + [(field.name, str(field.label)) for field in declared_fields()]
        return known + [(key, key) for key in sorted(further.difference(dict(known)), key=str.casefold)]


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
    #: When their latest page view was entered. The sweep keeps it up, so that lists can sort by it.
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False, db_index=True)
    #: Somebody has stopped the recording of this contact: no browser is recorded as theirs from then on.
    recording_stopped_at = models.DateTimeField(null=True, editable=False)
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

    @property
    def is_being_erased(self) -> bool:
        """Whether what named them is gone, and what they have done is being deleted."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

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
