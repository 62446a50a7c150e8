"""Freemarker's ``<#switch>`` as the ``<#if>`` that does the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from wagtail_visit_alerts.freemarker.syntax_tree import (
    Block,
    Comment,
    Comparison,
    Expression,
    Literal,
    Logic,
    Node,
    Section,
    Tag,
    Truth,
)


@dataclass
class _Case:
    """One way out of the switch: the tags that lead to it, and what it prints."""

    tags: list[Tag] = field(default_factory=list)
    body: list[Node] = field(default_factory=list)

    @property
    def is_default(self) -> bool:
        return any(tag.name == "default" for tag in self.tags)


def as_if(switch: Block) -> Block | None:
    """Return the block that does the same; None where a case goes on into the next one."""
    value = switch.head.expression
    cases = _cases(switch.sections[1:])
    if value is None or cases is None:
        return None
    others = [case for case in cases if not case.is_default]
    sections = [Section(_head(case, value), case.body) for case in others]
    for default in (case for case in cases if case.is_default):
        head = replace(default.tags[-1], name="else", expression=None)
        if not sections:
            head = replace(head, name="if", expression=Truth(head.start, True))
        sections.append(Section(head, default.body))
    return Block(sections, switch.end_tag) if sections else None


def leaves(nodes: Sequence[Node], name: str) -> bool:
    """Whether ``<#break>`` or ``<#continue>`` among the nodes leaves the block they stand in."""
    return any(may_leave(node, name) for node in nodes)


def may_leave(node: Node, name: str) -> bool:
    """Whether a node is or holds such a tag, and not within a block that the tag would leave instead."""
    if isinstance(node, Tag):
        return node.name == name and node.fault is None
    if not isinstance(node, Block) or node.name in {"macro", "function"}:
        return False
    if node.name == "switch" and name == "break":
        return False
    # What stands in the <#else> of a list is not in that list.
    sections = node.sections[1:] if node.name in {"list", "foreach"} else node.sections
    return any(leaves(section.body, name) for section in sections)


def _cases(sections: Sequence[Section]) -> list[_Case] | None:
    cases: list[_Case] = []
    case = _Case()
    for number, section in enumerate(sections):
        body, ends = _until_break(section.body)
        if (
            section.head.fault
            or leaves(body, "break")
            or (section.head.name == "default" and _has_default(cases))
        ):
            return None
        case.tags.append(section.head)
        if ends or number == len(sections) - 1:
            case.body = body
            cases.append(case)
            case = _Case()
        elif not _is_blank(body):
            return None
    return cases


def _has_default(cases: Sequence[_Case]) -> bool:
    return any(case.is_default for case in cases)


def _until_break(body: Sequence[Node]) -> tuple[list[Node], bool]:
    """What a case prints, and whether it ends itself: nothing behind its break is ever reached."""
    for number, node in enumerate(body):
        if isinstance(node, Tag) and node.name == "break":
            return [*body[:number], *_white_space(body[number + 1 :])], True
    return list(body), False


def _white_space(nodes: Sequence[Node]) -> list[Node]:
    """Of what is never printed the line breaks and indents of tags, for the looks of the result."""
    return [
        replace(node, text=node.dropped_start + node.dropped_end)
        for node in nodes
        if isinstance(node, Literal) and (node.dropped_start or node.dropped_end)
    ]


def _is_blank(body: Sequence[Node]) -> bool:
    return all(
        isinstance(node, Comment) or (isinstance(node, Literal) and not node.printed.strip()) for node in body
    )


def _head(case: _Case, value: Expression) -> Tag:
    """The condition of a case, or of several that lead to the same."""
    tag = case.tags[0]
    tests: list[Expression] = [
        Comparison(each.start, "==", value, each.expression)
        for each in case.tags
        if each.expression is not None
    ]
    return replace(
        tag, name="if", expression=tests[0] if len(tests) == 1 else Logic(tag.start, "||", tuple(tests))
    )
