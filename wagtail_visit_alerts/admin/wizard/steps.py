"""The wizard's steps, in their order. To add one: a form with ``apply_to``, a line here, a template."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from wagtail_visit_alerts.admin.wizard.details_step import DetailsForm
from wagtail_visit_alerts.admin.wizard.frequency_step import FrequencyForm
from wagtail_visit_alerts.admin.wizard.name_step import NameForm
from wagtail_visit_alerts.admin.wizard.pages_step import PagesForm
from wagtail_visit_alerts.admin.wizard.summary_step import SummaryForm


@dataclass(frozen=True)
class Step:
    """One page of the wizard."""

    #: Its part of the URL, and the key of its data in the run. Stays: open runs refer to it.
    slug: str
    heading: str | Promise
    form_class: Callable[..., Any]
    icon: str
    template_name: str = "wagtail_visit_alerts/admin/wizard/fields.html"


STEPS = (
    Step(
        "name",
        pgettext_lazy("step of the wizard", "Name"),
        NameForm,
        "tag",
        "wagtail_visit_alerts/admin/wizard/name.html",
    ),
    Step(
        "pages",
        pgettext_lazy("step of the wizard", "Pages"),
        PagesForm,
        "doc-empty-inverse",
        "wagtail_visit_alerts/admin/wizard/pages.html",
    ),
    Step(
        "frequency",
        pgettext_lazy("step of the wizard", "Frequency"),
        FrequencyForm,
        "time",
        "wagtail_visit_alerts/admin/wizard/frequency.html",
    ),
    Step(
        "details",
        pgettext_lazy("step of the wizard", "Details"),
        DetailsForm,
        "mail",
        "wagtail_visit_alerts/admin/wizard/details.html",
    ),
    Step(
        "summary",
        pgettext_lazy("step of the wizard", "Summary"),
        SummaryForm,
        "check",
        "wagtail_visit_alerts/admin/wizard/summary.html",
    ),
)
SLUGS = tuple(step.slug for step in STEPS)
FIRST, LAST = SLUGS[0], SLUGS[-1]


def neighbour(slug: str, *, by: int) -> str:
    """The slug of the step so many places on (or back, if negative); at the ends the first or the last."""
    return SLUGS[min(max(SLUGS.index(slug) + by, 0), len(SLUGS) - 1)]
