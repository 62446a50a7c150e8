"""The delivery log: every notification about a contact whom the user may view, and what became of its deliveries."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Table
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import Button

from wagtail_visit_alerts.admin.delivery_log_filters import DeliveryLogFilterSet, found_in_log
from wagtail_visit_alerts.admin.delivery_rows import (
    LOG,
    DeliveryLine,
    NotificationRow,
    rows_of,
    with_what_is_shown,
)
from wagtail_visit_alerts.admin.delivery_table import COLUMNS, LogTable
from wagtail_visit_alerts.admin.queue_warning import queue_warning
from wagtail_visit_alerts.admin.streamed_sheets import StreamsAsAsked
from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.explaining import explain_in_sentences
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Delivery, Notification, Status
from wagtail_visit_alerts.policies import may_see_log, notifications_viewable_by

#: Notifications that are counted and can be turned to, page by page: counting years would take longer than reading.
MOST_COUNTED = 10_000
#: Notifications that an export reads at a time.
CHUNK = 500


class ForReadersOfTheLog:
    """Denies whoever may not see the log."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not may_see_log(request.user):
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows


class NotificationPaginator(WagtailPaginator):
    """Wagtail's own, which counts as the reader's language does, and no longer than a page is worth."""

    @cached_property
    def count(self) -> int:
        """How many there are, up to ``MOST_COUNTED``; of those behind, one asks by their day."""
        return int(self.object_list.order_by().values("pk")[: MOST_COUNTED + 1].count())

    @cached_property
    def num_pages(self) -> int:
        """Pages of what is counted."""
        return -(-min(self.count, MOST_COUNTED) // self.per_page) or 1

    @property
    def items_count_label(self) -> str:
        """How many notifications there are, in words."""
        if self.count > MOST_COUNTED:
            return _("more than %(count)d notifications") % {"count": MOST_COUNTED}
        return ngettext("%(count)d notification", "%(count)d notifications", self.count) % {"count": self.count}


class ExportRow:
    """One delivery with its notification, value by value; a notification without any has a row too."""

    def __init__(self, row: NotificationRow, line: DeliveryLine | None) -> None:
        self._row, self._line = row, line

    def __getitem__(self, name: str) -> Any:
        value = self._value(name)
        return without_formula(value) if isinstance(value, str) else value

    def _value(self, name: str) -> Any:
        row, line = self._row, self._line
        if name in ("number", "raised_at"):
            return {"number": row.pk, "raised_at": _local(row.notification.raised_at)}[name]
        if name in ("contact", "company", "alert", "page", "page_url", "taken_by"):
            return getattr(row, name)
        if line is None:
            return None
        delivery = line.delivery
        own = {
            "recipient": line.name,
            "notes": " ".join(line.notes),
            "attempts": delivery.attempts,
            "due_at": _local(delivery.due_at) if delivery.status == Status.WAITING else None,
            "sent_at": _local(delivery.sent_at),
            "failed_at": _local(delivery.failed_at),
        }
        return own[name] if name in own else getattr(line, name)


def _local(at: Any) -> Any:
    """A time as a spreadsheet shows it: of the reader's zone, which the cell can't name."""
    return None if at is None else timezone.make_naive(at).replace(microsecond=0)


class DeliveryLogView(ForReadersOfTheLog, StreamsAsAsked, ReportView):
    """The latest first, fifty on a page; searched by contact, alert and a recipient's address. Two exports."""

    model = Notification
    # Without Wagtail's permissions: the log has none of its own, and ``setup`` asks for those of contacts.
    index_url_name = f"{LOG}:index"
    index_results_url_name = f"{LOG}:index_results"
    page_title = gettext_lazy("Delivery log")
    header_icon = "list-ul"
    template_name = "wagtail_visit_alerts/admin/delivery_log/log.html"
    results_template_name = "wagtail_visit_alerts/admin/delivery_log/log_results.html"
    filterset_class = DeliveryLogFilterSet
    paginator_class = NotificationPaginator
    columns = COLUMNS
    default_ordering = "-raised_at"
    is_searchable = True
    export_headings = {
        "number": gettext_lazy("Notification"),
        "raised_at": pgettext_lazy("of an alert", "Raised"),
        "contact": gettext_lazy("Contact"),
        "company": gettext_lazy("Company"),
        "alert": gettext_lazy("Alert"),
        "page": pgettext_lazy("of a page view", "Page"),
        "page_url": gettext_lazy("URL"),
        "taken_by": gettext_lazy("Taken by"),
        "recipient": gettext_lazy("Recipient"),
        "address": gettext_lazy("Address"),
        "role": pgettext_lazy("of a recipient", "Why they are told"),
        "channel": gettext_lazy("Channel"),
        "status": gettext_lazy("Status"),
        "attempts": gettext_lazy("Attempts"),
        "waits_for": gettext_lazy("Waits for"),
        "due_at": pgettext_lazy("of a delivery", "Due"),
        "sent_at": pgettext_lazy("of a delivery", "Sent"),
        "failed_at": pgettext_lazy("of a delivery", "Given up"),
        "notes": gettext_lazy("Notes"),
    }
    list_export = list(export_headings)

    def get_filename(self) -> str:
        return f"delivery-log-{timezone.localdate():%Y-%m-%d}"

    def get_base_queryset(self) -> QuerySet[Notification]:
        return with_what_is_shown(notifications_viewable_by(self.request.user))

    def order_queryset(self, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        """Ordered to the last: equals would change places from page to page."""
        sign = "-" if self.ordering.startswith("-") else ""
        return queryset.order_by(self.ordering, f"{sign}pk")

    def search_queryset(self, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        if not self.is_searching:
            return queryset
        return found_in_log(self.search_query, queryset, user=self.request.user)

    def paginate_queryset(self, queryset: QuerySet[Notification], page_size: int) -> Any:
        """Find the keys of the page, then read what it shows: a database would sort the wide rows of all."""
        wanted = queryset.select_related(None).prefetch_related(None).values_list("pk", flat=True)
        paginator, page, keys, has_others = super().paginate_queryset(wanted, page_size)
        found = with_what_is_shown(Notification.objects.all()).in_bulk(list(keys))
        page.object_list = [found[key] for key in keys if key in found]
        return paginator, page, page.object_list, has_others

    def get_filtered_queryset(self) -> QuerySet[Notification]:
        return self.get_queryset()  # which filters and searches already

    def get_table(self, object_list: Any) -> Table:
        rows = [] if self.is_export else rows_of(list(object_list), reader=self.request.user)
        return LogTable(rows, caption=str(self.page_title), ordering=self.ordering, base_url=self.index_url)

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self.is_export:  # Wagtail would count what it then writes
            return {"object_list": self.object_list}
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if not self.results_only:
            context["warning"] = queue_warning(user=self.request.user, now=timezone.now())
        return context

    def as_spreadsheet(self, queryset: QuerySet[Notification], spreadsheet_format: str) -> Any:
        return super().as_spreadsheet(self._export_rows(queryset), spreadsheet_format)

    def _export_rows(self, notifications: QuerySet[Notification]) -> Iterator[ExportRow]:
        """A row for each delivery, read in chunks: a log of years fits into the memory of the server."""
        chunk: list[Notification] = []
        for notification in notifications.iterator(chunk_size=CHUNK):
            chunk.append(notification)
            if len(chunk) == CHUNK:
                yield from self._of_chunk(chunk)
                chunk = []
        yield from self._of_chunk(chunk)

    def _of_chunk(self, chunk: list[Notification]) -> Iterator[ExportRow]:
        for row in rows_of(chunk, reader=self.request.user):
            lines: Sequence[DeliveryLine | None] = row.lines or [None]
            yield from (ExportRow(row, line) for line in lines)

    def to_row_dict(self, item: ExportRow) -> dict[str, Any]:
        return {name: item[name] for name in self.list_export}

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Wagtail's own, and the way to try again what failed, with the filters as they are."""
        buttons: list[Button] = super().header_more_buttons
        query = self.request.GET.copy()
        for name in ("p", "export", "_w_filter_fragment"):
            query.pop(name, None)
        url = reverse(f"{LOG}:retry") + (f"?{query.urlencode()}" if query else "")
        return [*buttons, Button(_("Try again what failed"), url=url, icon_name="rotate", priority=110)]


class NotificationView(ForReadersOfTheLog, WagtailAdminTemplateMixin, TemplateView):
    """One notification: what set it off, why it was raised, and each of its deliveries."""

    page_title = gettext_lazy("Notification")
    header_icon = "list-ul"
    template_name = "wagtail_visit_alerts/admin/delivery_log/notification.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        viewable = with_what_is_shown(notifications_viewable_by(request.user))
        found = viewable.select_related("match__page_view__visitor", "match__monitored_page")
        self.notification = get_object_or_404(found, pk=kwargs["pk"])

    @cached_property
    def row(self) -> NotificationRow:
        """The notification in words."""
        return rows_of([self.notification], reader=self.request.user)[0]

    def get_page_subtitle(self) -> str:
        return self.row.contact

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        log = {"url": reverse(f"{LOG}:index"), "label": DeliveryLogView.page_title}
        return [
            *self.breadcrumbs_items,
            log,
            {"url": "", "label": self.row.raised, "sublabel": self.row.contact},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        page_view = self.notification.match.page_view
        explanation: Iterable[str] = ()
        if page_view is not None:
            answers = explain_in_sentences([page_view], now=timezone.now(), reader=self.request.user)
            explanation = answers[page_view.pk]
        return context | {
            "row": self.row,
            "facts": list(self._facts()),
            "explanation": explanation,
            "may_send_again": self.row.may_send_again,
            "warning": queue_warning(user=self.request.user, now=timezone.now()),
        }

    def _facts(self) -> Iterator[tuple[str, str, str]]:
        """The lines on top: label, text, and where it leads."""
        row, match = self.row, self.notification.match
        yield _("Contact"), row.contact, row.contact_url
        yield _("Alert"), row.alert, row.alert_url
        yield _("Page"), row.page, row.page_url
        if match.page_view is not None:
            yield _("Entered"), moment(match.page_view.entered_at), ""
        if row.may_see_alert and match.monitored_page is not None:
            yield _("Because of"), match.monitored_page.in_words, ""
        yield _("Raised"), row.raised, ""
        if row.taken_by:
            yield _("Taken by"), f"{row.taken_by}, {moment(self.notification.taking.taken_at)}", ""


def failed_in(view: DeliveryLogView) -> QuerySet[Delivery]:
    """The deliveries that failed of what the log shows with the filters and the search of a request."""
    view.object_list = view.get_filtered_queryset()
    of_these = view.object_list.order_by().values("pk")
    failed = Delivery.objects.filter(status=Status.FAILED, notification__in=of_these)
    if view.filters and view.filters.is_valid():
        failed = failed.filter(view.filters.of_deliveries)
    return failed
