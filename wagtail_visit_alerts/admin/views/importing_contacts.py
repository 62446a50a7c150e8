"""Bringing contacts in: a file is uploaded, looked through, shown with its errors and changes, and imported."""

import csv
import io
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.generic import FormView, TemplateView, View
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from wagtail_visit_alerts import importing
from wagtail_visit_alerts.admin.import_form import ImportForm
from wagtail_visit_alerts.importing import LineError, Phase, Progress
from wagtail_visit_alerts.models import Contact, ContactImport
from wagtail_visit_alerts.models.declared_fields import declared_fields

NAME = "visit_alerts_import"
CONTACTS = "wagtailsnippets_wagtail_visit_alerts_contact"
ERRORS_ON_A_PAGE = 50
_PERMISSIONS = ("wagtail_visit_alerts.add_contact", "wagtail_visit_alerts.change_contact")


def may_import(user: Any) -> bool:
    """Whether a user may import contacts: whoever may add and change some."""
    return all(user.has_perm(name) for name in _PERMISSIONS)


def import_buttons(user: Any) -> list[HeaderButton]:
    """The way here from the list of contacts, for those who may."""
    if not may_import(user):
        return []
    return [HeaderButton(gettext("Import"), url=reverse(f"{NAME}:upload"), icon_name="upload")]


def urlpatterns() -> list[URLPattern | URLResolver]:
    """For Wagtail's hook ``register_admin_urls``."""
    patterns = [
        path("", UploadView.as_view(), name="upload"),
        path("sample/", SampleView.as_view(), name="sample"),
        path("<uuid:token>/", UploadedView.as_view(), name="uploaded"),
        path("<uuid:token>/errors/", RefusedLinesView.as_view(), name="errors"),
    ]
    return [path("visit-alerts/contacts/import/", include((patterns, NAME)))]


class ForThoseWhoImport:
    """Denies whoever may not import contacts."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not may_import(request.user):
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows


class ImportPage(ForThoseWhoImport, WagtailAdminTemplateMixin):
    """What the pages have in common: their place below the contacts."""

    page_title = gettext_lazy("Import contacts")
    header_icon = "upload"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        contacts = {"url": reverse(f"{CONTACTS}:list"), "label": capfirst(Contact._meta.verbose_name_plural)}
        return [*self.breadcrumbs_items, contacts, {"url": "", "label": self.page_title}]


class UploadView(ImportPage, FormView):
    """The first step: a file, and what is to be done with it."""

    form_class = ImportForm
    template_name = "wagtail_visit_alerts/admin/contact_import/upload.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        columns = [importing.Column(name).label for name in importing.COLUMNS_SHOWN]
        return context | {
            "action_url": self.request.path,
            "media": context["form"].media,
            "columns": [*columns, *(str(field.label) for field in declared_fields())],
            "submit_button_label": gettext("Look through the file"),
            "submit_button_active_label": gettext("Uploading…"),
        }

    def form_valid(self, form: ImportForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        user: Any = self.request.user
        try:
            upload = importing.keep_upload(
                file.read(), file_name=file.name, options=form.options, author=user, now=timezone.now()
            )
        except importing.UnreadableFile as error:
            form.add_error("file", str(error))
            return self.form_invalid(form)
        importing.go_on(upload, author=user, now=timezone.now)
        return redirect(f"{NAME}:uploaded", token=upload.pk)


class OfUpload(ForThoseWhoImport):
    """Finds the upload; that of somebody else is as one that does not exist."""

    upload: ContactImport

    def setup(self, request: HttpRequest, *args: Any, token: UUID, **kwargs: Any) -> None:
        super().setup(request, *args, token=token, **kwargs)
        # The file is long; most of what is shown does not need it.
        uploads = ContactImport.objects.defer("content").filter(author=request.user.pk)
        self.upload = get_object_or_404(uploads, pk=token)


class UploadedView(OfUpload, ImportPage, TemplateView):
    """The file while it is looked through, what would come of it, while it is imported, and what came of it."""

    def get_template_names(self) -> list[str]:
        name = {Phase.LOOKED: "looked_through", Phase.IMPORTED: "imported"}.get(self.progress.phase, "working")
        return [f"wagtail_visit_alerts/admin/contact_import/{name}.html"]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.progress = Progress.of(self.upload)

    def get_page_subtitle(self) -> str:
        return self.upload.file_name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        progress = self.progress
        errors = _page_of(progress.errors, number=self.request.GET.get("p"))
        return context | {
            "progress": progress,
            "delimiter": _delimiter_in_words(progress.delimiter),
            "errors": errors,
            "elided_page_range": errors.paginator.get_elided_page_range(errors.number),
            "are_all_errors": len(progress.errors) < importing.KEPT_ERRORS,
            "contacts_url": reverse(f"{CONTACTS}:list"),
            "upload_url": reverse(f"{NAME}:upload"),
            "errors_url": reverse(f"{NAME}:errors", args=[self.upload.pk]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Begin the import if the button was pressed; then go on with what has begun, for some seconds."""
        if "begin" in request.POST:
            importing.begin_import(self.upload.pk)
            self.upload.refresh_from_db()
        importing.go_on(self.upload, author=request.user, now=timezone.now)
        return redirect(f"{NAME}:uploaded", token=self.upload.pk)


class RefusedLinesView(OfUpload, View):
    """The lines with errors as a file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _csv_file(importing.refused_lines(self.upload), name="lines-with-errors.csv")


class SampleView(ForThoseWhoImport, View):
    """A file to begin with: all columns, and two made-up contacts."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        file = io.StringIO(newline="")
        # As spreadsheets of the reader's language write it.
        writer = csv.writer(file, delimiter=";" if get_format("DECIMAL_SEPARATOR") == "," else ",")
        further = [field.name for field in declared_fields()]
        owner = request.user.get_username()
        writer.writerow([*importing.COLUMNS_SHOWN, *further])
        for name, address, tags in (("Anna Nowak", "anna", "customer, fair"), ("Jan Maj", "jan", "")):
            row = {
                "email": f"{address}@example.com",
                "name": name,
                "tags": tags,
                "owner": owner if tags else "",
            }
            writer.writerow(
                [*(row.get(column, "") for column in importing.COLUMNS_SHOWN), *[""] * len(further)]
            )
        return _csv_file(file.getvalue(), name="contacts.csv")


def _csv_file(text: str, *, name: str) -> HttpResponse:
    """A download that Excel reads as what it is."""
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _delimiter_in_words(delimiter: str) -> str:
    words = {",": gettext("comma"), ";": gettext("semicolon"), "\t": gettext("tab")}
    return words.get(delimiter, delimiter)


class _ErrorPaginator(WagtailPaginator):
    @property
    def items_count_label(self) -> str:
        return ngettext("%(count)d error", "%(count)d errors", self.count) % {"count": self.count}


def _page_of(errors: list[LineError], *, number: str | None) -> "Page[LineError]":
    return _ErrorPaginator(errors, ERRORS_ON_A_PAGE).get_page(number)
