"""In which language a user of the site is written to, whoever is at the keyboard at that moment."""

from typing import Any

from django.conf import settings as django_settings


def preferred_language(user: Any) -> str:
    """The language a user has chosen in Wagtail; the site's where they have chosen none, or there is no user.

    Wagtail's own ``get_preferred_language`` takes the active language in that case, which is somebody else's.
    """
    profile = getattr(user, "wagtail_userprofile", None)
    return (profile.preferred_language if profile else "") or django_settings.LANGUAGE_CODE
