"""Everything that is kept of a contact, section by section, as rows of named values.

Takes a contact; gives sections. Their keys and those of their fields are public (``docs/reference/contact-data.md``).
"""

from collections.abc import Iterable
from typing import Any

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
from wagtail_visit_alerts.models.declared_fields import by_labels, declared_fields
from wagtail_visit_alerts.privacy.data_fields import (
    CHUNK_SIZE,
    Field,
    Section,
    all_of,
    choice_of,
    field,
    path_to,
    text_at,
)


def _labels_of_fields(names: Iterable[str]) -> list[str]:
    """What the fields of a contact are called."""
    labels = {each.name: str(getattr(each, "verbose_name", "")) for each in Contact._meta.get_fields()}
    labels |= {each.name: str(each.label) for each in declared_fields()}
    return [labels.get(name) or name for name in names]


_ID = field("id", pgettext_lazy("of a row", "Number"), "pk")
_ALERT = Field("alert", _("Alert"), text_at("alert", "name"))
_DAY = field("day", _("Day"))
_PAGE_VIEW = field("page_view", _("Page view"), "page_view_id")
_HAPPENED = field("happened_at", _("When"))


#: What a page has besides its title.
_OF_PAGES = tuple(
    f"page__{column.name}"
    for column in PageView._meta.get_field("page").related_model._meta.concrete_fields
    if column.name != "title" and not column.primary_key
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
                Field(name, Contact._meta.get_field(name).verbose_name, path_to(name))
                for name in ("email", "name", "phone", "company", "position", "city", "country", "language")
            ),
            Field("tags", _("Tags"), lambda contact: sorted(tag.name for tag in contact.tags.all())),
            Field("extra", _("Further fields"), path_to("extra"), by_labels),
            Field(
                "given_by_forms",
                _("Fields that they gave in forms"),
                path_to("fields_given_by_form"),
                _labels_of_fields,
            ),
            Field("owner", _("Owner"), text_at("owner")),
            Field("login", _("Login"), text_at("user")),
            field("last_seen_at", _("Last seen")),
            field("recording_stopped_at", _("Recording stopped")),
            field("created_at", pgettext_lazy("of a contact", "Added")),
            field("updated_at", pgettext_lazy("of a contact", "Updated")),
        ),
        is_one_row=True,
    ),
    Section(
        "browsers",
        _("Browsers"),
        (Visitor,),
        all_of(Visitor, "user_agent"),
        (
            _ID,
            Field("user_agent", _("What it calls itself"), text_at("user_agent", "text")),
            Field("identified_by", _("Recognised"), choice_of(Method, "identified_by")),
            field("identified_at", _("Recognised since")),
            field("consents", _("Consent")),
            field("first_seen_at", _("First seen"), "created_at"),
            field("last_seen_at", _("Last seen")),
            field("no_longer_theirs_since", _("No longer theirs since"), "retired_at"),
        ),
    ),
    Section(
        "page_views",
        _("Page views"),
        (PageView,),
        all_of(PageView, "address", "page", "came_from", order="entered_at", leave_out=_OF_PAGES),
        (
            _ID,
            field("browser", pgettext_lazy("of a visitor", "Browser"), "visitor_id"),
            Field("url", _("URL"), text_at("address", "text")),
            Field("page", pgettext_lazy("of a page view", "Page"), text_at("page", "title")),
            Field("came_from", _("Came from"), text_at("came_from", "text")),
            field("entered_at", _("Entered")),
            Field("ending", _("What became of it"), choice_of(Ending, "ending")),
            field("ended_at", _("Ended")),
            field("dwell_ms", _("Time on the page, in milliseconds")),
            field("engaged_ms", _("Time in view, in milliseconds")),
            Field("source", _("Seen by"), choice_of(Source, "source")),
            field("is_confirmed", _("Really shown")),
        ),
    ),
    Section(
        "forms",
        _("Forms submitted"),
        (SubmittedForm,),
        all_of(SubmittedForm, "page"),
        (
            Field("page", pgettext_lazy("of a page view", "Page"), text_at("page", "title")),
            field("form", _("Form"), "name"),
            field("submitted_at", _("Submitted")),
        ),
    ),
    Section(
        "links",
        _("Signed links"),
        (SignedLink,),
        all_of(SignedLink),
        (
            _ID,
            field("first_opened_at", _("First opened")),
            field("shared_at", _("Opened by too many browsers since")),
        ),
    ),
    Section(
        "link_openings",
        _("Signed links opened"),
        (LinkUse,),
        all_of(LinkUse, "address", of="link__contact"),
        (
            field("link", _("Signed link"), "link_id"),
            field("browser", pgettext_lazy("of a visitor", "Browser"), "visitor_id"),
            Field("url", _("URL"), text_at("address", "text")),
            Field("sign", _("Sign of life"), choice_of(Sign, "sign")),
            Field(
                "outcome",
                pgettext_lazy("of a signed link", "What came of it"),
                choice_of(LinkOutcome, "outcome"),
            ),
            field("opened_at", pgettext_lazy("of a signed link", "Opened")),
        ),
    ),
    Section(
        "matches",
        _("Page views that satisfied an alert"),
        (Match,),
        all_of(Match, "alert"),
        (
            _ID,
            _PAGE_VIEW,
            _ALERT,
            Field("outcome", _("What came of it"), choice_of(Outcome, "outcome")),
            _HAPPENED,
        ),
    ),
    Section(
        "frequency",
        _("Uses of the frequency cap"),
        (Slot,),
        all_of(Slot, "alert"),
        (
            _ALERT,
            field("match", _("Match"), "match_id"),
            field("period", _("Period")),
            field("number", pgettext_lazy("of a row", "Number")),
        ),
    ),
    Section(
        "unmet_minimums",
        _("Page views that ended before the minimum time"),
        (UnmetMinimum,),
        all_of(UnmetMinimum, "alert"),
        (_PAGE_VIEW, _ALERT, Field("kind", _("How it ended"), choice_of(UnmetMinimum.Kind, "kind")), _HAPPENED),
    ),
    Section(
        "alerts",
        _("Alerts about them"),
        (Notification,),
        all_of(Notification),
        (
            _ID,
            field("match", _("Match"), "match_id"),
            field("alert", _("Alert"), "alert_name"),
            field("raised_at", _("Raised")),
        ),
    ),
    Section(
        "deliveries",
        _("To whom these went"),
        (Delivery,),
        all_of(Delivery, "destination", of="notification__contact"),
        (
            field("alert", _("Alert about them"), "notification_id"),
            Field("to", _("Recipient"), lambda row: row.email or text_at("destination", "name")(row)),
            Field("role", _("Why them"), choice_of(Role, "role")),
            Field("purpose", _("What it told"), choice_of(Purpose, "purpose")),
            Field("status", _("Status"), choice_of(Status, "status")),
            field("sent_at", _("Sent")),
            field("failed_at", _("Failed")),
            field("reason", _("Reason")),
            field("attachment_fault", _("Why it had no attachment")),
            field("sent_again", _("Sent again, which time"), "resend"),
        ),
    ),
    Section(
        "takings",
        _("Who said “I'm on it”"),
        (Taking,),
        all_of(Taking, of="notification__contact"),
        (
            field("alert", _("Alert about them"), "notification_id"),
            field("by", _("Who"), "email"),
            field("taken_at", _("When")),
        ),
    ),
    Section(
        "mutes",
        _("Alerts muted about them"),
        (Mute,),
        all_of(Mute, "alert"),
        (_ALERT, field("by", _("Who"), "email"), field("until", _("Until")), field("made_at", _("When"))),
    ),
    Section(
        "notes",
        pgettext_lazy("about a contact", "Notes"),
        (ContactNote,),
        all_of(ContactNote, "author"),
        (
            field("text", _("Note")),
            Field("author", _("Author"), text_at("author")),
            field("written_at", _("When")),
        ),
    ),
    Section(
        "activity_by_day",
        _("How active they were, by day"),
        (DailyActivity,),
        all_of(DailyActivity, order="day"),
        (
            _DAY,
            field("visits", _("Visits")),
            field("page_views", _("Page views")),
            field("engaged_seconds", _("Time in view, in seconds")),
        ),
    ),
    Section(
        "alerts_by_day",
        _("What alerts made of it, by day"),
        (DailyTotal,),
        all_of(DailyTotal, "alert", order="day"),
        (
            _DAY,
            _ALERT,
            field("matched", _("Page views that satisfied it")),
            field("raised", _("Raised")),
            field("capped", _("Held back by the cap")),
            field("nobody", _("Nobody to tell")),
            field("too_short", _("Too short")),
            field("closed", _("Closed")),
            field("sent", _("Sent")),
            field("failed", _("Failed")),
            field("taken", _("Taken on")),
        ),
    ),
    Section(
        "pages_by_day",
        _("On which pages, by day"),
        (DailyPageTotal,),
        all_of(DailyPageTotal, "alert", "address", order="day"),
        (
            _DAY,
            _ALERT,
            Field("url", _("URL"), text_at("address", "text")),
            field("matched", _("Page views that satisfied it")),
            field("raised", _("Raised")),
        ),
    ),
    Section(
        "times_to_email_by_day",
        _("How long the e-mails took, by day"),
        (DailyLatency,),
        all_of(DailyLatency, "alert", order="day"),
        (_DAY, _ALERT, field("seconds", _("Seconds, at least")), field("emails", _("E-mails"))),
    ),
    Section(
        "test_visits",
        _("Test visits in their name"),
        (TestVisit,),
        all_of(TestVisit, "tester", order="started_at"),
        (
            Field("tester", _("Who"), text_at("tester")),
            field("started_at", _("When")),
            field("findings", _("What was found")),
        ),
    ),
    Section(
        "history",
        pgettext_lazy("of a contact", "History"),
        (ModelLogEntry,),
        _history,
        (
            field("action", _("Action")),
            Field("message", _("What was done"), text_at("message")),
            Field("by", _("Who"), text_at("user_display_name")),
            field("at", _("When"), "timestamp"),
            field("data", _("Details")),
        ),
    ),
)
