"""The live tester of the wizard's step 2: what the rows, as they stand, would raise the alert for.

Takes the step's form, valid or not, gives for one URL whether and by which row it would raise the alert, and how
much of the site and of the last 30 days the rows match. Judged by the same compiled rows as a page view.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_visit_alerts.admin.wizard.live_pages import MatchingPages, Root, matching_pages, roots_of_sites
from wagtail_visit_alerts.admin.wizard.path_hints import PathHint, PlainPath, path_hints, plain_path
from wagtail_visit_alerts.admin.wizard.recent_page_views import MatchingPageViews, RecentPageViews
from wagtail_visit_alerts.admin.wizard.tried_url import Answer, TriedUrl, read_tried_url
from wagtail_visit_alerts.admin.wizard.typed_path import with_scheme
from wagtail_visit_alerts.matching import Rules, compile_rules
from wagtail_visit_alerts.models import Alert, Contact, MonitoredPage
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.models.scope import Scope

if TYPE_CHECKING:
    from wagtail_visit_alerts.admin.wizard.pages_step import PagesForm


@dataclass(frozen=True)
class ContactsLeft:
    """How many contacts the limits of an alert leave, of those that the user may view."""

    left: int
    of: int
    is_limited: bool

    @classmethod
    def by(cls, alert: Alert, *, user: Any) -> "ContactsLeft":
        """Count them; one query."""
        scope = Scope.of(alert)
        counts = Contact.objects.viewable_by(user).aggregate(
            left=Count("pk", filter=scope.condition if scope else Q(pk__isnull=False)), of=Count("pk")
        )
        return cls(**counts, is_limited=scope is not None)

    def __str__(self) -> str:
        if not self.is_limited:
            text = ngettext(
                "The alert is about all contacts; you may view %(of)d of them.",
                "The alert is about all contacts; you may view %(of)d of them.",
                self.of,
            )
        else:
            text = ngettext(
                "The alert is about %(left)d of the %(of)d contacts that you may view.",
                "The alert is about %(left)d of the %(of)d contacts that you may view.",
                self.left,
            )
        return text % {"left": self.left, "of": self.of}


@dataclass(frozen=True)
class Check:
    """All that the tester says of a step."""

    answer: Answer | None
    pages: MatchingPages
    page_views: MatchingPageViews
    contacts: ContactsLeft
    #: What is said below the rows' paths, by the row's prefix in the form.
    hints: dict[str, PathHint]
    #: The numbers of the rows with an error: they were left out.
    left_out: Sequence[int]
    has_minutes: bool
    #: Whether page views of contacts that the user may not view were left out.
    is_partial: bool


def check(form: "PagesForm", *, now: datetime) -> Check:
    """What the tester says of the step as it stands. Reads; some fifteen queries, whatever there is to look at."""
    alert, rows, roots = form.as_far_as_valid(), form.rows.valid_rows, roots_of_sites()
    rules, recent = compile_rules([alert], sites=form.rows.sites), RecentPageViews(now=now)
    tried = _tried(form, rules=rules, roots=roots)
    is_watching = any(not row.is_exception for _number, row in rows)
    if is_watching:
        page_ids = {seen.page_id for seen in recent.seen}
        page_ids |= {tried.page_id} if isinstance(tried, TriedUrl) else set()
        rules.meet_pages(page_id for page_id in page_ids if page_id is not None)
    sees_any, limited = form.user.has_perm(VIEW_ANY), Scope.of(alert) is not None
    in_scope = Contact.objects.viewable_by(form.user).in_scope_of(alert)
    return Check(
        answer=tried.answer(rules, alert=alert, rows=rows) if isinstance(tried, TriedUrl) else tried,
        pages=matching_pages(alert, rules=rules, roots=roots),
        page_views=recent.matching(rules, contacts=None if sees_any and not limited else in_scope)
        if is_watching
        else MatchingPageViews(),
        contacts=ContactsLeft.by(alert, user=form.user),
        hints=_hints(form, recent=recent, roots=roots),
        left_out=[number for number, row in form.rows.filled_forms if not row.is_valid()],
        has_minutes=any(row.minimum_minutes for _number, row in rows),
        is_partial=not sees_any,
    )


def _tried(form: "PagesForm", *, rules: Rules, roots: Sequence[Root]) -> TriedUrl | Answer | None:
    if not form.tried_url.strip():
        return None
    try:
        return read_tried_url(form.tried_url, rules=rules, sites=form.rows.sites, roots=roots)
    except ValueError:
        return Answer(False, _("“%(text)s” is no web address of a page.") % {"text": form.tried_url.strip()})


def _hints(form: "PagesForm", *, recent: RecentPageViews, roots: Sequence[Root]) -> dict[str, PathHint]:
    paths = list(filter(None, (_plain_path(row, form=form) for _number, row in form.rows.filled_forms)))
    hints = path_hints(paths, sites=form.rows.sites, roots=roots, seen=recent.seen if paths else ())
    return {hint.path.prefix: hint for hint in hints}


def _plain_path(row: Any, *, form: "PagesForm") -> PlainPath | None:
    if not row.is_valid() or row.cleaned_data["kind"] != MonitoredPage.Kind.URL:
        return None
    typed = with_scheme(row["path"].value() or "", sites=form.rows.sites)
    return plain_path(row.cleaned_data["path"], typed=typed, prefix=row.prefix, site=row.cleaned_data["site"])
