"""A contact's page views as a table, page by page, each with why an alert was or wasn't raised."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.views.generic.base import BaseListingView

from wagtail_visit_alerts.admin.delivery_rows import CONTACTS
from wagtail_visit_alerts.admin.page_view_table import COLUMNS, SeenTable, rows_of
from wagtail_visit_alerts.admin.views.contacts import OnlyViewable
from wagtail_visit_alerts.models import Contact, PageView

#: Page views that are listed and counted; all are in the timeline, which counts none.
MOST_LISTED = 1000


class PageViewPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does, and only so far as costs nothing."""

    @cached_property
    def _counted(self) -> int:
        return self.object_list[: MOST_LISTED + 1].count()

    @property
    def count(self) -> int:
        """How many are listed."""
        return min(self._counted, MOST_LISTED)

    @property
    def are_more(self) -> bool:
        """Whether the contact has more page views than are listed."""
        return self._counted > MOST_LISTED

    @property
    def items_count_label(self) -> str:
        """How many page views there are, in words."""
        count = number_format(self.count, force_grouping=True)
        if self.are_more:
            return _("the latest %(count)s page views") % {"count": count}
        return ngettext("%(count)s page view", "%(count)s page views", self.count) % {"count": count}


class ContactPageViewsView(OnlyViewable, BaseListingView):
    """The latest thousand, fifty on a page. For whoever may view the contact."""

    #: What the viewset gives; Wagtail hands over only what is declared.
    index_url_name = ""
    inspect_url_name = ""
    page_views_url_name = ""

    model = PageView
    page_title = gettext_lazy("Page views")
    header_icon = "view"
    paginate_by = 50
    paginator_class = PageViewPaginator
    template_name = "wagtail_visit_alerts/admin/contacts/page_views.html"
    results_template_name = "wagtail_visit_alerts/admin/contacts/page_views_results.html"
    columns = COLUMNS

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.contact = get_object_or_404(Contact, pk=unquote(str(kwargs["pk"])))

    def get_base_queryset(self) -> QuerySet[PageView]:
        return PageView.objects.latest_of(self.contact).select_related("visitor")

    def get_table(self, object_list: Any) -> SeenTable:
        rows = rows_of(list(object_list), reader=self.request.user, now=timezone.now())
        return SeenTable(rows, caption=str(self.page_title), base_url=self.index_url)

    def get_index_url(self) -> str:  # used for the links from page to page
        return reverse(self.page_views_url_name, args=[self.contact.pk])

    def get_index_results_url(self) -> None:
        return None

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        return context | {"timeline_url": reverse(f"{CONTACTS}:timeline", args=[self.contact.pk])}

    def get_page_subtitle(self) -> str:
        return str(self.contact)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {"url": reverse(self.index_url_name), "label": capfirst(Contact._meta.verbose_name_plural)}
        contact = {"url": reverse(self.inspect_url_name, args=[self.contact.pk]), "label": str(self.contact)}
        here = {"url": "", "label": self.page_title, "sublabel": str(self.contact)}
        return [*self.breadcrumbs_items, contacts, contact, here]
