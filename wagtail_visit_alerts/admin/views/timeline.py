"""Older parts of a contact's timeline, and those narrowed to one kind; the answer for a page view; the notes."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.log_actions import log

from wagtail_visit_alerts.admin.contact_panels import TimelinePanel, part_context
from wagtail_visit_alerts.admin.contact_timeline import Kind, Timeline
from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.log_actions import ADD_NOTE, DELETE_NOTE
from wagtail_visit_alerts.admin.page_view_table import SeenRow, rows_of
from wagtail_visit_alerts.admin.views.contact_subpage import ContactSubpage
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.identifying import signed_link
from wagtail_visit_alerts.models import Contact, ContactNote, PageView
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.policies import ContactPermissionPolicy, may_see_log


class NoteForm(forms.ModelForm):
    """The text of a note."""

    class Meta:
        model = ContactNote
        fields = ["text"]
        labels = {"text": gettext_lazy("Note")}
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}


class ContactTimelineView(ContactSubpage):
    """A part of the timeline; with ``part`` in the address it alone, for the script that shows it in place."""

    page_title = gettext_lazy("Timeline")
    header_icon = "history"
    template_name = "wagtail_visit_alerts/admin/contacts/timeline_page.html"
    part_template_name = "wagtail_visit_alerts/admin/contacts/timeline_part.html"
    http_method_names = ["get"]

    @cached_property
    def timeline(self) -> Timeline:
        """The part that the address asks for; the latest where it can't be read."""
        kinds = {kind.value: kind for kind in Kind}
        return timeline_of(
            self.object,
            user=self.request.user,
            before=_moment_in(self.request.GET.get("before", "")),
            kind=kinds.get(self.request.GET.get("kind", ""), Kind.ALL),
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "part" in request.GET:
            context = part_context(self.timeline, may_see_log=may_see_log(request.user))
            return render(request, self.part_template_name, context)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "panel": panel_of(self.timeline, user=self.request.user),
            "is_older": self.timeline.before is not None,
            "latest_url": self.url_of("timeline"),
        }


class WhyView(ContactSubpage):
    """Why one page view raised an alert, or none; with ``part`` in the address the answer alone, for the script."""

    page_title = gettext_lazy("Why was, or wasn't, an alert raised?")
    header_icon = "help"
    template_name = "wagtail_visit_alerts/admin/contacts/why_page.html"
    part_template_name = "wagtail_visit_alerts/admin/contacts/why_answer.html"
    anchor = "#timeline"
    http_method_names = ["get"]

    row: SeenRow

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        page_views = PageView.objects.latest_of(self.object).select_related("visitor")
        page_view = get_object_or_404(page_views, pk=kwargs["page_view_pk"])
        [self.row] = rows_of([page_view], reader=request.user, now=timezone.now())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "part" in request.GET:
            return render(request, self.part_template_name, {"row": self.row})
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"row": self.row}


class AddNoteView(ContactSubpage):
    """Write a note; what can't be saved stays in the form. For whoever may view the contact."""

    page_title = gettext_lazy("Add a note")
    header_icon = "comment"
    template_name = "wagtail_visit_alerts/admin/contacts/note_form.html"
    anchor = "#timeline"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        form.instance.contact, form.instance.author = self.object, request.user
        form.instance.written_at = timezone.now()
        with atomic():
            form.save()
            log(instance=self.object, action=ADD_NOTE, user=request.user)
        messages.success(request, _("The note is saved."))
        return self.back_to_contact()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"form": NoteForm(), **kwargs})


class DeleteNoteView(ContactSubpage):
    """Ask, and delete a note. For its author, and whoever may change the contact."""

    page_title = gettext_lazy("Delete a note")
    header_icon = "comment"
    template_name = "wagtail_visit_alerts/admin/contacts/note_delete.html"
    anchor = "#timeline"

    note: ContactNote

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.note = get_object_or_404(ContactNote, contact=self.object, pk=kwargs["note_pk"])
        if not may_delete(self.note, contact=self.object, user=request.user):
            raise PermissionDenied

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"note": self.note}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with atomic():
            self.note.delete()
            log(instance=self.object, action=DELETE_NOTE, user=request.user)
        messages.success(request, _("The note is deleted."))
        return self.back_to_contact()


def timeline_of(
    contact: Contact, *, user: Any, before: datetime | None = None, kind: Kind = Kind.ALL
) -> Timeline:
    """A part of a contact's timeline as the user, who may view the contact, is shown it; the latest by default."""

    def note_url(note: ContactNote) -> str:
        if not may_delete(note, contact=contact, user=user):
            return ""
        return reverse(f"{CONTACTS}:delete_note", args=[contact.pk, note.pk])

    return Timeline(contact, reader=user, before=before, kind=kind, note_url=note_url)


def panel_of(timeline: Timeline, *, user: Any) -> TimelinePanel:
    """The timeline as a component. Who holds a link passes for the contact: only who may change them gets one."""
    contact, link = timeline.contact, ""
    policy = ContactPermissionPolicy(Contact)
    if settings.base_url and policy.user_has_permission_for_instance(user, "change", contact):
        link = signed_link(contact, f"{settings.base_url}/")
    return TimelinePanel(timeline, may_see_log=may_see_log(user), link=link)


def may_delete(note: ContactNote, *, contact: Contact, user: Any) -> bool:
    """Whether a user may delete a note about a contact whom they may view."""
    if note.author_id is not None and note.author_id == user.pk:
        return True
    return bool(ContactPermissionPolicy(Contact).user_has_permission_for_instance(user, "change", contact))


def _moment_in(text: str) -> datetime | None:
    """The moment that an address names; None where it is none."""
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment is not None and timezone.is_aware(moment) else None
    except (ValueError, OverflowError):  # in UTC it may be a day of no calendar
        return None
