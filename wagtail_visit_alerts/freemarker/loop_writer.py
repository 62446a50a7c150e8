"""Freemarker's lists as Jinja2's loops: ``<#list>``, ``<#items>``, ``<#sep>``, and how they are left early.

Jinja2 has no break: a variable in a namespace says that the loop is done, and what would still be printed is skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker.assignments import Assignments
from wagtail_visit_alerts.freemarker.code import Code, Level, safe_name
from wagtail_visit_alerts.freemarker.names import Names
from wagtail_visit_alerts.freemarker.switches import leaves, may_leave
from wagtail_visit_alerts.freemarker.syntax_tree import Block, Node, Section, Tag

if TYPE_CHECKING:
    from wagtail_visit_alerts.freemarker.template_writer import TemplateWriter


class Namespace:
    """The one variable of the Jinja2 template whose attributes outlive a loop's round."""

    def __init__(self, assignments: Assignments) -> None:
        self._taken = set(assignments.names)
        self.name = self._unused("kept")
        self.is_used = False

    def attribute(self, name: str) -> str:
        """Return what a variable goes by in it."""
        self.is_used = True
        return f"{self.name}.{name}"

    def new(self, name: str) -> str:
        """Return a variable in it that nothing else uses."""
        return self.attribute(self._unused(name))

    def _unused(self, name: str) -> str:
        number, found = 1, name
        while found in self._taken:
            number += 1
            found = f"{name}_{number}"
        self._taken.add(found)
        return found


@dataclass
class _Leaving:
    """The variables that say that a loop is left, for good or for this round; empty where nothing leaves it."""

    done: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class _Listed:
    """What a loop goes over: None where that could not be converted."""

    code: Code | None
    is_ours: bool = False


class LoopWriter:
    """Writes the loops of one template."""

    def __init__(self, writer: "TemplateWriter", names: Names, namespace: Namespace) -> None:
        self._writer = writer
        self._names = names
        self._namespace = namespace
        self._leaving: list[_Leaving] = []
        #: What the lists around go over whose rounds are made by an <#items> inside them; none within that.
        self._waiting: list[_Listed | None] = []

    def write_list(self, block: Block) -> None:
        """Write ``<#list>`` or ``<#foreach>``."""
        tag = block.head
        listed = self._listed(tag)
        if not tag.names:
            self._write_waiting(block, listed)
            return
        self._write_loop(tag, block.sections[0].body, listed)
        self._write_else(block.sections[1:])
        self._writer.layout.block("endfor")

    def write_items(self, block: Block) -> None:
        """Write ``<#items as x>``: the rounds of the list around."""
        listed = self._waiting[-1] if self._waiting else None
        if listed is None or not block.head.names:
            self._writer.only_body(block)
            return
        self._waiting.append(None)
        self._write_loop(block.head, block.sections[0].body, listed)
        self._waiting.pop()
        self._writer.layout.block("endfor")

    def write_separator(self, block: Block) -> None:
        """Write ``<#sep>``: between two rounds."""
        if not self._leaving:
            self._writer.only_body(block)
            return
        self._writer.layout.block("if not loop.last")
        self._writer.nodes(block.sections[0].body)
        self._writer.layout.block("endif")

    def leave(self, tag_name: str) -> bool:
        """Write ``<#break>`` or ``<#continue>``; False where there is no loop to leave."""
        if not self._leaving:
            return False
        flag = self._leaving[-1].done if tag_name == "break" else self._leaving[-1].skipped
        if flag:
            self._writer.layout.block(f"set {flag} = true")
        return bool(flag)

    def left_by(self, node: Node) -> list[str]:
        """The variables by which a node may have left the loop around."""
        if not self._leaving:
            return []
        flags = {"break": self._leaving[-1].done, "continue": self._leaving[-1].skipped}
        return [flag for name, flag in flags.items() if flag and may_leave(node, name)]

    def _listed(self, tag: Tag) -> _Listed:
        expression, expressions = tag.expression, self._writer.expressions
        if expression is None:
            return _Listed(None)
        is_ours = expressions.is_ours(expression)
        return _Listed(expressions.convert(expression, as_list=True), is_ours)

    def _write_loop(self, tag: Tag, body: Sequence[Node], listed: _Listed) -> None:
        """The beginning of a loop, and its body."""
        layout = self._writer.layout
        leaving = _Leaving()
        if leaves(body, "break"):
            leaving.done = self._namespace.new(f"{safe_name(tag.names[0])}_done")
            layout.block(f"set {leaving.done} = false")
        layout.block(f"for {', '.join(map(safe_name, tag.names))} in {_iterated(listed.code, len(tag.names))}")
        if listed.code is None:
            layout.comment(self._writer.text_of(tag))
        if leaves(body, "continue"):
            leaving.skipped = self._namespace.new(f"{safe_name(tag.names[0])}_skipped")
            layout.block(f"set {leaving.skipped} = false")
        beginning = len(layout)
        self._leaving.append(leaving)
        with self._names.loop(tag.names, is_ours=listed.is_ours) as loop:
            self._write_body(body, leaving)
        self._leaving.pop()
        if loop.alias:
            layout.insert_block(beginning, f"set {loop.alias} = loop")

    def _write_body(self, body: Sequence[Node], leaving: _Leaving) -> None:
        if leaving.done:
            self._writer.layout.block(f"if not {leaving.done}")
        self._writer.nodes(body)
        if leaving.done:
            self._writer.layout.block("endif")

    def _write_else(self, sections: Sequence[Section]) -> None:
        """What is printed where there is nothing to list."""
        for number, section in enumerate(sections):
            if number:
                self._writer.keep(
                    section.head, gettext("There are two of it: mend the Freemarker template first.")
                )
            else:
                self._writer.layout.block("else")
            self._writer.nodes(section.body)

    def _write_waiting(self, block: Block, listed: _Listed) -> None:
        """``<#list xs>``: what is printed around the rounds, where there are any."""
        lacks_variable = not _has_items(block.sections[0].body) and not block.head.fault
        if lacks_variable:
            self._writer.tell(block.head, gettext("It lacks its variable: write <#list … as item>."))
        condition = listed.code.at(Level.OR) if listed.code else "false"
        self._writer.layout.block(f"if {condition}")
        if listed.code is None or lacks_variable:
            self._writer.layout.comment(self._writer.text_of(block.head))
        self._waiting.append(listed)
        self._writer.nodes(block.sections[0].body)
        self._waiting.pop()
        self._write_else(block.sections[1:])
        self._writer.layout.block("endif")


def _has_items(body: Sequence[Node]) -> bool:
    """Whether an <#items> in a list makes its rounds."""
    blocks = [node for node in body if isinstance(node, Block) and node.name not in {"list", "foreach"}]
    return any(
        block.name == "items" or any(_has_items(section.body) for section in block.sections) for block in blocks
    )


def _iterated(of: Code | None, variables: int) -> str:
    """What a loop goes over: the items of a list, or names and values of a hash."""
    if of is None:
        return "[]" if variables == 1 else "{}.items()"
    return of.at(Level.OR) if variables == 1 else of.filtered("items").text
