"""The wizard's step 2: rows of a Wagtail page or a URL, each with its minimum minutes.

Takes what was typed in the rows, gives the alert's monitored pages. A whole URL may be pasted as the path: its host
chooses the site.
"""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.apps import apps
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.formsets import BaseFormSetMixin
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Locale, Site

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.matching import Pattern, PatternError, parse_pattern
from wagtail_visit_alerts.models import Alert, MonitoredPage
from wagtail_visit_alerts.models.monitored_page import MAX_MINUTES

#: More rows than anybody sets up by hand; bounds what one request can make us build.
MAX_ROWS = 100
Kind = MonitoredPage.Kind


def _out_of_range() -> str:
    return gettext("Enter a number of minutes from 0 to %(limit)d.") % {"limit": MAX_MINUTES}


# A lazy text filled in with % is no longer lazy: it stays in the language of the import.
_OUT_OF_RANGE = lazy(_out_of_range, str)()


def has_translations() -> bool:
    """Whether the site has several languages, so that "and its translations" means anything."""
    return bool(getattr(django_settings, "WAGTAIL_I18N_ENABLED", False)) and Locale.objects.count() > 1


class MonitoredPageForm(forms.Form):
    """One row. Of the two kinds only the chosen one counts; what the other holds is ignored."""

    kind = forms.ChoiceField(
        label=_("What to watch"),
        choices=[
            (Kind.PAGE.value, pgettext_lazy("kind", "Page")),
            (Kind.URL.value, pgettext_lazy("kind", "URL")),
        ],
        initial=Kind.PAGE.value,
        widget=forms.RadioSelect,
    )
    page: forms.ModelChoiceField = forms.ModelChoiceField(
        label=pgettext_lazy("kind", "Page"),
        queryset=None,
        required=False,
        widget=AdminPageChooser,
        error_messages={
            "invalid_choice": _("This page no longer exists: choose another one or remove the row.")
        },
    )
    include_subpages = forms.BooleanField(label=_("and all its subpages"), required=False)
    include_translations = forms.BooleanField(label=_("and its translations"), required=False)
    site: forms.ModelChoiceField = forms.ModelChoiceField(
        label=pgettext_lazy("web site", "Site"),
        queryset=None,
        required=False,
        empty_label=_("any site"),
        error_messages={"invalid_choice": _("This site no longer exists: choose another one.")},
    )
    path = forms.CharField(
        label=_("Path"),
        required=False,
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
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_(
            "Empty: the alert is sent on entering. Otherwise on moving on to another page after this time."
        ),
        error_messages={"invalid": _OUT_OF_RANGE, "min_value": _OUT_OF_RANGE, "max_value": _OUT_OF_RANGE},
    )

    def __init__(self, *args: Any, translations: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The root (depth 1) is no page that anybody can visit.
        self._choices("page").queryset = apps.get_model(PAGE_MODEL)._default_manager.filter(depth__gt=1)
        self._choices("site").queryset = Site.objects.order_by("site_name", "hostname")
        if not translations:
            del self.fields["include_translations"]

    def _choices(self, name: str) -> forms.ModelChoiceField:
        return cast(forms.ModelChoiceField, self.fields[name])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
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
            pattern = parse_pattern(cleaned.get("path", ""))
            if pattern.host is not None:
                cleaned["site"] = self._site_of(pattern)
                self._forget_errors_of("site")
        except PatternError as error:
            self.add_error("path", str(error))
        except ValidationError as error:
            self.add_error("path", error)
        else:
            cleaned["path"] = pattern.path

    def _site_of(self, pattern: Pattern) -> Site:
        hostname, _colon, port = str(pattern.host).partition(":")
        sites = [site for site in Site.objects.all() if site.hostname.lower() == hostname]
        found = [site for site in sites if not port or str(site.port) == port]
        if not found:
            raise ValidationError(
                _("%(host)s is no site of this installation: enter a path such as /pricing/."),
                params={"host": pattern.host},
            )
        return min(found, key=lambda site: (site.port not in (80, 443), site.pk))

    def monitored_page(self) -> MonitoredPage:
        """The row as a monitored page, not saved. The form must be valid."""
        row = MonitoredPage(
            kind=self.cleaned_data["kind"], minimum_minutes=self.cleaned_data["minimum_minutes"]
        )
        if row.kind == Kind.PAGE:
            row.page = self.cleaned_data["page"]
            row.include_subpages = self.cleaned_data["include_subpages"]
            row.include_translations = self.cleaned_data.get("include_translations", False)
        else:
            row.site, row.path = self.cleaned_data["site"], self.cleaned_data["path"]
        return row


class BaseMonitoredPages(BaseFormSetMixin, BaseFormSet):
    """The rows of one alert. A row in which nothing was entered is ignored, unless it is the only one."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, alert: Alert, user: Any, **kwargs: Any
    ) -> None:
        self.alert, self.user = alert, user
        rows = [self._initial_of(row) for row in alert.monitored_pages.all()] if data is None else None
        self.extra = 0 if rows else 1
        kwargs["form_kwargs"] = {"translations": has_translations()}
        super().__init__(data, initial=rows, prefix="pages", **kwargs)

    @staticmethod
    def _initial_of(row: MonitoredPage) -> dict[str, Any]:
        return {
            "kind": row.kind,
            "page": row.page_id,
            "include_subpages": row.include_subpages,
            "include_translations": row.include_translations,
            "site": row.site_id,
            "path": row.path,
            "minimum_minutes": None if row.minimum_minutes is None else row.minimum_minutes.normalize(),
        }

    @property
    def filled_forms(self) -> list[MonitoredPageForm]:
        """The rows that count: neither removed nor left empty."""
        return [form for form in self.forms if form not in self.deleted_forms and form.has_changed()]

    def clean(self) -> None:
        left = [form for form in self.forms if form not in self.deleted_forms]
        if not left:
            raise ValidationError(_("Add at least one page or URL."))
        if not any(form.has_changed() for form in left):
            left[0].add_error("page", _("Choose a page, or switch to URL."))

    def apply_to(self, alert: Alert) -> None:
        """Write the rows into the alert, in memory; a row that watches what it watched keeps its key."""
        keys = {row.target: row.pk for row in alert.monitored_pages.all()}
        rows = [form.monitored_page() for form in self.filled_forms]
        for number, row in enumerate(rows):
            row.sort_order, row.pk = number, keys.pop(row.target, None)
        alert.monitored_pages = rows


MonitoredPagesFormSet = formset_factory(
    MonitoredPageForm,
    formset=BaseMonitoredPages,
    can_delete=True,
    extra=0,
    max_num=MAX_ROWS,
    absolute_max=MAX_ROWS,
    validate_max=True,
)
