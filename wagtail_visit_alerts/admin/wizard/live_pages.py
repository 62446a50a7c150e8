"""Which of the sites' live pages the rows of an alert match, told from their places and addresses.

Takes an alert in memory and its compiled rows, gives how many live pages match and the first of them. Rows of whole
sites and of pages are counted in the database; for other paths the database narrows the pages down, and the same
code as for a page view decides. At most ``MAX_JUDGED`` pages are judged so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.conf import settings as django_settings
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_visit_alerts.matching import Pattern, Rules
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import Alert, MonitoredPage
from wagtail_visit_alerts.models.canonical_url import canonical_path
from wagtail_visit_alerts.models.monitored_page import WHOLE_SITE

#: Pages that one look judges by their addresses: about a second's work.
MAX_JUDGED = 20_000
#: Matching pages that are shown.
MAX_SHOWN = 10
WHOLE_SITE_PATHS = (WHOLE_SITE, "/**")


@dataclass(frozen=True)
class Root:
    """Where the pages of a site begin, in one language: in Wagtail's tree and on the web."""

    site_id: int
    url_path: str
    root_url: str
    #: What stands before a page's own path: ``/``, or ``/pl/`` where languages have prefixes.
    prefix: str
    language: str


@dataclass(frozen=True)
class LivePage:
    """A live page and its address."""

    pk: int
    title: str
    url: str


@dataclass(frozen=True)
class MatchingPages:
    """How many live pages match, the first of them, and whether there were more to judge."""

    count: int = 0
    first: Sequence[LivePage] = ()
    is_capped: bool = False

    @property
    def cap_in_words(self) -> str:
        """What was looked at, where that was not everything."""
        return _("Only the first %(count)d live pages were looked at.") % {"count": MAX_JUDGED}


def roots_of_sites() -> list[Root]:
    """Where the pages of each site begin in each language, the most specific first."""
    return [
        Root(root.site_id, root.root_path, root.root_url, _prefix(root.language_code), root.language_code)
        for root in Site.get_site_root_paths()
    ]


def _prefix(language: str) -> str:
    try:
        if not getattr(django_settings, "WAGTAIL_I18N_ENABLED", False):
            return reverse("wagtail_serve", args=("",))
        with translation.override(language):
            return reverse("wagtail_serve", args=("",))
    except NoReverseMatch:
        # Another program shows the pages: their own path is as good a guess as any.
        return "/"


def urls_of(url_path: str, *, roots: Sequence[Root]) -> list[str]:
    """The addresses of a page: one, or as many as there are sites with the same root page."""
    of_page = [root for root in roots if url_path.startswith(root.url_path)]
    return [
        root.root_url + root.prefix + canonical_path(url_path[len(root.url_path) :])
        for root in of_page
        if root.url_path == of_page[0].url_path
    ]


def matching_pages(alert: Alert, *, rules: Rules, roots: Sequence[Root]) -> MatchingPages:
    """The live pages that the rows of an alert in memory match. Reads; four queries at most."""
    rows = list(alert.monitored_pages.all())
    watched = [row for row in rows if not row.is_exception]
    if not watched or not roots:
        return MatchingPages()
    conditions = _Conditions(rows, roots=roots)
    candidates = live_pages(roots).filter(conditions.any_of(watched))
    if all(conditions.is_exact(row) for row in rows):
        exceptions = conditions.any_of([row for row in rows if row.is_exception])
        return _counted(candidates.exclude(pk__in=live_pages(roots).filter(exceptions)), roots=roots)
    return _judged(candidates, rules=rules, roots=roots, by_page=any(row.page_id for row in rows))


def live_pages(roots: Sequence[Root]) -> QuerySet[Any]:
    """The live pages that have an address, in the order of the tree."""
    pages: QuerySet[Any] = page_model().objects.filter(_below(roots), live=True).order_by("path")
    return pages


def candidates_for(
    rows: Iterable[MonitoredPage], *, roots: Sequence[Root]
) -> Iterator[tuple[int, str, list[str]]]:
    """Live pages that rows of URLs may match, as id, title and addresses; ``MAX_JUDGED`` at most."""
    condition = _Conditions([], roots=roots).any_of(rows)
    found = live_pages(roots).filter(condition).values_list("pk", "title", "url_path")[:MAX_JUDGED]
    return ((pk, title, urls_of(url_path, roots=roots)) for pk, title, url_path in found)


def _counted(pages: QuerySet[Any], *, roots: Sequence[Root]) -> MatchingPages:
    first = pages.values_list("pk", "title", "url_path")[:MAX_SHOWN]
    shown = [LivePage(pk, title, urls_of(url_path, roots=roots)[0]) for pk, title, url_path in first]
    return MatchingPages(count=pages.count() if len(shown) == MAX_SHOWN else len(shown), first=shown)


def _judged(pages: QuerySet[Any], *, rules: Rules, roots: Sequence[Root], by_page: bool) -> MatchingPages:
    rows = list(pages.values_list("pk", "title", "url_path")[: MAX_JUDGED + 1])
    judged = rows[:MAX_JUDGED]
    if by_page:
        rules.meet_pages(pk for pk, _title, _path in judged)
    found = []
    for pk, title, url_path in judged:
        for url in urls_of(url_path, roots=roots):
            if rules.matching(url=url, page_id=pk if by_page else None):
                found.append(LivePage(pk, title, url))
                break
    return MatchingPages(len(found), found[:MAX_SHOWN], is_capped=len(rows) > MAX_JUDGED)


def _below(roots: Iterable[Root]) -> Q:
    condition = Q(pk__in=[])
    for url_path in dict.fromkeys(root.url_path for root in roots):
        condition |= Q(url_path__startswith=url_path)
    return condition


class _Conditions:
    """What the database can say of rows: exactly which live pages they match, or which they may match."""

    def __init__(self, rows: Sequence[MonitoredPage], *, roots: Sequence[Root]) -> None:
        self.roots = roots
        keys = {row.page.translation_key for row in rows if row.page and row.include_translations}
        translated = page_model().objects.filter(translation_key__in=keys) if keys else ()
        self.paths: dict[Any, list[str]] = {}
        for page in translated:
            self.paths.setdefault(page.translation_key, []).append(page.path)

    def is_exact(self, row: MonitoredPage) -> bool:
        """Whether the condition of this row is all there is to say."""
        return row.kind == MonitoredPage.Kind.PAGE or row.path in WHOLE_SITE_PATHS

    def any_of(self, rows: Iterable[MonitoredPage]) -> Q:
        condition = Q(pk__in=[])
        for row in rows:
            condition |= self._of_page(row) if row.kind == MonitoredPage.Kind.PAGE else self._of_url(row)
        return condition

    def _of_page(self, row: MonitoredPage) -> Q:
        condition = Q(pk__in=[])
        if row.page is None:
            return condition
        paths = self.paths.get(row.page.translation_key, []) if row.include_translations else [row.page.path]
        for path in paths:
            # An alias counts with its source.
            for place in ("path", "alias_of__path"):
                condition |= Q(**{f"{place}__startswith" if row.include_subpages else place: path})
        return condition

    def _of_url(self, row: MonitoredPage) -> Q:
        roots = [root for root in self.roots if row.site_id in (None, root.site_id)]
        condition = _below(roots)
        literal = longest_literal(row.path, apart_from="".join(root.prefix for root in roots))
        return condition & Q(url_path__contains=unquote(literal)) if literal else condition


def longest_literal(path: str, *, apart_from: str = "") -> str:
    """The longest piece of a pattern that stands in every path which it matches, in canonical form.

    Pieces that stand in ``apart_from``, what addresses have before a page's own path, are no help.
    """
    signs = Pattern(host=None, path=path).tokens
    text = "".join("/" if "*" in sign else sign for sign in signs)
    pieces = [piece for piece in text.split("/") if piece not in apart_from]
    return max(pieces, key=len, default="")
