"""All alerts side by side: their figures as rows of a table, and which of them are worth a look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.ui.tables import Column, NumberColumn, Table

from wagtail_visit_alerts.admin.figure_words import CONTACTS, LABELS, share
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.reporting.alert_figures import Figures, OfAlert

ANALYTICS = "wagtailsnippets_wagtail_visit_alerts_alert:analytics"
EDIT = "wagtailsnippets_wagtail_visit_alerts_alert:edit"
#: The figures that have a column, and those of them that a phone leaves out.
COLUMNS = ("matched", "raised", "sent", "capped", "nobody", "too_short", "closed", "failed", "taken")
_ON_A_PHONE = ("raised", "sent")
USUAL_ORDER = "-raised"
#: So often a day about one contact, or in all, is likely to be more than anybody reads.
OFTEN_ABOUT_ONE, OFTEN_IN_ALL = 4, 20
#: So many page views held back, and so many times those that raised the alert, are worth a question.
MUCH_HELD_BACK, TIMES_HELD_BACK = 10, 2


@dataclass(kw_only=True)
class AlertRow:
    """One alert with its figures; ``pk`` is None for those that were deleted, taken together."""

    pk: int | None
    full_name: str
    figures: Figures
    is_on: bool = True
    group: str = ""
    author_id: Any = None
    most_in_a_day: int = 0
    contacts: int = 0

    @property
    def name(self) -> str:
        """The alert's name as it is shown; of thousands of rows only a few are."""
        return wording.one_line(self.full_name)

    @property
    def url(self) -> str:
        """The alert's analytics."""
        return "" if self.pk is None else reverse(ANALYTICS, args=[self.pk])

    @property
    def share(self) -> str:
        """Which share of the alerts sent was taken on."""
        return share(self.figures)


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What is striking about an alert, what its frequency is now, and where that is changed, if the reader may."""

    text: str
    now: str
    url: str


def rows_of(alerts: QuerySet[Alert], found: Iterable[OfAlert]) -> list[AlertRow]:
    """A row for each of these alerts, with figures or without, and one for all deleted ones. One query."""
    by_id = {one.alert_id: one for one in found}
    nothing = OfAlert(alert_id=None, figures=Figures(), most_in_a_day=0)
    rows = []
    for pk, name, is_on, group, author_id in alerts.order_by().values_list(
        "pk", "name", "is_on", "group", "author_id"
    ):
        one = by_id.get(pk, nothing)
        rows.append(
            AlertRow(
                pk=pk,
                full_name=name,
                is_on=is_on,
                group=group,
                author_id=author_id,
                figures=one.figures,
                most_in_a_day=one.most_in_a_day,
            )
        )
    if (deleted := by_id.get(None)) is not None:
        rows.append(AlertRow(pk=None, full_name=_("Deleted alerts"), figures=deleted.figures))
    return rows


def in_order(rows: Sequence[AlertRow], ordering: str) -> list[AlertRow]:
    """The rows by a figure or by name, equals by name."""
    by_name = sorted(rows, key=lambda row: (row.full_name.casefold(), row.pk or 0))
    name = ordering.removeprefix("-")
    backwards = ordering.startswith("-")
    if name == "name":
        return by_name[::-1] if backwards else by_name
    return sorted(by_name, key=lambda row: int(getattr(row.figures, name)), reverse=backwards)


def ordering_in(query: Mapping[str, str]) -> str:
    """The order that was asked for, or the usual one."""
    asked = query.get("ordering", USUAL_ORDER)
    return asked if asked.removeprefix("-") in ("name", *COLUMNS) else USUAL_ORDER


class AlertNameColumn(Column):
    """The alert's name, which leads to its analytics, and whether it is off."""

    cell_template_name = "wagtail_visit_alerts/admin/analytics/alert_cell.html"


def alert_table(rows: Sequence[AlertRow], *, ordering: str, base_url: str) -> Table:
    """The rows as a table that is sorted by its headings."""
    figures = [
        NumberColumn(
            name,
            label=LABELS[name],
            accessor=f"figures.{name}",
            sort_key=name,
            classname="visit-alerts-number" + ("" if name in _ON_A_PHONE else " visit-alerts-minor"),
        )
        for name in COLUMNS
    ]
    minor = "visit-alerts-number visit-alerts-minor"
    matched, *others = figures
    return Table(
        [
            AlertNameColumn("name", label=gettext_lazy("Alert"), sort_key="name"),
            matched,
            NumberColumn("contacts", label=CONTACTS, classname=minor),
            *others,
            Column("share", label=gettext_lazy("Share taken on"), classname=minor),
        ],
        rows,
        classname="listing visit-alerts-numbers",
        caption=_("All alerts side by side"),
        ordering=ordering,
        base_url=base_url,
    )


def never_raised(rows: Iterable[AlertRow]) -> list[AlertRow]:
    """The alerts that are on and were not raised."""
    return [row for row in rows if row.pk is not None and row.is_on and not row.figures.raised]


def striking(rows: Iterable[AlertRow], *, days: int) -> list[AlertRow]:
    """The alerts that are on and were told of too often, or much held back, in a period of so many days."""
    return [row for row in rows if row.pk is not None and row.is_on and _what_strikes(row, days)]


def hint_of(row: AlertRow, *, days: int, alert: Alert, may_change: bool) -> Hint:
    """What is striking about one of these, and the way to its frequency for who may change it.

    Who has changed it sees by what it is now that they have: the figures are of before.
    """
    figures, a_day = row.figures, row.figures.raised // days
    sentences = {
        "about one": ngettext(
            "“%(name)s” was raised up to %(count)d time a day about one contact: allow it less often.",
            "“%(name)s” was raised up to %(count)d times a day about one contact: allow it less often.",
            row.most_in_a_day,
        )
        % {"name": row.name, "count": row.most_in_a_day},
        "in all": ngettext(
            "“%(name)s” was raised %(count)d time a day: allow it less often, or have it watch fewer pages.",
            "“%(name)s” was raised %(count)d times a day: allow it less often, or have it watch fewer pages.",
            a_day,
        )
        % {"name": row.name, "count": a_day},
        "held back": ngettext(
            "“%(name)s”: its frequency held back %(capped)d of %(count)d page view. If you miss alerts, allow more.",
            "“%(name)s”: its frequency held back %(capped)d of %(count)d page views. If you miss alerts, allow more.",
            figures.matched,
        )
        % {"name": row.name, "capped": figures.capped, "count": figures.matched},
    }
    url = f"{reverse(EDIT, args=[row.pk])}?step=frequency" if may_change else ""
    now = _("Now: %(frequency)s") % {"frequency": alert.frequency_sentence}
    return Hint(text=sentences[_what_strikes(row, days)], now=now, url=url)


def _what_strikes(row: AlertRow, days: int) -> str:
    """What is striking about a row; empty where nothing is."""
    figures = row.figures
    if row.most_in_a_day >= OFTEN_ABOUT_ONE:
        return "about one"
    if figures.raised // days >= OFTEN_IN_ALL:
        return "in all"
    if figures.capped >= MUCH_HELD_BACK and figures.capped > TIMES_HELD_BACK * figures.raised:
        return "held back"
    return ""
