"""Who is away and who is told of their contacts meanwhile, for a list: few queries, however many users there are."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from wagtail_visit_alerts.admin.preferences_forms import possible_deputies
from wagtail_visit_alerts.delivering.addressee import is_reachable
from wagtail_visit_alerts.delivering.reader_clock import time_zone_of
from wagtail_visit_alerts.models import ReaderPreferences
from wagtail_visit_alerts.models.display_name import display_name


@dataclass(frozen=True)
class StandIns:
    """The absences and deputies of all users, at a moment."""

    now: datetime

    @cached_property
    def _preferences(self) -> dict[int, ReaderPreferences]:
        told = ("user__wagtail_userprofile", "deputy__wagtail_userprofile")
        return {each.user_id: each for each in ReaderPreferences.objects.select_related(*told)}

    @cached_property
    def _possible(self) -> set[int]:
        """The ids of the users who may stand in for others; of the deputies alone."""
        deputies = {each.deputy_id for each in self._preferences.values() if each.deputy_id is not None}
        return set(possible_deputies().filter(pk__in=deputies).values_list("pk", flat=True))

    def is_away(self, user: Any) -> bool:
        """Whether a user is away on the day that it is for them."""
        preferences = self._preferences.get(user.pk)
        return preferences is not None and preferences.is_away_on(self._today(user))

    def absence_in_words(self, user: Any) -> str:
        """Until when a user is away, or when they will be; empty where no absence lies ahead."""
        preferences = self._preferences.get(user.pk)
        if preferences is None or not preferences.has_absence:
            return ""
        today, first, last = self._today(user), preferences.away_from, preferences.away_until
        if last is not None and last < today:
            return ""
        if preferences.is_away_on(today):
            return _("away until %(last)s") % {"last": _day(last)} if last else _("away until further notice")
        assert first is not None
        if last is None:
            return _("away from %(first)s") % {"first": _day(first)}
        return _("away from %(first)s to %(last)s") % {"first": _day(first), "last": _day(last)}

    def told_instead(self, user: Any) -> str:
        """Who is told of a user's contacts now, in words; empty where the user is."""
        if is_reachable(user) and not self.is_away(user):
            return ""
        deputy = self._deputy(user)
        return display_name(deputy) if deputy is not None else _("nobody: each alert's own fallback is told")

    def _deputy(self, user: Any) -> Any:
        """The first of a user's deputy, that one's deputy and so on who is there and works with contacts."""
        met, preferences = {user.pk}, self._preferences.get(user.pk)
        while preferences is not None and preferences.deputy is not None and preferences.deputy_id not in met:
            deputy = preferences.deputy
            met.add(deputy.pk)
            if deputy.pk in self._possible and is_reachable(deputy) and not self.is_away(deputy):
                return deputy
            preferences = self._preferences.get(deputy.pk)
        return None

    def _today(self, user: Any) -> date:
        return self.now.astimezone(time_zone_of(user)).date()


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
