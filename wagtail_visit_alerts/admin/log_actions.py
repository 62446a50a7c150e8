"""What the history says of ours besides Wagtail's own actions; for Wagtail's hook ``register_log_actions``."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.log_actions import LogFormatter

from wagtail_visit_alerts.delivering.muting import END_MUTE, MUTE
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.importing import IMPORT
from wagtail_visit_alerts.losing import LOST
from wagtail_visit_alerts.merging import MERGE
from wagtail_visit_alerts.models.loss import loss_in_words
from wagtail_visit_alerts.privacy import ERASE, EXPORT_DATA, RESUME_RECORDING, STOP_RECORDING

SWITCH_ON: Final = "visit_alerts.switch_on"
SWITCH_OFF: Final = "visit_alerts.switch_off"
COPY: Final = "visit_alerts.copy"
REVOKE_LINKS: Final = "visit_alerts.revoke_links"
CHANGE_TAGS: Final = "visit_alerts.change_tags"
EXPORT_IN_LIST: Final = "visit_alerts.export_in_list"
SEND_AGAIN: Final = "visit_alerts.send_again"
RETRY: Final = "visit_alerts.retry"
SET_ABSENCE: Final = "visit_alerts.set_absence"
ASSIGN: Final = "visit_alerts.assign"
ADD_NOTE: Final = "visit_alerts.add_note"
DELETE_NOTE: Final = "visit_alerts.delete_note"


class Copied(LogFormatter):
    """An alert was made as a copy of another one."""

    label = gettext_lazy("Copy an alert")

    def format_message(self, log_entry: Any) -> str:
        return _("Copied from “%(name)s”") % {"name": log_entry.data["source"]["name"]}


class Lost(LogFormatter):
    """An alert has lost something that it depended on."""

    label = gettext_lazy("Lose something an alert depends on")

    def format_message(self, log_entry: Any) -> str:
        text = loss_in_words(log_entry.data["kind"], log_entry.data["name"])
        if log_entry.data["switched_off"]:
            return _("%(loss)s The alert was switched off.") % {"loss": text}
        return text


class TriedAgain(LogFormatter):
    """What could not be delivered of an alert is tried again."""

    label = gettext_lazy("Try again what could not be delivered")

    def format_message(self, log_entry: Any) -> str:
        count = log_entry.data["count"]
        return ngettext(
            "%(count)d delivery that had failed is tried again",
            "%(count)d deliveries that had failed are tried again",
            count,
        ) % {"count": count}


class Imported(LogFormatter):
    """A contact has come from a file, or was changed by one."""

    label = gettext_lazy("Import contacts")

    def format_message(self, log_entry: Any) -> str:
        return _("Made by an import") if log_entry.data["is_new"] else _("Changed by an import")


class Assigned(LogFormatter):
    """A contact was given to another owner."""

    label = gettext_lazy("Assign a contact to another owner")

    def format_message(self, log_entry: Any) -> str:
        before = log_entry.data["from"] or _("nobody")
        after = log_entry.data["to"] or _("nobody")
        return _("Owner changed from %(before)s to %(after)s") % {"before": before, "after": after}


class TagsChanged(LogFormatter):
    """Tags were given to a contact, or taken from them, among others."""

    label = gettext_lazy("Change the tags of a contact")

    def format_message(self, log_entry: Any) -> str:
        added, removed = (", ".join(log_entry.data[key]) for key in ("added", "removed"))
        if added and removed:
            return _("Tags added: %(added)s; removed: %(removed)s") % {"added": added, "removed": removed}
        return (
            _("Tags added: %(added)s") % {"added": added}
            if added
            else _("Tags removed: %(removed)s") % {"removed": removed}
        )


class Erased(LogFormatter):
    """A contact was erased; the number stands in the program's log too."""

    label = gettext_lazy("Erase a contact")

    def format_message(self, log_entry: Any) -> str:
        return _("Erased, with the number %(number)s") % {"number": log_entry.data["number"]}


class Muted(LogFormatter):
    """A reader has muted an alert; about whom is not said, since not all may see that contact."""

    label = gettext_lazy("Mute an alert")

    def format_message(self, log_entry: Any) -> str:
        until, about_contact = log_entry.data["until"], log_entry.data["about_contact"]
        if until is None:
            return _("Muted about one contact for good") if about_contact else _("Muted altogether for good")
        text = _("Muted about one contact until %(until)s") if about_contact else _("Muted until %(until)s")
        return text % {"until": moment(datetime.fromisoformat(until))}


def register_actions(actions: Any) -> None:
    """Say our actions to Wagtail."""
    actions.register_action(SWITCH_ON, gettext_lazy("Switch an alert on"), gettext_lazy("Switched on"))
    actions.register_action(SWITCH_OFF, gettext_lazy("Switch an alert off"), gettext_lazy("Switched off"))
    actions.register_action(
        REVOKE_LINKS, gettext_lazy("Revoke a contact's links"), gettext_lazy("Links revoked")
    )
    actions.register_action(
        SEND_AGAIN, gettext_lazy("Send an alert again"), gettext_lazy("Sent again to one recipient")
    )
    actions.register_action(
        ADD_NOTE, gettext_lazy("Write a note about a contact"), gettext_lazy("Note written")
    )
    actions.register_action(
        DELETE_NOTE, gettext_lazy("Delete a note about a contact"), gettext_lazy("Note deleted")
    )
    actions.register_action(
        EXPORT_DATA,
        gettext_lazy("Download all that is kept of a contact"),
        gettext_lazy("All that is kept downloaded"),
    )
    actions.register_action(
        STOP_RECORDING, gettext_lazy("Stop recording a contact"), gettext_lazy("Recording stopped")
    )
    actions.register_action(
        RESUME_RECORDING, gettext_lazy("Record a contact again"), gettext_lazy("Recording resumed")
    )
    actions.register_action(ERASE)(Erased)
    actions.register_action(RETRY)(TriedAgain)
    actions.register_action(
        SET_ABSENCE,
        gettext_lazy("Set an absence or a deputy"),
        gettext_lazy("Absence or deputy of alerts set"),
    )
    actions.register_action(ASSIGN)(Assigned)
    actions.register_action(CHANGE_TAGS)(TagsChanged)
    actions.register_action(
        EXPORT_IN_LIST,
        gettext_lazy("Export a contact in a list"),
        gettext_lazy("Exported in a list of contacts"),
    )
    actions.register_action(COPY)(Copied)
    actions.register_action(IMPORT)(Imported)
    actions.register_action(
        MERGE, gettext_lazy("Merge two contacts"), gettext_lazy("Merged with another contact")
    )
    actions.register_action(LOST)(Lost)
    actions.register_action(MUTE)(Muted)
    actions.register_action(END_MUTE, gettext_lazy("End a mute of an alert"), gettext_lazy("Mute ended"))
