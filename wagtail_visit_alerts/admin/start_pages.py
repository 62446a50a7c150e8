"""Does a site's start page carry the script? Asked of the site itself, inside this process.

Takes a site, gives a line for a person to read. The page is served as to a stranger without cookies, through the
site's middleware, so that it works for every site whatever host the admin is on; a cache in front is not seen.
"""

import logging
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings as django_settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponseBase
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse, set_urlconf
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_visit_alerts.visits.browser_check import Line, State

logger = logging.getLogger(__name__)

#: Redirects that are followed, such as to the page of a language.
MOST_REDIRECTS = 3
SLUG = "start_page"
TAG_FIX = "{% load visit_alerts %} {% visit_alerts_beacon %}"


def look_at_start_page(site: Site) -> Line:
    """Ask for a site's start page, and say whether it carries the script. Costs what serving that page costs."""
    url = _start_url(site)
    try:
        for _time in range(MOST_REDIRECTS + 1):
            response = _ask(url)
            following = urljoin(url, response.headers.get("Location", ""))
            if not 300 <= response.status_code < 400 or urlsplit(following).netloc != urlsplit(url).netloc:
                return _judge(response, url=url, following=following)
            url = following
    except Exception:  # the site's own code, which passes on what it raises: whoever looks has to be told
        logger.exception("start_page.failed", extra={"site_id": site.pk})
        return _line(
            State.BAD, _("The start page could not be made."), _("A developer finds the fault in the log.")
        )
    return _line(State.WARNING, _("The start page only leads from one address to the next."))


def _start_url(site: Site) -> str:
    try:
        path = reverse("wagtail_serve", args=("",))
    except NoReverseMatch:  # pages that something else than Wagtail serves
        path = get_script_prefix()
    return site.root_url + path


def _ask(url: str) -> HttpResponseBase:
    """The response to a stranger's request. What its middleware activates ends with it."""
    handler = BaseHandler()
    handler.load_middleware()
    urlconf = get_urlconf()
    try:
        with (
            translation.override(translation.get_language()),
            timezone.override(timezone.get_current_timezone()),
        ):
            # Never closed: that would tell Django that the admin's own request is over, and its connection to the
            # database, with its transaction, would be closed in the middle of it.
            return handler.get_response(_request(url))
    finally:
        set_urlconf(urlconf)


def _request(url: str) -> WSGIRequest:
    parts, prefix = urlsplit(url), get_script_prefix()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": prefix.rstrip("/"),
        "PATH_INFO": unquote("/" + parts.path.removeprefix(prefix).lstrip("/"), "latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "HTTP_HOST": parts.netloc,
        "HTTP_ACCEPT": "text/html",
        "HTTP_USER_AGENT": "wagtail_visit_alerts, set-up page",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(),
    }
    if parts.scheme == "https" and (header := django_settings.SECURE_PROXY_SSL_HEADER):
        environ[header[0]] = header[1]
    setup_testing_defaults(environ)
    return WSGIRequest(environ)


def _judge(response: HttpResponseBase, *, url: str, following: str) -> Line:
    words = {"url": url, "status": response.status_code, "following": following}
    if 300 <= response.status_code < 400:
        return _line(
            State.NOTE,
            _("%(url)s leads to another host, %(following)s: look at the site of that host.") % words,
        )
    if response.status_code == 400:
        return _line(
            State.BAD,
            _("%(url)s was refused (400).") % words,
            _("A developer adds the host name to ALLOWED_HOSTS, or corrects the site under Settings, Sites."),
        )
    if response.status_code != 200:
        return _line(
            State.BAD,
            _("%(url)s answered %(status)d instead of showing a page.") % words,
            _("Publish the site's start page, or correct the site under Settings, Sites."),
        )
    number = _scripts_in(_text(response))
    if number == 1:
        return _line(State.GOOD, _("%(url)s carries the script.") % words)
    if number:
        return _line(
            State.WARNING,
            _("%(url)s carries the script more than once.") % words,
            _("A developer leaves the tag in one place only, the base template."),
        )
    return _line(
        State.BAD,
        _("%(url)s does not carry the script: page views are not reported.") % words,
        _("A developer adds %(tag)s at the end of the head in the site's base template.") % {"tag": TAG_FIX},
    )


def _text(response: HttpResponseBase) -> str:
    chunks = response if response.streaming else [response.content]  # type: ignore[attr-defined]
    return b"".join(chunks).decode(response.charset or "utf-8", "replace")


def _scripts_in(html: str) -> int:
    """How many times a page's HTML carries the script."""
    parser = _ScriptCounter()
    parser.feed(html)
    return parser.number


class _ScriptCounter(HTMLParser):
    """Counts the script elements that report to our endpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        try:
            self.endpoint = reverse("visit_alerts:page_views")
        except NoReverseMatch:  # a system check says so
            self.endpoint = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and self.endpoint and dict(attrs).get("data-endpoint") == self.endpoint:
            self.number += 1


def _line(state: State, text: str, fix: str = "") -> Line:
    return Line(SLUG, _("Script on the start page"), state, text, fix)
