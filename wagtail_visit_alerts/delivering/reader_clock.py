"""The clock of a reader: their time zone, what they have chosen about being told, and whether they are away.

Takes a user and a moment; reads what is not at hand already. Guarantees an answer where a user has chosen nothing,
or a time zone that exists no more.
"""

import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings as django_settings

from wagtail_visit_alerts.models import ReaderPreferences

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


def time_zone_of(user: "AbstractUser | None") -> zoneinfo.ZoneInfo:
    """Return the time zone that a user has chosen in Wagtail, else the site's."""
    profile = getattr(user, "wagtail_userprofile", None)
    try:
        return zoneinfo.ZoneInfo(profile.get_current_time_zone() if profile else django_settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(django_settings.TIME_ZONE)


def preferences_of(user: "AbstractUser | None") -> ReaderPreferences | None:
    """Return what a user has chosen about being told; None where that is nothing."""
    return getattr(user, "visit_alerts_preferences", None)


def is_away(user: "AbstractUser", *, now: datetime) -> bool:
    """Whether a user is away on the day that it is for them."""
    preferences = preferences_of(user)
    if preferences is None or not preferences.has_absence:
        return False
    return preferences.is_away_on(now.astimezone(time_zone_of(user)).date())
