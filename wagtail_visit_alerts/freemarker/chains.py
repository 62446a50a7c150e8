"""Chains of names in Freemarker's expressions, such as ``contact.address["city"]``: what they consist of."""

from collections.abc import Sequence

from wagtail_visit_alerts.freemarker.syntax_tree import BuiltIn, Exists, Expression, Item, Parenthesis, Text


def steps(expression: Expression) -> tuple[Expression, list[Expression]]:
    """Return what a chain of items begins with, and its keys."""
    keys: list[Expression] = []
    while isinstance(expression, Item):
        keys.append(expression.key)
        expression = expression.object
    return expression, keys[::-1]


def fixed(keys: Sequence[Expression]) -> tuple[str, ...]:
    """Return the keys up to the first one that is not known before rendering."""
    names: list[str] = []
    for key in keys:
        if not isinstance(key, Text):
            break
        names.append(key.value)
    return tuple(names)


def base(expression: Expression) -> Expression:
    """Return what has to exist for an expression in parentheses to have a value: ``(a.b?trim)`` needs ``(a.b)``."""
    is_within = isinstance(expression, Parenthesis)
    while isinstance(expression, Parenthesis | BuiltIn | Exists):
        expression = expression.inner if isinstance(expression, Parenthesis) else expression.object
    return Parenthesis(expression.at, expression) if is_within else expression


def may_be_missing(expression: Expression) -> list[Expression]:
    """Return the parts of a chain that may be missing: only the whole, but in parentheses each."""
    if not isinstance(expression, Parenthesis):
        return [expression]
    inner = expression.inner
    parts: list[Expression] = [inner]
    while isinstance(inner, Item):
        inner = inner.object
        parts.append(inner)
    return parts[::-1]
