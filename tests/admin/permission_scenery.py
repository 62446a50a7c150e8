"""Every URL of the app, the kinds of users, and for each user something that is theirs and something that is not.

The URLs are found by walking Django's resolver: one that is new is met without anybody's doing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.models import Site

from wagtail_visit_alerts.admin.wizard.draft import begin_run
from wagtail_visit_alerts.delivering.reader_links import token_of
from wagtail_visit_alerts.importing.line_changes import Options
from wagtail_visit_alerts.importing.uploads import keep_upload
from wagtail_visit_alerts.models import (
    Alert,
    Contact,
    ContactImport,
    ContactNote,
    DefaultOwner,
    Destination,
    LinkOutcome,
    LinkUse,
    Method,
    Mute,
    Recipient,
    Role,
    Sign,
    SignedLink,
    Status,
    SubmittedForm,
    Taking,
    WizardRun,
)

from ..factories import (
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    DestinationFactory,
    MatchFactory,
    MonitoredPageFactory,
    NotificationFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from .walking import user_who_may

APP = "wagtail_visit_alerts"
PUBLIC = "visit_alerts"
#: What is known of the contact who is not the user's, each to be found nowhere by those who may not view them.
STRANGER = {
    "name": "Zofia Nieznana",
    "email": "zofia.nieznana@secret.example",
    "company": "Sekretna Firma",
    "phone": "+48 601 702 803",
    "position": "Tajna Prezeska",
    "city": "Ukrytowo",
}
OURS = Permission.objects.filter(content_type__app_label=APP)


def all_permissions(*, but: tuple[str, ...] = ()) -> list[str]:
    """The codenames of all permissions of the app, but for these."""
    return [name for name in OURS.values_list("codename", flat=True) if name not in but]


#: The kinds of users that the table in the documentation has columns for, by their permissions.
ROLES = {
    "Admin only": lambda: user_who_may(),
    "Salesperson": lambda: user_who_may("view_own_contact"),
    "Views any": lambda: user_who_may("view_contact"),
    "Editor": lambda: user_who_may("add_alert"),
    "Manager": lambda: user_who_may(*all_permissions()),
    "Superuser": lambda: UserFactory(is_superuser=True),
}


@dataclass(frozen=True)
class Address:
    """One URL of the app by its name, and the names of what stands in it."""

    namespace: str
    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.namespace}:{self.name}"

    @property
    def is_public(self) -> bool:
        return self.namespace == PUBLIC

    def url(self, world: "World", *, is_own: bool) -> str:
        """The URL with what is the user's in it, or what is not."""
        if self.namespace == "bulk":
            return world.bulk_url(*self.name.split(":"), is_own=is_own)
        if self.name == "discard":
            kwargs: dict[str, Any] = {"token": world.side(is_own=is_own).unfinished.pk}
        else:
            kwargs = {name: world.argument(self.namespace, name, is_own=is_own) for name in self.arguments}
        return reverse(f"{self.namespace}:{self.name}" if self.namespace else self.name, kwargs=kwargs)


def addresses() -> list[Address]:
    """All URLs of the app that have a name, and the bulk actions of its models."""
    found = {address for address in _walk(get_resolver()) if "visit_alerts" in str(address)}
    for model in (Alert, Contact, Destination):
        name = model._meta.model_name
        for action in bulk_action_registry.get_bulk_actions_for_model(APP, name):
            found.add(Address("bulk", f"{name}:{action.action_type}"))
    return sorted(found, key=str)


def _walk(resolver: URLResolver, *, namespace: str = "", arguments: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        inside = (*arguments, *pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            below = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from _walk(pattern, namespace=below, arguments=inside)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Address(namespace, pattern.name, inside)


@dataclass
class Side:
    """Objects of each kind that belong together: those of the user, or those of somebody else."""

    user: Any
    contact: Contact
    alert: Alert
    run: Any
    unfinished: Any
    delivery: Any
    mute: Mute
    file: ContactImport
    note: ContactNote


class World:
    """What there is for one user: a side of their own, another one, and what belongs to nobody."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.destination = DestinationFactory()
        self.own = _side(user, {"name": "Anna Nowak", "email": "anna@own.example"})
        other = UserFactory(username="other", first_name="Tomasz", last_name="Inny")
        self.other = _side(other, STRANGER, also=self.own.alert)
        self.default_owner = DefaultOwner.objects.create(site=Site.objects.get(), owner=other)

    def side(self, *, is_own: bool) -> Side:
        return self.own if is_own else self.other

    def argument(self, namespace: str, name: str, *, is_own: bool) -> Any:
        """What stands for an argument of a URL in this world."""
        side = self.side(is_own=is_own)
        by_kind: dict[tuple[str, str], Any] = {
            ("alert", "pk"): side.alert.pk,
            ("alert", "token"): side.run.pk,
            ("alert", "step"): "name",
            ("contact", "pk"): side.contact.pk,
            ("contact", "note_pk"): side.note.pk,
            ("contact", "page_view_pk"): side.delivery.notification.match.page_view_id,
            ("contact", "token"): side.file.pk,
            ("destination", "pk"): self.destination.pk,
            ("defaultowner", "pk"): self.default_owner.pk,
            ("absences", "pk"): side.user.pk,
            ("log", "pk"): side.delivery.notification_id,
            ("log", "delivery_pk"): side.delivery.pk,
            ("mutes", "pk"): side.mute.pk,
            ("set_up", "pk"): Site.objects.get().pk,
            ("import", "token"): side.file.pk,
            ("api", "pk"): side.contact.pk,
            ("", "section"): "index",
            (PUBLIC, "token"): token_of(side.delivery),
        }
        kind = namespace.removeprefix("wagtailsnippets_").removeprefix("wagtailsnippetchoosers_")
        kind = namespace if namespace == PUBLIC else kind.removeprefix(f"{APP}_").removeprefix("visit_alerts_")
        return by_kind[kind, name]

    def bulk_url(self, model: str, action: str, *, is_own: bool) -> str:
        side = self.side(is_own=is_own)
        pk = {"alert": side.alert.pk, "contact": side.contact.pk, "destination": self.destination.pk}[model]
        return reverse("wagtail_bulk_action", args=[APP, model, action]) + f"?id={pk}"


def _side(user: Any, who: dict[str, str], *, also: Alert | None = None) -> Side:
    """One of everything about a contact; somebody else's alert ``also`` was raised for them, and told its author."""
    now = timezone.now()
    contact = ContactFactory(owner=user, **who)
    alert = AlertFactory(
        author=user, name=f"Alert of {user.username}", fallback_user=user, cc="boss@example.com"
    )
    MonitoredPageFactory(alert=alert)
    visitor = VisitorFactory(contact=contact, identified_by=Method.LOGIN)
    page_view = PageViewFactory(visitor=visitor, entered_at=now - timedelta(minutes=1))
    match = MatchFactory(page_view=page_view, alert=alert)
    notification = NotificationFactory(match=match)
    delivery = DeliveryFactory(
        notification=notification, user=user, email=user.email, status=Status.FAILED, failed_at=now
    )
    if also is not None:
        told = also.author
        Recipient.objects.create(alert=also, user=told)
        DeliveryFactory(
            notification__match=MatchFactory(page_view=page_view, alert=also),
            user=told,
            role=Role.ME,
            email=told.email,
            status=Status.FAILED,
            failed_at=now,
            reason=f"550 {contact.email} refused",
        )
        Mute.objects.create(
            alert=also, contact=contact, user=told, email=told.email, email_key=told.email, made_at=now
        )
    link = SignedLink.objects.create(token_hash=uuid4().hex, contact=contact, first_opened_at=now)
    LinkUse.objects.create(
        link=link,
        visitor=visitor,
        address=page_view.address,
        sign=Sign.POINTER,
        outcome=LinkOutcome.IDENTIFIED,
        opened_at=now,
    )
    SubmittedForm.objects.create(contact=contact, name="Quote", submitted_at=now)
    Taking.objects.create(notification=notification, user=user, email=user.email, taken_at=now)
    return Side(
        user=user,
        contact=contact,
        alert=alert,
        run=begin_run(author=user, alert=Alert.objects.get(pk=alert.pk)),
        unfinished=WizardRun.objects.create(author=user, is_touched=True, steps={"name": {"name": ["Draft"]}}),
        delivery=delivery,
        mute=Mute.objects.create(
            alert=alert, contact=contact, user=user, email=user.email, email_key=user.email, made_at=now
        ),
        file=keep_upload(
            b"email\nsomebody@new.example\n",
            file_name="contacts.csv",
            options=Options(),
            author=user,
            now=now,
        ),
        note=ContactNote.objects.create(contact=contact, author=user, text=json.dumps(who), written_at=now),
    )
