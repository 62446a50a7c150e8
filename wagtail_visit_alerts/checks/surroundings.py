"""Checks of what the app stands in: the site's URLs, its database, its base URL, and what attachments need."""

import re
import sys
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings as django_settings
from django.core import checks
from django.db import connections, router
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse

from wagtail_visit_alerts.checks.check_ids import TAG
from wagtail_visit_alerts.conf import SETTINGS_NAME, settings

ENDPOINT: Final = "visit_alerts:page_views"


def check_urls(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report URLs that are not included, or behind another pattern that takes their requests."""
    if not getattr(django_settings, "ROOT_URLCONF", None):
        return []
    try:
        url = reverse(ENDPOINT)
    except NoReverseMatch:
        return [
            checks.Error(
                "The URLs of wagtail_visit_alerts are not included, so no page view is recorded.",
                hint='Add path("visit-alerts/", include("wagtail_visit_alerts.urls")) to the site\'s URLs, '
                "before Wagtail's own.",
                id=f"{TAG}.E010",
            )
        ]
    if _reaches_endpoint("/" + url.removeprefix(get_script_prefix())):
        return []
    return [
        checks.Error(
            f"The URLs of wagtail_visit_alerts are included, but another pattern before them takes {url}.",
            hint='Move path("visit-alerts/", include("wagtail_visit_alerts.urls")) above Wagtail\'s catch-all, '
            'path("", include(wagtail_urls)).',
            id=f"{TAG}.E011",
        )
    ]


def check_base_url(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report that the links in e-mails have no host to begin with."""
    if not isinstance(settings.BASE_URL, str):
        return []  # check_settings says so
    if not settings.base_url:
        return [
            checks.Warning(
                "No base URL is set, so the e-mails carry no links to the contact and the alert.",
                hint=f'Set WAGTAILADMIN_BASE_URL = "https://www.example.com" or {SETTINGS_NAME}["BASE_URL"].',
                id=f"{TAG}.W001",
            )
        ]
    if not re.match(r"https?://[^/]", settings.base_url):
        return [
            checks.Warning(
                f'The links in e-mails begin with "{settings.base_url}", which no mail program can open.',
                hint='Begin it with "https://" and the host: "https://www.example.com".',
                id=f"{TAG}.W002",
            )
        ]
    return []


def check_sqlite(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report an SQLite file on which a web server and a cluster would lock each other out."""
    from wagtail_visit_alerts.models import PageView

    connection = connections[router.db_for_write(PageView)]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined] # SQLite has it
        return []
    options = connection.settings_dict.get("OPTIONS", {})
    where = f'DATABASES["{connection.alias}"]["OPTIONS"]'
    messages: list[checks.CheckMessage] = []
    if not re.search(r"journal_mode\s*[=(]\s*['\"]?wal\b", options.get("init_command") or "", re.IGNORECASE):
        messages.append(
            checks.Warning(
                "SQLite does not run in WAL mode, so readers and writers wait for each other.",
                hint=f'Set "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL" in {where}.',
                id=f"{TAG}.W010",
            )
        )
    if str(options.get("transaction_mode") or "").upper() != "IMMEDIATE":
        messages.append(
            checks.Warning(
                'SQLite transactions do not begin as IMMEDIATE, so two at a time end in "database is locked".',
                hint=f'Set "transaction_mode": "IMMEDIATE" and "timeout": 20 in {where}.',
                id=f"{TAG}.W011",
            )
        )
    return messages


def check_attachments(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report what keeps attachments from being made, or from being bounded."""
    from wagtail_visit_alerts.delivering.attachments import child_process, pdf
    from wagtail_visit_alerts.delivering.sandboxed import limits

    messages: list[checks.CheckMessage] = []
    if not limits.bounds_memory():
        messages.append(
            checks.Warning(
                "On this system the template of an attachment can use all the memory there is: only its time is "
                "bounded.",
                hint="Run the web server and the cluster on Linux, or let only people you trust change alerts.",
                id=f"{TAG}.W030",
            )
        )
    if pdf.is_installed() and (lacks := pdf.missing_libraries()):
        messages.append(
            checks.Warning(
                f"WeasyPrint is installed, but not what it needs to make PDFs: {', '.join(lacks)}.",
                hint="Install Pango; on Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 "
                "libharfbuzz-subset0.",
                id=f"{TAG}.W031",
            )
        )
    if child_process.interpreter() is None:
        messages.append(
            checks.Warning(
                f"No Python program was found in {sys.prefix}, so no attachment is made.",
                hint="Run the site in a virtual environment, whose bin/python3 is used.",
                id=f"{TAG}.W032",
            )
        )
    return messages


def check_chat(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report that the site allows services for chat and SMS and lacks the library that reaches them."""
    from wagtail_visit_alerts.delivering.channels.chat_channel import is_installed

    chosen = getattr(django_settings, SETTINGS_NAME, {})
    if is_installed() or not isinstance(chosen, Mapping) or not chosen.get("CHAT_SERVICES"):
        return []
    return [
        checks.Warning(
            f'{SETTINGS_NAME}["CHAT_SERVICES"] allows services for chat and SMS, but the library Apprise, which '
            "reaches them, is not installed.",
            hint="pip install wagtail-visit-alerts[chat]; or leave the key out.",
            id=f"{TAG}.W033",
        )
    ]


def _reaches_endpoint(path: str) -> bool:
    """Whether a request for a path reaches our endpoint."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return match.url_name == ENDPOINT.partition(":")[2] and "visit_alerts" in match.app_names
