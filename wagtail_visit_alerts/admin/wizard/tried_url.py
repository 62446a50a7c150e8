"""One URL that an editor tries: what was typed as an address of the site, the page behind it, and the answer.

Takes the text and the compiled rows, gives whether and by which row a page view there would raise the alert.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_visit_alerts.admin.wizard.answering_page import answering_page
from wagtail_visit_alerts.admin.wizard.live_pages import Root
from wagtail_visit_alerts.admin.wizard.typed_path import with_scheme
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.matching import Rule, Rules
from wagtail_visit_alerts.models import Alert, Clock, MonitoredPage
from wagtail_visit_alerts.models.canonical_url import canonical_url


@dataclass(frozen=True)
class Answer:
    """Whether the URL would raise the alert: in words, with what else is to be said of it."""

    is_raised: bool
    text: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class TriedUrl:
    """A URL as a page view would have it."""

    url: str
    page_id: int | None
    notes: Sequence[str] = ()

    def answer(self, rules: Rules, *, alert: Alert, rows: Sequence[tuple[int, MonitoredPage]]) -> Answer:
        """What a page view there would raise; ``rows`` are the alert's with the numbers they are shown with."""
        found = rules.watching(url=self.url, page_id=self.page_id)

        def in_words(rule: Rule) -> dict[str, object]:
            number, row = rows[rule.row_number]
            return {"number": number, "row": row.in_words}

        if exception := next((rule for rule in found if rule.is_exception), None):
            text = _("Row %(number)d, “%(row)s”, is an exception: nothing is sent.")
            return Answer(False, text % in_words(exception), self.notes)
        if not found:
            return Answer(False, _("No row matches: nothing is sent."), self.notes)
        soonest = min(found, key=lambda rule: (rule.minimum_dwell, rule.row_number))
        limited = [_("Only for the contacts that the alert is about.")] if soonest.scope else []
        return Answer(True, _when(soonest, alert=alert) % in_words(soonest), [*self.notes, *limited])


def _when(rule: Rule, *, alert: Alert) -> str:
    if not rule.minimum_dwell:
        return _("Row %(number)d, “%(row)s”, matches: the alert is sent on entering.")
    if alert.clock == Clock.IN_VIEW:
        return _(
            "Row %(number)d, “%(row)s”, matches: the alert is sent as soon as the page has been in view that long."
        )
    return _(
        "Row %(number)d, “%(row)s”, matches: the alert is sent on moving on to another page after that time."
    )


def read_tried_url(text: str, *, rules: Rules, sites: Sequence[Site], roots: Sequence[Root]) -> TriedUrl:
    """The URL that was typed; a path alone is one of the default site. Raises ``ValueError`` where it is none."""
    kept = [*settings.KEPT_QUERY_PARAMETERS, *rules.named_parameters]
    url = canonical_url(_whole_url(text.strip(), sites=sites), kept_parameters=kept)
    site_id = rules.site_id_of(url)
    found = answering_page(url, site=next((site for site in sites if site.pk == site_id), None), roots=roots)
    notes = [] if found.is_answered else [_("No page of this site answers at this address.")]
    if all(site.hostname.lower() != urlsplit(url).hostname for site in sites):
        notes = [_("%(host)s is no site of this installation.") % {"host": urlsplit(url).netloc}]
    return TriedUrl(url, page_id=found.page_id, notes=notes)


def _whole_url(text: str, *, sites: Sequence[Site]) -> str:
    text = with_scheme(text, sites=sites)
    default = next((site for site in sites if site.is_default_site), None)
    has_scheme = re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE)
    if has_scheme or default is None:
        return text
    return f"{default.root_url}/{text.lstrip('/')}"
