"""Who and what is behind the figures, as tables: contacts, owners, pages; everything in them as it may be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.ui.tables import Column, NumberColumn, Table, TitleColumn

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.figure_words import CONTACTS, LABELS, share
from wagtail_visit_alerts.admin.page_view_table import SeenPageColumn
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.reporting.alert_figures import Figures, OfContact, OfOwner
from wagtail_visit_alerts.reporting.top_pages import PageFigures

_NUMBER = "visit-alerts-number"
_MINOR = "visit-alerts-minor"
_MINOR_NUMBER = f"{_NUMBER} {_MINOR}"
_INSPECT = "wagtailsnippets_wagtail_visit_alerts_contact:inspect"


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    """A contact with their figures."""

    contact: Contact
    figures: Figures
    last_day: date

    @property
    def name(self) -> str:
        """The contact's name, or their address."""
        return wording.one_line(self.contact)

    @property
    def company(self) -> str:
        """The contact's company."""
        return wording.one_line(self.contact.company)

    @property
    def owner(self) -> str:
        """The contact's owner, by name."""
        return name_of(self.contact.owner)

    @property
    def last(self) -> str:
        """The last day of which there is a figure, be it that a page was left too early."""
        return str(date_format(self.last_day, "DATE_FORMAT"))


@dataclass(frozen=True, kw_only=True)
class OwnerRow:
    """The contacts of one owner with their figures."""

    name: str
    contacts: int
    figures: Figures

    @property
    def share(self) -> str:
        """Which share of the alerts sent was taken on."""
        return share(self.figures)


@dataclass(frozen=True)
class PageRow:
    """A page with its figures; named as the cell's template asks."""

    page: PageFigures

    @property
    def title(self) -> str:
        """The page's title; its address where it is no Wagtail page."""
        return wording.one_line(self.page.title or self.page.url)

    @property
    def url(self) -> str:
        """The address to be read; empty where the title is that already."""
        return wording.one_line(self.page.url) if self.page.title else ""

    @property
    def link(self) -> str:
        """Where the page is; empty where that is no address of the web."""
        return wording.web_link(self.page.url)


def contact_rows(found: Iterable[OfContact]) -> list[ContactRow]:
    """The contacts of these figures, in their order. One query."""
    found = list(found)
    contacts = Contact.objects.select_related("owner").in_bulk([one.contact_id for one in found])
    return [
        ContactRow(contact=contacts[one.contact_id], figures=one.figures, last_day=one.last_day)
        for one in found
        if one.contact_id in contacts
    ]


def owner_rows(found: Iterable[OfOwner]) -> list[OwnerRow]:
    """The owners of these figures, in their order. One query."""
    found = list(found)
    users = get_user_model()._default_manager.in_bulk([one.owner_id for one in found if one.owner_id])
    names = {pk: display_name(user) for pk, user in users.items()}
    return [
        OwnerRow(name=_name_of_owner(one, names), contacts=one.contacts, figures=one.figures) for one in found
    ]


def _name_of_owner(one: OfOwner, names: dict[Any, str]) -> str:
    if one.erased:
        return _("Contacts since erased")
    return names.get(one.owner_id) or _("No owner")


def contact_table(rows: Sequence[ContactRow]) -> Table:
    """Contacts, each leading to their page."""
    return _table(
        [
            TitleColumn(
                "name",
                label=gettext_lazy("Contact"),
                get_url=lambda row: reverse(_INSPECT, args=[row.contact.pk]),
            ),
            Column("company", label=gettext_lazy("Company"), classname=_MINOR),
            Column("owner", label=gettext_lazy("Owner"), classname=_MINOR),
            *_numbers("raised", "sent"),
            *_numbers("taken", "matched", minor=True),
            Column("last", label=gettext_lazy("Last on these pages"), classname=f"visit-alerts-day {_MINOR}"),
        ],
        rows,
        caption=_("Who?"),
    )


def owner_table(rows: Sequence[OwnerRow]) -> Table:
    """Owners, or what there is in place of one."""
    return _table(
        [
            Column("name", label=gettext_lazy("Owner")),
            NumberColumn("contacts", label=CONTACTS, classname=_MINOR_NUMBER),
            *_numbers("raised", "sent"),
            *_numbers("failed", "taken", minor=True),
            Column("share", label=gettext_lazy("Share taken on"), classname=_MINOR_NUMBER),
        ],
        rows,
        caption=_("By owner"),
    )


def page_table(rows: Iterable[PageFigures]) -> Table:
    """Pages, each leading to itself."""
    return _table(
        [
            SeenPageColumn("page", label=pgettext_lazy("of a page view", "Page"), accessor="title"),
            NumberColumn("matched", label=LABELS["matched"], accessor="page.matched", classname=_NUMBER),
            NumberColumn("raised", label=LABELS["raised"], accessor="page.raised", classname=_NUMBER),
        ],
        [PageRow(one) for one in rows],
        caption=_("Top pages"),
    )


def _numbers(*names: str, minor: bool = False) -> list[Column]:
    classname = _MINOR_NUMBER if minor else _NUMBER
    return [
        NumberColumn(name, label=LABELS[name], accessor=f"figures.{name}", classname=classname)
        for name in names
    ]


def _table(columns: Sequence[Column], rows: Sequence[Any], *, caption: str) -> Table:
    return Table(columns, rows, classname="listing visit-alerts-numbers", caption=caption)
