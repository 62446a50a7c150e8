"""The rows of the wizard's step 2: each a Wagtail page or a URL that is watched, or that is an exception.

Takes what was typed in the rows, gives the alert's monitored pages. A whole URL may be pasted as the path: its host
chooses the site. What all rows choose from is read once, however many there are.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.functional import SimpleLazyObject, cached_property, lazy
from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.formsets import BaseFormSetMixin
from wagtail.models import Locale, Site

from wagtail_visit_alerts.admin.wizard.known_fields import (
    KnownPageField,
    KnownPages,
    KnownSiteField,
    OneOfField,
)
from wagtail_visit_alerts.admin.wizard.typed_path import read_path
from wagtail_visit_alerts.matching import PatternError
from wagtail_visit_alerts.models import Alert, MonitoredPage
from wagtail_visit_alerts.models.monitored_page import MAX_MINUTES

#: More rows than anybody sets up by hand; bounds what one request can make us build.
MAX_ROWS = 200
#: Removed rows are posted too, and rows beyond the limit are shown with the error, so that nothing typed is lost.
MAX_POSTED_ROWS = 2 * MAX_ROWS
Kind = MonitoredPage.Kind
WATCH, EXCEPT = "watch", "except"


def _out_of_range() -> str:
    return gettext("Enter a number of minutes from 0 to %(limit)d.") % {"limit": MAX_MINUTES}


# A lazy text filled in with % is no longer lazy: it stays in the language of the import.
_OUT_OF_RANGE = lazy(_out_of_range, str)()


def has_translations() -> bool:
    """Whether the site has several languages, so that "and its translations" means anything."""
    return bool(getattr(django_settings, "WAGTAIL_I18N_ENABLED", False)) and Locale.objects.count() > 1


def _read_pages(alert: Alert) -> list[Any]:
    """The pages of the alert's rows, as far as they were read with it."""
    page = MonitoredPage._meta.get_field("page")
    return [row.page for row in alert.monitored_pages.all() if page.is_cached(row) and row.page is not None]


class MonitoredPageForm(forms.Form):
    """One row. Of the two kinds only the chosen one counts; what the other holds is ignored.

    What is not posted has its default: a browser leaves those out, for many servers take 1,000 fields at most.
    """

    role = OneOfField(
        label=_("Role of the row"), choices=[(WATCH, _("Watch")), (EXCEPT, _("But not on"))], default=WATCH
    )
    kind = OneOfField(
        label=_("What to watch"),
        choices=[
            (Kind.PAGE.value, pgettext_lazy("kind", "Page")),
            (Kind.URL.value, pgettext_lazy("kind", "URL")),
        ],
        default=Kind.PAGE.value,
    )
    page = KnownPageField(
        label=pgettext_lazy("kind", "Page"),
        required=False,
        error_messages={
            "invalid_choice": _("This page no longer exists: choose another one or remove the row.")
        },
    )
    include_subpages = forms.BooleanField(label=_("and all its subpages"), required=False)
    include_translations = forms.BooleanField(label=_("and its translations"), required=False)
    site = KnownSiteField(
        label=pgettext_lazy("web site", "Site"),
        required=False,
        error_messages={"invalid_choice": _("This site no longer exists: choose another one.")},
    )
    path = forms.CharField(
        label=_("Path"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "/pricing/ is one page, /blog/** all below it, ** every page; * stands for one part of a path."
        ),
    )
    minimum_minutes = forms.DecimalField(
        label=_("Minimum minutes on the page"),
        required=False,
        localize=True,
        min_value=0,
        max_value=MAX_MINUTES,
        decimal_places=2,
        # The placeholder is what the style sheet tells an empty field by.
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "0"}),
        help_text=_("Empty: the alert is sent on entering."),
        error_messages={"invalid": _OUT_OF_RANGE, "min_value": _OUT_OF_RANGE, "max_value": _OUT_OF_RANGE},
    )

    def __init__(
        self, *args: Any, translations: Any, pages: KnownPages, sites: list[Site], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.translations, self.sites = translations, sites
        self.fields["page"].look_up_in(pages)  # type: ignore[attr-defined]
        self.fields["site"].choose_from(sites)  # type: ignore[attr-defined]

    @property
    def offers_translations(self) -> bool:
        """Whether the site has several languages to choose."""
        return bool(self.translations)

    @property
    def is_removed(self) -> bool:
        """Whether the row was removed on the screen."""
        return bool(self.fields["DELETE"].to_python(self["DELETE"].value()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == EXCEPT:
            self._forget_errors_of("minimum_minutes")
            cleaned["minimum_minutes"] = None
        if cleaned.get("kind") == Kind.PAGE:
            self._forget_errors_of("site", "path")
            if not cleaned.get("page") and "page" not in self.errors:
                self.add_error("page", _("Choose a page."))
        elif cleaned.get("kind") == Kind.URL:
            self._forget_errors_of("page", "include_subpages", "include_translations")
            self._clean_url(cleaned)
        return cleaned

    def _forget_errors_of(self, *names: str) -> None:
        for name in names:
            self.errors.pop(name, None)

    def _clean_url(self, cleaned: dict[str, Any]) -> None:
        try:
            site, cleaned["path"] = read_path(cleaned.get("path", ""), sites=self.sites)
        except (PatternError, ValidationError) as error:
            self.add_error("path", error if isinstance(error, ValidationError) else str(error))
        else:
            if site is not None:
                cleaned["site"] = site
                self._forget_errors_of("site")

    def monitored_page(self) -> MonitoredPage:
        """The row as a monitored page, not saved. The form must be valid."""
        row = MonitoredPage(
            kind=self.cleaned_data["kind"],
            is_exception=self.cleaned_data["role"] == EXCEPT,
            minimum_minutes=self.cleaned_data["minimum_minutes"],
        )
        if row.kind == Kind.PAGE:
            row.page = self.cleaned_data["page"]
            row.include_subpages = self.cleaned_data["include_subpages"]
            row.include_translations = self.cleaned_data["include_translations"] and self.offers_translations
        else:
            row.site, row.path = self.cleaned_data["site"], self.cleaned_data["path"]
        return row


class BaseMonitoredPages(BaseFormSetMixin, BaseFormSet):
    """The rows of one alert. A row in which nothing was entered is ignored, unless it is the only one."""

    default_error_messages = {
        **BaseFormSet.default_error_messages,
        "too_many_forms": ngettext_lazy(
            "An alert has at most %(num)d row: remove some, or take ** or “all its subpages” for several pages.",
            "An alert has at most %(num)d rows: remove some, or take ** or “all its subpages” for several pages.",
            "num",
        ),
    }

    def __init__(self, data: Mapping[str, Any] | None = None, *, alert: Alert, **kwargs: Any) -> None:
        rows = [self._initial_of(row) for row in alert.monitored_pages.all()] if data is None else None
        self.extra = 0 if rows else 1
        super().__init__(data, initial=rows, prefix="pages", **kwargs)
        ids = [data.get(f"{self.add_prefix(n)}-page") for n in range(self.total_form_count())] if data else []
        self.form_kwargs = {
            # Read only where a row is shown or asks for them: the wizard's other steps do neither.
            "translations": SimpleLazyObject(has_translations),
            "pages": KnownPages([*ids, *(row["page"] for row in rows or ())], given=_read_pages(alert)),
            "sites": list(Site.objects.select_related("root_page").order_by("site_name", "hostname")),
        }

    @staticmethod
    def _initial_of(row: MonitoredPage) -> dict[str, Any]:
        return {
            "role": EXCEPT if row.is_exception else WATCH,
            "kind": row.kind,
            "page": row.page_id,
            "include_subpages": row.include_subpages,
            "include_translations": row.include_translations,
            "site": row.site_id,
            "path": row.path,
            "minimum_minutes": None if row.minimum_minutes is None else row.minimum_minutes.normalize(),
        }

    @property
    def sites(self) -> list[Site]:
        """The sites that a row can name."""
        sites: list[Site] = self.form_kwargs["sites"]
        return sites

    @property
    def shown_forms(self) -> Iterator[tuple[int, MonitoredPageForm]]:
        """The rows that were not removed, each with the number that it has on the screen."""
        return enumerate((form for form in self.forms if not form.is_removed), start=1)

    @property
    def filled_forms(self) -> list[tuple[int, MonitoredPageForm]]:
        """The rows that count: neither removed nor left empty; each with its number."""
        return [(number, form) for number, form in self.shown_forms if form.has_changed()]

    @cached_property
    def valid_rows(self) -> list[tuple[int, MonitoredPage]]:
        """The rows that count and have no error, as monitored pages, each with its number."""
        if not self.is_bound:
            return []
        return [(number, form.monitored_page()) for number, form in self.filled_forms if form.is_valid()]

    def clean(self) -> None:
        left = [form for _number, form in self.shown_forms]
        if not left:
            raise ValidationError(_("Add at least one page or URL."))
        if not any(form.has_changed() for form in left):
            left[0].add_error("page", _("Choose a page, or switch to URL."))
        elif all(form.cleaned_data.get("role") == EXCEPT for form in left if form.has_changed()):
            raise ValidationError(
                _("Add at least one page or URL to watch: an exception alone raises no alert.")
            )

    def apply_to(self, alert: Alert) -> None:
        """Write the rows into the alert, in memory; a row that watches what it watched keeps its key."""
        keys = {row.target: row.pk for row in alert.monitored_pages.all()}
        rows = [row for _number, row in self.valid_rows]
        for number, row in enumerate(rows):
            row.sort_order, row.pk = number, keys.pop(row.target, None)
        alert.monitored_pages = rows


MonitoredPagesFormSet = cast(
    type[BaseMonitoredPages],
    formset_factory(
        MonitoredPageForm,
        formset=BaseMonitoredPages,
        can_delete=True,
        extra=0,
        max_num=MAX_ROWS,
        absolute_max=MAX_POSTED_ROWS,
        validate_max=True,
    ),
)
