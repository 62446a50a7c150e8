"""Which Wagtail page an address of the site shows, for entries that asked no server and carry no page's id.

A page that puts another address into the bar by itself (htmx, single-page sites) may have no tag that says which
page that is. Then the server finds it as it would to serve it. That costs some queries, so it is asked only for such
entries, and outside of the transaction that records them. Gives None for whatever is no live page.
"""

import copy
import logging
from dataclasses import replace
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from django.conf import settings as django_settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve
from django.utils import translation

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.recording import Entry

logger = logging.getLogger(__name__)

Report = TypeVar("Report")

#: Entries that asked no server: a restored page may be one that had put its address into the bar itself.
WITHOUT_SERVER = ("navigate", "restore")


def with_page(report: Report, request: HttpRequest) -> Report:
    """An entry with the ids of its page and of those that it carries; other reports as they are.

    Raises ``DatabaseError``.
    """
    if not isinstance(report, Entry) or not settings.SINGLE_PAGE:
        return report
    page_id = report.page_id
    if page_id is None and report.how in WITHOUT_SERVER:
        page_id = page_id_at(report.url, request)
    return replace(report, page_id=page_id, unsent=tuple(with_page(one, request) for one in report.unsent))


def page_id_at(url: str, request: HttpRequest) -> int | None:
    """The id of the live page at an absolute URL of the site that the request is for.

    Raises ``DatabaseError``; whatever else the site's own pages raise while they are asked is logged.
    """
    path = unquote(urlsplit(url).path).removeprefix(get_script_prefix().rstrip("/"))
    with translation.override(language_of(path)):
        match = resolved(path)
        if match is None or match.url_name != "wagtail_serve":
            return None
        try:
            # A copy, since Wagtail keeps on the request what it has found for it.
            page = page_model().find_for_request(copy.copy(request), served_path(match))
        except DatabaseError:
            raise
        except Exception:  # the site's own routes may raise anything; the page view counts all the same
            logger.exception("page_view.page_not_found")
            return None
    return None if page is None else page.pk


def language_of(path: str) -> str:
    """The language whose prefix a path begins with, or else the site's first."""
    prefixed, _default = is_language_prefix_patterns_used(django_settings.ROOT_URLCONF)
    code = translation.get_language_from_path(path) if prefixed else None
    return code or str(django_settings.LANGUAGE_CODE)


def resolved(path: str) -> ResolverMatch | None:
    """The view for a path, also for one without the slash at its end that Django's redirect would add."""
    for tried in dict.fromkeys((path, f"{path.rstrip('/')}/")):
        try:
            return resolve(tried)
        except Resolver404:
            continue
    return None


def served_path(match: ResolverMatch) -> str:
    """What Wagtail's view is given of a path: the part below the pages' own prefix."""
    return match.args[0] if match.args else match.kwargs.get("path", "")
