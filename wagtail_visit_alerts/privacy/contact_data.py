"""Everything that is kept of a contact, section by section, as rows of named values; read a little at a time.

Takes a contact; gives sections. Their keys and those of their fields are public (``docs/reference/contact-data.md``).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Choices, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    ContactTag,
    DailyActivity,
    DailyLatency,
    DailyPageTotal,
    DailyTotal,
    Delivery,
    Ending,
    LinkOutcome,
    LinkUse,
    Match,
    Method,
    Mute,
    Notification,
    Outcome,
    PageView,
    Purpose,
    Role,
    Sign,
    SignedLink,
    Slot,
    Source,
    Status,
    SubmittedForm,
    Taking,
    TestVisit,
    UnmetMinimum,
    Visitor,
)

Rows = Callable[[Contact], Iterable[Any]]

#: Rows that are held in memory at a time.
CHUNK_SIZE = 2_000


@dataclass(frozen=True)
class Field:
    """One value of each row: its key in JSON, its heading for people, and how it is read."""

    key: str
    label: Promise | str
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Section:
    """The rows of one kind. ``models`` are the tables that are read for it."""

    key: str
    title: Promise | str
    models: tuple[type[Model], ...]
    rows: Rows
    fields: tuple[Field, ...]
    #: Always exactly one row, which people read as a list.
    is_one_row: bool = False

    def values_of(self, contact: Contact) -> Iterator[dict[str, Any]]:
        """The values of each row, by their keys."""
        for row in self.rows(contact):
            yield {field.key: field.read(row) for field in self.fields}


def _path(*names: str) -> Callable[[Any], Any]:
    """Read an attribute of an attribute; nothing where one on the way is nothing."""

    def read(row: Any) -> Any:
        for name in names:
            row = None if row is None else getattr(row, name)
        return row

    return read


def _text(*names: str) -> Callable[[Any], Any]:
    """The same, as a text for people."""
    path = _path(*names)
    return lambda row: None if (value := path(row)) is None else str(value)


def _choice(choices: type[Choices], name: str) -> Callable[[Any], Any]:
    """Read one of several words, of which JSON has the key and people the label."""
    return lambda row: choices(getattr(row, name))


def _field(key: str, label: Any, *names: str) -> Field:
    return Field(key, label, _path(*(names or (key,))))


def _all_of(
    model: type[Model],
    *related: str,
    of: str = "contact",
    order: str = "pk",
    leave_out: tuple[str, ...] = (),
) -> Rows:
    """Read a contact's rows of a table in an order, a little at a time, without columns that nobody asks for."""

    def rows(contact: Contact) -> Iterable[Any]:
        found = model._base_manager.filter(**{of: contact.pk}).select_related(*related).defer(*leave_out)
        return found.order_by(order).iterator(chunk_size=CHUNK_SIZE)

    return rows


_ID = _field("id", pgettext_lazy("of a row", "Number"), "pk")
_ALERT = Field("alert", _("Alert"), _text("alert", "name"))
_DAY = _field("day", _("Day"))
_PAGE_VIEW = _field("page_view", _("Page view"), "page_view_id")
_HAPPENED = _field("happened_at", _("When"))


#: What a page has besides its title.
_OF_PAGES = tuple(
    f"page__{field.name}"
    for field in PageView._meta.get_field("page").related_model._meta.concrete_fields
    if field.name != "title" and not field.primary_key
)


def _history(contact: Contact) -> Iterable[Any]:
    entries = registry.get_logs_for_instance(contact).select_related("user").order_by("pk")
    return entries.iterator(chunk_size=CHUNK_SIZE)


SECTIONS: tuple[Section, ...] = (
    Section(
        "contact",
        _("Contact"),
        (Contact, ContactTag),
        lambda contact: [contact],
        (
            *(
                Field(name, Contact._meta.get_field(name).verbose_name, _path(name))
                for name in ("email", "name", "phone", "company", "position", "city", "country", "language")
            ),
            Field("tags", _("Tags"), lambda contact: sorted(tag.name for tag in contact.tags.all())),
            _field("extra", _("Further fields")),
            _field("given_by_forms", _("Fields that they gave in forms"), "fields_given_by_form"),
            Field("owner", _("Owner"), _text("owner")),
            Field("login", _("Login"), _text("user")),
            _field("last_seen_at", _("Last seen")),
            _field("recording_stopped_at", _("Recording stopped")),
            _field("created_at", pgettext_lazy("of a contact", "Added")),
            _field("updated_at", pgettext_lazy("of a contact", "Updated")),
        ),
        is_one_row=True,
    ),
    Section(
        "browsers",
        _("Browsers"),
        (Visitor,),
        _all_of(Visitor, "user_agent"),
        (
            _ID,
            Field("user_agent", _("What it calls itself"), _text("user_agent", "text")),
            Field("identified_by", _("Recognised"), _choice(Method, "identified_by")),
            _field("identified_at", _("Recognised since")),
            _field("consents", _("Consent")),
            _field("first_seen_at", _("First seen"), "created_at"),
            _field("last_seen_at", _("Last seen")),
            _field("no_longer_theirs_since", _("No longer theirs since"), "retired_at"),
        ),
    ),
    Section(
        "page_views",
        _("Page views"),
        (PageView,),
        _all_of(PageView, "address", "page", "came_from", order="entered_at", leave_out=_OF_PAGES),
        (
            _ID,
            _field("browser", pgettext_lazy("of a visitor", "Browser"), "visitor_id"),
            Field("url", _("URL"), _text("address", "text")),
            Field("page", pgettext_lazy("of a page view", "Page"), _text("page", "title")),
            Field("came_from", _("Came from"), _text("came_from", "text")),
            _field("entered_at", _("Entered")),
            Field("ending", _("What became of it"), _choice(Ending, "ending")),
            _field("ended_at", _("Ended")),
            _field("dwell_ms", _("Time on the page, in milliseconds")),
            _field("engaged_ms", _("Time in view, in milliseconds")),
            Field("source", _("Seen by"), _choice(Source, "source")),
            _field("is_confirmed", _("Really shown")),
        ),
    ),
    Section(
        "forms",
        _("Forms submitted"),
        (SubmittedForm,),
        _all_of(SubmittedForm, "page"),
        (
            Field("page", pgettext_lazy("of a page view", "Page"), _text("page", "title")),
            _field("form", _("Form"), "name"),
            _field("submitted_at", _("Submitted")),
        ),
    ),
    Section(
        "links",
        _("Signed links"),
        (SignedLink,),
        _all_of(SignedLink),
        (
            _ID,
            _field("first_opened_at", _("First opened")),
            _field("shared_at", _("Opened by too many browsers since")),
        ),
    ),
    Section(
        "link_openings",
        _("Signed links opened"),
        (LinkUse,),
        _all_of(LinkUse, "address", of="link__contact"),
        (
            _field("link", _("Signed link"), "link_id"),
            _field("browser", pgettext_lazy("of a visitor", "Browser"), "visitor_id"),
            Field("url", _("URL"), _text("address", "text")),
            Field("sign", _("Sign of life"), _choice(Sign, "sign")),
            Field(
                "outcome", pgettext_lazy("of a signed link", "What came of it"), _choice(LinkOutcome, "outcome")
            ),
            _field("opened_at", pgettext_lazy("of a signed link", "Opened")),
        ),
    ),
    Section(
        "matches",
        _("Page views that satisfied an alert"),
        (Match,),
        _all_of(Match, "alert"),
        (
            _ID,
            _PAGE_VIEW,
            _ALERT,
            Field("outcome", _("What came of it"), _choice(Outcome, "outcome")),
            _HAPPENED,
        ),
    ),
    Section(
        "frequency",
        _("Uses of the frequency cap"),
        (Slot,),
        _all_of(Slot, "alert"),
        (
            _ALERT,
            _field("match", _("Match"), "match_id"),
            _field("period", _("Period")),
            _field("number", pgettext_lazy("of a row", "Number")),
        ),
    ),
    Section(
        "unmet_minimums",
        _("Page views that ended before the minimum time"),
        (UnmetMinimum,),
        _all_of(UnmetMinimum, "alert"),
        (_PAGE_VIEW, _ALERT, Field("kind", _("How it ended"), _choice(UnmetMinimum.Kind, "kind")), _HAPPENED),
    ),
    Section(
        "alerts",
        _("Alerts about them"),
        (Notification,),
        _all_of(Notification),
        (
            _ID,
            _field("match", _("Match"), "match_id"),
            _field("alert", _("Alert"), "alert_name"),
            _field("raised_at", _("Raised")),
        ),
    ),
    Section(
        "deliveries",
        _("To whom these went"),
        (Delivery,),
        _all_of(Delivery, "destination", of="notification__contact"),
        (
            _field("alert", _("Alert about them"), "notification_id"),
            Field("to", _("Recipient"), lambda row: row.email or _text("destination", "name")(row)),
            Field("role", _("Why them"), _choice(Role, "role")),
            Field("purpose", _("What it told"), _choice(Purpose, "purpose")),
            Field("status", _("Status"), _choice(Status, "status")),
            _field("sent_at", _("Sent")),
            _field("failed_at", _("Failed")),
            _field("reason", _("Reason")),
            _field("attachment_fault", _("Why it had no attachment")),
            _field("sent_again", _("Sent again, which time"), "resend"),
        ),
    ),
    Section(
        "takings",
        _("Who said “I'm on it”"),
        (Taking,),
        _all_of(Taking, of="notification__contact"),
        (
            _field("alert", _("Alert about them"), "notification_id"),
            _field("by", _("Who"), "email"),
            _field("taken_at", _("When")),
        ),
    ),
    Section(
        "mutes",
        _("Alerts muted about them"),
        (Mute,),
        _all_of(Mute, "alert"),
        (_ALERT, _field("by", _("Who"), "email"), _field("until", _("Until")), _field("made_at", _("When"))),
    ),
    Section(
        "notes",
        _("Notes"),
        (ContactNote,),
        _all_of(ContactNote, "author"),
        (
            _field("text", _("Note")),
            Field("author", _("Author"), _text("author")),
            _field("written_at", _("When")),
        ),
    ),
    Section(
        "activity_by_day",
        _("How active they were, by day"),
        (DailyActivity,),
        _all_of(DailyActivity, order="day"),
        (
            _DAY,
            _field("visits", _("Visits")),
            _field("page_views", _("Page views")),
            _field("engaged_seconds", _("Time in view, in seconds")),
        ),
    ),
    Section(
        "alerts_by_day",
        _("What alerts made of it, by day"),
        (DailyTotal,),
        _all_of(DailyTotal, "alert", order="day"),
        (
            _DAY,
            _ALERT,
            _field("matched", _("Page views that satisfied it")),
            _field("raised", _("Raised")),
            _field("capped", _("Held back by the cap")),
            _field("nobody", _("Nobody to tell")),
            _field("too_short", _("Too short")),
            _field("closed", _("Closed")),
            _field("sent", _("Sent")),
            _field("failed", _("Failed")),
            _field("taken", _("Taken on")),
        ),
    ),
    Section(
        "pages_by_day",
        _("On which pages, by day"),
        (DailyPageTotal,),
        _all_of(DailyPageTotal, "alert", "address", order="day"),
        (
            _DAY,
            _ALERT,
            Field("url", _("URL"), _text("address", "text")),
            _field("matched", _("Page views that satisfied it")),
            _field("raised", _("Raised")),
        ),
    ),
    Section(
        "times_to_email_by_day",
        _("How long the e-mails took, by day"),
        (DailyLatency,),
        _all_of(DailyLatency, "alert", order="day"),
        (_DAY, _ALERT, _field("seconds", _("Seconds, at least")), _field("emails", _("E-mails"))),
    ),
    Section(
        "test_visits",
        _("Test visits in their name"),
        (TestVisit,),
        _all_of(TestVisit, "tester", order="started_at"),
        (
            Field("tester", _("Who"), _text("tester")),
            _field("started_at", _("When")),
            _field("findings", _("What was found")),
        ),
    ),
    Section(
        "history",
        pgettext_lazy("of a contact", "History"),
        (ModelLogEntry,),
        _history,
        (
            _field("action", _("Action")),
            Field("message", _("What was done"), _text("message")),
            Field("by", _("Who"), _text("user_display_name")),
            _field("at", _("When"), "timestamp"),
            _field("data", _("Details")),
        ),
    ),
)
