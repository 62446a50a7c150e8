"""The wizard's step 1: what the alert is called, and the group it is sorted into.

A name is unique among the alerts of one author, whatever its case and spacing. Where it is taken, the form says
which similar one is free.
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_visit_alerts.admin.wizard.step_form import StepForm
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.models.display_name import display_name

MAX_LENGTH = 255
#: More groups than anybody picks from.
MAX_GROUPS = 200


def name_key(name: str) -> str:
    """The form of a name in which two that a person takes for the same are equal."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def free_name(name: str, *, taken: set[str]) -> str:
    """The name with the least number from 2 on behind it that is not taken; ``taken`` holds keys of names."""
    stem = re.sub(r"\s*\(\d+\)$", "", name) or name
    # One more try than there are names: one of them is free.
    for number in range(2, len(taken) + 3):
        ending = f" ({number})"
        found = f"{stem[: MAX_LENGTH - len(ending)].rstrip()}{ending}"
        if name_key(found) not in taken:
            break
    return found


class NameForm(StepForm):
    """Step 1: what the alert is called, and its group."""

    name = forms.CharField(
        label=gettext_lazy("Alert name"),
        max_length=MAX_LENGTH,
        help_text=gettext_lazy(
            "By this name you find it again, and recipients recognise it: “Price list opened”."
        ),
        error_messages={"required": gettext_lazy("Give the alert a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    group = forms.CharField(
        label=pgettext_lazy("of alerts", "Group"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "A label to sort alerts by, such as “Sales North”. Take an existing one or type a new one."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "visit-alerts-groups"}),
    )
    #: A name that is free, where the one that was typed is taken.
    suggestion = ""

    def initial_of(self, alert: Alert, *, user: Any) -> dict[str, Any]:
        return {"name": alert.name, "group": alert.group}

    @cached_property
    def groups(self) -> list[str]:
        """The groups of the alerts that the user may see, to choose from."""
        groups = Alert.objects.viewable_by(self.user).exclude(group="").values_list("group", flat=True)
        return list(groups.order_by("group").distinct()[:MAX_GROUPS])

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        key, is_as_before = name_key(name), name_key(name) == name_key(self.alert.name)
        if not is_as_before and key in (taken := self._taken()):
            self.suggestion = free_name(name, taken=taken)
            raise forms.ValidationError(
                self._is_taken(), code="taken", params={"suggestion": self.suggestion, "author": self._author}
            )
        return name

    def clean_group(self) -> str:
        """A group that differs from an existing one in its case or spacing only is that one."""
        group = " ".join(self.cleaned_data["group"].split())
        if not group or group == self.alert.group:
            return group
        return next((known for known in self.groups if name_key(known) == name_key(group)), group)

    def _taken(self) -> set[str]:
        of_author = Alert.objects.filter(author=self.alert.author_id or self.user.pk)
        return {name_key(name) for name in of_author.exclude(pk=self.alert.pk).values_list("name", flat=True)}

    @property
    def _author(self) -> str:
        return display_name(self.alert.author) if self.alert.author else ""

    def _is_taken(self) -> str:
        if self.alert.author_id in (None, self.user.pk):
            return _("You have an alert of this name already. “%(suggestion)s” is free.")
        return _("%(author)s has an alert of this name already. “%(suggestion)s” is free.")

    def apply_to(self, alert: Alert) -> None:
        alert.name = self.cleaned_data["name"]
        alert.group = self.cleaned_data["group"]
