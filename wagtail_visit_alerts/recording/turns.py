"""Turns: one visitor's messages are recorded one after the other."""

from datetime import datetime
from typing import Any

from django.db.models import Subquery

from wagtail_visit_alerts.models import RulesVersion, Visitor


def with_rules_version(visitors: Any) -> Any:
    """Visitors, each with the number of the rules: it costs no query of its own."""
    version = RulesVersion.objects.filter(pk=RulesVersion.ONLY_ROW).values("number")[:1]
    return visitors.annotate(rules_version=Subquery(version))


def keep_rules_version(visitor: Visitor, other: Visitor) -> None:
    """Give a visitor the number of the rules that another one was read with in this transaction."""
    visitor.rules_version = getattr(other, "rules_version", None)  # type: ignore[attr-defined]


def lock_visitor(key_hash: str, *, by_beacon: bool, now: datetime) -> Visitor | None:
    """Begin a recording transaction: write and read the visitor's row, which orders their messages.

    None where no visitor in use has this key.
    """
    seen = {"last_seen_at": now, **({"beacon_seen_at": now} if by_beacon else {})}
    written = Visitor.objects.with_key(key_hash).in_use().update(**seen)
    return with_rules_version(Visitor.objects.with_key(key_hash)).get() if written else None
