"""The settings of the app, read lazily from the one dict ``WAGTAIL_VISIT_ALERTS``.

Every key is an attribute of :class:`VisitAlertsSettings` with its type, its default and its meaning, so that
``override_settings`` works and nothing else needs to read ``django.conf.settings`` for our keys. A wrong key or
type is reported by a system check (``checks.py``), never by an exception at import.
"""

import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_type_hints

from django.conf import settings as django_settings

#: The page model that foreign keys point to: swappable from Wagtail 8.0 on, fixed before.
PAGE_MODEL: Final[str] = getattr(django_settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page")

SETTINGS_NAME: Final = "WAGTAIL_VISIT_ALERTS"


class VisitAlertsSettings:
    """One attribute a key of ``WAGTAIL_VISIT_ALERTS``; the class attribute is the default."""

    BASE_URL: str = ""
    """Start of the links in e-mails, such as ``https://www.example.com``. Empty: ``WAGTAILADMIN_BASE_URL``."""

    FROM_EMAIL: str = ""
    """Sender of the alerts. Empty: ``DEFAULT_FROM_EMAIL``."""

    TIME_ZONE: str = ""
    """Time zone in which a day, week and month of the frequency cap begin. Empty: ``TIME_ZONE``."""

    RECORD_STAFF: bool = False
    """Record people who may enter the Wagtail admin or own contacts. Leave off on a real site."""

    RECORD_ANONYMOUS: bool = True
    """Keep page views of visitors who are not identified yet, as a later contact's history."""

    RESPECT_PRIVACY_SIGNALS: bool = True
    """Do not record browsers that send Global Privacy Control or Do Not Track."""

    USER_EMAILS_ARE_VERIFIED: bool = False
    """The site makes its users prove their e-mail address, so that a login finds a contact by it."""

    LINK_PARAMETER: str = "va"
    """Query parameter that carries the token of a signed link."""

    LINK_MAX_AGE_DAYS: int = 90
    """Days for which a signed link identifies its contact."""

    KEPT_QUERY_PARAMETERS: Sequence[str] = ("utm_*",)
    """Query parameters that a recorded URL keeps (``*`` at its end: any ending); others are dropped."""

    FORM_FIELDS: Mapping[str, Sequence[str]] = {
        "name": ("name", "full_name", "your_name", "imie_i_nazwisko"),
        "phone": ("phone", "phone_number", "telephone", "telefon"),
        "company": ("company", "company_name", "firma"),
        "position": ("position", "job_title", "stanowisko"),
        "city": ("city", "miasto"),
        "country": ("country", "kraj"),
    }
    """Which fields of a site's forms fill which field of a contact: our field -> the form's field names."""

    HISTORY_LENGTH: int = 10
    """How many of the contact's latest page views the e-mail shows."""

    def __getattribute__(self, name: str) -> Any:
        if name.isupper():
            configured = getattr(django_settings, SETTINGS_NAME, {})
            if isinstance(configured, Mapping) and name in configured:
                return configured[name]
        return super().__getattribute__(name)

    @property
    def cap_time_zone(self) -> zoneinfo.ZoneInfo:
        """The zone of the calendar that caps count in; never the one that a middleware has activated."""
        return zoneinfo.ZoneInfo(self.TIME_ZONE or django_settings.TIME_ZONE)

    @property
    def base_url(self) -> str:
        """Start of the links in e-mails, without a slash at its end; empty when the site has set none."""
        return (self.BASE_URL or getattr(django_settings, "WAGTAILADMIN_BASE_URL", None) or "").rstrip("/")

    @property
    def from_email(self) -> str:
        """Sender of the alerts."""
        return self.FROM_EMAIL or django_settings.DEFAULT_FROM_EMAIL

    @classmethod
    def types(cls) -> dict[str, Any]:
        """Each key with its annotated type."""
        return {name: hint for name, hint in get_type_hints(cls).items() if name.isupper()}


settings = VisitAlertsSettings()
