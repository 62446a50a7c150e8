"""The choice of a period and of the parts of its chart, kept in the address: what the pages of figures have on top.

Takes the query of a request; gives the days that are shown, also where the query is nonsense, and a component.
"""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.reporting.periods import (
    LONGEST_BY_DAY,
    MAX_DAYS,
    Choice,
    Span,
    Step,
    span_of,
    today,
    usual_step,
)

USUAL = Choice.DAYS_30
#: Days that can be asked for: at the ends of the calendar there is no time before to compare with, and no next day.
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
#: How the address writes a day, and what the browser's own field for dates gives.
ISO = "%Y-%m-%d"


class DayField(forms.DateField):
    """A day, in the browser's own field for dates."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format=ISO, attrs={"type": "date"})
        possible = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        super().__init__(input_formats=[ISO], widget=widget, required=False, validators=possible, **kwargs)


class PeriodForm(forms.Form):
    """What the picker asks; ``span`` is the period once it is valid."""

    period = forms.ChoiceField(
        label=gettext_lazy("Period"), choices=Choice.choices, initial=USUAL, required=False
    )
    first = DayField(label=pgettext_lazy("first day of a period", "From"))
    last = DayField(label=pgettext_lazy("last day of a period", "Until"))
    step = forms.ChoiceField(
        label=pgettext_lazy("figures", "Figures by"),
        choices=[("", pgettext_lazy("figures by", "Automatic")), *Step.choices],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """The dates are asked for only where the period is one's own."""
        data: dict[str, Any] = super().clean() or {}
        is_own = data.get("period") == Choice.OWN and not self.has_wrong_day
        if is_own and (fault := _fault(data.get("first"), data.get("last"))):
            self.add_error("last", fault)
        return data

    @property
    def has_wrong_day(self) -> bool:
        """Whether one of the dates can't be shown."""
        return "first" in self.errors or "last" in self.errors


def _fault(first: Any, last: Any) -> str:
    """What is wrong with a period of somebody's own; nothing where it can be shown."""
    if first is None or last is None:
        return _("Give both days, the first and the last.")
    if last < first:
        return _("The last day is before the first one.")
    if Span(first, last).days > MAX_DAYS:
        return ngettext(
            "Choose at most %(count)d day.", "Choose at most %(count)d days at a time.", MAX_DAYS
        ) % {"count": MAX_DAYS}
    return ""


class PeriodPicker(Component):
    """The form, and what it says: ``span``, ``step``.

    ``beside`` is another form to show with it; ``kept`` names what else of the query stays as it is; ``is_of_all``
    is for figures of all alerts, of which a long period is shown by month whatever was asked; ``has_chart`` is False
    where the page shows neither parts of the period nor the time before, so that nothing is said of them.
    """

    template_name = "wagtail_visit_alerts/admin/analytics/period.html"

    def __init__(
        self,
        query: QueryDict,
        *,
        now: datetime,
        beside: forms.Form | None = None,
        kept: tuple[str, ...] = (),
        is_of_all: bool = False,
        has_chart: bool = True,
    ) -> None:
        self.beside, self._is_of_all, self.has_chart = beside, is_of_all, has_chart
        # Whoever comes without a period sees the usual one as chosen.
        self.form = PeriodForm(query if "period" in query else {"period": USUAL, "step": query.get("step", "")})
        self.today = today(now=now)
        self.others = [(name, query[name]) for name in kept if query.get(name)]

    @cached_property
    def answers(self) -> dict[str, Any]:
        """What was chosen and is right."""
        self.form.is_valid()
        return self.form.cleaned_data

    @cached_property
    def span(self) -> Span:
        """The days to show: those chosen, or the usual ones where the choice is wrong."""
        answers = self.answers
        choice = Choice(answers.get("period") or USUAL)
        if choice != Choice.OWN:
            return span_of(choice, on=self.today)
        return (
            span_of(USUAL, on=self.today)
            if self.form.has_wrong_day
            else Span(answers["first"], answers["last"])
        )

    @cached_property
    def step(self) -> Step:
        """How long the parts of the chart are."""
        chosen = self.answers.get("step")
        if self._is_of_all and self.span.days > LONGEST_BY_DAY:
            return Step.MONTH
        return Step(chosen) if chosen else usual_step(self.span)

    @property
    def query(self) -> str:
        """The choice as part of an address, for links to the same figures elsewhere."""
        chosen = [one for form in (self.form, self.beside) if form is not None for one in form]
        return urlencode({one.name: one.data for one in chosen if one.data})

    @property
    def in_words(self) -> str:
        """From when until when, and what it is compared with."""
        if not self.has_chart:
            return _("%(period)s. Days are those of the time zone %(zone)s.") % {
                "period": days_in_words(self.span),
                "zone": settings.cap_time_zone.key,
            }
        return _("%(period)s, compared with %(before)s. Days are those of the time zone %(zone)s.") % {
            "period": days_in_words(self.span),
            "before": days_in_words(self.span.before),
            "zone": settings.cap_time_zone.key,
        }

    def label_of(self, part: Span) -> str:
        """What a part of the period is called below its bar; with the year where the period has days of two."""
        if self.step == Step.MONTH:
            text = pgettext("format of a month below a bar, as of Django's filter “date”", "M Y")
        elif self.span.first.year == self.span.last.year:
            text = pgettext("format of a day below a bar, as of Django's filter “date”", "j M")
        else:
            text = pgettext("format of a day below a bar, as of Django's filter “date”", "j M Y")
        return date_format(part.first, text)

    @property
    def label_heading(self) -> str:
        """What the parts are, as the heading of their column."""
        headings = {
            Step.DAY: pgettext("heading of figures", "Day"),
            Step.WEEK: pgettext("heading of figures", "Week from"),
            Step.MONTH: pgettext("heading of figures", "Month"),
        }
        return headings[self.step]

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"picker": self, "form": self.form, "beside": self.beside or ()}


def days_in_words(span: Span) -> str:
    """From the first day to the last, as the reader's language writes dates."""
    first, last = (date_format(day, "DATE_FORMAT") for day in (span.first, span.last))
    return first if span.days == 1 else _("%(first)s to %(last)s") % {"first": first, "last": last}
