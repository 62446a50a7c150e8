"""The contacts of the API: found, made, changed, erased; their data; their recording."""

from typing import Any

from django.db import IntegrityError
from django.http import FileResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.log_actions import log
from wagtail.models import Site

from wagtail_visit_alerts import privacy
from wagtail_visit_alerts.identifying import default_owner_id, fill_contact
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.contact import VIEW_ANY, VIEW_OWN
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.rest.contact_asking import contacts_asked_for
from wagtail_visit_alerts.rest.contact_json import contact_as_json
from wagtail_visit_alerts.rest.contact_values import address_in, changes_in
from wagtail_visit_alerts.rest.json_body import object_of
from wagtail_visit_alerts.rest.json_view import CONTACTS, JsonView
from wagtail_visit_alerts.rest.refusals import address_is_taken, no_such_contact, not_allowed


class ContactsEndpoint(JsonView):
    """The list, and the way in for contacts of another program."""

    def get(self, request: Request) -> Response:
        """The contacts whom the user may view, as far as the query asks for them."""
        _require(request.user, "view")
        return Response(contacts_asked_for(request.query_params.items(), user=request.user))

    def put(self, request: Request) -> Response:
        """Make the contact with this address, or change them: twice is as once. 201 if they are new."""
        if not CONTACTS.user_has_any_permission(request.user, ["add", "change"]):
            raise not_allowed()
        data = object_of(request.data)
        try:
            contact, is_new = _save(data, request=request)
        except IntegrityError:  # somebody else has made them meanwhile: they are there now
            contact, is_new = _save(data, request=request)
        if not is_new:
            return Response(contact_as_json(contact))
        url = request.build_absolute_uri(reverse("visit_alerts_api:contact", args=[contact.pk]))
        return Response(contact_as_json(contact), status=status.HTTP_201_CREATED, headers={"Location": url})


class ContactSearchEndpoint(JsonView):
    """The same list for what is not to stand in an address, and so in the logs of servers: an e-mail address."""

    def post(self, request: Request) -> Response:
        """The contacts that the body asks for."""
        _require(request.user, "view")
        return Response(contacts_asked_for(object_of(request.data).items(), user=request.user))


class OfContact(JsonView):
    """What is about one contact; one whom the user may not view is as one that is not there."""

    def find(self, request: Request, pk: int, *, action: str, locked: bool = False) -> Contact:
        """The contact with whom the user may do this. Raises ``Refused``."""
        _require(request.user, "view")
        contacts = Contact.objects.viewable_by(request.user).not_being_erased().filter(pk=pk)
        contact = (contacts.select_for_update() if locked else contacts.select_related("owner")).first()
        if contact is None:
            raise no_such_contact()
        _require(request.user, action)
        return contact


class ContactEndpoint(OfContact):
    """One contact."""

    def get(self, request: Request, pk: int) -> Response:
        """What is known of them."""
        return Response(contact_as_json(self.find(request, pk, action="view")))

    def patch(self, request: Request, pk: int) -> Response:
        """Change the fields that are given, and leave the others."""
        self.find(request, pk, action="change")
        data = object_of(request.data)
        try:
            with atomic():
                contact = self.find(request, pk, action="change", locked=True)
                _change(contact, data, user=request.user)
        except IntegrityError as error:  # somebody else has taken the address meanwhile
            if "email_key" not in str(error):
                raise
            raise address_is_taken() from error
        return Response(contact_as_json(contact))

    def delete(self, request: Request, pk: int) -> Response:
        """Erase them. 202 while the rest of what they did on the site is still being deleted."""
        contact = self.find(request, pk, action="delete")
        _begun, is_all_gone = privacy.erase([contact], by=request.user, now=timezone.now)
        return Response(status=status.HTTP_204_NO_CONTENT if is_all_gone else status.HTTP_202_ACCEPTED)


class ContactDataEndpoint(OfContact):
    """Everything that is kept of a contact."""

    def get(self, request: Request, pk: int) -> FileResponse:
        """The file that the admin offers too, and the same entry in the history."""
        contact = self.find(request, pk, action="change")
        file = privacy.hand_over(contact, by=request.user, now=timezone.now())
        return FileResponse(file, content_type="application/json")


class StopRecordingEndpoint(OfContact):
    """Nothing more is recorded of a contact."""

    def post(self, request: Request, pk: int) -> Response:
        """Stop it; nothing happens where it is stopped."""
        contact = self.find(request, pk, action="change")
        if contact.recording_stopped_at is None:
            privacy.stop(contact, by=request.user, now=timezone.now())
        return Response(contact_as_json(contact))


class ResumeRecordingEndpoint(OfContact):
    """A contact is recorded again."""

    def post(self, request: Request, pk: int) -> Response:
        """Go on with it; nothing happens where it was not stopped."""
        contact = self.find(request, pk, action="change")
        if contact.recording_stopped_at is not None:
            privacy.resume(contact, by=request.user, now=timezone.now())
        return Response(contact_as_json(contact))


def _require(user: Any, action: str) -> None:
    if not CONTACTS.user_has_permission(user, action):
        raise not_allowed()


def _save(data: dict[str, Any], *, request: Request) -> tuple[Contact, bool]:
    """Make or change the contact whom an object names by address; whether they are new. Writes."""
    email, user = address_in(data), request.user
    with atomic():
        contact = Contact.objects.with_email(email).select_for_update().first()
        if contact is not None:
            _require(user, "change")
            if not contact.may_be_viewed_by(user):
                raise address_is_taken()
            # Another spelling of the address is no change: the contact has the one that they were made with.
            _change(contact, {name: value for name, value in data.items() if name != "email"}, user=user)
            return contact, False
        _require(user, "add")
        contact = Contact(email=email)
        fields = changes_in(data, contact=contact)
        if "owner" not in data:
            contact.owner_id = _owner_id_of_new(request)
        contact.save()  # first of all, so that whoever else makes them at this moment is noticed
        fill_contact(contact, fields)
        log(instance=contact, action="wagtail.create", user=user, content_changed=True)
    return contact, True


def _change(contact: Contact, data: dict[str, Any], *, user: Any) -> None:
    """Change what differs, in one entry of the history; nothing where nothing does. Writes."""
    fields = changes_in(data, contact=contact)
    if not fields:
        return
    address = fields.get("email", contact.email)
    if Contact.objects.with_email(address).exclude(pk=contact.pk).exists():
        raise address_is_taken()
    fill_contact(contact, fields)
    log(instance=contact, action="wagtail.edit", user=user, content_changed=True)


def _owner_id_of_new(request: Request) -> int | None:
    """Whose a new contact is if nobody is named: the user's who may view their own alone, else the site's default."""
    user = request.user
    if user.has_perm(VIEW_OWN) and not user.has_perm(VIEW_ANY):
        return int(user.pk)
    site = Site.find_for_request(request)
    return None if site is None else default_owner_id(site_id=site.pk)
