"""Which page of the site answers at a URL, found as a request would find it, in a few queries however deep it is.

Takes an absolute URL, gives the Wagtail page, or that something else answers there, or nothing. Only reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.utils import translation
from wagtail.models import Site

from wagtail_visit_alerts.admin.wizard.live_pages import Root
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.visits.page_at_url import language_of, resolved, served_path


@dataclass(frozen=True)
class Found:
    """What answers at a URL: a Wagtail page, by its id, or a view of the site's own."""

    page_id: int | None = None
    is_answered: bool = False


def answering_page(url: str, *, site: Site | None, roots: Sequence[Root]) -> Found:
    """What answers at an absolute URL of a site (None: of none)."""
    parts = urlsplit(url)
    path = unquote(parts.path) or "/"
    language = language_of(path)
    with translation.override(language):
        match = resolved(path)
        if match is None or match.url_name != "wagtail_serve":
            return Found(is_answered=match is not None)
        root = _root_of(site, language=language, roots=roots)
        if root is None:
            return Found()
        return _routed(served_path(match), root=root, host=parts.netloc)


def _root_of(site: Site | None, *, language: str, roots: Sequence[Root]) -> Root | None:
    """Where the site's pages begin in a language; a site that has none in it shows those of its own."""
    if site is None:
        return None
    of_site = [root for root in roots if root.site_id == site.pk]
    in_language = [root for root in of_site if root.language == language]
    own = [root for root in of_site if root.url_path == site.root_page.url_path]
    return next(iter([*in_language, *own]), None)


def _routed(path: str, *, root: Root, host: str) -> Found:
    """The live page at this path below the root; else what the nearest one above makes of the rest of the path."""
    components = [component for component in path.split("/") if component]
    paths = [
        root.url_path + "".join(f"{part}/" for part in components[:end]) for end in range(len(components) + 1)
    ]
    pages = {page.url_path: page for page in page_model().objects.filter(url_path__in=paths, live=True)}
    if (page := pages.get(paths[-1])) is not None:
        return Found(page_id=page.pk, is_answered=True)
    for above, url_path in reversed(list(enumerate(paths))):
        if (page := pages.get(url_path)) is not None:
            return _routed_by(page, components[above:], path=path, host=host)
    return Found()


def _routed_by(page: Any, components: list[str], *, path: str, host: str) -> Found:
    """A page that has addresses of its own below it, as routable pages have, answers there itself."""
    request = HttpRequest()
    request.method, request.path, request.user = "GET", f"/{path}", AnonymousUser()
    request.META |= {"HTTP_HOST": host, "SERVER_NAME": host.partition(":")[0], "SERVER_PORT": "80"}
    try:
        answering, _args, _kwargs = page.specific.route(request, components)
    except Http404:
        return Found()
    return Found(page_id=answering.pk, is_answered=True)
