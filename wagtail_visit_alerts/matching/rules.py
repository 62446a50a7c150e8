"""The rows of alerts, compiled for one look-up; those of all alerts that are on are kept per process by a version.

A row watches a page view, or is an exception ("but not on") that keeps its alert from one.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from itertools import count, groupby
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.apps import apps
from django.db import DatabaseError
from django.db.models import prefetch_related_objects
from wagtail.models import Site

from wagtail_visit_alerts.conf import PAGE_MODEL
from wagtail_visit_alerts.matching.patterns import Pattern, PatternTree, value_matches
from wagtail_visit_alerts.models import Alert, Clock, MonitoredPage, RulesVersion
from wagtail_visit_alerts.models.canonical_url import DEFAULT_PORTS
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.models.scope import Scope

#: What compiling reads of an alert and of a page.
ALERT_FIELDS = ("version", "clock", "only_tags", "not_tags", "contacts_of", "field_name", "field_value")
PAGE_FIELDS = ("path", "translation_key")
#: Pages whose place is remembered per process; a place is some hundred bytes.
MAX_REMEMBERED_PLACES = 50_000

logger = logging.getLogger(__name__)

_compiled: "Rules | None" = None


@dataclass(frozen=True)
class Rule:
    """One row of an alert, as far as matching needs it.

    What is not saved yet has ids below zero, each its own.
    """

    alert_id: int
    alert_version: int
    monitored_page_id: int
    #: The row's place among those of its alert, from 0.
    row_number: int
    #: A page view that this row watches raises nothing of its alert.
    is_exception: bool
    minimum_dwell: timedelta
    clock: str
    #: The contacts that the alert is about; None: all.
    scope: Scope | None = None
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
        """The rows that watch a page view, whatever their minimum minutes, of alerts that make no exception of it.

        In the order of their alerts, and in each in the order of its rows.
        """
        found = self.watching(url=url, page_id=page_id)
        kept_from = {rule.alert_id for rule in found if rule.is_exception}
        return [rule for rule in found if rule.alert_id not in kept_from]

    def watching(self, *, url: str, page_id: int | None) -> list[Rule]:
        """All rows that a page view fits, exceptions too; in the order of their alerts and rows."""
        found = {*self._by_url(url), *self._by_page(page_id)}
        return sorted(found, key=lambda rule: (rule.alert_id, rule.row_number))

    def knows_page(self, page_id: int) -> bool:
        """Whether a Wagtail page with this id exists."""
        return bool(self._places_of(page_id))

    def meet_pages(self, page_ids: Iterable[int]) -> None:
        """Read the places of many pages at once, in two queries at most; looking them up then costs none.

        That there is no such page is not remembered: a browser may name the id that the next new page will have.
        """
        unmet = [page_id for page_id in page_ids if page_id not in self._places]
        if not unmet:
            return
        if len(self._places) + len(unmet) > MAX_REMEMBERED_PLACES:
            self._places.clear()
        pages = page_model().objects.filter(pk__in=unmet).values_list("pk", "path", "alias_of__path")
        paths = {pk: [path for path in (own, source) if path] for pk, own, source in pages}
        keys = self._keys_of({path for found in paths.values() for path in found})
        for page_id, found in paths.items():
            self._places[page_id] = tuple(_place(path, keys=keys) for path in found)

    def meet_known(self, pages: Iterable[Any]) -> None:
        """Take the places of pages that were read already: a query for the aliases among them, none for others."""
        known = {page.pk: page for page in pages if page.pk not in self._places}
        keys = self._keys_of({page.path for page in known.values()})
        for page in known.values():
            if page.alias_of_id is None:
                self._places[page.pk] = (_place(page.path, keys=keys),)
        self.meet_pages(page_id for page_id in known if page_id not in self._places)

    def site_id_of(self, url: str) -> int | None:
        """The site that answers at a URL; None where there is no default site."""
        parts = urlsplit(url)
        return self._site_id(parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 80))

    def _by_url(self, url: str) -> Iterable[Rule]:
        parts = urlsplit(url)
        for site_id in (None, self.site_id_of(url)):
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
        if page_id is None or not self.watches_pages:
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
    def watches_pages(self) -> bool:
        """Whether any row names a page: only then it matters where one stands."""
        return bool(self.pages or self.page_trees or self._watches_translations)

    @property
    def _watches_translations(self) -> bool:
        return bool(self.translations or self.translation_trees)

    def _places_of(self, page_id: int) -> tuple[Place, ...]:
        """Where a page stands; an alias stands where its source does, too. Empty where there is no such page."""
        if page_id not in self._places:
            self.meet_pages([page_id])
        return self._places.get(page_id, ())

    def _keys_of(self, paths: Iterable[str]) -> dict[str, uuid.UUID]:
        """The translation keys of pages and of those above them, by path; none where no row asks for them."""
        if not self._watches_translations:
            return {}
        wanted = {above for path in paths for above in _paths_down_to(path)}
        return dict(page_model().objects.filter(path__in=wanted).values_list("path", "translation_key"))


def _place(path: str, *, keys: dict[str, uuid.UUID]) -> Place:
    above = tuple(keys[step] for step in _paths_down_to(path) if step in keys)
    return Place(path=path, key=keys.get(path), keys_above=above)


def _paths_down_to(path: str) -> list[str]:
    """The paths of a page and of all pages above it, the topmost first."""
    step = page_model().steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


@cache
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


def satisfied(
    rules: Iterable[Rule], *, dwell: timedelta | None = None, in_view: timedelta | None = None
) -> dict[int, Rule]:
    """Of the rows that watch a page view, the first satisfied one of each alert, by the alert's id.

    Without a time the moment is the entry: rows without a minimum are satisfied. With ``dwell`` it is that of
    moving on after that time, with ``in_view`` that at which the page has been in view for that time: rows with
    a minimum of at most that are, each by the clock that its alert has chosen.
    """
    chosen: dict[int, Rule] = {}
    times = {Clock.MOVED_ON: dwell, Clock.IN_VIEW: in_view}
    is_entry = dwell is None and in_view is None
    for rule in rules:
        time = times[Clock(rule.clock)]
        if not rule.minimum_dwell if is_entry else rule.minimum_dwell and _reaches(time, rule.minimum_dwell):
            chosen.setdefault(rule.alert_id, rule)
    return chosen


def _reaches(time: timedelta | None, minimum: timedelta) -> bool:
    return time is not None and time >= minimum


def _parameters_match(rule: Rule, query: str) -> bool:
    if not rule.parameters:
        return True
    given = parse_qsl(query, keep_blank_values=True)
    return all(
        any(name == key and value_matches(wanted, value) for key, value in given)
        for name, wanted in rule.parameters
    )


def compile_rules(alerts: Iterable[Alert], *, version: int = 0, sites: Iterable[Site] | None = None) -> Rules:
    """Compile the rows of alerts as they are in memory, saved or not, on or off.

    Reads the sites, unless all of them are given, and those of the pages that the rows do not hold yet; two queries.
    """
    rows = [(alert, number, row) for alert in alerts for number, row in enumerate(alert.monitored_pages.all())]
    prefetch_related_objects([row for _alert, _number, row in rows if row.page_id], "page")
    return _compile_rows(rows, version=version, sites=sites)


def _compile(version: int) -> Rules:
    """Compile the rows of all alerts that are on, in two queries."""
    rows = (
        MonitoredPage.objects.filter(alert__is_on=True)
        .select_related("alert", "page")
        .only(
            *(field.attname for field in MonitoredPage._meta.concrete_fields),
            *(f"alert__{name}" for name in ALERT_FIELDS),
            *(f"page__{name}" for name in PAGE_FIELDS),
        )
        .order_by("alert_id", "sort_order", "pk")
    )
    by_alert = groupby(rows, key=lambda row: row.alert_id)
    numbered = ((row.alert, number, row) for _id, of_one in by_alert for number, row in enumerate(of_one))
    return _compile_rows(numbered, version=version)


def _compile_rows(
    rows: Iterable[tuple[Alert, int, MonitoredPage]], *, version: int, sites: Iterable[Site] | None = None
) -> Rules:
    rules = Rules(version=version)
    rules.sites = [
        (site.pk, site.hostname, site.port, site.is_default_site)
        for site in (Site.objects.all() if sites is None else sites)
    ]
    unsaved = count(-1, -1)
    alert_ids: dict[int, int] = defaultdict(unsaved.__next__)
    for alert, number, row in rows:
        alert_id = alert_ids[id(alert)] if alert.pk is None else alert.pk
        rule = _rule(row, alert=alert, alert_id=alert_id, row_id=row.pk or next(unsaved), number=number)
        if row.kind == MonitoredPage.Kind.URL:
            pattern = Pattern(host=None, path=row.path)
            rule = replace(rule, parameters=tuple(sorted(pattern.parameters.items())))
            rules.patterns[row.site_id].add(pattern, rule)
            rules.named_parameters.update(pattern.parameters)
        elif row.page is not None and row.include_translations:
            keys = rules.translation_trees if row.include_subpages else rules.translations
            keys[row.page.translation_key].append(rule)
        elif row.page is not None:
            paths = rules.page_trees if row.include_subpages else rules.pages
            paths[row.page.path].append(rule)
    return rules


def _rule(row: MonitoredPage, *, alert: Alert, alert_id: int, row_id: int, number: int) -> Rule:
    return Rule(
        alert_id=alert_id,
        alert_version=alert.version,
        monitored_page_id=row_id,
        row_number=number,
        is_exception=row.is_exception,
        minimum_dwell=timedelta(0) if row.is_exception else row.minimum_dwell,
        clock=alert.clock,
        scope=Scope.of(alert),
    )
