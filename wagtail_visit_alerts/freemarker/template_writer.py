"""From the tree of a Freemarker template to a Jinja2 template.

``TemplateWriter.write`` goes over the nodes and hands what they become to the layout. Guarantees that what it can't
convert stays as a comment and is told, and that the statements of Jinja2 are always nested as its parser wants them.
"""

from collections.abc import Sequence

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker import formats
from wagtail_visit_alerts.freemarker.advice import NOTES, TAGS, TOO_DEEP, UNKNOWN_TAG, label_of
from wagtail_visit_alerts.freemarker.assignments import ASSIGNING, Assignments
from wagtail_visit_alerts.freemarker.code import Code, Level, is_name, printed, safe_name
from wagtail_visit_alerts.freemarker.expressions import Expressions
from wagtail_visit_alerts.freemarker.layout import Layout
from wagtail_visit_alerts.freemarker.loop_writer import LoopWriter, Namespace
from wagtail_visit_alerts.freemarker.names import Names
from wagtail_visit_alerts.freemarker.scanning import BLOCKS
from wagtail_visit_alerts.freemarker.switches import as_if
from wagtail_visit_alerts.freemarker.syntax_tree import (
    Arithmetic,
    Assignment,
    Block,
    Comment,
    EndTag,
    Interpolation,
    Literal,
    Name,
    Node,
    Number,
    Plus,
    Tag,
)
from wagtail_visit_alerts.freemarker.told import Findings

#: Blocks whose body is converted to what is never printed, where the condition can't be converted.
_CONDITIONAL = {"if", "list", "foreach"}


class TemplateWriter:
    """Writes one template."""

    def __init__(self, source: str, names: Names, findings: Findings, assignments: Assignments) -> None:
        self._source = source
        self._names = names
        self._findings = findings
        self._assignments = assignments
        self.expressions = Expressions(names, findings)
        self.layout = Layout()
        self._namespace = Namespace(assignments)
        self._loops = LoopWriter(self, names, self._namespace)
        names.assigned |= assignments.assigned
        names.kept.update({name: self._namespace.attribute(safe_name(name)) for name in assignments.kept})

    def write(self, nodes: Sequence[Node]) -> str:
        """Return the Jinja2 template."""
        self.nodes(nodes)
        if self._namespace.is_used:
            first = sorted(self._assignments.kept & self._assignments.read_first)
            values = ", ".join(f"{safe_name(name)}={safe_name(name)}" for name in first)
            self.layout.begin_with(f"set {self._namespace.name} = namespace({values})")
        return self.layout.template()

    # Nodes

    def nodes(self, nodes: Sequence[Node]) -> None:
        """Write nodes; what follows one that may leave the loop is skipped then."""
        flags: list[str] = []
        is_left, is_guarded = False, False
        for node in nodes:
            if is_left and not (isinstance(node, Literal) and not node.printed):
                if is_guarded:
                    self.layout.block("endif")
                self.layout.block(f"if not {' and not '.join(dict.fromkeys(flags))}")
                is_left, is_guarded = False, True
            self._node(node)
            flags += (left := self._loops.left_by(node))
            is_left = is_left or bool(left)
        if is_guarded:
            self.layout.block("endif")

    def _node(self, node: Node) -> None:
        match node:
            case Literal():
                self.layout.dropped(node.dropped_start)
                self.layout.printed(node.printed)
                self.layout.dropped(node.dropped_end)
            case Comment():
                self.layout.comment(node.text)
            case Interpolation():
                self._interpolation(node)
            case Tag():
                self._tag(node)
            case EndTag():
                self.keep(node, gettext("It ends nothing: mend the Freemarker template first."))
            case Block():
                self._block(node)

    def _interpolation(self, node: Interpolation) -> None:
        if node.fault or node.expression is None:
            self.keep(node, str(node.fault), at=node.fault.offset if node.fault else None)
            return
        code = self.expressions.convert(node.expression)
        if code is not None and node.number_format:
            try:
                code = formats.legacy_number(code, node.number_format)
            except LookupError:
                self.keep(node, gettext("Write |round(2) with the number of decimals you want."))
                return
        if code is None:
            self.layout.comment(self.text_of(node))
        else:
            self.layout.value(printed(code).text)

    def _tag(self, tag: Tag) -> None:
        if tag.fault:
            self.keep(tag, str(tag.fault), at=tag.fault.offset)
        elif tag.name in NOTES:
            self._findings.note(tag.start, label_of(self.text_of(tag)), str(NOTES[tag.name]))
        elif tag.name in {"break", "continue"} and self._loops.leave(tag.name):
            pass
        elif tag.name in ASSIGNING and tag.is_closed:
            self._assign(tag)
        else:
            self.keep(tag, _advice_for(tag))

    def keep(self, node: Interpolation | Tag | EndTag, advice: str, *, at: int | None = None) -> None:
        """Tell that something has no equal, and keep it as a comment."""
        self.tell(node, advice, at=at)
        self.layout.comment(self.text_of(node))

    def tell(self, node: Interpolation | Tag | EndTag, advice: str, *, at: int | None = None) -> None:
        """Tell that something has no equal."""
        self._findings.construct(node.start if at is None else at, label_of(self.text_of(node)), advice)

    def text_of(self, node: Interpolation | Tag | EndTag) -> str:
        return self._source[node.start : node.end]

    # Assignments

    def _assign(self, tag: Tag) -> None:
        codes = [self._assigned(assignment) for assignment in tag.assignments]
        if any(code is None for code in codes):
            self.layout.comment(self.text_of(tag))
            return
        for assignment, code in zip(tag.assignments, codes, strict=True):
            self.layout.block(f"set {self._target(assignment.name)} = {code.text if code else ''}")

    def _assigned(self, assignment: Assignment) -> Code | None:
        if not is_name(assignment.name):
            advice = gettext("Jinja2 can't have a variable of this name.")
            self._findings.construct(assignment.at, assignment.name, advice)
            return None
        one = Number(assignment.at, "1")
        value = assignment.expression or one
        before = Name(assignment.at, assignment.name)
        operator = assignment.operator[0]
        if assignment.operator == "=":
            return self.expressions.convert(value)
        if operator == "+":
            return self.expressions.convert(Plus(assignment.at, (before, value)))
        return self.expressions.convert(Arithmetic(assignment.at, operator, before, value))

    def _target(self, name: str) -> str:
        return self._names.kept.get(name, safe_name(name))

    # Blocks

    def _block(self, block: Block) -> None:
        fault = block.head.fault
        if fault:
            self.tell(block.head, str(fault), at=fault.offset)
        if fault and block.name not in _CONDITIONAL:
            self._bare(block)
            return
        if block.end_tag is None and block.name != "sep":
            advice = gettext("Its end tag is missing: mend the Freemarker template first.")
            self.tell(block.head, advice)
        writers = {
            "if": self._if,
            "list": self._loops.write_list,
            "foreach": self._loops.write_list,
            "items": self._loops.write_items,
            "sep": self._loops.write_separator,
            "switch": self._switch,
            "assign": self._assign_block,
            "global": self._assign_block,
            "local": self._assign_block,
            "attempt": self._attempt,
            "macro": self._whole,
            "function": self._whole,
        }
        writers.get(block.name, self.only_body)(block)

    def _condition(self, tag: Tag) -> tuple[str, bool]:
        """The condition of a tag, and whether it could be converted."""
        code = self.expressions.convert(tag.expression) if tag.expression else None
        return ("false", False) if code is None else (code.at(Level.OR), True)

    def _if(self, block: Block) -> None:
        has_else = False
        for number, section in enumerate(block.sections):
            tag = section.head
            if has_else:
                self.keep(tag, gettext("It stands behind <#else>: mend the Freemarker template first."))
                continue
            if tag.name == "else":
                has_else = True
                self.layout.block("else")
            else:
                condition, is_converted = self._condition(tag)
                self.layout.block(f"{'elif' if number else 'if'} {condition}")
                if not is_converted:
                    self.layout.comment(self.text_of(tag))
            self.nodes(section.body)
        self.layout.block("endif")

    def _assign_block(self, block: Block) -> None:
        (name,) = block.head.names or ("",)
        if not is_name(name):
            self._whole(block)
            return
        self.layout.block(f"set {self._target(name)}")
        self.nodes(block.sections[0].body)
        self.layout.block("endset")

    def _attempt(self, block: Block) -> None:
        """What is tried is converted; what is printed where that fails is kept, to be printed by nobody."""
        self.keep(block.head, str(TAGS["attempt"]))
        self.nodes(block.sections[0].body)
        end = block.end_tag.end if block.end_tag else _end_of(block)
        rest = block.sections[1].head.start if len(block.sections) > 1 else end
        if block.end_tag and rest == end:
            rest = block.end_tag.start
        if rest < end:
            self.layout.comment(self._source[rest:end])

    def _whole(self, block: Block) -> None:
        """Keep a block as one comment: nothing of it is printed where it stands."""
        end = block.end_tag.end if block.end_tag else _end_of(block)
        self.tell(block.head, str(TAGS.get(block.name, TAGS["assign"])))
        self.layout.comment(self._source[block.head.start : end])

    def only_body(self, block: Block) -> None:
        """Tell that the tags have no equal, keep them as comments, convert what stands between them."""
        for section in block.sections:
            self.tell(section.head, str(TAGS.get(block.name, UNKNOWN_TAG)))
        self._bare(block)

    def _bare(self, block: Block) -> None:
        """Keep the tags as comments, convert what stands between them."""
        for section in block.sections:
            self.layout.comment(self.text_of(section.head))
            self.nodes(section.body)
        if block.end_tag:
            self.layout.comment(self.text_of(block.end_tag))

    def _switch(self, block: Block) -> None:
        same = as_if(block)
        if same is None:
            self._whole(block)
        else:
            self._if(same)


def _advice_for(tag: Tag) -> str:
    """What to say of a tag that stands for itself."""
    if tag.name in BLOCKS and not tag.is_closed:
        return str(TOO_DEEP)
    return str(TAGS.get(tag.name, UNKNOWN_TAG))


def _end_of(block: Block) -> int:
    """Where a block without an end tag ends."""
    section = block.sections[-1]
    if not section.body:
        return section.head.end
    last = section.body[-1]
    if isinstance(last, Block):
        return last.end_tag.end if last.end_tag else _end_of(last)
    return last.end
