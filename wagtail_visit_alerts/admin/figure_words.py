"""Figures of alerts in words: what each is called and means, the tiles that show them, and their chart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_visit_alerts.admin.charts import BarChart, Series
from wagtail_visit_alerts.admin.period_picker import PeriodPicker
from wagtail_visit_alerts.reporting.alert_figures import Figures, added_up

#: What each figure is called, in the order in which they are shown.
LABELS = {
    "matched": gettext_lazy("Page views matched"),
    "raised": gettext_lazy("Alerts raised"),
    "sent": gettext_lazy("Alerts sent"),
    "capped": gettext_lazy("Held back by the frequency"),
    "nobody": gettext_lazy("Nobody to tell"),
    "too_short": gettext_lazy("Moved on too early"),
    "closed": gettext_lazy("Closed too early"),
    "failed": gettext_lazy("Failed"),
    "taken": pgettext_lazy("alerts", "Taken on"),
}
CONTACTS = pgettext_lazy("a figure", "Contacts")
HINTS = {
    "matched": gettext_lazy("seen by a contact, for long enough"),
    "raised": gettext_lazy("page views that somebody is told of"),
    "sent": gettext_lazy("at least one recipient was reached"),
    "capped": gettext_lazy("the contact had raised it often enough"),
    "nobody": gettext_lazy("muted by all, or no recipient left"),
    "too_short": gettext_lazy("another page before the minimum time"),
    "closed": gettext_lazy("left before the minimum time"),
    "failed": gettext_lazy("a recipient could not be reached"),
}
#: What the bars are made of; together they are the page views matched.
_BARS = ("raised", "capped", "nobody")


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure with what it means; ``before`` is what it was in the time before, empty where that says nothing."""

    label: str
    value: str
    before: str = ""
    hint: str = ""


def tiles_of(now: Figures, before: Figures, *, contacts: int, contacts_before: int | None) -> Iterator[Tile]:
    """The figures of a period beside those of the time before."""
    for name in LABELS:
        if name == "taken":
            continue
        yield Tile(
            label=str(LABELS[name]),
            value=number(getattr(now, name)),
            before=number(getattr(before, name)),
            hint=str(HINTS[name]),
        )
        if name == "matched":
            yield Tile(
                label=str(CONTACTS),
                value=number(contacts),
                before="" if contacts_before is None else number(contacts_before),
                hint=_("different people, also those who left too early"),
            )
    yield Tile(
        label=str(LABELS["taken"]),
        value=number(now.taken),
        before=number(before.taken),
        hint=_("“I'm on it”: %(percent)s of those sent") % {"percent": share(now)}
        if now.sent
        else _("a reader pressed “I'm on it”"),
    )


def share(figures: Figures) -> str:
    """Which share of the alerts sent was taken on, in percent; a dash where none was sent."""
    taken = figures.share_taken
    return "-" if taken is None else _("%(number)d%%") % {"number": round(taken * 100)}


def number(count: int) -> str:
    """A number as the reader's language writes it."""
    return str(number_format(count, force_grouping=True))


def chart_of(days: dict[date, Figures], picker: PeriodPicker, *, title: str) -> BarChart:
    """The page views matched, by what came of them, and all figures as a table."""
    parts = picker.span.parts(picker.step)
    figures = [added_up(days, part) for part in parts]

    def series(name: str, pattern: int = 0) -> Series:
        return Series(str(LABELS[name]), [getattr(one, name) for one in figures], pattern)

    return BarChart(
        [picker.label_of(part) for part in parts],
        [series(name, pattern) for pattern, name in enumerate(_BARS)],
        title=title,
        description=_(
            "Bars of the page views matched, by what came of them. The same figures are in the table below."
        ),
        table_caption=title,
        label_heading=picker.label_heading,
        further=[series(name) for name in LABELS if name not in _BARS],
    )
