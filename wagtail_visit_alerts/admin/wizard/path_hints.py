"""What a path without stars may mean: only this page, or every address that contains it; and where it misses.

Takes the rows of URLs, gives for each what the two meanings would match, and addresses that a language prefix or
another page above keeps the path from.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Site

from wagtail_visit_alerts.admin.wizard.live_pages import Root, candidates_for, longest_literal
from wagtail_visit_alerts.admin.wizard.recent_page_views import Seen
from wagtail_visit_alerts.matching import Rules, compile_rules
from wagtail_visit_alerts.models import Alert, MonitoredPage

#: Rows that get hints; each costs a look through the pages.
MAX_HINTED = 50
#: The meanings of a path, in the order of the rows that stand for them.
ONLY, CONTAINING, BELOW = range(3)
MEANINGS = 3


@dataclass(frozen=True)
class PlainPath:
    """A row whose path is a plain text, or one that contains it: ``/pricing/`` or ``**pricing**``."""

    #: The row's prefix in the form.
    prefix: str
    text: str
    site: Site | None
    #: What stands before the path where a whole URL was typed.
    host: str = ""
    is_containing: bool = False

    @property
    def only(self) -> str:
        return f"{self.host}/{self.text}/"

    @property
    def containing(self) -> str:
        return f"{self.host}/**{self.text}**" if self.host else f"**{self.text}**"

    @property
    def below(self) -> str:
        return f"{self.host}/**/{self.text}/" if self.host else f"**/{self.text}/"


@dataclass
class PathHint:
    """What is said below a row's path."""

    path: PlainPath
    pages: Counter[int] = field(default_factory=Counter)
    page_views: Counter[int] = field(default_factory=Counter)
    #: The path of a page that this one misses, where it matches none.
    elsewhere: str = ""

    @property
    def only_in_words(self) -> str:
        """How much the path matches if it is one page's."""
        return self._in_words(ONLY)

    @property
    def containing_in_words(self) -> str:
        """How much matches what contains the path."""
        return self._in_words(CONTAINING)

    def _in_words(self, meaning: int) -> str:
        pages, page_views = self.pages[meaning], self.page_views[meaning]
        return _("%(pages)s, %(page_views)s") % {
            "pages": ngettext("%(count)d live page", "%(count)d live pages", pages) % {"count": pages},
            "page_views": ngettext("%(count)d page view", "%(count)d page views", page_views)
            % {"count": page_views},
        }

    @property
    def instead(self) -> list[str]:
        """Paths that would match what this one misses: that page's own, and any that ends like this one."""
        return [f"{self.path.host}{self.elsewhere}", self.path.below]

    @property
    def misses(self) -> bool:
        """Whether the path matches nothing, while a page with more before it is there."""
        is_none = not self.pages[ONLY] and not self.page_views[ONLY]
        return bool(self.elsewhere) and is_none and not self.path.is_containing


def plain_path(path: str, *, typed: str, prefix: str, site: Site | None) -> PlainPath | None:
    """A row's path as plain text, if it is one; the front page and a path with a query are none."""
    containing = re.fullmatch(r"/?\*\*([^*?]*[^*?/][^*?]*)\*\*", path)
    text = (containing[1] if containing else path).strip("/")
    if not text or "*" in text or "?" in text:
        return None
    host = re.match(r"https?://[^/?#]+", typed.strip(), re.IGNORECASE)
    return PlainPath(
        prefix=prefix, text=text, site=site, host=host[0] if host else "", is_containing=bool(containing)
    )


def path_hints(
    paths: Sequence[PlainPath], *, sites: Sequence[Site], roots: Sequence[Root], seen: Iterable[Seen]
) -> list[PathHint]:
    """What each of the paths may mean. Reads; one query."""
    hints = [PathHint(path) for path in paths[:MAX_HINTED]]
    if not hints:
        return hints
    rules, rows = _compiled(hints, sites=sites)
    for _pk, _title, urls in candidates_for(rows[CONTAINING::MEANINGS], roots=roots):
        for number in {number for url in urls for number in _numbers(rules, url)}:
            hint, meaning = hints[number // MEANINGS], number % MEANINGS
            hint.pages[meaning] += 1
            if meaning == BELOW and not hint.elsewhere:
                hint.elsewhere = urlsplit(urls[0]).path
    literals = [longest_literal(hint.path.containing) for hint in hints]
    for one in seen:
        if any(literal in one.url for literal in literals):
            for number in _numbers(rules, one.url):
                hints[number // MEANINGS].page_views[number % MEANINGS] += one.page_views
    return hints


def _compiled(hints: Iterable[PathHint], *, sites: Sequence[Site]) -> tuple[Rules, list[MonitoredPage]]:
    """The meanings of all paths as rows of one alert: rows 0 to 2 are those of the first path."""
    rows = [
        MonitoredPage(kind=MonitoredPage.Kind.URL, site=hint.path.site, path=path)
        for hint in hints
        for path in (f"/{hint.path.text}/", f"**{hint.path.text}**", f"**/{hint.path.text}/")
    ]
    alert = Alert()
    alert.monitored_pages = rows
    return compile_rules([alert], sites=sites), rows


def _numbers(rules: Rules, url: str) -> Iterable[int]:
    return (rule.row_number for rule in rules.watching(url=url, page_id=None))
