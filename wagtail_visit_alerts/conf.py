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

    CONSENT: str | Mapping[str, str] = ""
    """When a visitor may be recorded. ``"not_required"``: always. ``{"cookie": name, "value": value}``: while the
    browser holds this cookie with this value (``*`` in it stands for anything), or the banner has said so to the
    script. A dotted path: what that function of the request answers. Empty: always, and a check asks to choose."""

    EXCLUDED_NETWORKS: Sequence[str] = ()
    """Networks whose visits are not recorded, such as the office's: ``"192.0.2.0/24"``, ``"2001:db8::/32"``."""

    TRUSTED_PROXIES: int = 0
    """How many proxies of the site's own stand in front of it: so many last entries of ``X-Forwarded-For`` are
    believed. 0: the header is not read."""

    STAFF_EMAIL_DOMAINS: Sequence[str] = ()
    """Domains of the staff's own e-mail addresses: whoever is identified by one of them is not recorded."""

    COOKIE_DOMAIN: str = ""
    """Parent domain that several host names of the site share the visitor's cookie on. Empty: each host its own."""

    COOKIE_HOSTS: Sequence[str] = ()
    """The host names that share the cookie of ``COOKIE_DOMAIN``; others of the domain neither set nor read it."""

    SINGLE_PAGE: bool = False
    """Count ``history.pushState`` and back and forward inside a page (htmx, single-page sites) as page views."""

    USER_EMAILS_ARE_VERIFIED: bool = False
    """The site makes its users prove their e-mail address, so that a login finds a contact by it."""

    LINK_PARAMETER: str = "va"
    """Query parameter that carries the token of a signed link."""

    LINK_MAX_AGE_DAYS: int = 90
    """Days for which a signed link identifies its contact."""

    LINK_MAX_BROWSERS: int = 5
    """How many browsers one signed link may identify; opened by more, it counts as shared and identifies nobody."""

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

    QUEUE_NAME: str = ""
    """Name of the django-q2 cluster that runs the app's tasks, where several share a broker. Empty: the site's."""

    RETRY_HOURS: int = 24
    """For how many hours an e-mail is tried again while its fault may pass."""

    DEFAULT_RECIPIENT: str = ""
    """Address that is told of a contact where neither owner, deputy nor fallback can be. Empty: nobody."""

    SENDING_HOURS: Mapping[str, Any] = {}
    """When recipients get e-mails who have chosen nothing else, in their own time zone: ``{"from": "08:00", "until":
    "18:00", "days": [1, 2, 3, 4, 5]}``, Monday is 1. Empty: always."""

    MOST_ALERTS_PER_HOUR: int = 30
    """How many alerts one address gets within an hour; what comes above that is put together in one e-mail. 0: no
    ceiling."""

    HEALTH_TOKEN: str = ""
    """The secret with which a monitoring program may ask whether alerts are delivered. Empty: nobody may."""

    WEBHOOKS_TO_PRIVATE_ADDRESSES: bool = False
    """Let webhooks reach hosts of the site's own network: only where all who set up destinations are trusted."""

    CHAT_SERVICES: Sequence[str] = ("slack", "msteams", "workflows", "discord")
    """The services of the library Apprise for chat and SMS, by the schemes of its addresses, that destinations may
    use. Those here reach the services' own hosts, save ``workflows``, whose host is judged before each message."""

    CONTACT_FIELDS: Sequence[Mapping[str, Any]] = ()
    """Further fields of a contact, each ``{"name": "customer_number", "label": "Customer number", "type": "text",
    "in_email": True}``. Types: ``text``, ``number``, ``date``, ``yes_no``, ``url``, ``choice`` with ``"choices"``."""

    KEEP_PAGE_VIEWS_DAYS: int = 400
    """Days after which page views of contacts are deleted. 0: never."""

    KEEP_UNIDENTIFIED_DAYS: int = 30
    """Days after which page views of visitors are deleted who were not identified. 0: never."""

    KEEP_NOTIFICATIONS_DAYS: int = 730
    """Days after which alerts that were raised are deleted, with their log; their daily totals stay. 0: never."""

    ON_SITE_SECONDS: int = 20
    """Seconds between two looks at who is on the site, while somebody has that list open in the admin."""

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
