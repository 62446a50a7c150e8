"""What a run of the wizard amounts to so far: its steps' forms, which steps are finished, the alert they make.

Takes a ``WizardRun`` and the user at the keyboard. Whether a step is finished is never stored: it is found out
anew from what was typed, so a page deleted or a permission lost in the meantime is noticed.
"""

import hashlib
import json
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from wagtail.models import Site

from wagtail_visit_alerts.admin.wizard.steps import LAST, SLUGS, STEPS
from wagtail_visit_alerts.models import Alert, WizardRun

#: Names in a step's POST that are not its answers.
NOT_ANSWERS = frozenset({"csrfmiddlewaretoken", "go", "overwrite", "sample_contact", "sample_place"})


def begin_run(*, author: Any, alert: Alert | None = None) -> WizardRun:
    """Start a run: of a new alert, or of one to change, whose steps then hold what the alert says. Writes a row."""
    run = WizardRun(author=author, alert=alert, alert_version=alert.version if alert else None)
    if alert:
        run.steps = {step.slug: as_posted(step.form_class(alert=alert, user=author)) for step in STEPS}
    run.save()
    return run


def as_posted(form: Any) -> dict[str, list[str]]:
    """What a browser would post if a person submitted this unbound form (formset, form of parts) as it is shown."""
    if isinstance(form, forms.BaseFormSet):
        posted = as_posted(form.management_form)
        for row in form.forms:
            posted |= as_posted(row)
        return posted
    if parts := getattr(form, "parts", None):
        return {name: values for part in parts for name, values in as_posted(part).items()}
    return {field.html_name: values for field in form if (values := _values_of(field))}


def _values_of(field: forms.BoundField) -> list[str]:
    value = field.value()
    if isinstance(value, bool):
        return ["on"] if value else []
    shown = field.field.widget.format_value(value)
    shown = shown if isinstance(shown, list) else [shown]
    return ["" if text is None else str(text) for text in shown]


def answers_in(post: QueryDict) -> dict[str, list[str]]:
    """The answers in a step's POST, as the run keeps them."""
    return {name: values for name, values in post.lists() if name not in NOT_ANSWERS}


class Draft:
    """The forms of a run, each made at its first use."""

    def __init__(self, run: WizardRun, *, user: Any) -> None:
        self.run, self.user = run, user
        self._forms: dict[str, Any] = {}

    @cached_property
    def alert(self) -> Alert:
        """The alert as it is in the database; for a new one, an alert with the defaults."""
        if self.run.alert_id is None:
            return Alert(author=self.user)
        alert = Alert.objects.with_parts().get(pk=self.run.alert_id)
        # Wherever the alert names the user it holds the same object: their permissions are read once.
        for recipient in alert.recipients.all():
            if recipient.user_id == self.user.pk:
                recipient.user = self.user
        if alert.author_id == self.user.pk:
            alert.author = self.user
        return alert

    @property
    def sites(self) -> list[Site]:
        """The sites, which the rows of pages have read."""
        sites: list[Site] = self.form("pages").rows.sites
        return sites

    def form(self, slug: str) -> Any:
        """The form of a step, with what was typed in it."""
        if slug not in self._forms:
            stored = self.run.steps.get(slug)
            self._forms[slug] = self._form_with(slug, None if stored is None else MultiValueDict(stored))
        return self._forms[slug]

    def _form_with(self, slug: str, data: MultiValueDict | None) -> Any:
        return STEPS[SLUGS.index(slug)].form_class(data, alert=self.alert, user=self.user)

    def keep(self, slug: str, answers: dict[str, list[str]]) -> None:
        """Keep what was typed in a step, valid or not. Writes the row."""
        self._forms.pop(slug, None)
        self.run.store(slug, answers)

    def keep_unless_untouched(self, slug: str, answers: dict[str, list[str]]) -> None:
        """Keep what was typed in a step, unless it is what a step that nobody has filled in yet shows anyway."""
        if slug in self.run.steps or self._form_with(slug, MultiValueDict(answers)).has_changed():
            self.keep(slug, answers)

    def digest(self, slug: str) -> str:
        """A short text that differs whenever something else is kept of a step."""
        kept = json.dumps(self.run.steps.get(slug), sort_keys=True)
        return hashlib.sha256(kept.encode()).hexdigest()[:16]

    def is_finished(self, slug: str) -> bool:
        """Whether a step was filled in validly. The last one is never finished: it is saved."""
        return slug != LAST and slug in self.run.steps and self.form(slug).is_valid()

    @cached_property
    def first_unfinished(self) -> str:
        """The step to go on with."""
        return next((step.slug for step in STEPS if not self.is_finished(step.slug)), LAST)

    def build(self) -> Alert:
        """The alert that the steps make, in memory; every step but the last must be finished."""
        alert = self.alert
        for step in STEPS:
            form = self.form(step.slug)
            if form.is_bound and form.is_valid():
                form.apply_to(alert)
        return alert
