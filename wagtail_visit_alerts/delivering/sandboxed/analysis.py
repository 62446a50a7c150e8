"""What is wrong with a template before it has met any contact.

Takes a template's syntax tree and sample values that have every name there is; gives its faults, each with its line:
names that nobody gives it, attributes that what is known does not have, filters and tests that do not exist. What
cannot be decided without running the template is left alone.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from jinja2 import TemplateSyntaxError, meta, nodes

from wagtail_visit_alerts.delivering.sandboxed.environment import (
    AttachmentEnvironment,
    FurtherFields,
    Record,
)

#: Filters that give a list of the same kind, and those that give one of its items.
SAME_LIST = {"list", "reverse", "sort", "unique"}
ONE_OF_LIST = {"first", "last", "random"}
#: A value of which nothing is known.
ANYTHING = object()


class Finding(NamedTuple):
    """A fault: its kind, what it is about, and its line."""

    kind: str
    name: str
    line: int


def findings(
    tree: nodes.Template, *, environment: AttachmentEnvironment, sample: dict[str, Any]
) -> list[Finding]:
    """Return what is wrong with a template, in the order of its lines."""
    found = {
        *_unknown_filters(tree, environment),
        *_unknown_names(tree, known={*sample, *environment.globals}),
        *_unknown_attributes(tree, sample),
    }
    return sorted(found, key=lambda finding: (finding.line, finding.name))


def _unknown_filters(tree: nodes.Template, environment: AttachmentEnvironment) -> Iterator[Finding]:
    for node in tree.find_all(nodes.Filter):
        if node.name not in environment.filters:
            yield Finding("filter", node.name, node.lineno)
    for test in tree.find_all(nodes.Test):
        if test.name not in environment.tests:
            yield Finding("test", test.name, test.lineno)


def _unknown_names(tree: nodes.Template, *, known: set[str]) -> Iterator[Finding]:
    try:
        unknown = meta.find_undeclared_variables(tree) - known - _asked_for(tree)
    except TemplateSyntaxError:  # it stumbles over what other findings name
        return
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name in unknown:
            yield Finding("unknown", node.name, node.lineno)


def _asked_for(tree: nodes.Template) -> set[str]:
    """The names of which the template asks whether there are any."""
    tests = (test for test in tree.find_all(nodes.Test) if test.name in ("defined", "undefined"))
    return {_written(test.node) for test in tests}


def _unknown_attributes(tree: nodes.Template, sample: dict[str, Any]) -> Iterator[Finding]:
    bound, asked_for = _bound_names(tree, sample), _asked_for(tree)
    reads: list[nodes.Getattr | nodes.Getitem] = [
        *tree.find_all(nodes.Getattr),
        *tree.find_all(nodes.Getitem),
    ]
    for node in reads:
        owner = _value(node.node, bound)
        name = _name_of(node)
        if name is None or owner is ANYTHING or isinstance(owner, FurtherFields) or _has(owner, name):
            continue
        if _written(node) in asked_for:
            continue
        if isinstance(owner, Record):
            yield Finding("unknown", f"{owner._label}.{name}", node.lineno)
        elif isinstance(owner, str | list) and isinstance(node, nodes.Getattr):
            yield Finding("unknown", f"{_written(node.node)}.{name}", node.lineno)


def _has(owner: Any, name: str) -> bool:
    """Whether a value has an item or a method of a name."""
    return (isinstance(owner, Record) and name in owner) or (not name.startswith("_") and hasattr(owner, name))


def _name_of(node: nodes.Getattr | nodes.Getitem) -> str | None:
    """The name that is read, where the template spells it out."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    name = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return name if isinstance(name, str) else None


def _written(node: nodes.Node) -> str:
    """How the template writes what it reads a name of, as far as that is a path of names."""
    if isinstance(node, nodes.Getattr):
        return f"{_written(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"


def _bound_names(tree: nodes.Template, sample: dict[str, Any]) -> dict[str, Any]:
    """What each name stands for wherever it is used; nothing is known of one that stands for several things."""
    bound = dict(sample)
    for loop in _loops(tree):
        items = _value(loop.iter, bound)
        item = items[0] if isinstance(items, list) and items else ANYTHING
        for target in _targets(loop.target):
            value = item if isinstance(loop.target, nodes.Name) else ANYTHING
            bound[target] = (
                value if bound.get(target, value) is value or _alike(bound[target], value) else ANYTHING
            )
    assigned = {name for node in _assignments(tree) for name in _targets(node)}
    return bound | dict.fromkeys(assigned, ANYTHING)


def _loops(tree: nodes.Node) -> Iterator[nodes.For]:
    """The loops, an outer one before those that it holds."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.For):
            yield child
        yield from _loops(child)


def _assignments(tree: nodes.Template) -> Iterator[nodes.Node]:
    """What ``set``, ``with``, macros and calls give a value to."""
    sets: list[nodes.Assign | nodes.AssignBlock] = [
        *tree.find_all(nodes.Assign),
        *tree.find_all(nodes.AssignBlock),
    ]
    for node in sets:
        yield node.target
    for scope in tree.find_all(nodes.With):
        yield from scope.targets
    macros: list[nodes.Macro | nodes.CallBlock] = [
        *tree.find_all(nodes.Macro),
        *tree.find_all(nodes.CallBlock),
    ]
    for macro in macros:
        yield from macro.args


def _targets(node: nodes.Node) -> Iterable[str]:
    if isinstance(node, nodes.Name):
        return [node.name]
    return [name.name for name in node.find_all(nodes.Name)]


def _alike(one: Any, other: Any) -> bool:
    return isinstance(one, Record) and isinstance(other, Record) and one.keys() == other.keys()


def _value(node: nodes.Node, bound: dict[str, Any]) -> Any:
    """Return the sample value of an expression, or ``ANYTHING``."""
    if isinstance(node, nodes.Name):
        return bound.get(node.name, ANYTHING)
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        return _part(_value(node.node, bound), node)
    if isinstance(node, nodes.Filter) and node.node is not None:
        return _filtered(_value(node.node, bound), node.name)
    return ANYTHING


def _part(owner: Any, node: nodes.Getattr | nodes.Getitem) -> Any:
    name = _name_of(node)
    if isinstance(owner, Record) and name is not None:
        return owner.get(name, ANYTHING)
    if isinstance(owner, list) and owner and isinstance(node, nodes.Getitem):
        if isinstance(node.arg, nodes.Slice):
            return owner
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            return owner[0]
    return ANYTHING


def _filtered(value: Any, name: str) -> Any:
    if isinstance(value, list) and value:
        if name in SAME_LIST:
            return value
        if name in ONE_OF_LIST:
            return value[0]
    return ANYTHING
