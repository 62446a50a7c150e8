"""The listing of contacts: what they looked at last, searched, filtered and sorted; and the same as a spreadsheet."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.snippets.views import snippets

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.admin.contact_export import ContactSheet
from wagtail_visit_alerts.admin.contact_filters import contacts_found_by
from wagtail_visit_alerts.admin.seen_lately import DAYS, last_pages_of, visits_of
from wagtail_visit_alerts.admin.streamed_sheets import StreamsAsAsked
from wagtail_visit_alerts.admin.taking_over import owners_gone
from wagtail_visit_alerts.admin.views.importing_contacts import import_buttons
from wagtail_visit_alerts.models import Contact

OWNER_KEY = f"owner__{get_user_model().USERNAME_FIELD}"
MINOR = "visit-alerts-minor"
#: Classes of columns that keep their width beside longer ones.
NAME, EMAIL, VISITS = "visit-alerts-contact-name", "visit-alerts-contact-email", "visit-alerts-contact-visits"
#: One that gives way on a phone.
SEEN = "visit-alerts-contact-seen"


def _owner(contact: Contact) -> str:
    return name_of(contact.owner)


class LastPageColumn(Column):
    """The page that a contact has seen last, which leads to it."""

    cell_template_name = "wagtail_visit_alerts/admin/tables/last_page_cell.html"


class ContactPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does."""

    @property
    def items_count_label(self) -> str:
        """How many contacts there are, in words."""
        return ngettext("%(count)d contact", "%(count)d contacts", self.count) % {"count": self.count}


class ExportsContacts(StreamsAsAsked):
    """A view that gives contacts as a spreadsheet."""

    sheet: ContactSheet

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.use_sheet(ContactSheet(request.user, now=timezone.now()))

    def use_sheet(self, sheet: ContactSheet) -> None:
        """Take the columns that this user may see."""
        self.sheet, self.export_headings = sheet, sheet.headings
        self.list_export = list(self.export_headings)

    def get_filename(self) -> str:
        return f"contacts-{timezone.localdate():%Y-%m-%d}"

    def to_row_dict(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: item[name] for name in self.list_export}

    def as_spreadsheet(self, queryset: QuerySet[Contact], spreadsheet_format: str) -> Any:
        return super().as_spreadsheet(self.sheet.rows(queryset), spreadsheet_format)

    def get_heading(self, queryset: Any, field: str) -> str:
        return self.export_headings[field]


class ContactListingView(ExportsContacts, snippets.IndexView):
    """Wagtail's listing: three queries more than that for what the contacts on the page did lately."""

    paginator_class = ContactPaginator

    @cached_property
    def columns(self) -> list[Any]:
        """Name first; on a phone the minor ones are left out."""
        checkbox, name = super().columns[:2]
        name.label, name.sort_key = pgettext_lazy("of a contact", "Name"), "name"
        name.classname = NAME
        # The contact's page is what people come for; editing is one click further, as in the menu of the row.
        name.get_link_url = lambda contact, parent_context: self.get_inspect_url(contact)
        visits = ngettext("Visits in %(days)d day", "Visits in %(days)d days", DAYS) % {"days": DAYS}
        return [
            checkbox,
            name,
            Column("email", label=_("E-mail"), sort_key="email", classname=f"{MINOR} {EMAIL}"),
            Column("company", label=_("Company"), sort_key="company"),
            Column("owner", label=_("Owner"), accessor=_owner, sort_key=OWNER_KEY, classname=MINOR),
            DateColumn("last_seen_at", label=_("Last seen"), sort_key="last_seen_at", classname=SEEN),
            LastPageColumn("last_page", label=_("Last page"), classname=MINOR),
            Column("visits", label=visits, classname=f"{MINOR} {VISITS}"),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Wagtail's own, and the way to bring contacts in."""
        return [*super().header_buttons, *import_buttons(self.request.user)]

    def order_queryset(self, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        """Ordered to the last: equals would change places from page to page. Who was never seen comes last."""
        if self.ordering == "-last_seen_at":
            return queryset.order_by(F("last_seen_at").desc(nulls_last=True), "-pk")
        if self.ordering == "last_seen_at":
            return queryset.order_by(F("last_seen_at").asc(nulls_last=True), "pk")
        ordered = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "pk") if ordered.query.order_by else ordered

    def search_queryset(self, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        return contacts_found_by(self.search_query, queryset) if self.is_searching else queryset

    def paginate_queryset(self, queryset: QuerySet[Contact], page_size: int) -> Any:
        """Read the contacts on this page and what they did lately, of all at once.

        By their keys: to find the last page a database sorts all contacts, and rows are wide.
        """
        keys = queryset.select_related(None).values_list("pk", flat=True)
        paginator, page, keys, has_others = super().paginate_queryset(keys, page_size)
        found = Contact.objects.select_related("owner").in_bulk(list(keys))
        page.object_list = contacts = [found[key] for key in keys if key in found]
        pages = last_pages_of(contacts)
        visits = visits_of([contact.pk for contact in contacts], now=timezone.now())
        for contact in contacts:
            contact.last_page, contact.visits = pages.get(contact.pk), visits.get(contact.pk, 0)
        return paginator, page, contacts, has_others

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self.is_export:  # Wagtail would count what it then writes
            return {"object_list": self.object_list}
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        return context | {
            "owners_gone": None if self.results_only else owners_gone(self.request.user),
            "import_buttons": import_buttons(self.request.user),
        }
