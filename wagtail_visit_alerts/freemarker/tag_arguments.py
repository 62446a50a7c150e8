"""What stands in a Freemarker tag after its name: a condition, loop variables, assignments."""

from collections.abc import Callable
from dataclasses import replace

from wagtail_visit_alerts.freemarker.expression_parser import ExpressionParser
from wagtail_visit_alerts.freemarker.syntax_tree import Assignment, Tag
from wagtail_visit_alerts.freemarker.tokens import Opened
from wagtail_visit_alerts.freemarker.told import SyntaxFault

#: The name by which tags that call a macro go here: ``<@anything>``.
MACRO_CALL = "@"

_ASSIGNING = ("=", "+=", "-=", "*=", "/=", "%=", "++", "--")


def read_tag(source: str, tag: Tag, opened: Opened) -> Tag:
    """Return the tag with what stands in it; with a fault where Freemarker would refuse that."""
    if opened.fault:
        return replace(tag, fault=opened.fault)
    read = _READERS.get(tag.name)
    if read is None:
        return tag
    parser = ExpressionParser(source, opened)
    try:
        tag = read(parser, tag)
        parser.expects_end()
    except SyntaxFault as fault:
        return replace(tag, fault=fault)
    return tag


def _nothing(parser: ExpressionParser, tag: Tag) -> Tag:
    return tag


def _expression(parser: ExpressionParser, tag: Tag) -> Tag:
    return replace(tag, expression=parser.parse())


def _list(parser: ExpressionParser, tag: Tag) -> Tag:
    tag = replace(tag, expression=parser.parse())
    return _loop_variables(parser, tag) if parser.takes("as") else tag


def _items(parser: ExpressionParser, tag: Tag) -> Tag:
    parser.takes("as")
    return _loop_variables(parser, tag)


def _loop_variables(parser: ExpressionParser, tag: Tag) -> Tag:
    names = [parser.takes_name().text]
    if parser.takes(","):
        names.append(parser.takes_name().text)
    return replace(tag, names=tuple(names))


def _foreach(parser: ExpressionParser, tag: Tag) -> Tag:
    name = parser.takes_name().text
    parser.takes("in")
    return replace(tag, names=(name,), expression=parser.parse())


def _assign(parser: ExpressionParser, tag: Tag) -> Tag:
    first = parser.position
    name = parser.takes_target()
    if not parser.sees(*_ASSIGNING):
        return replace(tag, names=(name,), is_closed=False)
    assignments = [_assignment(parser, first, name)]
    while not parser.is_at_end:
        parser.takes(",")
        at = parser.position
        assignments.append(_assignment(parser, at, parser.takes_target()))
    return replace(tag, assignments=tuple(assignments), is_closed=True)


def _assignment(parser: ExpressionParser, at: int, name: str) -> Assignment:
    operator = parser.takes(*_ASSIGNING)
    if operator is None:
        raise parser.unexpected()
    return Assignment(at, name, operator.text, None if operator.text in {"++", "--"} else parser.parse())


_READERS: dict[str, Callable[[ExpressionParser, Tag], Tag]] = {
    "if": _expression,
    "elseif": _expression,
    "else": _nothing,
    "list": _list,
    "items": _items,
    "foreach": _foreach,
    "sep": _nothing,
    "switch": _expression,
    "case": _expression,
    "default": _nothing,
    "break": _nothing,
    "continue": _nothing,
    "assign": _assign,
    "global": _assign,
    "local": _assign,
}
