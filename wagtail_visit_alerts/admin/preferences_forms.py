"""The forms in which a user says when they are told, and who is told while they are away.

Take the user whose row of preferences they write. Guarantee that each writes its own fields alone, so that two of
them on one page do not undo one another, and that only such people are offered as deputy who work with contacts.
"""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import dates
from django.utils import timezone as django_timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_visit_alerts.delivering.reader_clock import preferences_of
from wagtail_visit_alerts.delivering.sending_hours import EVERY_DAY, SendingHours, site_hours
from wagtail_visit_alerts.models import Contact, Pace, ReaderPreferences
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.reader_preferences import WEEKDAYS

#: ISO number of a weekday with its name; Django counts from 0.
DAYS = [(number, dates.WEEKDAYS[number - 1]) for number in WEEKDAYS]


class UserChoiceField(forms.ModelChoiceField):
    """A user, by the name that people know."""

    def label_from_instance(self, obj: Any) -> str:
        return display_name(obj)


class PreferencesForm(forms.ModelForm):
    """Some fields of a user's preferences; ``instance`` is the user, as Wagtail's account page has it."""

    def __init__(self, *args: Any, instance: Any, **kwargs: Any) -> None:
        self.user = instance
        kwargs["instance"] = preferences_of(instance) or ReaderPreferences(user=instance)
        super().__init__(*args, **kwargs)

    def save(self, commit: bool = True) -> ReaderPreferences:
        """Write the fields of this form, and no others."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields}  # type: ignore[attr-defined]
        preferences, _created = ReaderPreferences.objects.update_or_create(user=self.user, defaults=values)
        return preferences


class SendingForm(PreferencesForm):
    """How often and when the user gets e-mails."""

    pace = forms.ChoiceField(
        label=pgettext_lazy("of e-mails to a user", "How often"),
        choices=Pace.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "No alert is lost either way: what waits comes in one e-mail, sorted by contact."
        ),
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ReaderPreferences
        fields = ["pace", "hours_from", "hours_until", "days"]
        widgets = {"hours_from": AdminTimeInput, "hours_until": AdminTimeInput}
        labels = {
            "hours_from": gettext_lazy("Send from"),
            "hours_until": gettext_lazy("Send until"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = site_hours(django_timezone.get_current_timezone())  # only its words
        self.fields["hours_until"].help_text = _(
            "What happens outside of these hours waits until they begin, in its order. Both empty: as on the whole "
            "site (%(hours)s). From 22:00 until 6:00 is over night; twice the same time is the whole day."
        ) % {"hours": hours_in_words(site)}
        self.fields["days"].help_text = _(
            "No day chosen: as on the whole site (%(days)s). Hours over night belong to the day on which they begin."
        ) % {"days": days_in_words(site)}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("hours_from"), cleaned.get("hours_until")
        if (start is None) != (end is None) and not self.errors.keys() & {"hours_from", "hours_until"}:
            missing = "hours_from" if start is None else "hours_until"
            self.add_error(missing, ValidationError(_("Give both times, or leave both empty.")))
        return cleaned


class AbsenceForm(PreferencesForm):
    """When the user is away, and who is told of their contacts then."""

    deputy = UserChoiceField(
        label=gettext_lazy("Deputy"),
        queryset=get_user_model()._default_manager.none(),
        required=False,
        empty_label=gettext_lazy("Nobody"),
        help_text=gettext_lazy(
            "Gets the alerts about contacts whose main owner is away or has no active account. With nobody chosen, "
            "each alert's own fallback is told."
        ),
    )

    class Meta:
        model = ReaderPreferences
        fields = ["away_from", "away_until", "deputy"]
        widgets = {"away_from": AdminDateInput, "away_until": AdminDateInput}
        help_texts = {
            "away_from": gettext_lazy("The first day away."),
            "away_until": gettext_lazy("The last day away. Empty: until further notice."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Q(pk=self.instance.deputy_id)  # who may not any more: the list of absences says so
        users = get_user_model()._default_manager.filter(chosen | Q(pk__in=possible_deputies()))
        name = get_user_model().USERNAME_FIELD
        self.fields["deputy"].queryset = users.exclude(pk=self.user.pk).order_by(name)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("away_from"), cleaned.get("away_until")
        if first is None and last is not None and "away_from" not in self.errors:
            self.add_error("away_from", ValidationError(_("Give the first day away as well.")))
        if first is not None and last is not None and last < first:
            self.add_error("away_until", ValidationError(_("The last day away is before the first one.")))
        return cleaned


def possible_deputies() -> "QuerySet[Any]":
    """The users who may stand in for others: with an active account and an address, who work with contacts."""
    policy = ModelPermissionPolicy(Contact)
    may_view = Q(pk__in=policy.users_with_any_permission(["view", "view_own"]).values("pk"))
    owning = Q(pk__in=Contact.objects.order_by().exclude(owner=None).values("owner"))
    users = get_user_model()._default_manager.filter(may_view | owning, is_active=True)
    address = get_user_model().get_email_field_name()
    names = {field.name for field in get_user_model()._meta.get_fields()}
    return users.exclude(**{address: ""}) if address in names else users.none()


def hours_in_words(hours: SendingHours) -> str:
    """From when until when, as a person says it."""
    if hours.start == hours.end:
        return _("the whole day")
    return _("from %(start)s until %(end)s") % {
        "start": time_format(hours.start, "TIME_FORMAT"),
        "end": time_format(hours.end, "TIME_FORMAT"),
    }


def days_in_words(hours: SendingHours) -> str:
    """On which days, as a person says it."""
    if hours.days == EVERY_DAY:
        return _("every day")
    return ", ".join(str(name) for number, name in DAYS if number in hours.days)
