"""The summary's lines: what the alert is on, for whom, how often, to whom it is sent and with what, in words.

Takes the alert as it is in the run and the user who reads it; each line knows the step in which it can be changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from wagtail_visit_alerts.admin.views.alert_inspect import attachment_in_words, limits_in_words
from wagtail_visit_alerts.delivering.recipients import fallbacks, owners_summary
from wagtail_visit_alerts.models import Alert, AttachmentSource, Contact
from wagtail_visit_alerts.models.alert import MAIN_OWNER
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.email_address import address_of
from wagtail_visit_alerts.models.scope import Scope

#: People who are named; of more, how many.
MOST_NAMED = 3


@dataclass(frozen=True)
class Line:
    """One line: a label, one or more texts, and the step that says it."""

    label: str
    step: str
    texts: list[str]


def lines_of(alert: Alert, *, user: Any) -> Iterator[Line]:
    """The lines in their order, in about five queries."""
    yield Line(_("Alert on"), "pages", list(_watched(alert)))
    if limits := list(limits_in_words(alert)):
        yield Line(_("Contacts"), "pages", limits)
    yield Line(pgettext("how often", "Sent"), "frequency", [alert.frequency_sentence])
    yield Line(_("Recipients"), "details", list(_recipients(alert, user=user)))
    yield Line(_("Attachment"), "details", list(_attachment(alert)))


def _watched(alert: Alert) -> Iterator[str]:
    rows = list(alert.monitored_pages.all())
    yield from (row.in_words for row in rows if not row.is_exception)
    yield from (row.in_words for row in rows if row.is_exception)
    if any(row.minimum_minutes for row in rows):
        yield _("The time is up %(when)s.") % {"when": alert.get_clock_display()}


def _recipients(alert: Alert, *, user: Any) -> Iterator[str]:
    for recipient in alert.recipients.all():
        address = address_of(recipient.user)
        name = _("you") if recipient.user_id == user.pk else str(recipient)
        yield _("%(name)s, %(address)s") % {"name": name, "address": address or _("without an address")}
    if alert.send_to_owner:
        yield from _owners(alert, user=user)
    yield from alert.cc_in_words
    yield from alert.destinations_in_words


def _owners(alert: Alert, *, user: Any) -> Iterator[str]:
    if Scope.of(alert) is not None and not user.has_perm(VIEW_ANY):
        # With limits as fine as an address, the numbers would tell of contacts whom the user may not view.
        yield str(MAIN_OWNER)
        return
    owners, without = owners_summary(Contact.objects.in_scope_of(alert))
    yield ngettext(
        "the contact's main owner: today %(count)d salesperson",
        "the contact's main owner: today %(count)d salespeople",
        owners,
    ) % {"count": owners}
    if not without:
        return
    deputies = [addressee.user for addressee in fallbacks(alert, _contact_of_nobody())]
    yield ngettext(
        "%(count)d contact without an owner → %(deputy)s",
        "%(count)d contacts without an owner → %(deputy)s",
        without,
    ) % {"count": without, "deputy": _named(deputies, user=user)}


def _contact_of_nobody() -> Contact:
    """Stands for every contact without an owner: who may view one of them may view any."""
    return Contact(email="", email_key="")


def _named(users: Iterable[Any], *, user: Any) -> str:
    names = [_("you") if each == user else display_name(each) for each in users]
    if not names:
        return _("nobody: whoever stands in can't be reached, or may not view these contacts")
    shown, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if more <= 0:
        return shown
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
        "names": shown,
        "count": more,
    }


def _attachment(alert: Alert) -> Iterator[str]:
    yield attachment_in_words(alert)
    if alert.attachment_source != AttachmentSource.NONE and alert.attachment_name:
        yield _("File name: %(name)s") % {"name": alert.attachment_name}
