"""Which alerts watch a Wagtail page, and by which of their rows; said on the page's editor.

Takes a page and the user at the keyboard. Guarantees that only alerts are named which the user may see, and a cost
that does not grow with the number of alerts: those that are on are compiled already, of the others only those are
looked at that could be meant.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from wagtail_visit_alerts import matching
from wagtail_visit_alerts.matching import Rule
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import Alert, MonitoredPage, RulesVersion
from wagtail_visit_alerts.models.canonical_url import canonical_url

#: Alerts that are off and could be meant: the latest so many are looked at.
MAX_OFF = 200


@dataclass(frozen=True)
class Watcher:
    """An alert that watches a page, and how, in words; no words where it names the page itself."""

    alert: Alert
    how: str


def watchers_of(page: Any, *, user: Any) -> list[Watcher]:
    """The alerts that watch a page, those that are on first. Reads; some ten queries at most."""
    url = _canonical(page)
    rules = matching.rules_of_version(RulesVersion.current()).matching(url=url, page_id=page.pk)
    off = _could_watch(page, user=user).prefetch_related("monitored_pages__page")[:MAX_OFF]
    rules += matching.compile_rules(off).matching(url=url, page_id=page.pk)
    found = _with_rows(rules, user=user)
    watchers = [Watcher(row.alert, _how(row, page)) for row in found]
    return sorted(watchers, key=lambda watcher: (not watcher.alert.is_on, watcher.alert.name.casefold()))


def _canonical(page: Any) -> str:
    try:
        return canonical_url(page.full_url or "", kept_parameters=())
    except ValueError:  # a page that belongs to no site
        return ""


def _could_watch(page: Any, *, user: Any) -> QuerySet[Alert]:
    """The alerts that are off and have a URL, a translation, the page or one above it among their rows."""
    paths = [path for path in (page.path, page.alias_of.path if page.alias_of_id else "") if path]
    step = page_model().steplen
    above = {path[:end] for path in paths for end in range(step, len(path) + 1, step)}
    rows = MonitoredPage.objects.filter(alert=OuterRef("pk"), is_exception=False).filter(
        Q(kind=MonitoredPage.Kind.URL) | Q(include_translations=True) | Q(page__path__in=above)
    )
    return Alert.objects.viewable_by(user).filter(Exists(rows), is_on=False).order_by("-updated_at", "pk")


def _with_rows(rules: list[Rule], *, user: Any) -> list[MonitoredPage]:
    """The first row of each alert by which it watches the page; of alerts that the user may see."""
    first: dict[int, Rule] = {}
    for rule in rules:
        first.setdefault(rule.alert_id, rule)
    rows = MonitoredPage.objects.filter(pk__in=[rule.monitored_page_id for rule in first.values()])
    seen = rows.filter(alert__in=Alert.objects.viewable_by(user).order_by())
    return list(seen.select_related("alert", "page", "site"))


def _how(row: MonitoredPage, page: Any) -> str:
    if row.page is None:
        return _("by the address %(path)s") % {"path": row}
    if row.page_id == page.pk:
        return ""
    if row.include_subpages and page.path.startswith(row.page.path):
        return _("through “%(title)s” above it") % {"title": row.page.title}
    if row.include_translations and row.page.translation_key == page.translation_key:
        return _("as a translation of “%(title)s”") % {"title": row.page.title}
    return _("through “%(title)s”") % {"title": row.page.title}
