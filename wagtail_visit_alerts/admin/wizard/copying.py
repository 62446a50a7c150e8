"""Copies an alert: a run of the wizard for a new one, whose steps hold what the source says."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from wagtail_visit_alerts.admin.wizard.draft import as_posted
from wagtail_visit_alerts.admin.wizard.name_step import MAX_LENGTH, name_key
from wagtail_visit_alerts.admin.wizard.steps import STEPS
from wagtail_visit_alerts.models import Alert, AlertDestination, MonitoredPage, Recipient, WizardRun
from wagtail_visit_alerts.models.contact import VIEW_ANY

#: What a copy has of its own.
OWN_FIELDS = frozenset({"id", "author", "name", "is_on", "version", "created_at", "updated_at"})


def begin_copy(source: Alert, *, author: Any) -> tuple[WizardRun, bool]:
    """Start a run that makes a copy, off, of which the copier is author and "me"; gives it, and whether CC or
    destinations were left out, because the copier may not view every contact. Writes a row.
    """
    copy = _copy(source, author=author)
    tells_others = bool(copy.cc or copy.destinations.all())
    drops_cc = tells_others and not author.has_perm(VIEW_ANY)
    if drops_cc:
        copy.cc, copy.destinations = "", []
    run = WizardRun(author=author, copied_from=source)
    run.steps = {step.slug: as_posted(step.form_class(alert=copy, user=author)) for step in STEPS}
    run.save()
    return run, drops_cc


def _copy(source: Alert, *, author: Any) -> Alert:
    """The copy in memory."""
    copied = [field for field in Alert._meta.concrete_fields if field.name not in OWN_FIELDS]
    copy = Alert(**{field.attname: getattr(source, field.attname) for field in copied}, author=author)
    copy.name = name_of_copy(source.name, author=author)
    copy.monitored_pages = [_copy_of_row(row) for row in source.monitored_pages.all()]
    copy.recipients = [Recipient(user=author)] if source.recipients.all() else []
    copy.destinations = [AlertDestination(destination=one.destination) for one in source.destinations.all()]
    return copy


def _copy_of_row(row: MonitoredPage) -> MonitoredPage:
    copied = [field for field in MonitoredPage._meta.concrete_fields if field.name not in ("id", "alert")]
    return MonitoredPage(**{field.attname: getattr(row, field.attname) for field in copied})


def name_of_copy(name: str, *, author: Any) -> str:
    """ "Price list (copy)", or with the first number from 2 on that the author has no alert of."""
    taken = {name_key(known) for known in Alert.objects.filter(author=author).values_list("name", flat=True)}
    word = pgettext("behind the name of an alert, in parentheses", "copy")
    stem = re.sub(rf"\s*\({re.escape(word)}(?: \d+)?\)$", "", name) or name
    # One more try than there are names: one of them is free.
    for number in range(1, len(taken) + 2):
        ending = f" ({word})" if number == 1 else f" ({word} {number})"
        found = f"{stem[: MAX_LENGTH - len(ending)].rstrip()}{ending}"
        if name_key(found) not in taken:
            break
    return found


def cc_left_out() -> str:
    """What the copier is told where CC and destinations were left out."""
    return _(
        "CC and destinations were left out of the copy: they are told of every contact, and you may not view all "
        "of them."
    )
