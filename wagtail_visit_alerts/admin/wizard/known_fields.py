"""Fields of the wizard's rows that choose among what is read once for all rows: a page, a site, one of a few.

Takes what the rows name, gives pages and sites. However many rows there are, reading and showing them costs three
queries.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Site

from wagtail_visit_alerts.matching.rules import page_model

#: Digits of the largest key that every database compares without an error.
MAX_ID_DIGITS = 18


class KnownPages:
    """The pages of these ids, and where each stands; read at the first use, but for those that are given."""

    def __init__(self, ids: Iterable[Any], *, given: Iterable[Any] = ()) -> None:
        self._given = {page.pk: page for page in given}
        texts = {str(page_id) for page_id in ids if page_id}
        self._ids = {
            int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS
        }

    @cached_property
    def _pages(self) -> dict[str, Any]:
        # The root (depth 1) is no page that anybody can visit.
        unread = self._ids - self._given.keys()
        read = page_model()._default_manager.filter(depth__gt=1, pk__in=unread) if unread else ()
        given = [self._given[page_id] for page_id in self._ids & self._given.keys()]
        return {str(page.pk): page for page in (*given, *read) if page.depth > 1}

    @cached_property
    def _parents(self) -> dict[str, int]:
        paths = {page.path[: -page.steplen] for page in self._pages.values()}
        return dict(page_model()._default_manager.filter(path__in=paths).values_list("path", "pk"))

    def get(self, page_id: Any) -> Any:
        """The page of this id, if there is one."""
        return self._pages.get(str(page_id))

    def parent_of(self, page: Any) -> int | None:
        """The id of the page above it."""
        return self._parents.get(page.path[: -page.steplen])


class KnownPageChooser(AdminPageChooser):
    """Wagtail's page chooser, which reads no page by itself."""

    known = KnownPages(())

    def get_instance(self, value: Any) -> Any:
        return self.known.get(value)

    def get_value_data_from_instance(self, instance: Any) -> dict[str, Any]:
        # Not the page chooser's own: it asks for the page above, once a row.
        data: dict[str, Any] = super(AdminPageChooser, self).get_value_data_from_instance(instance)
        return {**data, "parent_id": self.known.parent_of(instance)}


class KnownPageField(forms.Field):
    """A page among those that the rows name."""

    widget = KnownPageChooser
    known = KnownPages(())

    def look_up_in(self, known: KnownPages) -> None:
        """Take the pages from these."""
        self.known = self.widget.known = known

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if (page := self.known.get(value)) is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return page

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "") != str(data or "")


class KnownSiteField(forms.ChoiceField):
    """A site, or any."""

    sites: Sequence[Site] = ()

    def choose_from(self, sites: Sequence[Site]) -> None:
        """Offer these sites."""
        self.sites = sites
        self.choices = [("", _("any site")), *((str(site.pk), str(site)) for site in sites)]

    def clean(self, value: Any) -> Site | None:
        chosen = super().clean(value)
        return next((site for site in self.sites if str(site.pk) == chosen), None)


class ChoiceOfKnown(forms.ModelChoiceField):
    """A choice of rows, of which one that may be chosen has been read already."""

    known: Any = None

    def to_python(self, value: Any) -> Any:
        if self.known is not None and str(value) == str(self.known.pk):
            return self.known
        return super().to_python(value)


class OneOfField(forms.ChoiceField):
    """One of a few, as radio buttons; what is not posted is the default."""

    widget = forms.RadioSelect

    def __init__(self, *, default: str, **kwargs: Any) -> None:
        self.default = default
        super().__init__(initial=default, required=False, **kwargs)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data or self.default

    def to_python(self, value: Any) -> str:
        return super().to_python(value) or self.default

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial, data or self.default)
