"""An alert in plain words: all that was set up, what it has lost, and how often it was raised."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import InspectView

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.failures import failures_of_alert
from wagtail_visit_alerts.admin.figure_words import LABELS, number
from wagtail_visit_alerts.admin.figures import DAYS, figures_of
from wagtail_visit_alerts.admin.mute_table import MutesOfAlert
from wagtail_visit_alerts.admin.queue_warning import queue_warning
from wagtail_visit_alerts.admin.views.alerts import OfPermittedAlert, analytics_button
from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.delivering.rich_text import as_html
from wagtail_visit_alerts.models import Alert, AttachmentSource, Contact

Line = tuple[str, Any]


class AlertInspectView(OfPermittedAlert, InspectView):
    """What the alert is on, for which contacts, how often and to whom it is sent; its losses and its figures."""

    history_url_name: str = ""
    analytics_url_name: str = ""

    def get_object(self, queryset: QuerySet[Alert] | None = None) -> Alert:
        # Wagtail's own reads the alert alone, whatever it is given.
        return get_object_or_404(Alert.objects.with_words(), pk=unquote(str(self.pk)))

    def get_fields_context(self) -> list[dict[str, Any]]:
        return [{"label": label, "value": value, "component": None} for label, value in lines_of(self.object)]

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Wagtail's own, and the way to the analytics."""
        return [*super().header_buttons, analytics_button(self.analytics_url_name, self.object)]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        buttons = super().header_more_buttons
        if self.history_url_name and self.user_has_permission("change"):
            url = reverse(self.history_url_name, args=[self.object.pk])
            buttons.append(
                Button(pgettext("of an alert", "History"), url=url, icon_name="history", priority=15)
            )
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        now, user = timezone.now(), self.request.user
        lately, ever, last_at = figures_of(self.object, user=user, now=now)
        return context | {
            "warning": queue_warning(user=user, now=now),
            "failures": failures_of_alert(self.object, user=user, now=now),
            "mutes": MutesOfAlert(self.object, now=now) if self.user_has_permission("change") else None,
            "losses": self.object.open_losses,
            "figures": [
                (LABELS[name], number(getattr(lately, name)), number(getattr(ever, name))) for name in LABELS
            ],
            "days": DAYS,
            "last_sent": last_at,
            "analytics_url": reverse(self.analytics_url_name, args=[self.object.pk]),
        }


def lines_of(alert: Alert) -> Iterator[Line]:
    """The alert, line by line: a label and a value each."""
    on, off = pgettext("status of an alert", "ON"), pgettext("status of an alert", "OFF")
    yield _("Status"), on if alert.is_on else off
    yield pgettext("of alerts", "Group"), alert.group or "-"
    yield from _when(alert)
    yield from _to_whom(alert)
    yield pgettext("of an alert", "Description"), as_html(alert.description) or "-"
    yield _("Attachment"), attachment_in_words(alert)
    yield pgettext("of an alert", "Author"), name_of(alert.author)
    yield pgettext("of an alert", "Created"), timezone.localtime(alert.created_at)
    yield pgettext("of an alert", "Updated"), timezone.localtime(alert.updated_at)


def _when(alert: Alert) -> Iterator[Line]:
    rows = alert.monitored_pages.all()
    yield _("Alert on"), _lines(row.in_words for row in rows if not row.is_exception)
    if any(row.is_exception for row in rows):
        yield _("But not on"), _lines(str(row) for row in rows if row.is_exception)
    if any(row.minimum_minutes for row in rows):
        yield _("When the time is up"), alert.get_clock_display()
    yield _("Contacts"), _lines(limits_in_words(alert)) or _("all")
    yield pgettext("how often", "Sent"), alert.frequency_sentence


def limits_in_words(alert: Alert) -> Iterator[str]:
    """Which contacts the alert is about, a phrase for each limit; none where it is about all."""
    if alert.only_tags:
        yield _("only with one of these tags: %(tags)s") % {"tags": ", ".join(alert.only_tags)}
    if alert.not_tags:
        yield _("not with one of these tags: %(tags)s") % {"tags": ", ".join(alert.not_tags)}
    if alert.contacts_of is not None:
        yield _("only of the owner %(name)s") % {"name": name_of(alert.contacts_of)}
    if alert.field_name:
        label = dict(Contact.objects.field_choices()).get(alert.field_name, alert.field_name)
        yield _("only where “%(field)s” is “%(value)s”") % {"field": label, "value": alert.field_value}


def _to_whom(alert: Alert) -> Iterator[Line]:
    yield _("Recipients"), _lines(alert.recipients_in_words)
    if alert.send_to_owner:
        yield _("Where a contact has no active owner"), _fallback(alert)


def _fallback(alert: Alert) -> str:
    if alert.fallback_user is not None:
        return name_of(alert.fallback_user)
    if alert.fallback_group is not None:
        return _("the group “%(name)s”") % {"name": alert.fallback_group}
    if alert.author is None:
        return _("nobody")
    return _("%(name)s, the author") % {"name": name_of(alert.author)}


def _format_name(alert: Alert) -> str:
    """What the format is called without what it is good for; its bare key where a site has taken it away."""
    label = dict(attachments.formats()).get(alert.attachment_format, alert.attachment_format)
    return label.partition(":")[0]


def attachment_in_words(alert: Alert) -> str:
    """What the alert carries as a file."""
    source = AttachmentSource(alert.attachment_source)
    if source == AttachmentSource.NONE:
        return str(source.label)
    size = len(alert.attachment_body)
    return _("%(source)s, as %(format)s; %(size)s") % {
        "source": capfirst(source.label),
        "format": _format_name(alert),
        "size": ngettext("%(count)d character", "%(count)d characters", size) % {"count": size},
    }


def _lines(texts: Iterable[str]) -> SafeString:
    """Texts, one a line, each written in its own direction."""
    return format_html_join("", '<div dir="auto">{}</div>', ([text] for text in texts))
