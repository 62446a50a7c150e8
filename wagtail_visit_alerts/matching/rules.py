"""The rows of all alerts that are on, compiled for one look-up, and kept per process by a version number."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.apps import apps
from django.db import DatabaseError
from wagtail.models import Site

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.matching.patterns import Pattern, PatternTree, value_matches
from wagtail_visit_alerts.models import MonitoredPage, RulesVersion
from wagtail_visit_alerts.models.canonical_url import DEFAULT_PORTS
from wagtail_visit_alerts.models.primary import atomic

#: Pages whose place is remembered per process; a place is some hundred bytes.
MAX_REMEMBERED_PLACES = 50_000

logger = logging.getLogger(__name__)

_compiled: "Rules | None" = None


@dataclass(frozen=True)
class Rule:
    """One row of an alert, as far as matching needs it."""

    alert_id: int
    alert_version: int
    monitored_page_id: int
    minimum_dwell: timedelta
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a page stands in Wagtail's tree: its path, and the translation keys of itself and of what is above it."""

    path: str
    key: uuid.UUID | None = None
    keys_above: tuple[uuid.UUID, ...] = ()


@dataclass
class Rules:
    """The compiled rows. Reads the database only for the place of a page that it has not met before."""

    version: int
    patterns: dict[int | None, PatternTree[Rule]] = field(default_factory=lambda: defaultdict(PatternTree))
    pages: dict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    page_trees: dict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    translations: dict[uuid.UUID, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    translation_trees: dict[uuid.UUID, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    sites: list[tuple[int, str, int, bool]] = field(default_factory=list)
    named_parameters: set[str] = field(default_factory=set)
    _places: dict[int, tuple[Place, ...]] = field(default_factory=dict)

    def matching(self, *, url: str, page_id: int | None) -> list[Rule]:
        """The rows that watch a page view, whatever their minimum minutes; in the order of their alerts."""
        found = {*self._by_url(url), *self._by_page(page_id)}
        return sorted(found, key=lambda rule: (rule.alert_id, rule.monitored_page_id))

    def knows_page(self, page_id: int) -> bool:
        """Whether a Wagtail page with this id exists."""
        return bool(self._places_of(page_id))

    def _by_url(self, url: str) -> Iterable[Rule]:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 80)
        for site_id in (None, self._site_id(parts.hostname or "", port)):
            if site_id in self.patterns or site_id is None:
                for rule in self.patterns[site_id].find(parts.path):
                    if _parameters_match(rule, parts.query):
                        yield rule

    def _site_id(self, hostname: str, port: int) -> int | None:
        """The site of a host, found as Wagtail finds it: host and port, the only one of that host, the default."""
        same_host = [site for site in self.sites if site[1] == hostname]
        for site in same_host:
            if site[2] == port:
                return site[0]
        if len(same_host) == 1:
            return same_host[0][0]
        return next((site[0] for site in self.sites if site[3]), None)

    def _by_page(self, page_id: int | None) -> Iterable[Rule]:
        if page_id is None or not (self.pages or self.page_trees or self._watches_translations):
            return
        for place in self._places_of(page_id):
            yield from self.pages.get(place.path, ())
            for path in _paths_down_to(place.path):
                yield from self.page_trees.get(path, ())
            if place.key is not None:
                yield from self.translations.get(place.key, ())
            for key in place.keys_above:
                yield from self.translation_trees.get(key, ())

    @property
    def _watches_translations(self) -> bool:
        return bool(self.translations or self.translation_trees)

    def _places_of(self, page_id: int) -> tuple[Place, ...]:
        """Where a page stands; an alias stands where its source does, too. Empty where there is no such page."""
        if page_id not in self._places:
            if len(self._places) >= MAX_REMEMBERED_PLACES:
                self._places.clear()
            page = page_model().objects.filter(pk=page_id).values_list("path", "alias_of__path").first()
            paths = [path for path in page or () if path]
            self._places[page_id] = tuple(
                self._with_keys(paths) if self._watches_translations else map(Place, paths)
            )
        return self._places[page_id]

    def _with_keys(self, paths: list[str]) -> Iterable[Place]:
        wanted = {above for path in paths for above in _paths_down_to(path)}
        keys = dict(page_model().objects.filter(path__in=wanted).values_list("path", "translation_key"))
        for path in paths:
            above = tuple(keys[step] for step in _paths_down_to(path) if step in keys)
            yield Place(path=path, key=keys.get(path), keys_above=above)


def _paths_down_to(path: str) -> list[str]:
    """The paths of a page and of all pages above it, the topmost first."""
    step = page_model().steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


def page_model() -> Any:
    """The site's base page model, swapped or not; looked up late, for a site's models may import this package."""
    return apps.get_model(PAGE_MODEL)


def rules_of_version(version: int) -> Rules:
    """The compiled rows as of a version, read from the database only when it is a new one."""
    global _compiled
    rules = _compiled
    if rules is None or rules.version != version:
        rules = _compiled = _compile(version)
    return rules


def forget_rules() -> None:
    """Drop what this process has compiled, so that the next look-up reads the alerts as they are now."""
    global _compiled
    _compiled = None


def rules_changed() -> None:
    """Tell every process that an alert, the place of a page or a site has changed. Writes one row.

    Pages and sites are saved by others: a fault of our table is logged and never breaks what they do.
    """
    forget_rules()
    try:
        with atomic():
            RulesVersion.bump()
    except DatabaseError:
        logger.exception("rules_version.not_written")


def satisfied(rules: Iterable[Rule], *, dwell: timedelta | None) -> dict[int, Rule]:
    """Of the rows that watch a page view, the first satisfied one of each alert, by the alert's id.

    Without ``dwell`` the moment is the entry: rows without a minimum are satisfied. With it, the moment is that
    of moving on after that time: rows with a minimum of at most that are.
    """
    chosen: dict[int, Rule] = {}
    for rule in rules:
        at_entry = not rule.minimum_dwell
        if at_entry if dwell is None else not at_entry and dwell >= rule.minimum_dwell:
            chosen.setdefault(rule.alert_id, rule)
    return chosen


def _parameters_match(rule: Rule, query: str) -> bool:
    if not rule.parameters:
        return True
    given = parse_qsl(query, keep_blank_values=True)
    return all(
        any(name == key and value_matches(wanted, value) for key, value in given)
        for name, wanted in rule.parameters
    )


def _compile(version: int) -> Rules:
    rules = Rules(version=version)
    rules.sites = list(Site.objects.values_list("pk", "hostname", "port", "is_default_site"))
    rows = list(
        MonitoredPage.objects.filter(alert__is_on=True)
        .select_related("alert", "page")
        .order_by("alert_id", "sort_order", "pk")
    )
    for row in rows:
        if row.kind == MonitoredPage.Kind.URL:
            pattern = Pattern(host=None, path=row.path)
            rules.patterns[row.site_id].add(pattern, _rule(row, pattern.parameters))
            rules.named_parameters.update(pattern.parameters)
        elif row.page is not None:
            if row.include_translations:
                keys = rules.translation_trees if row.include_subpages else rules.translations
                keys[row.page.translation_key].append(_rule(row, {}))
            else:
                paths = rules.page_trees if row.include_subpages else rules.pages
                paths[row.page.path].append(_rule(row, {}))
    return rules


def _rule(row: MonitoredPage, parameters: dict[str, str]) -> Rule:
    return Rule(
        alert_id=row.alert_id,
        alert_version=row.alert.version,
        monitored_page_id=row.pk,
        minimum_dwell=row.minimum_dwell,
        parameters=tuple(sorted(parameters.items())),
    )
