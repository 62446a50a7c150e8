"""Matching: which alerts does a page view satisfy?

Takes the URL and the Wagtail page of a page view, gives the rows of the alerts that watch it. The cost grows with
the length of the path, not with the number of alerts: patterns are compiled into one tree a site, pages are
looked up by their place in Wagtail's tree, and both are kept per process until ``RulesVersion`` changes.
"""

from wagtail_visit_alerts.matching.patterns import Pattern, PatternError, parse_pattern
from wagtail_visit_alerts.matching.rules import (
    Rule,
    Rules,
    compile_rules,
    forget_rules,
    rules_changed,
    rules_of_version,
    satisfied,
)

__all__ = [
    "Pattern",
    "PatternError",
    "Rule",
    "Rules",
    "compile_rules",
    "forget_rules",
    "parse_pattern",
    "rules_changed",
    "rules_of_version",
    "satisfied",
]
